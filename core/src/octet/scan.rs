//! How far a run of octets of one class goes.
//!
//! A scanner is one way to find that out. [`Scalar`] works everywhere: a table look-up per octet for
//! names and targets, which are short; eight octets at a time and more for field values, which are long.
//! Feature `simd` has a vector scanner for processors that can, of which this one is the oracle.
//!
//! What scans much, a parser of heads, is a [`Task`]: it is compiled once for each scanner, so that one
//! question to the processor serves a whole head.

use super::class;

/// Ends of runs: the offset of the first octet from `at` on that is not of the class, or the end.
pub(crate) trait Scan: Copy {
    /// `tchar`.
    fn token_end(self, octets: &[u8], at: usize) -> usize;
    /// Request-target octets.
    fn target_end(self, octets: &[u8], at: usize) -> usize;
    /// Octets of a host's name.
    fn host_end(self, octets: &[u8], at: usize) -> usize;
    /// Field value octets, SP and HTAB among them.
    fn value_end(self, octets: &[u8], at: usize) -> usize;

    /// The offsets of the colon and of the CRLF of a field line that begins at `at`. If it is not all there or not
    /// right, it has no name: the first is `at`. (An option would not be handed over in registers.)
    #[inline(always)]
    fn line(self, octets: &[u8], at: usize) -> (usize, usize) {
        let colon = self.token_end(octets, at);
        checked_line(octets, at, colon, self.value_end(octets, colon + 1))
    }
}

/// The line of a name that ends at `colon` and a value that ends at `end`, as of [`Scan::line`].
#[inline(always)]
pub(super) fn checked_line(octets: &[u8], at: usize, colon: usize, end: usize) -> (usize, usize) {
    let line_end = octets.get(end..).and_then(|rest| rest.first_chunk());
    let is_right = octets.get(colon) == Some(&b':') && line_end == Some(b"\r\n");
    (if is_right { colon } else { at }, end)
}

/// Work that needs a scanner. Its `run` has to be inlined to become vector code.
pub(crate) trait Task {
    type Output;

    fn run<S: Scan>(self, scan: S) -> Self::Output;
}

/// Does the work with the best scanner that there is.
#[inline]
pub(crate) fn perform<T: Task>(task: T) -> T::Output {
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    return super::simd::perform(task);
    #[cfg(not(all(feature = "simd", target_arch = "x86_64")))]
    task.run(Scalar)
}

/// The length of the longest prefix of field value octets.
#[inline]
pub(crate) fn value_len(octets: &[u8]) -> usize {
    struct ValueLen<'o>(&'o [u8]);

    impl Task for ValueLen<'_> {
        type Output = usize;

        #[inline(always)]
        fn run<S: Scan>(self, scan: S) -> usize {
            scan.value_end(self.0, 0)
        }
    }
    perform(ValueLen(octets))
}

/// The scanner in plain Rust.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scalar;

impl Scan for Scalar {
    #[inline]
    fn token_end(self, octets: &[u8], at: usize) -> usize {
        run_end(octets, at, class::TOKEN)
    }

    #[inline]
    fn target_end(self, octets: &[u8], at: usize) -> usize {
        run_end(octets, at, class::TARGET)
    }

    #[inline]
    fn host_end(self, octets: &[u8], at: usize) -> usize {
        run_end(octets, at, class::HOST)
    }

    #[inline]
    fn value_end(self, octets: &[u8], at: usize) -> usize {
        octets.get(at..).map_or(at, |rest| at + plain_len(rest))
    }
}

#[inline]
fn run_end(octets: &[u8], at: usize, class: u8) -> usize {
    let rest = octets.get(at..).unwrap_or_default();
    at + rest.iter().position(|&octet| !class::is(octet, class)).unwrap_or(rest.len())
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

#[inline]
fn plain_len(octets: &[u8]) -> usize {
    // Long runs of plain text, in a shape that the compiler makes vector code of.
    let (blocks, _) = octets.as_chunks::<16>();
    let is_plain =
        |block: &[u8; 16]| !block.iter().fold(false, |other, &octet| other | (octet < b' ') | (octet == 0x7f));
    let mut done = 16 * blocks.iter().take_while(|block| is_plain(block)).count();
    let (words, _) = octets.get(done..).unwrap_or_default().as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word);
        // The lowest flagged lane is exact: a borrow only runs upwards.
        let below_space = word.wrapping_sub(ONES * 0x20) & !word;
        let delete = word ^ (ONES * 0x7f);
        let is_delete = delete.wrapping_sub(ONES) & !delete;
        let flagged = (below_space | is_delete) & HIGH;
        if flagged != 0 {
            let lowest = flagged.trailing_zeros() as usize / 8;
            if word >> (lowest * 8) & 0xff != u64::from(b'\t') {
                return done + lowest;
            }
            // HTAB is flagged but belongs to a value, so the table says what comes after it.
            let here = run_end(octets.get(done..done + 8).unwrap_or_default(), 0, class::VALUE);
            if here < 8 {
                return done + here;
            }
        }
        done += 8;
    }
    run_end(octets, done, class::VALUE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What all scanners must say of the octets from each place on.
    struct AgreesWithTheTable<'o>(&'o [u8]);

    impl Task for AgreesWithTheTable<'_> {
        type Output = ();

        fn run<S: Scan>(self, scan: S) {
            let octets = self.0;
            for at in 0..=octets.len().min(3) {
                assert_eq!(scan.token_end(octets, at), run_end(octets, at, class::TOKEN));
                assert_eq!(scan.target_end(octets, at), run_end(octets, at, class::TARGET));
                assert_eq!(scan.host_end(octets, at), run_end(octets, at, class::HOST));
                assert_eq!(scan.value_end(octets, at), run_end(octets, at, class::VALUE));
                let (colon, end) = scan.line(octets, at);
                assert_eq!((colon > at).then_some((colon, end)), line_by_the_table(octets, at));
            }
        }
    }

    fn line_by_the_table(octets: &[u8], at: usize) -> Option<(usize, usize)> {
        let colon = run_end(octets, at, class::TOKEN);
        let end = run_end(octets, colon + 1, class::VALUE);
        let is_right = colon > at && octets.get(colon) == Some(&b':') && octets.get(end..)?.starts_with(b"\r\n");
        is_right.then_some((colon, end))
    }

    #[test]
    fn scanners_agree_with_the_table() {
        for len in 0..100 {
            for at in 0..len {
                for octet in 0..=255 {
                    let mut octets = [b'a'; 100];
                    octets[at] = octet;
                    let octets = &octets[..len];
                    AgreesWithTheTable(octets).run(Scalar);
                    perform(AgreesWithTheTable(octets));
                }
            }
        }
    }

    #[test]
    fn lines_end_as_the_table_says() {
        for name_len in 0..70 {
            for value_len in 0..70 {
                for (wrong, stands_there) in [(0, b'a'), (0, b' '), (name_len, b'\t'), (name_len + 1 + value_len, 0)] {
                    let mut octets = [b'a'; 160];
                    octets[name_len] = b':';
                    let end = name_len + 1 + value_len;
                    octets[end..end + 2].copy_from_slice(b"\r\n");
                    octets[wrong] = stands_there;
                    for len in [name_len, name_len + 1, end, end + 1, end + 2, name_len + 40 + value_len, 160] {
                        let octets = &octets[..len.min(160)];
                        perform(AgreesWithTheTable(octets));
                    }
                }
            }
        }
    }

    #[test]
    fn every_place_is_one_to_begin_at() {
        let octets: [u8; 160] = core::array::from_fn(|at| if at % 41 == 40 { b'\r' } else { b'a' });
        struct Everywhere<'o>(&'o [u8]);

        impl Task for Everywhere<'_> {
            type Output = ();

            fn run<S: Scan>(self, scan: S) {
                for at in 0..=self.0.len() {
                    assert_eq!(scan.value_end(self.0, at), Scalar.value_end(self.0, at), "{at}");
                    assert_eq!(scan.token_end(self.0, at), Scalar.token_end(self.0, at), "{at}");
                }
            }
        }
        for len in 0..=octets.len() {
            perform(Everywhere(&octets[..len]));
        }
    }
}

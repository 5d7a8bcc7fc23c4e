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

    /// The lines of a head that these octets begin with.
    #[inline(always)]
    fn lines(self, octets: &[u8]) -> impl Lines {
        OneByOne { scan: self, octets }
    }
}

/// The lines of a head, in turn, as long as they are all there and right.
pub(crate) trait Lines {
    /// The end of the start line, all octets of which may stand in a value. Those before `at` are the caller's to check
    /// or have been: an end among them may be passed over.
    fn start_line(&mut self, at: usize) -> Option<usize>;

    /// The colon and the end of the next field line, which begins at `at`, where both are if it is empty.
    fn field_line(&mut self, at: usize) -> Option<(usize, usize)>;
}

/// Each line is looked at when it is asked for.
struct OneByOne<'o, S> {
    scan: S,
    octets: &'o [u8],
}

impl<S: Scan> OneByOne<'_, S> {
    #[inline(always)]
    fn is_line_end(&self, at: usize) -> bool {
        self.octets.get(at..).and_then(<[u8]>::first_chunk) == Some(b"\r\n")
    }
}

impl<S: Scan> Lines for OneByOne<'_, S> {
    #[inline(always)]
    fn start_line(&mut self, at: usize) -> Option<usize> {
        // A request line ends where its version does.
        let end = if self.is_line_end(at) { at } else { self.scan.value_end(self.octets, at) };
        self.is_line_end(end).then_some(end)
    }

    #[inline(always)]
    fn field_line(&mut self, at: usize) -> Option<(usize, usize)> {
        if self.octets.get(at) == Some(&b'\r') {
            return self.is_line_end(at).then_some((at, at));
        }
        let colon = self.scan.token_end(self.octets, at);
        let end = self.scan.value_end(self.octets, colon + 1);
        let is_right = colon > at && self.octets.get(colon) == Some(&b':') && self.is_line_end(end);
        is_right.then_some((colon, end))
    }
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
            }
        }
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

    /// What all scanners must say of the lines of a head.
    struct LinesAsTheTableSays<'o>(&'o [u8]);

    impl Task for LinesAsTheTableSays<'_> {
        type Output = ();

        fn run<S: Scan>(self, scan: S) {
            let octets = self.0;
            let line_end =
                |at| Some(run_end(octets, at, class::VALUE)).filter(|&end| octets[end..].starts_with(b"\r\n"));
            let mut lines = scan.lines(octets);
            let mut end = lines.start_line(0);
            assert_eq!(end, line_end(0));
            while let Some(before) = end {
                let at = before + 2;
                let colon = Some(run_end(octets, at, class::TOKEN)).filter(|&colon| octets.get(colon) == Some(&b':'));
                let line = match colon.filter(|&colon| colon > at) {
                    Some(colon) => line_end(colon + 1).map(|end| (colon, end)),
                    None => line_end(at).filter(|&end| end == at).map(|end| (end, end)),
                };
                assert_eq!(lines.field_line(at), line, "at {at} of {:?}", octets.escape_ascii());
                end = line.map(|(_, end)| end);
            }
        }
    }

    fn lines_are_as_the_table_says(octets: &[u8]) {
        LinesAsTheTableSays(octets).run(Scalar);
        perform(LinesAsTheTableSays(octets));
    }

    #[test]
    fn no_octet_anywhere_is_mistaken_for_the_end_of_a_line() {
        let run = [b'a'; 176];
        let head = [&run[..20], b"\r\na:", &run, b"\r\n", &run[..40], b":b\r\nc:\r\n\r\n"].concat();
        for at in 0..head.len() {
            for octet in [b'\r', b'\n', b'\t', b':', b' ', 0, 0x7f, 0x80] {
                let mut octets = head.clone();
                octets[at] = octet;
                lines_are_as_the_table_says(&octets);
            }
            lines_are_as_the_table_says(&head[..at]);
        }
    }

    #[test]
    fn an_empty_line_may_stand_anywhere_in_a_window() {
        for start_len in 0..140 {
            let mut octets = [b'a'; 300];
            octets[start_len..start_len + 4].copy_from_slice(b"\r\n\r\n");
            for len in start_len + 1..start_len + 8 {
                lines_are_as_the_table_says(&octets[..len]);
            }
            lines_are_as_the_table_says(&octets);
        }
    }

    #[test]
    fn a_start_line_may_be_known_up_to_its_end() {
        struct KnownUpTo<'o>(&'o [u8], usize, Option<usize>);

        impl Task for KnownUpTo<'_> {
            type Output = ();

            fn run<S: Scan>(self, scan: S) {
                assert_eq!(scan.lines(self.0).start_line(self.1), self.2, "from {} on", self.1);
            }
        }
        for len in 0..140 {
            let mut octets = [b'a'; 150];
            octets[len..len + 2].copy_from_slice(b"\r\n");
            for known in 0..=len {
                KnownUpTo(&octets, known, Some(len)).run(Scalar);
                perform(KnownUpTo(&octets, known, Some(len)));
                KnownUpTo(&octets[..=len], known, None).run(Scalar);
                perform(KnownUpTo(&octets[..=len], known, None));
            }
        }
    }

    #[test]
    fn lines_end_as_the_table_says() {
        for start_len in [0, 1, 20, 40, 61, 62, 63, 64, 65, 130] {
            for name_len in 0..70 {
                for value_len in 0..70 {
                    let name = start_len + 2;
                    let end = name + name_len + 1 + value_len;
                    let mut octets = [b'a'; 320];
                    for line_end in [start_len, end, end + 14] {
                        octets[line_end..line_end + 2].copy_from_slice(b"\r\n");
                    }
                    octets[name + name_len] = b':';
                    octets[end + 8] = b':';
                    perform(LinesAsTheTableSays(&octets));
                    for wrong in [start_len, name, name + name_len, end - 1, end, end + 1] {
                        for stands_there in [b' ', b'\t', 0] {
                            let mut octets = octets;
                            octets[wrong] = stands_there;
                            perform(LinesAsTheTableSays(&octets[..end + 16]));
                        }
                    }
                    for len in [name, name + name_len, name + name_len + 1, end, end + 1, end + 2, end + 9] {
                        perform(LinesAsTheTableSays(&octets[..len]));
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

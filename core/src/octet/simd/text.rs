//! Text that is ASCII.

/// The octets as text if they are ASCII, which is UTF-8.
#[inline]
pub(crate) fn ascii(octets: &[u8]) -> Option<&str> {
    let is_ascii = match octets.len() {
        4..8 => ends_are_ascii::<4>(octets),
        8..16 => ends_are_ascii::<8>(octets),
        16..=32 => ends_are_ascii::<16>(octets),
        _ => octets.is_ascii(),
    };
    // SAFETY: any run of ASCII is UTF-8.
    is_ascii.then(|| unsafe { core::str::from_utf8_unchecked(octets) })
}

/// Of the first octets and the last: all, if there are no more than twice as many.
#[inline(always)]
fn ends_are_ascii<const N: usize>(octets: &[u8]) -> bool {
    let (Some(first), Some(last)) = (octets.first_chunk::<N>(), octets.last_chunk::<N>()) else { return false };
    first.iter().zip(last).fold(0, |all, (first, last)| all | first | last).is_ascii()
}

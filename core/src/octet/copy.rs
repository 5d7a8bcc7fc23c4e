//! Copies of a few octets.

/// Copies octets to a place of as many.
///
/// Names and values are short, and calling `memcpy` costs more than the two moves, which may overlap, that they
/// take.
#[inline(always)]
pub(crate) fn copy(to: &mut [u8], from: &[u8]) {
    match from.len() {
        4..8 => ends::<4>(to, from),
        8..16 => ends::<8>(to, from),
        16..=32 => ends::<16>(to, from),
        _ if to.len() == from.len() => to.copy_from_slice(from),
        _ => {}
    }
}

/// The first octets and the last: all, if there are no more than twice as many.
#[inline(always)]
fn ends<const N: usize>(to: &mut [u8], from: &[u8]) {
    if let (Some(first), Some(place)) = (from.first_chunk::<N>(), to.first_chunk_mut()) {
        *place = *first;
    }
    if let (Some(last), Some(place)) = (from.last_chunk::<N>(), to.last_chunk_mut()) {
        *place = *last;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_copied() {
        let from: [u8; 70] = core::array::from_fn(|at| at as u8 + 1);
        for len in 0..=from.len() {
            let mut to = [0; 70];
            copy(&mut to[..len], &from[..len]);
            assert_eq!((&to[..len], &to[len..]), (&from[..len], &[0; 70][len..]));
        }
    }
}

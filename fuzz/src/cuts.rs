//! The ways in which the same octets can arrive.

/// How a stream is cut into reads.
#[derive(Clone, Copy, Debug)]
pub enum Cuts<'a> {
    /// All at once.
    Whole,
    /// One octet at a time.
    Octets,
    /// In pieces of these sizes, again and again; a zero stands for all that is left.
    Sizes(&'a [u8]),
}

impl Cuts<'_> {
    /// How many octets of `len` have arrived after each read.
    pub fn arrivals(&self, len: usize) -> impl Iterator<Item = usize> {
        let sizes: &[u8] = match self {
            Self::Whole => &[],
            Self::Octets => &[1],
            Self::Sizes(sizes) => sizes,
        };
        let mut sizes = sizes.iter().cycle();
        let mut arrived = 0;
        let mut is_over = false;
        core::iter::from_fn(move || {
            if is_over {
                return None;
            }
            arrived = match sizes.next() {
                None | Some(0) => len,
                Some(size) => len.min(arrived + usize::from(*size)),
            };
            is_over = arrived == len;
            Some(arrived)
        })
    }
}

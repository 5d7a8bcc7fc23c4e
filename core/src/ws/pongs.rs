//! The pongs that are owed (RFC 6455 section 5.5.3).

/// Two of the longest, or many short ones.
const ROOM: usize = 254;

/// Payloads in the order of their pings, each behind an octet with its length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pongs {
    octets: [u8; ROOM],
    len: u8,
}

impl Pongs {
    pub(super) const fn new() -> Self {
        Self { octets: [0; ROOM], len: 0 }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    /// Owes one more. If there is no room for it, it stands for all that wait: the peer gets to know
    /// that the latest of its pings has come, which is all that the others would have said.
    pub(super) fn push(&mut self, payload: &[u8]) {
        let start = if usize::from(self.len) + 1 + payload.len() > ROOM { 0 } else { usize::from(self.len) };
        let end = start + 1 + payload.len();
        if let Some([len, room @ ..]) = self.octets.get_mut(start..end) {
            *len = payload.len() as u8;
            room.copy_from_slice(payload);
            self.len = end as u8;
        }
    }

    pub(super) fn first(&self) -> Option<&[u8]> {
        let (len, rest) = self.octets.get(..usize::from(self.len))?.split_first()?;
        rest.get(..usize::from(*len))
    }

    pub(super) fn pop(&mut self) {
        let first = self.first().map_or(0, |payload| 1 + payload.len());
        self.octets.copy_within(first..usize::from(self.len), 0);
        self.len -= first as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_wait_in_order_and_give_way_to_the_latest() {
        let mut pongs = Pongs::new();
        pongs.push(b"");
        pongs.push(b"a");
        pongs.push(&[b'b'; 125]);
        pongs.push(&[b'c'; 123]);
        for expected in [&b""[..], b"a", &[b'b'; 125], &[b'c'; 123]] {
            assert_eq!(pongs.first(), Some(expected));
            pongs.pop();
        }
        assert_eq!((pongs.first(), pongs.is_empty()), (None, true));

        pongs.push(&[b'a'; 125]);
        pongs.push(&[b'b'; 125]);
        pongs.push(b"c");
        pongs.push(b"d");
        assert_eq!(pongs.first(), Some(&b"d"[..]), "all were taken, and it stands for them");
        pongs.pop();
        assert!(pongs.is_empty());
    }
}

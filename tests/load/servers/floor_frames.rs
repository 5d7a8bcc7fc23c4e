//! The floor's WebSocket: every frame goes back unmasked as it comes, and is trusted to be one.

/// Where in a frame what comes next belongs.
#[derive(Default)]
pub(crate) struct Frames {
    /// The head of the next frame, as much of it as has come.
    head: [u8; 14],
    head_len: usize,
    /// Octets of the payload still to come, and the key from where they begin.
    left: usize,
    key: [u8; 4],
}

/// A multiple of the key's length.
const PIECE: usize = 4 * 1024;

impl Frames {
    pub(crate) fn echo(&mut self, mut input: &[u8], output: &mut Vec<u8>) {
        while !input.is_empty() {
            if self.left == 0 {
                self.head[self.head_len] = input[0];
                self.head_len += 1;
                input = &input[1..];
                self.begin(output);
            } else {
                let (now, later) = input.split_at(self.left.min(input.len()));
                self.unmask(now, output);
                input = later;
            }
        }
    }

    /// Begins a frame if its head is whole.
    fn begin(&mut self, output: &mut Vec<u8>) {
        let octets = |len: usize| self.head[2..2 + len].iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet));
        let extended = match self.head[1] & 127 {
            127 => 8,
            126 => 2,
            _ => 0,
        };
        if self.head_len < 6 + extended {
            return;
        }
        self.left = if extended == 0 { usize::from(self.head[1] & 127) } else { octets(extended) };
        self.key.copy_from_slice(&self.head[2 + extended..6 + extended]);
        self.head[1] &= 127;
        output.extend_from_slice(&self.head[..2 + extended]);
        self.head_len = 0;
    }

    fn unmask(&mut self, payload: &[u8], output: &mut Vec<u8>) {
        let [a, b, c, d] = self.key;
        let key = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
        // Piece by piece, so that what was copied is still near when it is unmasked.
        for piece in payload.chunks(PIECE) {
            let start = output.len();
            output.extend_from_slice(piece);
            let (words, rest) = output[start..].as_chunks_mut::<8>();
            for word in words {
                *word = (u64::from_ne_bytes(*word) ^ key).to_ne_bytes();
            }
            rest.iter_mut().zip(key.to_ne_bytes()).for_each(|(octet, key)| *octet ^= key);
        }
        self.key.rotate_left(payload.len() % 4);
        self.left -= payload.len();
    }
}

#[cfg(test)]
mod tests {
    use sanderling_load::websocket::{frame_head, mask};

    use super::Frames;

    #[test]
    fn frames_come_back_wherever_they_are_cut() {
        let (mut input, mut expected) = (Vec::new(), Vec::new());
        for len in [0, 1, 13, 125, 126, 300, 70_000] {
            let mut payload: Vec<u8> = (0..len).map(|at| at as u8).collect();
            expected.extend([frame_head(len, false), payload.clone()].concat());
            mask(&mut payload);
            input.extend([frame_head(len, true), payload].concat());
        }
        for size in [1, 3, 7, 1000, input.len()] {
            let (mut frames, mut output) = (Frames::default(), Vec::new());
            input.chunks(size).for_each(|piece| frames.echo(piece, &mut output));
            assert!(output == expected, "cut every {size} octets");
        }
    }
}

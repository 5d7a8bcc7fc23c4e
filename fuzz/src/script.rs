//! How most targets read their input.

use core::slice::Iter;

use sanderling::http;

/// A number n, then n octets that steer, then the octets that a peer sends. A captured stream with
/// a zero before it is thus an input that does the obvious.
pub(crate) struct Script<'a> {
    steering: Iter<'a, u8>,
    pub(crate) octets: &'a [u8],
}

impl<'a> Script<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        let (count, rest) = data.split_first().unwrap_or((&0, &[]));
        let (steering, octets) = rest.split_at(rest.len().min(usize::from(*count)));
        Self { steering: steering.iter(), octets }
    }

    /// The next octet that steers; `None` once they have run out.
    pub(crate) fn next(&mut self) -> Option<u8> {
        self.steering.next().copied()
    }

    /// The same, with the obvious choice after the last.
    pub(crate) fn octet(&mut self) -> u8 {
        self.next().unwrap_or(0)
    }

    /// One of these, the first once the steering has run out.
    pub(crate) fn choose<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.octet()) % choices.len()]
    }

    /// What is left to steer.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.steering.as_slice()
    }

    /// The defaults, or limits so tight that small inputs reach them.
    pub(crate) fn http_limits(&mut self) -> http::Limits {
        let mut limits = http::Limits::default();
        if self.choose(&[false, true]) {
            limits.request_line = 40;
            limits.field_section = 120;
            limits.fields = 4;
            limits.leading_empty_lines = 1;
            limits.chunk_extensions = 8;
            limits.pipeline = self.octet();
            limits.unread_body = 16;
            limits.output = 100;
        }
        limits
    }
}

//! The octets that wait before a connection, and what a connection writes, for both ends.

use sanderling::http::SendError;

/// What has come and was not used yet.
#[derive(Default)]
pub(crate) struct Waiting(Vec<u8>);

/// How many octets an event took, what it was, and whether another may follow.
pub(crate) type Step = (usize, String, bool);

impl Waiting {
    /// All that comes of these octets and those before them.
    pub(crate) fn receive(&mut self, octets: &str, mut next: impl FnMut(&mut [u8]) -> Step) -> String {
        self.0.extend_from_slice(octets.as_bytes());
        let mut events = Vec::new();
        // A connection that never stops is stopped here.
        for _ in 0..100 {
            let (event, goes_on) = self.event(&mut next);
            events.push(event);
            if !goes_on {
                return events.join(", ");
            }
        }
        panic!("no end of events: {events:?}");
    }

    /// The next event alone.
    pub(crate) fn step(&mut self, octets: &str, next: impl FnMut(&mut [u8]) -> Step) -> String {
        self.0.extend_from_slice(octets.as_bytes());
        self.event(next).0
    }

    fn event(&mut self, mut next: impl FnMut(&mut [u8]) -> Step) -> (String, bool) {
        let (used, event, goes_on) = next(&mut self.0);
        self.0.drain(..used);
        (event, goes_on)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// What a connection writes with this.
pub(crate) fn written(write: impl FnOnce(&mut [u8]) -> Result<usize, SendError>) -> Result<String, SendError> {
    let mut out = [0; 512];
    let len = write(&mut out)?;
    assert!(out[len..].iter().all(|octet| *octet == 0), "more was written than said");
    Ok(String::from_utf8(out[..len].to_vec()).unwrap())
}

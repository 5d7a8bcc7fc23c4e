//! One side of a WebSocket, whose other side is the test.

use core::task::Poll;
use core::time::Duration;

use sanderling::Tick;
use sanderling::drive::{Driver, Error, Message, WebSocketDriver, WebSocketOptions};
use sanderling::ws::deflate::DeflateOptions;
use sanderling::ws::handshake::Agreement;
use sanderling::ws::{Limits, MaskingKey, MessageKind};
use sanderling_fuzz::cuts::Cuts;
use sanderling_fuzz::opening;
use sanderling_fuzz::transcript::{Item, websocket};

/// Masks nothing, so that what a client sends can be read.
pub(crate) fn zero_key() -> MaskingKey {
    [0; 4]
}

/// A driver and its clock.
pub(crate) struct Side {
    pub(crate) driver: WebSocketDriver,
    pub(crate) now: Tick,
}

impl Side {
    pub(crate) fn server(options: &WebSocketOptions) -> Self {
        Self { driver: WebSocketDriver::server(options, &[]), now: Tick::ZERO }
    }

    pub(crate) fn client(options: &WebSocketOptions) -> Self {
        let driver = WebSocketDriver::client(zero_key, options, &Agreement::default(), &[]);
        Self { driver, now: Tick::ZERO }
    }

    /// A side of a connection on which compression was agreed on.
    pub(crate) fn compressed(is_client: bool, options: &WebSocketOptions) -> Self {
        let mut options = options.clone();
        options.deflate = options.deflate.or_else(|| Some(DeflateOptions::default()));
        let (client, server) = opening::open(zero_key, &options, &options);
        let driver = if is_client { client } else { server };
        assert!(driver.is_compressed());
        Self { driver, now: Tick::ZERO }
    }

    /// Octets come, whether or not anybody waits for them.
    pub(crate) fn feed(&mut self, mut octets: &[u8]) {
        while !octets.is_empty() {
            let room = self.driver.room();
            let len = room.len().min(octets.len());
            room[..len].copy_from_slice(&octets[..len]);
            self.driver.received(len);
            octets = &octets[len..];
        }
    }

    pub(crate) fn end(&mut self) {
        self.driver.received(0);
    }

    /// The transport takes all there is.
    pub(crate) fn flush(&mut self) -> Vec<u8> {
        let octets: Vec<u8> = self.driver.output().flatten().copied().collect();
        if !octets.is_empty() {
            self.driver.written(octets.len(), self.now);
        }
        octets
    }

    pub(crate) fn poll(&mut self) -> Poll<Result<Option<Message>, Error>> {
        self.driver.poll_message(self.now)
    }

    /// The text that is there.
    pub(crate) fn text(&mut self) -> String {
        match self.poll() {
            Poll::Ready(Ok(Some(Message::Text(text)))) => text.as_str().to_owned(),
            other => panic!("{other:?}"),
        }
    }

    /// That nothing comes yet, but is waited for.
    pub(crate) fn assert_waits(&mut self) {
        let polled = self.poll();
        assert!(polled.is_pending() && self.driver.wants_read(), "{polled:?}");
    }

    pub(crate) fn pass(&mut self, wait: Duration) {
        self.now = self.now + wait;
        self.driver.handle_timeout(self.now);
    }

    /// That the deadline is so far away: to the nanosecond, and nothing is due before.
    pub(crate) fn assert_due_in(&mut self, wait: Duration) {
        assert_eq!(self.driver.deadline(), Some(self.now + wait));
        let nanosecond = Duration::from_nanos(1);
        let waiting = self.driver.output_len();
        self.pass(wait - nanosecond);
        assert_eq!(self.driver.deadline(), Some(self.now + nanosecond), "it came too early");
        assert_eq!(self.driver.output_len(), waiting);
    }
}

/// What a peer reads of frames.
pub(crate) fn read(octets: &[u8], is_client: bool) -> Vec<Item> {
    websocket(octets, is_client, Cuts::Whole, Limits::default()).items
}

/// A frame as a peer of this side sends it, with a mask of zeros if it is a client.
pub(crate) fn frame(to_client: bool, first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    let mask = u8::from(!to_client) << 7;
    match payload.len() {
        len @ 0..=125 => frame.push(mask | len as u8),
        len @ 126..=0xffff => {
            frame.push(mask | 126);
            frame.extend_from_slice(&(len as u16).to_be_bytes());
        }
        len => {
            frame.push(mask | 127);
            frame.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
    if !to_client {
        frame.extend_from_slice(&zero_key());
    }
    frame.extend_from_slice(payload);
    frame
}

pub(crate) fn text_item(text: &str) -> Item {
    Item::Message(MessageKind::Text, text.as_bytes().to_owned(), true)
}

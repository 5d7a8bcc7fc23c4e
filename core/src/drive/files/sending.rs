//! A body that comes from a file as it is sent.
//!
//! Over a plain socket of Linux the system sends the octets itself (`sendfile`), which saves reading them, a copy and
//! the memory for it. The system waits for the disk, though, if they are not in memory, and a runtime must not. So
//! what is sent so is a window that was looked for just before, and again whenever the socket was waited for; what is
//! not there is first brought there where nobody waits.
//!
//! Everything else is read, a piece at a time: what is short, so that it leaves together with its head; what is
//! compressed; and all that goes over transports that encrypt.

use alloc::sync::Arc;
use core::future::poll_fn;
use core::mem;
use core::ops::Range;
use core::task::{Poll, ready};
use std::fs::File;
use std::io;

use bytes::BytesMut;

use super::disk;
use super::part::FilePart;
use super::stamp::State;
use crate::drive::{Driver, Error, Exchange, Transport};
use crate::http::{BodyLength, FieldLine, StatusCode};

/// How many octets are read and sent at a time: all that a transfer holds.
const PIECE: usize = 64 * 1024;
/// From here on it is cheaper to have the system send, in a packet of its own, than to read.
const LONG: u64 = 32 * 1024;
/// How much the system is told to send at a time. It hardly gets cheaper with more.
const WINDOW: u64 = 256 * 1024;

/// An answer under way. The first piece is looked at before anything is sent, so that a file that cannot be read is
/// still answered with an error, and a short one leaves together with its head.
pub(super) struct Sending<'h, T: Transport> {
    exchange: Exchange<T>,
    head: Head<'h>,
    has_begun: bool,
    /// Shared with work that may outlive the answer, if the client leaves.
    file: Arc<File>,
    /// What its tag was made of.
    state: State,
    /// The kernel can say what of the file lies in memory.
    has_memory: bool,
    /// The system may send it.
    is_sendable: bool,
    /// Room for a piece, of which so much is filled. There is none before it is needed.
    room: BytesMut,
    filled: usize,
}

/// The head of an answer whose length is known.
#[derive(Clone, Copy)]
pub(super) struct Head<'h> {
    pub(super) status: StatusCode,
    pub(super) fields: &'h [FieldLine<'h>],
    pub(super) length: u64,
}

impl Head<'_> {
    /// Whether the body is sent as it is in the file.
    fn is_sent_as_written<T: Transport>(&self, exchange: &Exchange<T>) -> bool {
        exchange.connection.driver.sends_as_written(self.status, self.fields, BodyLength::Known(self.length))
    }

    /// Whether an answer to HEAD with this head can do without the body. One that is compressed as a whole has to be
    /// compressed for its fields to be known, which are to be those that GET gets (RFC 9110 section 9.3.2).
    pub(super) fn tells_all<T: Transport>(&self, exchange: &Exchange<T>) -> bool {
        self.length > PIECE as u64 || self.is_sent_as_written(exchange)
    }
}

impl<'h, T: Transport> Sending<'h, T> {
    pub(super) fn new(exchange: Exchange<T>, head: Head<'h>, file: File, state: State) -> Self {
        let is_sendable =
            head.length >= LONG && exchange.transport().sends_files() && head.is_sent_as_written(&exchange);
        Self {
            exchange,
            head,
            has_begun: false,
            file: Arc::new(file),
            state,
            has_memory: cfg!(target_os = "linux"),
            is_sendable,
            room: BytesMut::new(),
            filled: 0,
        }
    }

    /// Sends octets that are not the file's.
    pub(super) async fn text(&mut self, mut text: &[u8]) -> Result<(), Error> {
        while !text.is_empty() {
            let room = self.free().await?;
            let len = room.len().min(text.len());
            let Some((now, later)) = text.split_at_checked(len) else { break };
            room.iter_mut().zip(now).for_each(|(room, octet)| *room = *octet);
            self.filled += len;
            text = later;
        }
        Ok(())
    }

    /// Sends octets of the file.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::UnexpectedEof`] if it has become too short, another if it was changed.
    pub(super) async fn range(&mut self, mut range: Range<u64>) -> Result<(), Error> {
        let is_long = range.end - range.start >= LONG;
        while !range.is_empty() {
            if is_long && self.is_sendable {
                let window = range.start..range.end.min(range.start + WINDOW);
                range.start = self.pass(window).await?;
                continue;
            }
            let len = self.free().await?.len();
            let len = usize::try_from(range.end - range.start).map_or(len, |left| left.min(len));
            let read = self.read(range.start, len).await?;
            if read == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
            self.filled += read;
            range.start += read as u64;
        }
        Ok(())
    }

    /// Sends what is left.
    pub(super) async fn finish(mut self) -> Result<(), Error> {
        if !self.has_begun {
            self.check()?;
            let mut body = self.room;
            body.truncate(self.filled);
            return self.exchange.respond(self.head.status, self.head.fields, body.freeze()).await;
        }
        self.flush().await?;
        self.exchange.finish().await
    }

    /// Looks whether the file is still the one whose tag was told. What is asked before each piece leaves, and once that
    /// was read, so that no answer ends well that is made of two states of a file (RFC 9110 section 8.8.1).
    fn check(&self) -> Result<(), Error> {
        Ok(self.file.metadata().and_then(|now| self.state.check(&now))?)
    }

    async fn begin(&mut self) -> Result<(), Error> {
        if mem::replace(&mut self.has_begun, true) {
            return Ok(());
        }
        let Head { status, fields, length } = self.head;
        self.exchange.start(status, fields, BodyLength::Known(length)).await
    }

    // ---- by the system ----------------------------------------------------------------------

    /// Has the system send octets of the file. Says up to where it did: nowhere, if it cannot.
    async fn pass(&mut self, range: Range<u64>) -> Result<u64, Error> {
        let part = FilePart::new(&self.file, range.clone());
        match part.is_in_memory() {
            Ok(true) => {}
            Ok(false) => self.fetch(part.clone()).await?,
            // A file system that cannot be asked may not know how to send either.
            Err(_) => {
                self.is_sendable = false;
                return Ok(range.start);
            }
        }
        self.check()?;
        self.flush().await?;
        self.exchange.connection.driver.write_file(part)?;
        while let Some(missing) = self.passed().await? {
            let connection = &mut self.exchange.connection;
            let now = connection.transport.now();
            connection.driver.hold_file(now);
            self.fetch(missing).await?;
            self.check()?;
        }
        Ok(range.end)
    }

    /// Waits until all was sent, or what comes next is in memory no longer: then that is given.
    fn passed(&mut self) -> impl Future<Output = Result<Option<FilePart>, Error>> {
        // What was fetched just now is not looked for: where it does not stay in memory, it would never be sent.
        let (mut is_known, mut is_checked) = (true, true);
        poll_fn(move |context| {
            while self.exchange.connection.driver.output_len() > 0 {
                let was_checked = mem::take(&mut is_checked);
                if let Some(part) = self.exchange.connection.driver.file() {
                    if !mem::take(&mut is_known) && !part.is_in_memory().unwrap_or(false) {
                        return Poll::Ready(Ok(Some(part.clone())));
                    }
                    if !was_checked {
                        self.check()?;
                    }
                }
                ready!(self.exchange.connection.poll_turn(context))?;
            }
            self.exchange.connection.poll_flush(context).map_ok(|()| None)
        })
    }

    /// Brings a part into memory where nobody waits for it.
    async fn fetch(&self, part: FilePart) -> io::Result<()> {
        self.exchange.transport().unblock(move || part.fetch()).await
    }

    // ---- by reading -------------------------------------------------------------------------

    /// Where the next octets go: at least one.
    async fn free(&mut self) -> Result<&mut [u8], Error> {
        if self.room.is_empty() {
            self.room = BytesMut::zeroed(usize::try_from(self.head.length).map_or(PIECE, |length| length.min(PIECE)));
        }
        if self.filled == self.room.len() {
            self.flush().await?;
        }
        match self.room.get_mut(self.filled..) {
            Some(free) if !free.is_empty() => Ok(free),
            // Only an empty body has no room.
            _ => Err(io::Error::from(io::ErrorKind::WriteZero).into()),
        }
    }

    async fn flush(&mut self) -> Result<(), Error> {
        if !self.has_begun && self.filled > 0 {
            // Made shareable once. From then on it is lent to the output and comes back without a new
            // allocation.
            drop(self.room.split_to(0));
        }
        if self.filled > 0 {
            self.check()?;
        }
        self.begin().await?;
        if self.filled > 0 {
            let piece = mem::take(&mut self.room).freeze();
            self.exchange.write(piece.slice(..mem::take(&mut self.filled))).await?;
            // Nobody else has it any more, now that it was written.
            self.room = piece.try_into_mut().unwrap_or_else(|piece| BytesMut::zeroed(piece.len()));
        }
        Ok(())
    }

    /// Reads into the free room: at once what lies in memory, else where nobody waits for it.
    async fn read(&mut self, at: u64, len: usize) -> io::Result<usize> {
        let place = self.filled..self.filled + len;
        if self.has_memory {
            let room = self.room.get_mut(place.clone()).unwrap_or_default();
            match disk::read_memory(&self.file, room, at) {
                Ok(len @ 1..) => return Ok(len),
                // Some versions of Linux say so although there is more.
                Ok(0) => {}
                Err(error) => self.has_memory = error.kind() == io::ErrorKind::WouldBlock,
            }
        }
        let (mut room, file) = (mem::take(&mut self.room), Arc::clone(&self.file));
        let work = self.exchange.transport().unblock(move || {
            let result = disk::read_disk(&file, room.get_mut(place).unwrap_or_default(), at);
            (room, result)
        });
        let (room, result) = work.await;
        self.room = room;
        result
    }
}

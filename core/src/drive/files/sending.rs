//! A body that is read from a file as it is sent.

use alloc::sync::Arc;
use core::mem;
use core::ops::Range;
use std::fs::File;
use std::io;

use bytes::BytesMut;

use crate::drive::{Error, Exchange, Transport};
use crate::http::{BodyLength, FieldLine, StatusCode};

/// How many octets are read and sent at a time: all that a transfer holds.
const PIECE: usize = 64 * 1024;

/// An answer under way. The first piece is read before anything is sent, so that a file that cannot be
/// read is still answered with an error, and a short one leaves together with its head.
pub(super) struct Sending<'h, T: Transport> {
    exchange: Exchange<T>,
    head: Head<'h>,
    has_begun: bool,
    /// Shared with work that may outlive the answer, if the client leaves.
    file: Arc<File>,
    /// The kernel can say what of the file lies in memory.
    has_memory: bool,
    /// Room for a piece, of which so much is filled.
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

impl<'h, T: Transport> Sending<'h, T> {
    pub(super) fn new(exchange: Exchange<T>, head: Head<'h>, file: File) -> Self {
        let room = usize::try_from(head.length).map_or(PIECE, |length| length.min(PIECE));
        Self {
            exchange,
            head,
            has_begun: false,
            file: Arc::new(file),
            has_memory: cfg!(target_os = "linux"),
            room: BytesMut::zeroed(room),
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
    /// [`io::ErrorKind::UnexpectedEof`] if it has become too short.
    pub(super) async fn range(&mut self, mut range: Range<u64>) -> Result<(), Error> {
        while !range.is_empty() {
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
            let mut body = self.room;
            body.truncate(self.filled);
            return self.exchange.respond(self.head.status, self.head.fields, body.freeze()).await;
        }
        self.flush().await?;
        self.exchange.finish().await
    }

    /// Where the next octets go: at least one.
    async fn free(&mut self) -> Result<&mut [u8], Error> {
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
        if !self.has_begun {
            self.has_begun = true;
            // Made shareable once. From then on it is lent to the output and comes back without a new
            // allocation.
            drop(self.room.split_to(0));
            let Head { status, fields, length } = self.head;
            self.exchange.start(status, fields, BodyLength::Known(length)).await?;
        }
        let piece = mem::take(&mut self.room).freeze();
        self.exchange.write(piece.slice(..mem::take(&mut self.filled))).await?;
        // Nobody else has it any more, now that it was written.
        self.room = piece.try_into_mut().unwrap_or_else(|piece| BytesMut::zeroed(piece.len()));
        Ok(())
    }

    /// Reads into the free room: at once what lies in memory, else where nobody waits for it.
    async fn read(&mut self, at: u64, len: usize) -> io::Result<usize> {
        let place = self.filled..self.filled + len;
        if self.has_memory {
            let room = self.room.get_mut(place.clone()).unwrap_or_default();
            match read_memory(&self.file, room, at) {
                Ok(len @ 1..) => return Ok(len),
                // Some versions of Linux say so although there is more.
                Ok(0) => {}
                Err(error) => self.has_memory = error.kind() == io::ErrorKind::WouldBlock,
            }
        }
        let (mut room, file) = (mem::take(&mut self.room), Arc::clone(&self.file));
        let work = self.exchange.transport().unblock(move || {
            let result = read_disk(&file, room.get_mut(place).unwrap_or_default(), at);
            (room, result)
        });
        let (room, result) = work.await;
        self.room = room;
        result
    }
}

/// Reads what the kernel has in memory (Linux 4.14 and later).
#[cfg(target_os = "linux")]
fn read_memory(file: &File, room: &mut [u8], at: u64) -> io::Result<usize> {
    use rustix::io::{ReadWriteFlags, preadv2};
    Ok(preadv2(file, &mut [io::IoSliceMut::new(room)], at, ReadWriteFlags::NOWAIT)?)
}

#[cfg(not(target_os = "linux"))]
fn read_memory(_: &File, _: &mut [u8], _: u64) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Reads once, as long as it may take.
fn read_disk(file: &File, room: &mut [u8], at: u64) -> io::Result<usize> {
    loop {
        #[cfg(unix)]
        let result = std::os::unix::fs::FileExt::read_at(file, room, at);
        #[cfg(windows)]
        let result = std::os::windows::fs::FileExt::seek_read(file, room, at);
        match result {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

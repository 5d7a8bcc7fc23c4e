//! A part of a file in the place of octets.

use alloc::sync::Arc;
use core::ops::Range;
use std::fs::File;
use std::io;

use super::disk;

/// How far apart the octets are that are looked for: as much as Linux reads ahead, so that files come into memory in
/// stretches of about this length. Each look is a system call.
const STRIDE: u64 = 128 * 1024;

/// A part of a file that is to be written next: what [`Driver::file`](crate::drive::Driver::file) gives to a
/// transport that [sends files](crate::drive::Transport::sends_files).
#[derive(Clone, Debug)]
pub struct FilePart {
    file: Arc<File>,
    range: Range<u64>,
}

impl FilePart {
    pub(super) fn new(file: &Arc<File>, range: Range<u64>) -> Self {
        Self { file: Arc::clone(file), range }
    }

    /// The file. Its position means nothing.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// The octets of it.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        self.range.clone()
    }

    /// Has the system send as many of the octets as a socket takes now, and says how many. They never come
    /// through the memory of this process.
    ///
    /// A client that has left raises SIGPIPE, which Rust has a program ignore from its start. In a program that
    /// does not begin in Rust see to that yourself.
    ///
    /// # Errors
    ///
    /// Those of the socket and the file, and [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if the file has
    /// become too short.
    #[cfg(target_os = "linux")]
    pub fn send_over(&self, socket: impl std::os::fd::AsFd) -> io::Result<usize> {
        let mut at = self.range.start;
        let send = || rustix::fs::sendfile(&socket, &*self.file, Some(&mut at), self.len());
        match rustix::io::retry_on_intr(send)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            sent => Ok(sent),
        }
    }

    pub(crate) fn len(&self) -> usize {
        usize::try_from(self.range.end - self.range.start).unwrap_or(usize::MAX)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// So many octets were written.
    pub(crate) fn advance(&mut self, len: usize) {
        self.range.start += len as u64;
    }

    /// Whether sending would not wait for a disk, as far as one can tell: what lies between the octets that are
    /// looked for, or leaves at this very moment, is waited for all the same.
    ///
    /// # Errors
    ///
    /// Those of the system, if it cannot tell. An octet that is not there at all is not in memory.
    pub(super) fn is_in_memory(&self) -> io::Result<bool> {
        let last = self.range.end.saturating_sub(1);
        let strides = (self.range.start..last).step_by(STRIDE as usize);
        for at in strides.chain([last]) {
            match disk::read_memory(&self.file, &mut [0], at) {
                Ok(1..) => {}
                Ok(0) => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Brings the octets into memory, as long as it may take.
    ///
    /// # Errors
    ///
    /// Those of the file, and [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if it has become too short.
    pub(super) fn fetch(mut self) -> io::Result<()> {
        let mut room = alloc::vec![0; self.len().min(STRIDE as usize)];
        while !self.is_empty() {
            let len = self.len().min(room.len());
            match disk::read_disk(&self.file, room.get_mut(..len).unwrap_or_default(), self.range.start)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => self.advance(read),
            }
        }
        Ok(())
    }
}

//! Reading a file: what lies in memory, and what is waited for.

use std::fs::File;
use std::io;

/// Reads what the kernel has in memory (Linux 4.14 and later).
///
/// # Errors
///
/// [`io::ErrorKind::WouldBlock`] for what it has not, and [`io::ErrorKind::Unsupported`] or another where it cannot
/// tell.
#[cfg(target_os = "linux")]
pub(super) fn read_memory(file: &File, room: &mut [u8], at: u64) -> io::Result<usize> {
    use rustix::io::{ReadWriteFlags, preadv2};
    Ok(preadv2(file, &mut [io::IoSliceMut::new(room)], at, ReadWriteFlags::NOWAIT)?)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn read_memory(_: &File, _: &mut [u8], _: u64) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Reads once, as long as it may take.
pub(super) fn read_disk(file: &File, room: &mut [u8], at: u64) -> io::Result<usize> {
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

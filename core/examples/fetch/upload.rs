//! A file that is sent.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use sanderling::http::BodyLength;

/// A file, and how many octets of it are sent. What has no length of its own, such as a pipe, or tells none, such as
/// what the system makes up when it is read, is sent to its end.
pub(crate) fn open(path: &Path) -> io::Result<(File, BodyLength, u64)> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    let length = metadata.len();
    let is_known = metadata.is_file() && (length > 0 || is_empty(&mut file)?);
    Ok(if is_known { (file, BodyLength::Known(length), length) } else { (file, BodyLength::Unknown, u64::MAX) })
}

/// Whether a file is as empty as it says.
fn is_empty(file: &mut File) -> io::Result<bool> {
    let is_empty = file.read(&mut [0])? == 0;
    file.rewind()?;
    Ok(is_empty)
}

//! From a path to what is there.

use alloc::borrow::Cow;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::Files;
use super::coding::Coding;
use super::kind;
use super::request::Wanted;
use super::root::{Patience, is_absence};
use super::stamp::{Stamp, State};
use super::text::Text;

/// What there is under a path.
#[allow(clippy::large_enum_variant)] // it is a file more often than not
pub(super) enum Found {
    File(Representation),
    /// A directory to be listed.
    Listing,
    /// A directory, but the path lacks the slash at its end.
    WithoutSlash,
    Nothing,
}

/// An open file, and what an answer says of it.
pub(super) struct Representation {
    pub(super) file: File,
    pub(super) length: u64,
    pub(super) stamp: Stamp,
    pub(super) state: State,
    pub(super) content_type: Text,
    pub(super) coding: Option<Coding>,
    pub(super) is_fallback: bool,
}

enum Opened {
    File(File, Metadata),
    Directory,
    Nothing,
}

impl Files {
    /// Looks for what is wanted; `now` is the time in seconds after 1 January 1970.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::PermissionDenied`] for what may not be read, [`io::ErrorKind::WouldBlock`] for what
    /// is not in memory and nothing else may be asked, or what else went wrong.
    pub(super) fn find(&self, wanted: &Wanted, now: u64, patience: Patience) -> io::Result<Found> {
        let search = Search { files: self, wanted, now, patience };
        match (search.path()?, &self.choices.fallback) {
            (Found::Nothing, Some(fallback)) if wanted.is_page => search.fallback(Path::new(fallback)),
            (found, _) => Ok(found),
        }
    }
}

/// One look at the directory.
#[derive(Clone, Copy)]
struct Search<'s> {
    files: &'s Files,
    wanted: &'s Wanted,
    now: u64,
    patience: Patience,
}

impl Search<'_> {
    fn path(self) -> io::Result<Found> {
        if self.wanted.is_nowhere {
            return Ok(Found::Nothing);
        }
        let path = as_path(&self.wanted.path);
        if self.wanted.is_directory {
            return self.directory(&path);
        }
        match self.open(&path) {
            Ok(Opened::File(file, metadata)) => Ok(Found::File(self.represent(&path, file, &metadata)?)),
            Ok(Opened::Directory) => Ok(Found::WithoutSlash),
            Ok(Opened::Nothing) => Ok(Found::Nothing),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => self.forbidden(&path, error),
            Err(error) => Err(error),
        }
    }

    /// A directory that may be entered but not listed cannot be opened, either, and so is not: its index is looked for
    /// first, and it has to be opened only to be listed.
    fn directory(self, path: &Path) -> io::Result<Found> {
        let choices = &self.files.choices;
        let index = path.join(&choices.index);
        if !choices.index.is_empty()
            && let Opened::File(file, metadata) = self.open(&index)?
        {
            return Ok(Found::File(self.represent(&index, file, &metadata)?));
        }
        let is_listed = choices.has_listing && matches!(self.open(path)?, Opened::Directory);
        Ok(if is_listed { Found::Listing } else { Found::Nothing })
    }

    /// What may not be opened is told of nonetheless if it is a directory: what is in it may be another matter.
    fn forbidden(self, path: &Path, error: io::Error) -> io::Result<Found> {
        match self.patience {
            // Only opening can be asked to wait for no disk.
            Patience::Memory => Err(io::ErrorKind::WouldBlock.into()),
            Patience::Disk if self.files.root.entry(path).is_ok_and(|entry| entry.is_directory) => {
                Ok(Found::WithoutSlash)
            }
            Patience::Disk => Err(error),
        }
    }

    fn fallback(self, path: &Path) -> io::Result<Found> {
        let Opened::File(file, metadata) = self.open(path)? else { return Ok(Found::Nothing) };
        let representation = self.represent(path, file, &metadata)?;
        Ok(Found::File(Representation { is_fallback: true, ..representation }))
    }

    /// The file, or its sibling in a coding that the client would rather have.
    fn represent(self, path: &Path, file: File, metadata: &Metadata) -> io::Result<Representation> {
        let content_type = kind::content_type(&path.to_string_lossy());
        let of = |file, metadata: &Metadata, coding| {
            let stamp = Stamp::of(metadata, coding, self.now);
            let (length, state) = (metadata.len(), State::of(metadata));
            Representation { file, length, stamp, state, content_type, coding, is_fallback: false }
        };
        for coding in self.wanted.preference.iter() {
            let mut sibling = path.as_os_str().to_owned();
            sibling.push(coding.suffix());
            match self.open(&PathBuf::from(sibling)) {
                Ok(Opened::File(file, metadata)) => return Ok(of(file, &metadata, Some(coding))),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(error),
                // Whatever is wrong with it, there is the file itself.
                Ok(Opened::Directory | Opened::Nothing) | Err(_) => {}
            }
        }
        Ok(of(file, metadata, None))
    }

    /// Opens a path, and only then looks what it is.
    fn open(self, path: &Path) -> io::Result<Opened> {
        let root = &self.files.root;
        // Where a directory cannot be opened as a file is, it has to be told apart before.
        if cfg!(not(unix)) && self.patience == Patience::Disk && root.entry(path).is_ok_and(|entry| entry.is_directory)
        {
            return Ok(Opened::Directory);
        }
        let file = match root.open_file(path, self.patience) {
            Err(error) if is_absence(&error) => return Ok(Opened::Nothing),
            file => file?,
        };
        let metadata = file.metadata()?;
        Ok(match metadata.file_type() {
            kind if kind.is_dir() => Opened::Directory,
            kind if kind.is_file() => Opened::File(file, metadata),
            // A pipe, a socket or a device.
            _ => Opened::Nothing,
        })
    }
}

/// Decoded octets as a path: on Unix any will do, elsewhere they are UTF-8.
pub(super) fn as_path(octets: &[u8]) -> Cow<'_, Path> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        Cow::Borrowed(Path::new(std::ffi::OsStr::from_bytes(octets)))
    }
    #[cfg(not(unix))]
    Cow::Owned(PathBuf::from(alloc::string::String::from_utf8_lossy(octets).into_owned()))
}

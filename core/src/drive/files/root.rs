//! The directory: what is opened below it, and how.

use alloc::sync::Arc;
use alloc::vec::Vec;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, Metadata};

/// How long a look at the file system may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// As long as memory takes to answer. What it does not know is [`io::ErrorKind::WouldBlock`].
    Memory,
    /// As long as a disk takes.
    Disk,
}

/// An open directory.
pub(super) struct Root {
    directory: Arc<Dir>,
    /// For links that may lead out.
    path: PathBuf,
    follows_out: bool,
}

/// What is said of a name without opening it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) is_directory: bool,
    pub(super) length: u64,
    /// In seconds after 1 January 1970.
    pub(super) modified: Option<u64>,
}

impl Root {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let directory = Dir::open_ambient_dir(path, ambient_authority())?;
        // A file that is none would have failed on most systems, but not on all.
        if !directory.dir_metadata()?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self { directory: Arc::new(directory), path: std::path::absolute(path)?, follows_out: false })
    }

    pub(super) fn following(&self, follows_out: bool) -> Self {
        Self { directory: Arc::clone(&self.directory), path: self.path.clone(), follows_out }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens what is there, to be read; on Unix a directory too. `path` leads downwards, and is empty for
    /// the directory itself.
    ///
    /// Opening waits for no writer of a pipe and takes no terminal.
    pub(super) fn open_file(&self, path: &Path, patience: Patience) -> io::Result<File> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        match patience {
            Patience::Memory => self.open_known(path),
            Patience::Disk if self.follows_out => options::following().open(self.path.join(path)),
            Patience::Disk => Ok(self.directory.open_with(path, &options::beneath())?.into_std()),
        }
    }

    /// What Linux can open without waiting for a disk (5.12 and later).
    #[cfg(target_os = "linux")]
    fn open_known(&self, path: &Path) -> io::Result<File> {
        use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
        use rustix::io::Errno;
        let flags = options::FLAGS | OFlags::CLOEXEC;
        let opened = if self.follows_out {
            openat2(CWD, self.path.join(path), flags, Mode::empty(), ResolveFlags::CACHED)
        } else {
            let bounds = ResolveFlags::CACHED | ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
            openat2(&*self.directory, path, flags, Mode::empty(), bounds)
        };
        match opened {
            Ok(file) => Ok(file.into()),
            // Some sandboxes and older systems do not know the call, or not this way of it. As for links
            // that lead out, all are to be told the same.
            Err(Errno::NOSYS | Errno::PERM | Errno::INVAL | Errno::XDEV) => Err(io::ErrorKind::WouldBlock.into()),
            Err(error) => Err(error.into()),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn open_known(&self, _: &Path) -> io::Result<File> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    /// What a path leads to, through links that may be followed.
    pub(super) fn entry(&self, path: &Path) -> io::Result<Entry> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let metadata = if self.follows_out {
            Metadata::from_just_metadata(fs::metadata(self.path.join(path))?)
        } else {
            self.directory.metadata(path)?
        };
        if !metadata.is_dir() && !metadata.is_file() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let modified = metadata.modified().ok().and_then(|time| time.into_std().duration_since(UNIX_EPOCH).ok());
        let modified = modified.map(|since| since.as_secs());
        Ok(Entry { is_directory: metadata.is_dir(), length: metadata.len(), modified })
    }

    /// At most so many names in a directory, in no order, and whether there are more.
    pub(super) fn names(&self, path: &Path, limit: usize) -> io::Result<(Vec<OsString>, bool)> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        if self.follows_out {
            take(fs::read_dir(self.path.join(path))?.map(|entry| Ok(entry?.file_name())), limit)
        } else {
            take(self.directory.read_dir(path)?.map(|entry| Ok(entry?.file_name())), limit)
        }
    }
}

fn take(mut names: impl Iterator<Item = io::Result<OsString>>, limit: usize) -> io::Result<(Vec<OsString>, bool)> {
    let taken = names.by_ref().take(limit).collect::<io::Result<_>>()?;
    Ok((taken, names.next().is_some()))
}

/// Whether an error says that there is nothing to be had under a name, rather than that something
/// failed. A link that leads out of the directory is nothing, and so is a socket.
pub(super) fn is_absence(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    let is_said = match error.kind() {
        K::NotFound | K::NotADirectory | K::InvalidFilename => true,
        // One that the system did not give is that of a link that leads out.
        K::PermissionDenied => error.raw_os_error().is_none(),
        _ => false,
    };
    is_said || is_odd(error)
}

/// Links that go round in circles, and what cannot be opened at all.
#[cfg(unix)]
fn is_odd(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let errors = [Errno::LOOP, Errno::NXIO, Errno::NODEV, Errno::OPNOTSUPP, Errno::NAMETOOLONG];
    Errno::from_io_error(error).is_some_and(|error| errors.contains(&error))
}

#[cfg(not(unix))]
fn is_odd(_: &io::Error) -> bool {
    false
}

#[cfg(unix)]
mod options {
    use rustix::fs::OFlags;

    pub(super) const FLAGS: OFlags = OFlags::NONBLOCK.union(OFlags::NOCTTY);

    pub(super) fn following() -> std::fs::OpenOptions {
        use std::os::unix::fs::OpenOptionsExt;
        let mut options = std::fs::OpenOptions::new();
        options.read(true).custom_flags(FLAGS.bits().cast_signed());
        options
    }

    pub(super) fn beneath() -> cap_std::fs::OpenOptions {
        use cap_std::fs::OpenOptionsExt;
        let mut options = cap_std::fs::OpenOptions::new();
        options.read(true).custom_flags(FLAGS.bits().cast_signed());
        options
    }
}

#[cfg(not(unix))]
mod options {
    pub(super) fn following() -> std::fs::OpenOptions {
        let mut options = std::fs::OpenOptions::new();
        options.read(true);
        options
    }

    pub(super) fn beneath() -> cap_std::fs::OpenOptions {
        let mut options = cap_std::fs::OpenOptions::new();
        options.read(true);
        options
    }
}

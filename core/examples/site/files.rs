//! The files below one directory, and no others.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use sanderling::semantics::percent_decode;

/// The directory whose files are served.
#[derive(Debug)]
pub(crate) struct Site {
    /// Without links and dots, so that a file's own such path can be compared.
    root: PathBuf,
}

/// A file that may be sent, and what its headers need.
#[derive(Debug)]
pub(crate) struct FoundFile {
    pub file: File,
    pub length: u64,
    pub modified: Option<SystemTime>,
    pub mime: &'static str,
}

/// Why there is no file.
#[derive(Debug)]
pub(crate) enum FileError {
    /// 404: none there, or none that may be sent; the answer does not tell which.
    NotFound,
    /// 400: a path that no file of ours has.
    BadRequest,
    /// 500: it is there, but the system would not give it.
    Io(io::Error),
}

impl Site {
    /// The files below `dir`, which must exist.
    pub(crate) fn new(dir: impl AsRef<Path>) -> io::Result<Site> {
        let root = fs::canonicalize(dir)?;
        if !root.is_dir() {
            return Err(ErrorKind::NotADirectory.into());
        }
        Ok(Site { root })
    }

    /// The file at a path as a request wrote it after `/files/`. It may be a
    /// link, as long as what it points to is below the directory too.
    ///
    /// This waits for the disk. It also trusts whoever can write to the
    /// directory: a link changed between the look and the opening is followed.
    pub(crate) fn find(&self, encoded_path: &str) -> Result<FoundFile, FileError> {
        let path = self.root.join(relative(encoded_path)?);
        // Whatever keeps a path from leading somewhere, nothing is there.
        let path = fs::canonicalize(path).map_err(|_| FileError::NotFound)?;
        // Opening a pipe that nobody writes to would wait, so look first.
        if !path.starts_with(&self.root) || !fs::metadata(&path)?.is_file() {
            return Err(FileError::NotFound);
        }
        let file = File::open(&path)?;
        let metadata = file.metadata()?;
        Ok(FoundFile {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            mime: mime_guess::from_path(&path).first_raw().unwrap_or("application/octet-stream"),
            file,
        })
    }
}

/// Decodes a request's path, once, into one that can only lead downwards.
fn relative(encoded_path: &str) -> Result<PathBuf, FileError> {
    let bytes =
        percent_decode(encoded_path.as_bytes()).collect::<Result<Vec<u8>, _>>().map_err(|_| FileError::BadRequest)?;
    let path = String::from_utf8(bytes).map_err(|_| FileError::BadRequest)?;
    // A colon would name a drive or a file's second stream on Windows.
    if path.contains(|c: char| c.is_control() || c == '\\' || (cfg!(windows) && c == ':')) {
        return Err(FileError::BadRequest);
    }
    let mut below = PathBuf::new();
    for segment in path.split('/') {
        // An empty segment, a dot, two dots, a root and a drive are all not
        // `Normal`, and a segment without a slash has no second component.
        match Path::new(segment).components().next() {
            Some(Component::Normal(name)) => below.push(name),
            _ => return Err(FileError::NotFound),
        }
    }
    Ok(below)
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> FileError {
        match error.kind() {
            // Removed since it was looked at.
            ErrorKind::NotFound => FileError::NotFound,
            _ => FileError::Io(error),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{FileError, Site};
    use std::fs;
    use std::io::Read;
    use std::path::{Path, PathBuf};

    /// A directory to serve with a file beside it, gone again when dropped.
    struct Place(PathBuf);

    impl Place {
        fn new(name: &str) -> Place {
            let place = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
            fs::create_dir_all(place.join("root/sub")).unwrap();
            fs::create_dir_all(place.join("root-too")).unwrap();
            for file in ["secret", "root-too/secret", "root/a b.html", "root/sub/é"] {
                fs::write(place.join(file), file).unwrap();
            }
            Place(place)
        }

        fn site(&self) -> Site {
            Site::new(self.0.join("root")).unwrap()
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn read(site: &Site, path: &str) -> Result<(String, &'static str), FileError> {
        let mut found = site.find(path)?;
        let mut text = String::new();
        found.file.read_to_string(&mut text)?;
        assert_eq!(found.length, text.len() as u64);
        assert!(found.modified.is_some());
        Ok((text, found.mime))
    }

    #[test]
    fn files_below_the_directory_are_found() {
        let place = Place::new("site-inside");
        let site = place.site();
        let (text, mime) = read(&site, "a%20b.html").unwrap();
        assert_eq!((text.as_str(), mime), ("root/a b.html", "text/html"));
        let (text, mime) = read(&site, "sub/%c3%A9").unwrap();
        assert_eq!((text.as_str(), mime), ("root/sub/é", "application/octet-stream"));
        assert!(Site::new(place.0.join("secret")).is_err());
        assert!(Site::new(place.0.join("none")).is_err());
    }

    #[test]
    fn nothing_else_is() {
        let place = Place::new("site-outside");
        let site = place.site();
        let absolute = place.0.join("secret");
        let absolute = absolute.to_str().unwrap();
        for path in [
            "",
            "none",
            "sub",
            "sub/",
            ".",
            "./sub/%c3%a9",
            "sub//%c3%a9",
            "a%20b.html/",
            "a%20b.html/x",
            "../secret",
            "%2e%2e/secret",
            "..%2fsecret",
            "sub/../../secret",
            "../root-too/secret",
            "%252e%252e/secret",
            absolute,
            &absolute.replace('/', "%2f"),
        ] {
            assert!(matches!(read(&site, path), Err(FileError::NotFound)), "{path}");
        }
        for path in ["%", "%2", "%zz", "..\\secret", "..%5csecret", "a%20b.html%00", "a%0a", "%7f", "%ff"] {
            assert!(matches!(read(&site, path), Err(FileError::BadRequest)), "{path}");
        }
        let long = "x".repeat(5000);
        assert!(matches!(read(&site, &long), Err(FileError::NotFound)));
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_no_further_than_the_directory() {
        use std::os::unix::fs::symlink;
        use std::process::Command;
        let place = Place::new("site-links");
        let site = place.site();
        let link = |to: &Path, name: &str| symlink(to, place.0.join("root").join(name)).unwrap();
        link(Path::new("a b.html"), "inside");
        link(Path::new("../secret"), "outside");
        link(Path::new(".."), "up");
        link(&place.0.join("root-too"), "beside");
        link(Path::new("loop"), "loop");
        link(Path::new("/dev/null"), "device");
        let pipe = place.0.join("root/pipe");
        assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
        assert!(read(&site, "inside").is_ok());
        for path in ["outside", "up/secret", "beside/secret", "loop", "device", "pipe"] {
            assert!(matches!(read(&site, path), Err(FileError::NotFound)), "{path}");
        }
    }
}

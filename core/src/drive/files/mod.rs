//! Serving the files of a directory (feature `files`).
//!
//! ```text
//! Exchange::respond_from
//!   request   what the path and the fields ask for
//!   lookup    the file, the directory or neither ── root: what is opened, and how
//!   answer    preconditions and ranges against what was opened ── stamp, kind, coding: what its fields say
//!   sending   pieces of it, read as they are sent, or parts that the system sends ── part, disk
//!   listing   a directory as a page ── reference: names as links
//! ```
//!
//! Everything that is said of a file is read from the open file, and what is sent is what was opened,
//! whatever happens to its name meanwhile.

mod answer;
mod coding;
mod disk;
mod kind;
mod listing;
mod lookup;
mod part;
mod reference;
mod request;
mod root;
mod sending;
mod stamp;
mod text;

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use std::io;
use std::path::Path;

pub use part::FilePart;
use root::Root;

use crate::semantics::{CacheDirective, write_cache_control};

/// A directory whose files are served: what
/// [`Exchange::respond_from`](super::Exchange::respond_from) answers from. A clone is another handle of
/// the same.
///
/// The directory is opened once, and no path leads out of it: not by dot segments or encodings, nor
/// through symbolic links, unless [`follow_links_out`](Self::follow_links_out) lets them.
///
/// ```
/// use sanderling::drive::Files;
/// use sanderling::semantics::{CacheDirective, DeltaSeconds};
///
/// # fn main() -> std::io::Result<()> {
/// # let public = ".";
/// let files = Files::new(public)?
///     .at("/files/")
///     .listing(true)
///     .precompressed(true)
///     .cache_control(&[CacheDirective::MaxAge(DeltaSeconds::new(3600))]);
/// # let _ = files;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Files {
    root: Arc<Root>,
    choices: Arc<Choices>,
}

#[derive(Clone, Debug)]
struct Choices {
    /// Where the directory is seen: begins and ends with a slash.
    prefix: String,
    index: String,
    fallback: Option<String>,
    cache_control: String,
    has_listing: bool,
    has_precompressed: bool,
    has_hidden: bool,
}

impl Files {
    /// Opens a directory, to be seen at `/`.
    ///
    /// # Errors
    ///
    /// Those of the system, and of what is no directory.
    pub fn new(directory: impl AsRef<Path>) -> io::Result<Self> {
        let choices = Choices {
            prefix: "/".into(),
            index: "index.html".into(),
            fallback: None,
            cache_control: String::new(),
            has_listing: false,
            has_precompressed: false,
            has_hidden: false,
        };
        let root = Arc::new(Root::open(directory.as_ref())?);
        Ok(Self { root, choices: Arc::new(choices) })
    }

    /// Where the directory is seen: `/files/` makes `/files/a/b` the file `a/b`. Slashes around it are
    /// added if they are missing. What has to be percent-encoded may be, and means the same: `/my files/` is seen
    /// at `/my%20files/`. Default `/`.
    #[must_use]
    pub fn at(self, prefix: &str) -> Self {
        let inside = prefix.trim_matches('/');
        let prefix = if inside.is_empty() { "/".into() } else { alloc::format!("/{inside}/") };
        self.choose(|choices| choices.prefix = prefix)
    }

    /// The file that stands for the directory it is in; an empty name for none. Default `index.html`.
    #[must_use]
    pub fn index(self, name: &str) -> Self {
        self.choose(|choices| choices.index = name.into())
    }

    /// Whether a directory without an index is shown as a page that lists it. Default false: 404.
    #[must_use]
    pub fn listing(self, listing: bool) -> Self {
        self.choose(|choices| choices.has_listing = listing)
    }

    /// The file that is sent, with 200, for a path where there is nothing, if the client asks for a page:
    /// if Accept names `text/html`. For applications that find their way by the path themselves. It is
    /// always sent with `Cache-Control: no-cache`.
    #[must_use]
    pub fn fallback(self, path: &str) -> Self {
        self.choose(|choices| choices.fallback = Some(path.trim_start_matches('/').into()))
    }

    /// What Cache-Control says of files. Default nothing.
    #[must_use]
    pub fn cache_control(self, directives: &[CacheDirective<'_>]) -> Self {
        let required = write_cache_control(directives, &mut []).unwrap_or_else(|small| small.required);
        let mut value: Vec<u8> = alloc::vec![0; required];
        let len = write_cache_control(directives, &mut value).unwrap_or_default();
        value.truncate(len);
        // An argument may be other octets than text, which no cache knows anything to do with.
        let value = String::from_utf8(value).unwrap_or_default();
        self.choose(|choices| choices.cache_control = value)
    }

    /// Whether `a.css.br`, `a.css.zst` or `a.css.gz` is sent in place of `a.css` to clients that take that
    /// coding. It is for you to keep them alike. Default false.
    #[must_use]
    pub fn precompressed(self, precompressed: bool) -> Self {
        self.choose(|choices| choices.has_precompressed = precompressed)
    }

    /// Whether files and directories whose names begin with a dot are served and listed. Default false:
    /// 404, but for `.well-known` at the top (RFC 8615).
    #[must_use]
    pub fn hidden(self, hidden: bool) -> Self {
        self.choose(|choices| choices.has_hidden = hidden)
    }

    /// Whether symbolic links are followed wherever they lead. Default false: a link that leads out of the
    /// directory, as all do that begin with a slash, is as good as none. If they are, the directory itself
    /// is found anew by its path for each request, too.
    #[must_use]
    pub fn follow_links_out(mut self, follow: bool) -> Self {
        self.root = Arc::new(self.root.following(follow));
        self
    }

    fn choose(mut self, choose: impl FnOnce(&mut Choices)) -> Self {
        choose(Arc::make_mut(&mut self.choices));
        self
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("directory", &self.root.path()).field("choices", &self.choices).finish()
    }
}

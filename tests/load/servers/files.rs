//! The files that ours serve: those of the folder that a server is started in.

use std::path::Path;
use std::sync::LazyLock;

use sanderling_load::content::FILES_PATH;
use sanderling_tokio::Files;

static FILES: LazyLock<Files> = LazyLock::new(|| {
    let folder = Path::new(&FILES_PATH[1..]);
    Files::new(folder).expect("a server is started where there are files").at(FILES_PATH)
});

/// The directory that this path leads into.
pub(crate) fn at(path: &str) -> Option<&'static Files> {
    path.starts_with(FILES_PATH).then(|| &*FILES)
}

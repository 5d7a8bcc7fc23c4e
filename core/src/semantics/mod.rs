//! Pure functions over what fields and targets mean (RFC 9110, RFC 3986).

mod date;
mod percent;
mod query;
#[cfg(feature = "alloc")]
mod uri;

pub use date::HttpDate;
pub use percent::{InvalidEscape, percent_decode};
pub use query::query_pairs;
#[cfg(feature = "alloc")]
pub use uri::HttpUri;

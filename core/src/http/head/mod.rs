//! Heads: start line and field lines, from octets (RFC 9112 sections 3 to 5).
//!
//! A parser is given the octets from the start of the head on, again and again as they grow, and
//! remembers how far it came: a head that arrives octet by octet costs the same work as one that
//! arrives whole. What it accepts borrows from the input.

pub(crate) mod facts;
mod fields;
mod line;
mod request;
mod response;
mod whole;

pub(crate) use fields::{FieldSectionParser, Progress, SectionOf};
use line::LineEnd;
#[cfg(feature = "alloc")]
pub(crate) use request::RequestLayout;
pub use request::{RequestHead, RequestParser};
#[cfg(feature = "alloc")]
pub(crate) use response::ResponseLayout;
pub use response::{ResponseHead, ResponseParser};

use super::limits::PART_MAX;

/// As many octets of the input as a head can have, or a trailer section, so that a place in it has 32 bits.
fn reach(input: &[u8]) -> usize {
    input.len().min(3 * PART_MAX as usize)
}

//! Heads: start line and field lines, from octets (RFC 9112 sections 3 to 5).
//!
//! A parser is given the octets from the start of the head on, again and again as they grow, and
//! remembers how far it came: a head that arrives octet by octet costs the same work as one that
//! arrives whole. What it accepts borrows from the input.

mod facts;
mod fields;
mod line;
pub(crate) mod notes;
mod request;
mod request_head;
mod response;
mod response_head;
mod whole;

pub(crate) use fields::{FieldSectionParser, Progress, SectionOf};
use line::LineEnd;
pub use request::RequestParser;
pub use request_head::RequestHead;
#[cfg(feature = "alloc")]
pub(crate) use request_head::RequestLayout;
pub use response::ResponseParser;
pub use response_head::ResponseHead;
#[cfg(feature = "alloc")]
pub(crate) use response_head::ResponseLayout;

use super::limits::PART_MAX;

/// As many octets of the input as a head can have, or a trailer section, so that a place in it has 32 bits.
fn reach(input: &[u8]) -> usize {
    input.len().min(3 * PART_MAX as usize)
}

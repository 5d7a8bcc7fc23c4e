//! The opening handshake (RFC 6455 section 4), on top of HTTP heads.
//!
//! A server reads an [`Offer`] out of a request and answers it with the fields given here; a client
//! sends the fields of a [`Proposal`] and reads the [`Agreement`] out of the answer.

mod accept;
mod client;
mod server;

pub use accept::Accept;
pub use client::{Agreement, Key, Mismatch, Proposal};
pub use server::{Offer, Refusal, is_same_origin};

use crate::http::FieldSection;

/// The value of a field that is there once and not empty.
fn only<'a>(fields: FieldSection<'a>, name: &str) -> Option<&'a [u8]> {
    let mut values = fields.named(name);
    match (values.next(), values.next()) {
        (Some(value), None) if !value.is_empty() => Some(value),
        _ => None,
    }
}

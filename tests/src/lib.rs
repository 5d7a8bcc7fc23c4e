//! What crosses crates.

#![forbid(unsafe_code)]

pub mod escape;
pub mod feeding;
mod http_limits;
pub mod mismatch;
pub mod vector;
pub mod woken;

pub use http_limits::http_limits;

/// The README's examples compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

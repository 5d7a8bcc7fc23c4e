//! What crosses crates.

#![forbid(unsafe_code)]

pub mod escape;
pub mod feeding;
pub mod mismatch;
pub mod vector;

/// The README's examples compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

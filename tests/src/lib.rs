//! What crosses crates.

pub mod escape;
pub mod feeding;
pub mod mismatch;
pub mod vector;

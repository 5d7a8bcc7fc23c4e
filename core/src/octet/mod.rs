//! Octets: their classes, scans over them and numbers written in them.
//!
//! Knows nothing of any protocol; the rooms above quote the grammar they need it for.

pub(crate) mod class;
pub(crate) mod copy;
pub(crate) mod number;
pub(crate) mod scan;
#[cfg(feature = "simd")]
mod simd;
pub(crate) mod text;
#[cfg(feature = "ws")]
pub(crate) mod utf8;
#[cfg(feature = "ws")]
pub(crate) mod xor;

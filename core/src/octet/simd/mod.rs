//! The one room with unsafe code: vector loads.
//!
//! x86-64 always has SSE2; AVX2 is used where the build promises it or, with feature `std`, where
//! the processor says so at run time. Other processors take the scalar twins, which are also what
//! the tests compare with.
#![allow(unsafe_code)]

#[cfg(feature = "ws")]
mod utf8;
mod values;
#[cfg(feature = "ws")]
mod xor;

#[cfg(feature = "ws")]
pub(crate) use utf8::check_utf8;
pub(crate) use values::value_len;
#[cfg(feature = "ws")]
pub(crate) use xor::xor;

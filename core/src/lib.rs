//! stub
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(not(feature = "simd"), forbid(unsafe_code))]
#![deny(clippy::alloc_instead_of_core, clippy::std_instead_of_alloc, clippy::std_instead_of_core)]

#[cfg(feature = "alloc")]
extern crate alloc;

#[cfg(feature = "alloc")]
pub mod drive;
pub mod http;
mod octet;
pub mod semantics;
mod tick;
#[cfg(feature = "ws")]
pub mod ws;

pub use tick::Tick;

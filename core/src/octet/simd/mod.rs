//! The one room with unsafe code: vector instructions, and ASCII that is taken for the text it is.
//!
//! They are used where the build promises them or, with feature `std`, where the processor says at run
//! time that it has them. All else takes the scalar twins, with which the tests compare.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
mod lines;
#[cfg(target_arch = "x86_64")]
mod scan;
mod text;
#[cfg(all(target_arch = "x86_64", feature = "ws"))]
mod utf8;
#[cfg(feature = "ws")]
mod xor;

#[cfg(target_arch = "x86_64")]
pub(crate) use scan::perform;
pub(crate) use text::ascii;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
pub(crate) use text::find;
#[cfg(all(target_arch = "x86_64", feature = "ws"))]
pub(crate) use utf8::check_utf8;
#[cfg(feature = "ws")]
pub(crate) use xor::xor;

/// Whether the processor has AVX2, or the build promises it.
#[cfg(target_arch = "x86_64")]
#[inline]
fn has_avx2() -> bool {
    #[cfg(feature = "std")]
    return std::is_x86_feature_detected!("avx2");
    #[cfg(not(feature = "std"))]
    cfg!(target_feature = "avx2")
}

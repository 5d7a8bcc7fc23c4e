//! UTF-8: the scalar twin's blocks, compiled for wider registers.

use crate::octet::utf8::{State, check_long};

pub(crate) fn check_utf8(state: State, octets: &[u8]) -> State {
    #[cfg(all(target_arch = "x86_64", feature = "std"))]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, as just asked.
        return unsafe { check_avx2(state, octets) };
    }
    check_long(state, octets)
}

#[cfg(all(target_arch = "x86_64", feature = "std"))]
#[target_feature(enable = "avx2")]
fn check_avx2(state: State, octets: &[u8]) -> State {
    check_long(state, octets)
}

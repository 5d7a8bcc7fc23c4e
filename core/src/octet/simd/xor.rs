//! XOR with a pattern: the scalar twin's loop, compiled for wider registers.

use crate::octet::xor::apply_scalar;

pub(crate) fn xor(pattern: [u8; 4], octets: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    if super::has_avx2() {
        // SAFETY: the processor has AVX2, as just asked.
        return unsafe { xor_avx2(pattern, octets) };
    }
    apply_scalar(pattern, octets);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn xor_avx2(pattern: [u8; 4], octets: &mut [u8]) {
    apply_scalar(pattern, octets);
}

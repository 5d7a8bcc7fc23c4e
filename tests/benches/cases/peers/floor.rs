//! What a message costs at least: it is copied out of the socket and XORed with the key in place
//! (RFC 6455 section 5.3), by the widest vectors that the processor has.

use core::hint::black_box;

use pulp::{Arch, NullaryFnOnce};

use super::{Run, Task, repeat};

/// Two of the widest vectors.
const BLOCK: usize = 128;

pub(super) fn receive(task: &Task) -> Run {
    let (input, mut buffer, arch) = (task.input, task.input.to_vec(), Arch::new());
    repeat(task.input.len(), move || {
        buffer.copy_from_slice(black_box(input));
        arch.dispatch(Xor { octets: black_box(&mut buffer), key: black_box([0x37, 0xfa, 0x21, 0x3d]) });
        buffer.len()
    })
}

struct Xor<'o> {
    octets: &'o mut [u8],
    key: [u8; 4],
}

impl NullaryFnOnce for Xor<'_> {
    type Output = ();

    /// Becomes a part of what it is called from, and so takes the vectors that are allowed there.
    #[inline(always)]
    fn call(self) {
        let mut wide = [0; BLOCK];
        wide.as_chunks_mut::<4>().0.fill(self.key);
        let (blocks, rest) = self.octets.as_chunks_mut::<BLOCK>();
        for block in blocks {
            block.iter_mut().zip(wide).for_each(|(octet, key)| *octet ^= key);
        }
        rest.iter_mut().zip(wide).for_each(|(octet, key)| *octet ^= key);
    }
}

//! UTF-8, validated by the standard library and by simdutf8.

use core::hint::black_box;

use super::{Run, Task, repeat};

pub(super) fn std(task: &Task) -> Run {
    let input = task.input;
    repeat(input.len(), move || core::str::from_utf8(black_box(input)).unwrap().len())
}

pub(super) fn simd(task: &Task) -> Run {
    let input = task.input;
    repeat(input.len(), move || simdutf8::basic::from_utf8(black_box(input)).unwrap().len())
}

//! How long the tasks take, ours and others'. One command measures all, or those whose names contain a word,
//! and ends with the tables of BENCHMARKS.md:
//!
//! ```text
//! cargo run --release -p sanderling-tests --features peers --bin times
//! cargo run --release -p sanderling-tests --features peers,simd --bin times -- --only "request head"
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod cases;

use core::time::Duration;
use std::time::Instant;

use criterion::{Criterion, SamplingMode};

/// So many samples are taken of a case.
const SAMPLES: usize = 100;

fn main() {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--only").skip(1);
    let mut cases = cases::all(&arguments.next().unwrap_or_default());
    let mut criterion = Criterion::default()
        .sample_size(SAMPLES)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(400))
        .nresamples(1000)
        .without_plots();
    let nanoseconds: Vec<f64> = cases.iter_mut().map(|case| measure(&mut criterion, case)).collect();
    println!("\nNanoseconds for one operation:");
    cases::print_tables(&cases, &nanoseconds);
}

/// The fastest sample, in nanoseconds for one operation: what else the machine does only makes it slower, and a
/// sample is short enough that some are spared.
fn measure(criterion: &mut Criterion, case: &mut cases::Case) -> f64 {
    let (name, operations) = (case.name(), case.task.operations);
    let mut samples = Vec::new();
    criterion.benchmark_group("times").sampling_mode(SamplingMode::Flat).bench_function(name, |bencher| {
        bencher.iter_custom(|rounds| {
            let begun = Instant::now();
            case.run(rounds);
            let elapsed = begun.elapsed();
            samples.push(elapsed.as_nanos() as f64 / (rounds * operations) as f64);
            elapsed
        });
    });
    // Those before were to warm up.
    let samples = samples.len().checked_sub(SAMPLES).map_or(&[][..], |first| &samples[first..]);
    samples.iter().copied().fold(f64::INFINITY, f64::min)
}

//! How often the tasks allocate memory, ours and others', once they have been done a few times. One command
//! measures all, or those whose names contain a word:
//!
//! ```text
//! cargo run --release -p sanderling-tests --features peers --bin allocations
//! cargo run --release -p sanderling-tests --features peers --bin allocations -- --only "message received"
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod cases;

use allocation_counter::measure;

/// How many rounds are done before allocations are counted, and while they are.
const WARM_UP: u64 = 100;
const ROUNDS: u64 = 1000;

fn main() {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--only").skip(1);
    let mut cases = cases::all(&arguments.next().unwrap_or_default());
    let counted: Vec<(f64, f64)> = cases.iter_mut().map(count).collect();
    let (calls, octets): (Vec<f64>, Vec<f64>) = counted.into_iter().unzip();
    println!("Allocations for one operation:");
    cases::print_tables(&cases, &calls);
    println!("\nOctets allocated for one operation:");
    cases::print_tables(&cases, &octets);
}

/// The allocations of one operation, and their octets.
fn count(case: &mut cases::Case) -> (f64, f64) {
    case.run(WARM_UP);
    let info = measure(|| case.run(ROUNDS));
    let operations = (ROUNDS * case.task.operations) as f64;
    (info.count_total as f64 / operations, info.bytes_total as f64 / operations)
}

//! How many instructions the tasks take. Unlike time it is the same on a busy machine, so that it can be
//! recorded and checked. It runs itself under valgrind:
//!
//! ```text
//! cargo run --release -p sanderling-tests --bin instructions               prints the tables
//! … --features peers                                                       with those of the peers
//! … -- --only "message received"                                           of some tasks
//! … -- --check                                                             compares with the record
//! … -- --update                                                            writes the record
//! ```
//!
//! The record is `instructions.txt`. `--check` fails where something of ours has become slower or faster by
//! more than 3 %; a record for another compiler, target, valgrind or set of features is not compared with.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "instructions/callgrind.rs"]
mod callgrind;
mod cases;
#[path = "instructions/record.rs"]
mod record;

use std::env;
use std::process::ExitCode;

use cases::Kind;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let is_asked = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let only = arguments.iter().skip_while(|argument| *argument != "--only").nth(1).map_or("", String::as_str);

    let mut cases = cases::all(only);
    if is_asked(callgrind::INSIDE) {
        callgrind::run_inside(&mut cases);
        return ExitCode::SUCCESS;
    }
    let Some(valgrind) = callgrind::version() else {
        println!("skipped: the instructions cannot be counted without valgrind");
        return ExitCode::SUCCESS;
    };
    let counts = match callgrind::count(&cases, only) {
        Ok(counts) => counts,
        Err(what) => {
            eprintln!("callgrind: {what}");
            return ExitCode::FAILURE;
        }
    };
    let key = record::key(&valgrind);
    println!("Instructions of one operation ({key}):");
    cases::print_tables(&cases, &counts);

    let ours = cases.iter().zip(counts).filter(|(case, _)| case.kind == Kind::Ours);
    let ours: Vec<_> = ours.map(|(case, count)| (case.name(), count)).collect();
    if is_asked("--update") {
        record::update(&key, &ours, only.is_empty());
    } else if is_asked("--check") && !record::is_kept(&key, &ours, only.is_empty()) {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

//! Runs clients that others wrote against the three example servers: curl,
//! Python's websockets and headless Chromium. A client that is not installed
//! is skipped and named at the end; `interop/install` fetches them all.
//!
//! `cargo test --test interop -- "serve-std echo"` runs only the groups whose
//! name contains one of the arguments; `--list` prints their names.

#[cfg(unix)]
#[path = "../interop/run.rs"]
mod run;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    run::main()
}

#[cfg(not(unix))]
fn main() {
    println!("skipped interop: it stops the servers with signals, which this system lacks");
}

//! The part of the example WebSocket clients that no runtime changes: their options, what is read
//! and printed, and what their exit codes mean. Each adapter's example includes it by path, so that
//! the clients behave alike.

#[path = "../command_line/mod.rs"]
mod command_line;
mod ending;
mod input;
mod options;
mod output;

pub(crate) use ending::end;
pub(crate) use input::Input;
pub(crate) use options::Options;
pub(crate) use output::print;

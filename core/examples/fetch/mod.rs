//! The part of the example clients that no runtime changes: their options, and what becomes of a
//! response. Each adapter's example includes it by path, so that the clients behave alike.

#[path = "../command_line/mod.rs"]
mod command_line;
mod download;
mod options;
mod output;
mod upload;
mod validator;

pub(crate) use options::{Body, Options};
pub(crate) use output::Output;
pub(crate) use upload::open;

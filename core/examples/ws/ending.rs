//! What the exit code tells.

use std::process::ExitCode;

use sanderling::drive::{Closed, Error};
use sanderling::ws::CloseCode;

/// The exit code for how a conversation ended; why, if not well, goes to standard error in one line.
pub(crate) fn end(name: &str, ended: Result<Option<Closed>, Error>) -> ExitCode {
    match ended {
        Ok(closed) => match closed.as_ref().and_then(complaint) {
            None => ExitCode::SUCCESS,
            Some(complaint) => {
                eprintln!("{name}: {complaint}");
                ExitCode::from(3)
            }
        },
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What is to be said of a close code that means no good. The reason is the peer's, and may hold anything.
fn complaint(closed: &Closed) -> Option<String> {
    match closed.code? {
        CloseCode::NORMAL | CloseCode::GOING_AWAY => None,
        code if closed.reason.is_empty() => Some(format!("closed with {code}")),
        code => Some(format!("closed with {code}: {}", closed.reason.escape_debug())),
    }
}

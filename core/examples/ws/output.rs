//! Messages, printed.

use std::io::{self, Write};

use sanderling::drive::MessagePart;

/// Prints a part of a message as it is, and a line feed behind the last.
pub(crate) fn print(part: &MessagePart) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(&part.data)?;
    if part.last {
        output.write_all(b"\n")?;
    }
    output.flush()
}

//! The lines of standard input, as messages.

use std::io::{self, BufRead};

use sanderling::drive::{Message, Text};
use sanderling::ws::MessageKind;

/// One message for each line, without its line feed. Each waits for the line, so it is for a thread
/// that may.
pub(crate) struct Input {
    kind: MessageKind,
}

impl Input {
    pub(crate) fn new(kind: MessageKind) -> Self {
        Self { kind }
    }
}

impl Iterator for Input {
    type Item = io::Result<Message>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = Vec::new();
        match io::stdin().lock().read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(_) => Some(message(self.kind, line)),
            Err(error) => Some(Err(error)),
        }
    }
}

fn message(kind: MessageKind, mut line: Vec<u8>) -> io::Result<Message> {
    line.pop_if(|octet| *octet == b'\n');
    match kind {
        MessageKind::Binary => Ok(Message::Binary(line.into())),
        MessageKind::Text => match str::from_utf8(&line) {
            Ok(text) => Ok(Message::Text(Text::from(text))),
            Err(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "a line of the input is not UTF-8")),
        },
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Message, MessageKind, Text, message};

    #[test]
    fn a_message_is_a_line_without_its_end() {
        for (line, text) in [("one\n", "one"), ("two", "two"), ("\n", ""), ("three\r\n", "three\r")] {
            let expected = Message::Text(Text::from(text));
            assert_eq!(message(MessageKind::Text, line.into()).unwrap(), expected);
        }
        let octets = b"\xff\n\n".to_vec();
        assert!(message(MessageKind::Text, octets.clone()).is_err());
        assert_eq!(message(MessageKind::Binary, octets).unwrap(), Message::Binary(b"\xff\n".to_vec().into()));
    }
}

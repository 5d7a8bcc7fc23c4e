//! The example `upload-tokio`: what a stranger sends does not grow in its memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use sanderling_std::{BodyLength, Client, Method};

/// The example, as long as this is there.
struct Running {
    child: Child,
    url: String,
}

impl Running {
    fn start() -> Self {
        let this = std::env::current_exe().unwrap();
        // This is PROFILE/deps/upload-HASH, and that is PROFILE/examples/upload-tokio.
        let executable = this.parent().and_then(Path::parent).unwrap().join("examples/upload-tokio");
        let mut command = Command::new(&executable);
        let Ok(mut child) = command.stdout(Stdio::piped()).spawn() else {
            panic!("there is no {}: run `cargo build --workspace --examples` first", executable.display())
        };
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, url }
    }

    /// Sends a form: a piece so often, if the server wants it, and its end.
    fn post(&self, piece: &str, times: usize) -> (u16, String) {
        let request = Client::new().request(Method::POST, &self.url);
        let request = request.field("Content-Type", "multipart/form-data; boundary=b");
        let mut upload = request.upload(BodyLength::Unknown).unwrap();
        if (0..times).all(|_| upload.write(piece).unwrap()) {
            upload.write("--b--\r\n").unwrap();
        }
        let mut response = upload.finish().unwrap();
        let content = response.read_to_end(1 << 20).unwrap();
        (response.head().status().as_u16(), String::from_utf8(content).unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const PART: &str = "--b\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nabc\r\n";

#[test]
fn a_form_has_an_end() {
    let server = Running::start();
    assert_eq!(server.post(PART, 2), (200, "n: 3 octets\n".repeat(2)));
    // More parts than anybody wants to hear about, and one with a head that is longer than a form.
    assert_eq!(server.post(&PART.repeat(1000), 10).0, 413);
    assert_eq!(server.post(&format!("--b\r\nA: {}", "b".repeat(1 << 20)), 20).0, 413);
}

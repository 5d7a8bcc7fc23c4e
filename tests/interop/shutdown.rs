//! How a server ends: it finishes what is in flight and leaves nobody hanging.

use core::cell::Cell;
use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Stdio;

use super::process::{self, Job};
use super::report::{ensure, same};
use super::{Group, Server, curl, script};

const PATIENCE: Duration = Duration::from_secs(20);

/// Each of these takes a server of its own to end.
pub(crate) fn checks(group: &mut Group<'_>, _: &Server) {
    let start = || Server::start(group.executable, &group.site.root());
    let report = &mut *group.report;
    for signal in ["INT", "TERM"] {
        let name = format!("SIG{signal} lets an answer in flight finish");
        report.check(&name, start().and_then(|server| in_flight(server, signal)));
    }
    report.check("idle connections do not hold it up", start().and_then(idle));
    match start() {
        Ok(server) => {
            let told = Cell::new(false);
            script::until_shutdown(report, &server.origin, || {
                told.set(true);
                server.signal("TERM");
            });
            // A second signal would be another matter.
            let ended = if told.get() { server.ended() } else { server.stop("TERM") };
            report.check("an open WebSocket does not hold it up", ended);
        }
        Err(error) => report.check("starts", Err(error)),
    }
}

fn in_flight(server: Server, signal: &str) -> Result<(), String> {
    let mut curl = curl::command(30);
    curl.arg("-N").arg(format!("{}/stream?chunks=10&delay=50", server.origin));
    let mut job = Job::start(curl.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let lines = process::lines(job.child.stdout.take());
    let stderr = process::read(job.child.stderr.take());
    let first = lines.recv_timeout(PATIENCE);
    same("the first line", first.as_deref(), Ok("chunk 1"))?;
    server.signal(signal);
    same("the number of lines after the signal", lines.iter().count(), 9)?;
    let status = job.wait(PATIENCE)?;
    let stderr = String::from_utf8_lossy(&stderr.join().unwrap_or_default()).into_owned();
    ensure(status.success(), || format!("curl: {status}: {stderr}"))?;
    server.ended()
}

/// One connection has said nothing yet, one waits between two requests.
fn idle(server: Server) -> Result<(), String> {
    let address = server.origin.trim_start_matches("http://").to_owned();
    let talk = || {
        let silent = TcpStream::connect(&address)?;
        let mut waiting = TcpStream::connect(&address)?;
        waiting.set_read_timeout(Some(PATIENCE))?;
        waiting.write_all(b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        let mut answer = Vec::new();
        let mut buffer = [0; 1000];
        while !answer.ends_with(b"Hello, World!") {
            match waiting.read(&mut buffer)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => answer.extend(buffer.iter().take(count)),
            }
        }
        Ok((silent, waiting))
    };
    let (silent, waiting) = talk().map_err(|error: io::Error| format!("connecting: {error}"))?;
    let ended = server.stop("TERM");
    // They are open until here.
    for connection in [silent, waiting] {
        let _ = connection.shutdown(Shutdown::Both);
    }
    ended
}

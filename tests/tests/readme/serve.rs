use core::task::Poll;
use core::time::Duration;
use std::io::{ErrorKind, Result};
use std::net::{Shutdown, TcpStream};

use sanderling::Tick;
use sanderling::drive::{Driver, ServerDriver};
use sanderling::http::{Deadlines, Limits, NO_FIELDS, StatusCode};

fn serve(mut stream: TcpStream, deadlines: Deadlines, now: impl Fn() -> Tick) -> Result<()> {
    let mut driver = ServerDriver::new(Limits::default(), deadlines, now());
    loop {
        match driver.poll_request(now()) {
            Poll::Ready(false) => return Ok(()),
            Poll::Ready(true) => {
                // CONNECT has no such answer; the end of the exchange then gives one.
                let _ = driver.respond(StatusCode::OK, NO_FIELDS, "Hello, World!");
                driver.end_exchange();
            }
            Poll::Pending if driver.wants_shutdown() => {
                stream.shutdown(Shutdown::Write)?;
                driver.write_closed(now());
            }
            Poll::Pending => {
                driver.written(0, now()); // The deadline of what is to be written runs from here.
                let left = driver.deadline().map(|at| at.since(now()));
                let moved = if left == Some(Duration::ZERO) {
                    Err(ErrorKind::TimedOut.into())
                } else if driver.output_len() > 0 {
                    stream.set_write_timeout(left)?;
                    driver.write_to(&mut stream, &now)
                } else {
                    stream.set_read_timeout(left)?;
                    driver.read_from(&mut stream)
                };
                // A signal ends the wait, too, and then the deadline has perhaps not come.
                let is_over = |kind| matches!(kind, ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted);
                match moved {
                    Err(error) if is_over(error.kind()) => driver.handle_timeout(now()),
                    moved => _ = moved?,
                }
            }
        }
    }
}

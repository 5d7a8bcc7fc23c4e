//! A driver between a transport that cuts as it likes and an application that does as it likes.

use core::task::Poll;
use core::time::Duration;

use sanderling::Tick;
use sanderling::drive::{Driver, Error, ServerDriver, WebSocketDriver, WebSocketOptions};
use sanderling::http::{BodyLength, Deadlines, Limits, StatusCode};

use crate::cuts::Cuts;
use crate::script::Script;
use crate::sending::{DATA, FIELDS};
use crate::transcript::{self, Answers, Message, lines};
use crate::websocket_driver;

/// The application sees the requests that are there and no others, whatever it does to them; a
/// driver that waits waits for something; an application that is late is answered for; and a
/// connection comes to its end.
///
/// # Panics
///
/// Where that is not so.
pub fn driver(data: &[u8]) {
    let mut script = Script::new(data);
    if script.choose(&[false, true]) {
        websocket_driver::run(script);
        return;
    }
    let limits = script.http_limits();
    let deadlines = script.http_deadlines();
    let (messages, _) = transcript::server(script.octets, Cuts::Whole, Answers::Soon, limits);
    let driver = ServerDriver::new(limits, deadlines, Tick::ZERO);
    let transport = Transport::new();
    let mut run = Run { script, limits, deadlines, driver, transport, messages, seen: 0, late: Late::default() };
    while run.wait(|run| run.driver.poll_request(run.transport.now)) {
        run.check_head();
        if let Some(driver) = run.handle() {
            let Run { script, transport, messages, seen, .. } = run;
            websocket_driver::go_on(script, driver, transport, messages[seen - 1].end.unwrap());
            return;
        }
        run.end();
    }
}

/// The other end, and the clock.
pub(crate) struct Transport {
    pub(crate) now: Tick,
    pub(crate) arrived: usize,
    pub(crate) written: Vec<u8>,
}

impl Transport {
    pub(crate) fn new() -> Self {
        Self { now: Tick::ZERO, arrived: 0, written: Vec::new() }
    }

    /// One turn of an adapter's loop.
    pub(crate) fn turn(&mut self, driver: &mut impl Driver, script: &mut Script<'_>) {
        let mut has_moved = false;
        if driver.output_len() > 0 {
            assert_eq!(driver.output().map(<[u8]>::len).sum::<usize>(), driver.output_len());
            let taken = match script.octet() {
                0 => driver.output_len(),
                len => driver.output_len().min(usize::from(len) - 1),
            };
            self.written.extend(driver.output().flatten().take(taken));
            driver.written(taken, self.now);
            has_moved |= taken > 0;
        }
        if driver.wants_shutdown() {
            driver.write_closed(self.now);
            assert!(!driver.wants_shutdown());
            has_moved = true;
        }
        if driver.wants_read() {
            let rest = &script.octets[self.arrived..];
            let room = driver.room();
            assert!(!room.is_empty());
            let len = match script.next() {
                None | Some(0) => rest.len(),
                Some(len) => usize::from(len) - 1,
            };
            let len = len.min(rest.len()).min(room.len());
            if len > 0 || rest.is_empty() {
                room[..len].copy_from_slice(&rest[..len]);
                driver.received(len);
                self.arrived += len;
                has_moved = true;
            }
        }
        if script.octet() & 1 == 1 {
            driver.release_room();
        }
        // Only time can help where nothing moves.
        if !has_moved {
            self.now = self.now + Duration::from_secs(1);
            self.now = driver.deadline().unwrap_or(self.now).max(self.now);
            driver.handle_timeout(self.now);
            assert!(driver.deadline().is_none_or(|at| at > self.now), "a deadline that stays");
        }
    }

    /// One turn for an application that waits for the driver, which had better wait for something.
    pub(crate) fn wait(&mut self, driver: &mut impl Driver, script: &mut Script<'_>) {
        let waits_for_peer = driver.output_len() > 0 || driver.wants_shutdown() || driver.wants_read();
        assert!(waits_for_peer || driver.deadline().is_some(), "the driver waits for nothing");
        self.turn(driver, script);
    }
}

/// Whether the driver has to answer for the application.
#[derive(Debug, Default)]
struct Late {
    /// From then on.
    due: Option<Tick>,
    /// The application has been told.
    is_told: bool,
    /// It has begun an answer, or said what is to be the answer.
    has_answered: bool,
}

struct Run<'d> {
    script: Script<'d>,
    limits: Limits,
    deadlines: Deadlines,
    driver: ServerDriver,
    transport: Transport,
    /// All requests that there are.
    messages: Vec<Message>,
    seen: usize,
    late: Late,
}

impl Run<'_> {
    fn wait<R>(&mut self, mut poll: impl FnMut(&mut Self) -> Poll<R>) -> R {
        for _ in 0..self.script.octets.len() * 2 + 1000 {
            if let Poll::Ready(result) = poll(self) {
                return result;
            }
            self.transport.wait(&mut self.driver, &mut self.script);
        }
        panic!("the connection comes to no end");
    }

    fn check_head(&mut self) {
        self.seen += 1;
        assert_eq!(self.driver.requests(), self.seen as u64);
        let message = self.messages.get(self.seen - 1).expect("a request that is none");
        let request = self.driver.request().unwrap();
        assert_eq!(request.as_bytes().escape_ascii().to_string(), message.head.escape_ascii().to_string());
        assert!(self.driver.output_len() <= self.limits.output);
        self.late = Late::default();
        self.late.due = self.deadlines.handler.map(|wait| self.transport.now + wait);
        assert!(self.late.due.is_none_or(|due| self.driver.deadline().is_some_and(|at| at <= due)));
    }

    /// Some time limit has passed, of the application or of the peer.
    fn time_out(&mut self) {
        let Deadlines { body, write, min_rate, .. } = self.deadlines;
        let is_late = self.late.due.is_some_and(|due| due <= self.transport.now);
        assert!(is_late || body.is_some() || write.is_some() || min_rate.is_some(), "nobody is late");
        self.late.is_told = true;
    }

    fn end(&mut self) {
        let before = self.driver.output_len();
        self.driver.end_exchange();
        let Late { is_told, has_answered, .. } = self.late;
        if is_told && !has_answered && !self.driver.is_aborted() {
            let answer: Vec<u8> = self.driver.output().flatten().skip(before).copied().collect();
            let statuses: &[&[u8]] = &[b"HTTP/1.1 503 ", b"HTTP/1.1 408 "];
            let (of_handler, of_peer) = (answer.starts_with(statuses[0]), answer.starts_with(statuses[1]));
            assert!(of_handler || of_peer, "{}", answer.escape_ascii());
            let Deadlines { handler, body, min_rate, .. } = self.deadlines;
            assert!(if of_handler { handler.is_some() } else { body.is_some() || min_rate.is_some() });
        }
    }

    /// Does as the script says with a request, and gives the WebSocket if it is one now.
    fn handle(&mut self) -> Option<WebSocketDriver> {
        let mut body = Vec::new();
        for _ in 0..8 {
            let fields = self.script.choose(&FIELDS);
            match self.script.octet() % 16 {
                0 => return None,
                1..=3 => match self.wait(|run| run.driver.poll_data(run.transport.now)) {
                    Ok(Some(data)) => {
                        assert!(!data.is_empty());
                        body.extend_from_slice(&data);
                        assert!(self.messages[self.seen - 1].body.starts_with(&body));
                    }
                    Ok(None) => {
                        let message = &self.messages[self.seen - 1];
                        assert!(message.end.is_some());
                        assert_eq!(lines(self.driver.trailers()), message.trailers);
                        assert_eq!(body, message.body);
                    }
                    Err(Error::TimedOut) => self.time_out(),
                    Err(_) => {}
                },
                4 | 5 => {
                    let data = &DATA[..self.script.octet().into()];
                    self.late.has_answered |= self.driver.respond(StatusCode::OK, fields, data).is_ok();
                }
                6 => {
                    let sent = self.driver.respond(StatusCode::NOT_FOUND, fields, vec![b'd'; 5000]);
                    self.late.has_answered |= sent.is_ok();
                }
                7 => {
                    let length = self.script.choose(&[BodyLength::Unknown, BodyLength::Known(9)]);
                    self.late.has_answered |= self.driver.start(StatusCode::OK, fields, length).is_ok();
                }
                8 => _ = self.driver.write(&DATA[..self.script.octet().into()]),
                9 => _ = self.driver.finish(fields),
                10 => _ = self.driver.interim(StatusCode::EARLY_HINTS, fields),
                11 => {
                    self.driver.refuse_with(StatusCode::CONTENT_TOO_LARGE, &[]);
                    self.late.has_answered = true;
                }
                12 => {
                    // Or it says what is wrong with the offer.
                    self.late.has_answered = true;
                    if let Ok(websocket) = self.driver.accept_websocket(&WebSocketOptions::default(), &[]) {
                        return Some(websocket);
                    }
                }
                13 => self.late.has_answered |= self.driver.upgrade(fields).is_ok(),
                14 => self.late.has_answered |= self.driver.open_tunnel(fields).is_ok(),
                _ => match self.script.octet() % 4 {
                    0 => self.driver.close(),
                    1 => self.driver.abort(),
                    2 => self.driver.set_unix_time(1_000_000),
                    _ => self.transport.turn(&mut self.driver, &mut self.script),
                },
            }
        }
        None
    }
}

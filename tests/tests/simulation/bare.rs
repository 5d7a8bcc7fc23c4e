//! A server's connection without a driver, on a bare link: it reads requests ahead of its answers, as
//! a driver does not.

use std::collections::VecDeque;

use fastrand::Rng;
use sanderling::Tick;
use sanderling::http::server::{Connection, Event};
use sanderling::http::{BodyLength, Deadlines, Limits, NO_FIELDS, StatusCode};
use sanderling::simulation::{Conditions, Link, Received, Side};

use crate::pipeline::{self, Request};
use crate::seeds::try_all;

#[test]
fn answers_keep_the_order_of_requests_read_ahead() {
    try_all("answers_keep_the_order_of_requests_read_ahead", 1_500, |_, rng| {
        let requests = pipeline::draw(rng);
        let mut chance = {
            let mut rng = rng.fork();
            move || rng.u64(..)
        };
        let link = Link::new(Conditions::draw(&mut chance), Conditions::draw(&mut chance));
        let came = run(&requests, link, rng, &mut chance)?;
        let answers = pipeline::read_answers(&requests, &came)?;
        pipeline::check(&requests, &answers)
    });
}

/// The server's side: its octets, and the requests that wait.
struct Server {
    connection: Connection,
    input: Vec<u8>,
    is_ended: bool,
    /// The numbers of the requests not yet answered.
    unanswered: VecDeque<usize>,
    output: VecDeque<u8>,
}

fn run(
    requests: &[Request],
    mut link: Link,
    rng: &mut Rng,
    chance: &mut dyn FnMut() -> u64,
) -> Result<Vec<u8>, String> {
    let mut now = Tick::ZERO;
    let mut limits = Limits::default();
    limits.pipeline = rng.u8(1..=16);
    let mut server = Server {
        connection: Connection::new(limits, Deadlines::default(), now),
        input: Vec::new(),
        is_ended: false,
        unanswered: VecDeque::new(),
        output: VecDeque::new(),
    };
    let sent: Vec<u8> = requests.iter().flat_map(|request| request.octets.clone()).collect();
    let (mut unsent, mut came, mut room) = (sent.as_slice(), Vec::new(), [0; 2_000]);
    loop {
        // Nothing can be sent to a server that has closed its side, and nothing has to be.
        let len = link.send(Side::Client, unsent, now, chance).unwrap_or(unsent.len());
        unsent = &unsent[len..];
        if unsent.is_empty() {
            link.send_end(Side::Client, now, chance);
        }
        let mut is_done = len > 0;
        match link.receive(Side::Server, &mut room, now) {
            Received::Octets(len) => {
                server.input.extend_from_slice(&room[..len]);
                is_done = true;
            }
            Received::End => server.is_ended = true,
            Received::Nothing | Received::Reset => {}
        }
        is_done |= server.read()?;
        // Now and then it answers at once, and else when there is nothing to read.
        if !server.unanswered.is_empty() && (rng.u8(..4) == 0 || !is_done) {
            server.answer(requests)?;
            is_done = true;
        }
        let mut len = 0;
        if !server.output.is_empty() {
            let output = server.output.make_contiguous();
            len = link.send(Side::Server, output, now, chance).map_err(|_| "the line was reset")?;
            server.output.drain(..len);
        }
        if server.connection.is_write_closed() && server.output.is_empty() {
            link.send_end(Side::Server, now, chance);
        }
        match link.receive(Side::Client, &mut room, now) {
            Received::Octets(len) => came.extend_from_slice(&room[..len]),
            Received::End => return Ok(came),
            Received::Nothing | Received::Reset if is_done || len > 0 => {}
            Received::Nothing | Received::Reset => now = link.next_arrival(now).ok_or("nothing is under way")?,
        }
    }
}

impl Server {
    /// Makes what can be made of the input; `false` if that is nothing.
    fn read(&mut self) -> Result<bool, String> {
        let mut is_done = false;
        loop {
            let (used, event) =
                self.connection.receive(&mut self.input, Tick::ZERO).map_err(|error| error.to_string())?;
            match event {
                Event::Request(head) => {
                    let number = head.target().path()[1..].split_once('/').unwrap().0;
                    self.unanswered.push_back(number.parse().unwrap());
                }
                Event::Data(_) | Event::Trailers(_) | Event::End => {}
                Event::NeedInput if self.is_ended => {
                    self.connection.receive_eof().map_err(|error| error.to_string())?;
                    // Nobody asks for more, so that the connection is over when all is answered.
                    if self.unanswered.is_empty() {
                        self.connection.stop_reading();
                    }
                    return Ok(is_done);
                }
                Event::Closed if self.unanswered.is_empty() => {
                    self.connection.stop_reading();
                    return Ok(is_done);
                }
                Event::NeedInput | Event::Paused | Event::Closed | Event::Tunnel => {
                    self.input.drain(..used);
                    return Ok(is_done || used > 0);
                }
            }
            self.input.drain(..used);
            is_done = true;
        }
    }

    fn answer(&mut self, requests: &[Request]) -> Result<(), String> {
        if !self.connection.can_respond() {
            // The last answer was given; what was read behind its request gets none.
            self.unanswered.clear();
        }
        let Some(number) = self.unanswered.pop_front() else { return Ok(()) };
        let Request { answer, is_known, .. } = &requests[number];
        let length = if *is_known { BodyLength::Known(answer.len() as u64) } else { BodyLength::Unknown };
        let mut out = [0; 1_000];
        let mut len =
            self.connection.respond(StatusCode::OK, NO_FIELDS, length, &mut out).map_err(|error| error.to_string())?;
        len += self.connection.send_data(answer, &mut out[len..]).map_err(|error| error.to_string())?;
        len += self.connection.finish(NO_FIELDS, &mut out[len..]).map_err(|error| error.to_string())?;
        self.output.extend(&out[..len]);
        Ok(())
    }
}

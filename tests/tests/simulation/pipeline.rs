//! A client without a driver: pipelined requests, old versions, half-closes, and a reader of answers
//! that is not ours.

use core::iter::repeat_with;
use core::time::Duration;

use fastrand::Rng;
use sanderling::drive::{Connect, Error, Exchange, Settings};
use sanderling::http::{BodyLength, NO_FIELDS, StatusCode};
use sanderling::simulation::{Handle, Transport, World};

use crate::lines::{self, Line};
use crate::raw::talk;
use crate::seeds::{Verdict, try_all};

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) octets: Vec<u8>,
    is_head: bool,
    is_last: bool,
    pub(crate) answer: Vec<u8>,
    /// The server tells the length of its answer.
    pub(crate) is_known: bool,
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    try_all("pipelined_requests_are_answered_in_order", 1_500, |world, rng| {
        let line = (lines::calm(rng), lines::calm(rng));
        let requests = draw(rng);
        let answers = run(world, rng, &requests, line)?;
        check(&requests, &answers)
    });
}

/// All requests up to the last of the connection are answered, in order.
pub(crate) fn check(requests: &[Request], answers: &[Vec<u8>]) -> Verdict {
    let answered = requests.iter().position(|request| request.is_last).map_or(requests.len(), |last| last + 1);
    if answers.len() != answered {
        return Err(format!("{} answers came to {answered} requests", answers.len()));
    }
    same(requests, answers, true)
}

#[test]
fn answers_on_rough_lines_are_a_beginning_of_all() {
    try_all("answers_on_rough_lines_are_a_beginning_of_all", 1_000, |world, rng| {
        let line = (lines::rough(rng), lines::rough(rng));
        let requests = draw(rng);
        let answers = run(world, rng, &requests, line)?;
        same(&requests, &answers, false)
    });
}

pub(crate) fn draw(rng: &mut Rng) -> Vec<Request> {
    let mut requests = Vec::new();
    for _ in 0..rng.usize(1..24) {
        let len = rng.usize(..300);
        let answer: Vec<u8> = repeat_with(|| rng.u8(..)).take(len).collect();
        let is_head = rng.u8(..6) == 0;
        let (version, options) = *rng
            .choice(&[
                ("1.1", ""),
                ("1.1", ""),
                ("1.1", ""),
                ("1.1", ""),
                ("1.1", "Connection: close\r\n"),
                ("1.0", "Connection: keep-alive\r\n"),
                ("1.0", ""),
            ])
            .unwrap();
        let is_known = rng.bool();
        // What HTTP/1.0 cannot delimit ends with the connection.
        let is_last = options.contains("close") || (version == "1.0" && (options.is_empty() || !is_known));
        let content = vec![b'c'; rng.usize(1..200)];
        let (framing, body) = match rng.u8(..4) {
            0 => (format!("Content-Length: {}\r\n", content.len()), content),
            1 if version == "1.1" => {
                let chunk = [format!("{:x}\r\n", content.len()).as_bytes(), &content, b"\r\n0\r\n\r\n"].concat();
                ("Transfer-Encoding: chunked\r\n".to_owned(), chunk)
            }
            _ => (String::new(), Vec::new()),
        };
        let method = if is_head { "HEAD" } else { "POST" };
        let target = format!("/{}/{}", requests.len(), if is_known { "known" } else { "unknown" });
        let head = format!("{method} {target} HTTP/{version}\r\nHost: a.example\r\n{options}{framing}\r\n");
        requests.push(Request { octets: [head.into_bytes(), body].concat(), is_head, is_last, answer, is_known });
    }
    requests
}

fn run(
    world: &mut World,
    rng: &mut Rng,
    requests: &[Request],
    (to_server, to_client): Line,
) -> Result<Vec<Vec<u8>>, String> {
    let (handle, plans) = (world.handle(), requests.to_vec());
    let handler = move |exchange: Exchange<Transport>| {
        let (number, is_known) = {
            let request = exchange.request();
            let (number, length) = request.target().path()[1..].split_once('/').unwrap();
            (number.parse::<usize>().unwrap(), length == "known")
        };
        let (handle, answer) = (handle.clone(), plans[number].answer.clone());
        handle_exchange(exchange, handle, is_known, answer)
    };
    let mut settings = Settings::default();
    settings.date = false;
    world.serve("a.example", 80, settings, handler).unwrap();

    let sent: Vec<u8> = requests.iter().flat_map(|request| request.octets.clone()).collect();
    let (piece, half_closes) = (rng.usize(1..=sent.len()), rng.bool());
    let connector = world.connector().over(to_server, to_client);
    let talk =
        async move { talk(connector.connect("a.example", 80, None).await.unwrap(), &sent, piece, half_closes).await };
    let came = world.run_until(talk).map_err(|stalled| stalled.to_string())?;
    world.run().map_err(|stalled| stalled.to_string())?;
    read_answers(requests, &came)
}

async fn handle_exchange(
    mut exchange: Exchange<Transport>,
    handle: Handle,
    is_known: bool,
    answer: Vec<u8>,
) -> Result<(), Error> {
    let how = handle.chance();
    if how & 1 == 0 {
        exchange.read_to_end(1_000).await?;
    }
    if how & 2 == 0 {
        handle.sleep(Duration::from_millis(how >> 2 & 15)).await;
    }
    if is_known {
        return exchange.respond(StatusCode::OK, NO_FIELDS, answer).await;
    }
    exchange.start(StatusCode::OK, NO_FIELDS, BodyLength::Unknown).await?;
    for piece in answer.chunks(40) {
        exchange.write(piece).await?;
    }
    exchange.finish().await
}

// ---- a reader of answers ----------------------------------------------------------------------

/// The bodies of the answers that are complete, as far as one can tell.
pub(crate) fn read_answers(requests: &[Request], mut came: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let mut bodies = Vec::new();
    while let Some(end) = find(came, b"\r\n\r\n") {
        let head = core::str::from_utf8(&came[..end]).map_err(|error| error.to_string())?.to_ascii_lowercase();
        came = &came[end + 4..];
        if head.starts_with("http/1.1 100 ") {
            continue;
        }
        // The line was too slow for a deadline.
        if head.starts_with("http/1.1 408 ") {
            break;
        }
        let request = requests.get(bodies.len()).ok_or("more answers came than were asked for")?;
        if !head.starts_with("http/1.1 200 ") {
            return Err(format!("{head:?} came"));
        }
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse::<usize>().ok());
        let body = match length {
            _ if request.is_head => Some((Vec::new(), 0)),
            Some(length) => came.get(..length).map(|body| (body.to_vec(), length)),
            None if head.contains("transfer-encoding: chunked") => dechunk(came),
            None => Some((came.to_vec(), came.len())),
        };
        let Some((body, used)) = body else { return Ok(bodies) };
        bodies.push(body);
        came = &came[used..];
    }
    Ok(bodies)
}

/// The content of chunks without extensions or trailers, and how many octets that took.
fn dechunk(octets: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let line = find(&octets[at..], b"\r\n")?;
        let size = usize::from_str_radix(core::str::from_utf8(&octets[at..at + line]).ok()?, 16).ok()?;
        at += line + 2;
        body.extend_from_slice(octets.get(at..at + size)?);
        octets.get(at + size..at + size + 2).filter(|end| *end == b"\r\n")?;
        at += size + 2;
        if size == 0 {
            return Some((body, at));
        }
    }
}

pub(crate) fn find(octets: &[u8], wanted: &[u8]) -> Option<usize> {
    octets.windows(wanted.len()).position(|window| window == wanted)
}

fn same(requests: &[Request], answers: &[Vec<u8>], is_whole: bool) -> Verdict {
    for (number, (request, answer)) in requests.iter().zip(answers).enumerate() {
        let expected = if request.is_head { &[][..] } else { &request.answer };
        // Where only the end of the connection says that a body is over, nobody can tell.
        let is_same = if request.is_last && !is_whole { expected.starts_with(answer) } else { expected == answer };
        if !is_same {
            return Err(format!("answer {number} is not the one to its request"));
        }
        if request.is_last && answers.len() > number + 1 {
            return Err(format!("answers came behind the last one, {number}"));
        }
    }
    Ok(())
}

//! Compressed answers: each coding by curl, and by Python's own decompressors.

use super::curl::{self, Answer};
use super::report::same;
use super::{Group, Server, echo, script};

pub(crate) fn checks(group: &mut Group<'_>, server: &Server) {
    let report = &mut *group.report;
    for coding in ["gzip", "deflate", "br", "zstd"] {
        let get = |path: &str| compressed(coding, &format!("{}{path}", server.origin));
        match get("/hello") {
            Err(error) => report.check(coding, Err(error)),
            Ok(hello) => report.check(&format!("{coding} is not for what is short"), hello.lacks_header("vary")),
        }
        // These two are features.
        let stream = match get("/stream?chunks=500&delay=0") {
            Ok(answer) if answer.header("content-encoding").is_none() && ["br", "zstd"].contains(&coding) => {
                report.skip(coding, "the server was built without it");
                continue;
            }
            stream => stream,
        };
        report.check(&format!("{coding} of a stream"), stream.and_then(|answer| is_stream(&answer, coding)));
        let page = get("/").and_then(|answer| is_page(&answer, coding));
        report.check(&format!("{coding} of a whole body"), page);
        let url = format!("{}/echo", server.origin);
        let accept = format!("Accept-Encoding: {coding}");
        let args = ["--compressed", "-H", "Content-Type: text/plain", "-H", &accept];
        report.check(&format!("{coding} piece by piece"), echo::early(&url, &args));
    }
    report.check("events", events(&server.origin));
    script::codings(group, server);
}

fn compressed(coding: &str, url: &str) -> Result<Answer, String> {
    curl::get(&["--compressed", "-H", &format!("Accept-Encoding: {coding}"), url])
}

fn is_stream(answer: &Answer, coding: &str) -> Result<(), String> {
    answer.has_status(200)?;
    answer.has_header("content-encoding", coding)?;
    answer.has_header("vary", "Accept-Encoding")?;
    answer.lacks_header("content-length")?;
    let expected: String = (1..=500).map(|number| format!("chunk {number}\n")).collect();
    answer.has_body(expected.as_bytes())
}

fn is_page(answer: &Answer, coding: &str) -> Result<(), String> {
    answer.has_header("content-encoding", coding)?;
    let length = answer.header("content-length").and_then(|length| length.parse::<usize>().ok());
    same("is shorter", length.is_some_and(|length| length < answer.body.len() / 2), true)?;
    same("is whole", answer.body.ends_with(b"</html>\n"), true)
}

fn events(origin: &str) -> Result<(), String> {
    let expected = |numbers: core::ops::RangeInclusive<u32>| -> String {
        numbers.map(|number| format!("id: {number}\nevent: wave\ndata: wave {number}\n\n")).collect()
    };
    let url = format!("{origin}/events?events=4&delay=0");
    let answer = curl::get(&["--compressed", &url])?;
    answer.has_header("content-type", "text/event-stream")?;
    answer.has_header("cache-control", "no-cache")?;
    answer.has_body(expected(1..=4).as_bytes())?;
    curl::get(&["-H", "Last-Event-ID: 2", &url])?.has_body(expected(3..=4).as_bytes())?;
    curl::get(&["-H", "Last-Event-ID: 4", &url])?.has_status(204)
}

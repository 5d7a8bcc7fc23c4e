//! The example clients against the servers of others, which have the same resources.

use core::time::Duration;
use std::path::PathBuf;
use std::thread;

use sha1_smol::Sha1;

use super::curl::Answer;
use super::data::Data;
use super::files;
use super::hyper_origin::HyperOrigin;
use super::process::{self, Printed};
use super::report::{Report, ensure, same};
use super::server::Server;

const NODE: &str = include_str!("node_origin.js");

/// However long one run of a client may take.
const LIMIT: Duration = Duration::from_secs(60);
/// More than lies in the sockets between two processes.
const LARGE: usize = 24 << 20;
const EXPECT: [&str; 2] = ["-H", "Expect: 100-continue"];

/// One of the example clients.
pub(crate) struct Fetch<'a> {
    pub executable: PathBuf,
    pub site: &'a files::Place,
}

impl Fetch<'_> {
    fn run(&self, args: &[&str], input: &[u8]) -> Result<Printed, String> {
        process::run(process::command(&self.executable).args(args), input, LIMIT)
    }

    /// What it prints, having succeeded without a word of complaint.
    pub(crate) fn octets(&self, args: &[&str], input: &[u8]) -> Result<Vec<u8>, String> {
        let Printed { status, stdout, stderr } = self.run(args, input)?;
        ensure(status.success() && stderr.is_empty(), || format!("it ended with {status} and said {stderr:?}"))?;
        Ok(stdout)
    }

    pub(crate) fn text(&self, args: &[&str]) -> Result<String, String> {
        String::from_utf8(self.octets(args, b"")?).map_err(|error| error.to_string())
    }

    /// Runs it with `--summary` for these URLs.
    pub(crate) fn summary(&self, args: &[&str], input: &[u8], urls: &[String]) -> Result<String, String> {
        let mut all = vec!["--summary"];
        all.extend(args);
        all.extend(urls.iter().map(String::as_str));
        String::from_utf8(self.octets(&all, input)?).map_err(|error| error.to_string())
    }

    /// It fails and gives its reason in one line.
    fn fails(&self, args: &[&str]) -> Result<String, String> {
        let Printed { status, stderr, .. } = self.run(args, b"")?;
        ensure(status.code().is_some_and(|code| code > 0), || format!("it ended with {status}"))?;
        ensure(stderr.lines().count() == 1 && stderr.starts_with("fetch-"), || format!("it said {stderr:?}"))?;
        Ok(stderr)
    }
}

/// What the resources are made of: no length of a chunk or of a buffer is a multiple of its period.
pub(crate) fn content(length: usize) -> Vec<u8> {
    (0..251).cycle().take(length).collect()
}

pub(crate) fn sha1(octets: &[u8]) -> String {
    Sha1::from(octets).digest().to_string()
}

/// The line of `--summary` for this answer.
pub(crate) fn line(status: u16, body: &[u8]) -> String {
    format!("{status} {} {}\n", body.len(), sha1(body))
}

pub(crate) fn node(report: &mut Report, fetch: &Fetch<'_>) {
    let mut command = process::command("node");
    match Server::run(command.args(["-e", NODE])) {
        Ok(server) => {
            checks(report, fetch, &server.origin);
            report.check("103 Early Hints", early_hints(fetch, &server.origin));
            report.check("the origin ends", server.stop("TERM"));
        }
        Err(error) => report.check("starting Node", Err(error)),
    }
}

pub(crate) fn hyper(report: &mut Report, fetch: &Fetch<'_>) {
    match HyperOrigin::start() {
        Ok(origin) => checks(report, fetch, &origin.url),
        Err(error) => report.check("starting hyper", Err(error.to_string())),
    }
}

fn checks(report: &mut Report, fetch: &Fetch<'_>, origin: &str) {
    report.check("one connection for 200 requests", many_requests(fetch, origin));
    report.check("one connection for every kind of framing", all_kinds(fetch, origin));
    report.check("HEAD", head(fetch, origin));
    report.check("trailers", trailers(fetch, origin));
    report.check("answers that only the end of the connection ends", until_close(fetch, origin));
    report.check("large answers", large_answers(fetch, origin));
    report.check("a body with its type", data_and_type(fetch, origin));
    report.check("large bodies with a length", large_file(fetch, origin));
    report.check("large bodies in chunks", large_input(fetch, origin));
    report.check("Expect: 100-continue", expectation(fetch, origin));
    report.check("Expect: 100-continue that is refused", refused(fetch, origin));
    report.check("a redirect", redirect(fetch, origin));
    report.check("an answer that breaks off", broken(fetch, origin));
    report.check("101 and CONNECT leave HTTP", leaves_http(fetch, origin));
    report.check("four clients at once", at_once(fetch, origin));
}

fn urls<const N: usize>(origin: &str, paths: [&str; N]) -> Vec<String> {
    paths.iter().map(|path| format!("{origin}{path}")).collect()
}

/// The requests that came since this was asked last, and on how many connections.
fn seen(fetch: &Fetch<'_>, origin: &str) -> Result<(usize, Vec<String>), String> {
    let text = fetch.text(&[&format!("{origin}/seen")])?;
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    let (mut connections, requests): (Vec<&str>, Vec<String>) =
        lines.map(|(connection, request)| (connection, request.to_owned())).unzip();
    connections.sort_unstable();
    connections.dedup();
    Ok((connections.len(), requests))
}

fn gets(paths: &[&str]) -> Vec<String> {
    paths.iter().map(|path| format!("GET {path} - -")).collect()
}

fn many_requests(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    let urls: Vec<String> = (0..200).map(|number| format!("{origin}/length/{}", number * 101)).collect();
    let expected: String = (0..200).map(|number| line(200, &content(number * 101))).collect();
    same("the answers", fetch.summary(&[], b"", &urls)?, expected)?;
    let (connections, requests) = seen(fetch, origin)?;
    same("connections and requests", (connections, requests.len()), (1, 200))
}

fn all_kinds(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    let paths = [
        "/length/0",
        "/chunked/100000",
        "/status/204",
        "/chunked/0",
        "/status/404",
        "/status/304",
        "/status/500",
        "/length/5",
    ];
    let expected = [
        line(200, b""),
        line(200, &content(100_000)),
        line(204, b""),
        line(200, b""),
        line(404, b"status 404"),
        line(304, b""),
        line(500, b"status 500"),
        line(200, &content(5)),
    ];
    same("the answers", fetch.summary(&[], b"", &urls(origin, paths))?, expected.concat())?;
    same("connections and requests", seen(fetch, origin)?, (1, gets(&paths)))
}

fn head(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    let url = format!("{origin}/length/1000");
    let answer = Answer::parse(&fetch.octets(&["-I", &url], b"")?, String::new())?;
    answer.has_status(200)?;
    answer.has_header("content-length", "1000")?;
    answer.has_body(b"")?;
    seen(fetch, origin)?;
    let paths = ["/length/1000", "/chunked/1000", "/status/404", "/length/1"];
    let expected = [line(200, b""), line(200, b""), line(404, b""), line(200, b"")].concat();
    same("the answers", fetch.summary(&["-I"], b"", &urls(origin, paths))?, expected)?;
    let requests = paths.map(|path| format!("HEAD {path} - -")).to_vec();
    same("connections and requests", seen(fetch, origin)?, (1, requests))
}

/// They are asked for and come, and are no part of the body (RFC 9110 section 6.5).
fn trailers(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    let url = format!("{origin}/chunked/5000");
    let args = ["-i", "-H", "TE: trailers", "-H", "Connection: TE", &url];
    let answer = Answer::parse(&fetch.octets(&args, b"")?, String::new())?;
    answer.has_header("transfer-encoding", "chunked")?;
    answer.has_header("trailer", "Check")?;
    answer.has_body(&content(5000))?;
    let urls = [url.clone(), url.clone()];
    seen(fetch, origin)?;
    same("the answers", fetch.summary(&args[1..5], b"", &urls)?, line(200, &content(5000)).repeat(2))?;
    same("connections", seen(fetch, origin)?.0, 1)
}

fn until_close(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    let answer = Answer::parse(&fetch.octets(&["-i", &format!("{origin}/close/300000")], b"")?, String::new())?;
    answer.lacks_header("content-length")?;
    answer.lacks_header("transfer-encoding")?;
    answer.has_body(&content(300_000))?;
    seen(fetch, origin)?;
    let paths = ["/close/0", "/close/100", "/length/5"];
    let expected = [line(200, b""), line(200, &content(100)), line(200, &content(5))].concat();
    same("the answers", fetch.summary(&[], b"", &urls(origin, paths))?, expected)?;
    same("connections and requests", seen(fetch, origin)?, (3, gets(&paths)))
}

fn large_answers(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    let urls = ["length", "chunked", "close"].map(|route| format!("{origin}/{route}/{LARGE}"));
    same("the answers", fetch.summary(&[], b"", &urls)?, line(200, &content(LARGE)).repeat(3))?;
    same("connections", seen(fetch, origin)?.0, 1)
}

fn data_and_type(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    let url = format!("{origin}/echo");
    let answer = Answer::parse(&fetch.octets(&["-i", "-d", "a=b&c", &url], b"")?, String::new())?;
    answer.has_status(200)?;
    answer.has_header("content-type", "application/x-www-form-urlencoded")?;
    answer.has_body(b"a=b&c")?;
    same("connections and requests", seen(fetch, origin)?, (1, vec!["POST /echo 5 -".into()]))
}

/// How many connections that takes is left open: an answer that ends before the client has found
/// the end of the file costs the connection.
fn large_file(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    let (file, octets) = file(fetch, LARGE)?;
    let urls = urls(origin, ["/echo", "/echo"]);
    same("the answers", fetch.summary(&["-T", &file], b"", &urls)?, line(200, &octets).repeat(2))?;
    same("the requests", seen(fetch, origin)?.1, vec![format!("PUT /echo {LARGE} -"); 2])
}

/// A file that the servers do not serve, and what is in it.
fn file(fetch: &Fetch<'_>, length: usize) -> Result<(String, Vec<u8>), String> {
    let path = fetch.site.beside("to-origin.bin");
    let mut octets = Vec::new();
    let made = Data::new(length as u64).write_to(&mut octets).and_then(|()| std::fs::write(&path, &octets));
    made.map_err(|error| format!("a file to send: {error}"))?;
    Ok((path.to_string_lossy().into_owned(), octets))
}

fn large_input(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    for length in [0, 1, LARGE] {
        let octets = content(length);
        same("the answer", fetch.summary(&["-T", "-"], &octets, &urls(origin, ["/echo"]))?, line(200, &octets))?;
        same("connections and requests", seen(fetch, origin)?, (1, vec!["PUT /echo chunked -".into()]))?;
    }
    Ok(())
}

fn expectation(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    for length in [1, 1_000_000] {
        let (file, octets) = file(fetch, length)?;
        let [name, value] = EXPECT;
        let urls = urls(origin, ["/echo", "/echo"]);
        let printed = fetch.summary(&[name, value, "-T", &file], b"", &urls)?;
        same("the answers", printed, line(200, &octets).repeat(2))?;
        same("the requests", seen(fetch, origin)?.1, vec![format!("PUT /echo {length} 100-continue"); 2])?;
    }
    Ok(())
}

fn refused(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    let (file, _) = file(fetch, LARGE)?;
    let [name, value] = EXPECT;
    let printed = fetch.summary(&[name, value, "-T", &file], b"", &urls(origin, ["/refuse"]))?;
    same("the answer", printed, line(417, b""))?;
    let requests = vec![format!("PUT /refuse {LARGE} 100-continue")];
    same("connections and requests", seen(fetch, origin)?, (1, requests))
}

fn redirect(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    let printed = fetch.summary(&["-L"], b"", &urls(origin, ["/redirect/77"]))?;
    same("the answer", printed, line(200, &content(77)))?;
    same("connections and requests", seen(fetch, origin)?, (1, gets(&["/redirect/77", "/length/77"])))
}

/// What came before is no whole body, and must not pass for one.
fn broken(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    for length in [1, 100_000] {
        fetch.fails(&["--summary", &format!("{origin}/broken/{length}")])?;
    }
    seen(fetch, origin).map(|_| ())
}

/// Behind these answers the connection speaks something else, so the next request needs another.
fn leaves_http(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    let [plain, again] = [format!("{origin}/length/5"), format!("{origin}/length/5")];
    let args = ["-i", "-H", "Connection: Upgrade", "-H", "Upgrade: other", &plain, &again];
    let printed = fetch.text(&args)?;
    same("the number of 101", printed.matches("HTTP/1.1 101 ").count(), 2)?;
    ensure(!printed.contains("something else"), || format!("another protocol is printed: {printed:?}"))?;
    same("connections", seen(fetch, origin)?.0, 2)?;
    let printed = fetch.text(&["-i", "-X", "CONNECT", &plain, &again])?;
    same("the number of 200", printed.matches("HTTP/1.1 200 ").count(), 2)?;
    ensure(!printed.contains("something else"), || format!("another protocol is printed: {printed:?}"))?;
    let authority = origin.trim_start_matches("http://");
    same("connections and requests", seen(fetch, origin)?, (2, vec![format!("CONNECT {authority} - -"); 2]))
}

fn at_once(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    let urls = urls(origin, ["/chunked/500000", "/length/500000", "/chunked/7"]);
    let expected = [500_000, 500_000, 7].map(|length| line(200, &content(length))).concat();
    thread::scope(|scope| {
        let clients = [(); 4].map(|()| scope.spawn(|| fetch.summary(&[], b"", &urls)));
        for client in clients {
            let printed = client.join().map_err(|_| "a client's thread is gone".to_owned())??;
            same("the answers", printed, expected.clone())?;
        }
        Ok::<(), String>(())
    })?;
    seen(fetch, origin).map(|_| ())
}

/// They are passed over, and the answer behind them is the answer (RFC 9110 section 15.2).
fn early_hints(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    let paths = ["/hints/1000", "/hints/0", "/length/5"];
    let expected = [line(200, &content(1000)), line(200, b""), line(200, &content(5))].concat();
    same("the answers", fetch.summary(&[], b"", &urls(origin, paths))?, expected)?;
    same("connections and requests", seen(fetch, origin)?, (1, gets(&paths)))
}

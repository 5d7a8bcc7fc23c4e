//! The example clients against nginx as a server of files.

use super::curl::Answer;
use super::files::{Place, large_content};
use super::nginx::Nginx;
use super::origin::{Fetch, line};
use super::report::{Report, ensure, same};

const LARGE: usize = 3_000_000;

pub(crate) fn checks(report: &mut Report, fetch: &Fetch<'_>) {
    match Nginx::start(fetch.site, "", &locations(fetch.site)) {
        Ok(nginx) => {
            let origin = &nginx.origin;
            report.check("one connection for several files", several(fetch, origin));
            report.check("HEAD", head(fetch, origin));
            report.check("a file in chunks", in_chunks(fetch, origin));
            report.check("no file", no_file(fetch, origin));
            report.check("a redirect", redirect(fetch, origin));
            report.check("a method that is not allowed", not_allowed(fetch, origin));
            report.check("a connection that is closed each time", closed(fetch, origin));
            report.check("nginx ends without complaint", nginx.stop());
        }
        Err(error) => report.check("starting nginx", Err(error)),
    }
}

/// A page that may include others has no length, so it goes in chunks.
fn locations(site: &Place) -> String {
    let root = site.root().to_string_lossy().into_owned();
    format!(
        "default_type text/plain;
        location /static/ {{ alias '{root}/'; }}
        location /included/ {{ ssi on; ssi_types *; alias '{root}/'; }}
        location /closed/ {{ keepalive_timeout 0; alias '{root}/'; }}
        location /moved {{ return 302 /static/hello.txt; }}"
    )
}

fn urls(origin: &str, paths: &[&str]) -> Vec<String> {
    paths.iter().map(|path| format!("{origin}{path}")).collect()
}

/// How many connections the answers came on, by what nginx says in each.
fn connections(fetch: &Fetch<'_>, args: &[&str], urls: &[String]) -> Result<usize, String> {
    let args: Vec<&str> = args.iter().copied().chain(urls.iter().map(String::as_str)).collect();
    let printed = fetch.octets(&args, b"")?;
    let printed = String::from_utf8_lossy(&printed);
    let mut numbers: Vec<&str> =
        printed.lines().filter_map(|line| line.split_once("Connection-Number: ")).map(|(_, number)| number).collect();
    same("the number of answers", numbers.len(), urls.len())?;
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers.len())
}

fn several(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    let paths = [
        "/static/hello.txt",
        "/static/large.bin",
        "/static/none",
        "/static/empty.png",
        "/included/hello.txt",
        "/static/hello.txt",
    ];
    let urls = urls(origin, &paths);
    let large = large_content();
    let printed = fetch.summary(&[], b"", &urls)?;
    let mut lines = printed.split_inclusive('\n');
    for (path, expected) in paths.iter().zip([
        Some(&b"Hello, file!"[..]),
        Some(&large),
        None,
        Some(b""),
        Some(b"Hello, file!"),
        Some(b"Hello, file!"),
    ]) {
        let found = lines.next().unwrap_or_default();
        match expected {
            Some(body) => same(path, found, line(200, body).as_str())?,
            None => ensure(found.starts_with("404 "), || format!("{path} is {found:?}"))?,
        }
    }
    same("what is behind", lines.next(), None)?;
    same("connections", connections(fetch, &["-i"], &urls)?, 1)
}

fn head(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    let urls = urls(origin, &["/static/large.bin", "/included/hello.txt", "/static/none", "/static/hello.txt"]);
    same("connections", connections(fetch, &["-I"], &urls)?, 1)?;
    let url = format!("{origin}/static/large.bin");
    let answer = Answer::parse(&fetch.octets(&["-I", &url], b"")?, String::new())?;
    answer.has_status(200)?;
    answer.has_header("content-length", &LARGE.to_string())?;
    answer.has_body(b"")
}

fn in_chunks(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    for (path, body) in [("large.bin", large_content()), ("hello.txt", b"Hello, file!".to_vec())] {
        let url = format!("{origin}/included/{path}");
        let answer = Answer::parse(&fetch.octets(&["-i", &url], b"")?, String::new())?;
        answer.has_status(200)?;
        answer.has_header("transfer-encoding", "chunked")?;
        answer.lacks_header("content-length")?;
        answer.has_body(&body)?;
    }
    Ok(())
}

fn no_file(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    let url = format!("{origin}/static/none");
    let answer = Answer::parse(&fetch.octets(&["-i", &url], b"")?, String::new())?;
    answer.has_status(404)?;
    answer.has_header("content-length", &answer.body.len().to_string())
}

fn redirect(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    let urls = urls(origin, &["/moved"]);
    same("the answer", fetch.summary(&["-L"], b"", &urls)?, line(200, b"Hello, file!"))?;
    let answer = Answer::parse(&fetch.octets(&["-i", &format!("{origin}/moved")], b"")?, String::new())?;
    answer.has_status(302)
}

/// nginx answers before the body has come, and takes it in or not.
fn not_allowed(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    for length in [5, 8 << 20] {
        let printed = fetch.summary(&["-T", "-"], &vec![b'x'; length], &urls(origin, &["/static/hello.txt"]))?;
        ensure(printed.starts_with("405 "), || format!("the answer to {length} octets is {printed:?}"))?;
    }
    Ok(())
}

fn closed(fetch: &Fetch<'_>, origin: &str) -> Result<(), String> {
    let urls = urls(origin, &["/closed/hello.txt", "/closed/large.bin", "/closed/hello.txt"]);
    let hello = line(200, b"Hello, file!");
    same(
        "the answers",
        fetch.summary(&[], b"", &urls)?,
        [&hello, &line(200, &large_content()), &hello].map(String::as_str).concat(),
    )?;
    same("connections", connections(fetch, &["-i"], &urls)?, 3)
}

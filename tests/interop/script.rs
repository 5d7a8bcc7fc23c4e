//! Clients that are driven by scripts, in Python or for Node. A script prints the same
//! lines as this test does, `end` after the last, and other words to say how far it is.

use core::time::Duration;
use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use super::process::{self, Job};
use super::relay::Relay;
use super::report::Report;
use super::{Group, Server};

const WEBSOCKETS: &str = concat!(include_str!("checks.py"), include_str!("websockets_client.py"));
const DEFLATE: &str = concat!(include_str!("checks.py"), include_str!("websockets_deflate.py"));
const WEBSOCKETS_SERVER: &str = concat!(include_str!("checks.py"), include_str!("websockets_server.py"));
const CHAT: &str = concat!(include_str!("checks.py"), include_str!("chat_members.py"));
const BROWSER: &str = concat!(include_str!("checks.py"), include_str!("chromium.py"), include_str!("browser.py"));
const BROWSER_WIRE: &str =
    concat!(include_str!("checks.py"), include_str!("chromium.py"), include_str!("browser_wire.py"));
const CHAT_BROWSERS: &str =
    concat!(include_str!("checks.py"), include_str!("chromium.py"), include_str!("chat_browsers.py"));
const HTTP_CLIENT: &str = concat!(include_str!("checks.py"), include_str!("http_client.py"));
const CODINGS: &str = concat!(include_str!("checks.py"), include_str!("codings.py"));
const NODE: &str = concat!(include_str!("checks.js"), include_str!("node_client.js"));
const WS_CLIENT: &str = concat!(include_str!("checks.js"), include_str!("ws_client.js"));
const WS_SERVER: &str = concat!(include_str!("checks.js"), include_str!("ws_server.js"));

/// What runs a script that is given as an argument.
const PYTHON: [&str; 2] = ["python3", "-c"];
const NODE_JS: [&str; 2] = ["node", "-e"];

/// How long one script may take.
const LIMIT: Duration = Duration::from_secs(240);

pub(crate) fn websockets(group: &mut Group<'_>, server: &Server) {
    run(group.report, PYTHON, WEBSOCKETS, &["echo", &server.origin], |_| {});
    run(group.report, PYTHON, DEFLATE, &[&server.origin], |_| {});
}

/// Node's package ws.
pub(crate) fn ws(group: &mut Group<'_>, server: &Server) {
    run(group.report, NODE_JS, WS_CLIENT, &[&server.origin], |_| {});
}

pub(crate) fn chat(group: &mut Group<'_>, server: &Server) {
    run(group.report, PYTHON, CHAT, &[&server.origin, &server.id().to_string()], |_| {});
}

pub(crate) fn chat_browsers(group: &mut Group<'_>, server: &Server) {
    run(group.report, PYTHON, CHAT_BROWSERS, &[&server.origin], |_| {});
}

/// The scripts start the client themselves, again and again.
pub(crate) fn websockets_server(report: &mut Report, client: &Path) {
    run(report, PYTHON, WEBSOCKETS_SERVER, &[&client.to_string_lossy()], |_| {});
}

pub(crate) fn ws_server(report: &mut Report, client: &Path) {
    run(report, NODE_JS, WS_SERVER, &[&client.to_string_lossy()], |_| {});
}

pub(crate) fn browser(group: &mut Group<'_>, server: &Server) {
    run(group.report, PYTHON, BROWSER, &[&server.origin], |_| {});
}

/// The script says when the line to the server, the second one it is given, shall break.
pub(crate) fn browser_wire(group: &mut Group<'_>, server: &Server) {
    let relay = match Relay::start(server.origin.trim_start_matches("http://")) {
        Ok(relay) => relay,
        Err(error) => return group.report.check("starting", Err(error)),
    };
    let line = format!("http://{}", relay.address);
    run(group.report, PYTHON, BROWSER_WIRE, &[&server.origin, &line], |word| {
        if word == "break" {
            relay.break_all();
        }
    });
}

pub(crate) fn http_client(group: &mut Group<'_>, server: &Server) {
    run(group.report, PYTHON, HTTP_CLIENT, &[&server.origin], |_| {});
}

/// Python's http.client, with its own decompressors.
pub(crate) fn codings(group: &mut Group<'_>, server: &Server) {
    run(group.report, PYTHON, CODINGS, &[&server.origin], |_| {});
}

pub(crate) fn node(group: &mut Group<'_>, server: &Server) {
    run(group.report, NODE_JS, NODE, &[&server.origin], |_| {});
}

/// Runs the client that stays connected until the server ends, and says when it is.
pub(crate) fn until_shutdown(report: &mut Report, origin: &str, connected: impl Fn()) {
    run(report, PYTHON, WEBSOCKETS, &["shutdown", origin], |word| {
        if word == "connected" {
            connected();
        }
    });
}

/// Where Node finds the packages that `install` has put into the target directory.
fn node_path() -> OsString {
    let this = std::env::current_exe().unwrap_or_default();
    // This is TARGET/PROFILE/deps/interop-HASH.
    let packages = this.ancestors().nth(3).map(|target| target.join("interop/node_modules"));
    let known = std::env::var_os("NODE_PATH").unwrap_or_default();
    let places = std::env::split_paths(&known).chain(packages);
    std::env::join_paths(places).unwrap_or(known)
}

fn run(report: &mut Report, [program, flag]: [&str; 2], script: &str, args: &[&str], said: impl Fn(&str)) {
    let mut command = process::command(program);
    command.args([flag, script]).args(args).env("PYTHONUNBUFFERED", "1").env("NODE_PATH", node_path());
    let mut job = match Job::start(command.stdout(Stdio::piped()).stderr(Stdio::piped())) {
        Ok(job) => job,
        Err(error) => return report.check("the script", Err(error)),
    };
    let lines = process::lines(job.child.stdout.take());
    let stderr = process::read(job.child.stderr.take());
    let end = Instant::now() + LIMIT;
    let mut ended = false;
    while let Ok(line) = lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
        let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let (name, reason) = rest.split_once(": ").unwrap_or((rest, "no reason given"));
        match word {
            "ok" => report.check(rest, Ok(())),
            "FAILED" => report.check(name, Err(reason.to_owned())),
            "skipped" => report.skip(name, reason),
            "end" => ended = true,
            _ => said(&line),
        }
    }
    let status = job.wait(Duration::from_secs(20));
    drop(job);
    if !ended {
        let stderr = stderr.join().unwrap_or_default();
        let stderr = String::from_utf8_lossy(&stderr);
        let reason = format!("it did not come to its end ({status:?}): {stderr}");
        report.check("the script", Err(reason));
    }
}

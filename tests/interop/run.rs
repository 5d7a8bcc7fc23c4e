//! Chooses what to run. For each group of checks on a server starts it and stops it; a group of
//! checks on a client starts what that is to talk to. Several groups run at a time.

mod beside_nginx;
mod coding;
mod compared;
mod curl;
mod data;
mod digest;
mod echo;
mod files;
mod hyper_client;
mod hyper_origin;
mod nginx;
mod origin;
mod pipelines;
mod process;
mod proxy;
mod relay;
mod report;
mod requests;
mod script;
mod server;
mod shutdown;
mod static_files;
mod web_socket;
mod wire;

use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use origin::Fetch;
use report::Report;
use server::Server;

const SERVERS: [&str; 3] = ["serve-tokio", "serve-smol", "serve-std"];
const CLIENTS: [&str; 3] = ["fetch-tokio", "fetch-smol", "fetch-std"];
const CHATS: [&str; 3] = ["chat-tokio", "chat-smol", "chat-std"];
const WEBSOCKET_CLIENTS: [&str; 3] = ["ws-tokio", "ws-smol", "ws-std"];

/// However long a part may take by itself, the whole run ends after this.
const WHOLE_RUN: Duration = Duration::from_secs(30 * 60);

/// Groups that run at a time: many of their checks wait for something that shall take its time.
const LANES: usize = 3;

/// What a group of checks on a server is given.
struct Group<'a> {
    report: &'a mut Report,
    /// Where the server's executable is, for checks that start their own.
    executable: &'a Path,
    site: &'a files::Place,
}

/// Named as the examples that they are of.
enum Checks {
    Serve(fn(&mut Group<'_>, &Server)),
    Chat(fn(&mut Group<'_>, &Server)),
    Fetch(fn(&mut Report, &Fetch<'_>)),
    /// These are given where the client's executable is.
    Ws(fn(&mut Report, &Path)),
}

/// A group's name, what it needs on the machine, and its checks.
type Entry = (&'static str, &'static [&'static str], Checks);

const ON_SERVERS: [Entry; 16] = [
    ("requests", &["curl"], Checks::Serve(requests::checks)),
    ("echo", &["curl"], Checks::Serve(echo::checks)),
    ("files", &["curl"], Checks::Serve(files::checks)),
    ("codings", &["curl", "python3"], Checks::Serve(coding::checks)),
    ("files beside nginx", &["nginx"], Checks::Serve(beside_nginx::checks)),
    ("pipelines", &[], Checks::Serve(pipelines::checks)),
    ("http.client", &["python3"], Checks::Serve(script::http_client)),
    ("node", &["node"], Checks::Serve(script::node)),
    ("hyper", &[], Checks::Serve(hyper_client::checks)),
    ("compared with hyper", &[], Checks::Serve(compared::checks)),
    ("nginx", &["nginx"], Checks::Serve(proxy::checks)),
    ("websockets", &["python3"], Checks::Serve(script::websockets)),
    ("ws", &["node"], Checks::Serve(script::ws)),
    ("browser", &["python3", "chromium", "chromedriver"], Checks::Serve(script::browser)),
    ("browser's wire", &["python3", "chromium", "chromedriver"], Checks::Serve(script::browser_wire)),
    ("shutdown", &["curl", "python3"], Checks::Serve(shutdown::checks)),
];

const ON_CLIENTS: [Entry; 3] = [
    ("node", &["node"], Checks::Fetch(origin::node)),
    ("hyper", &[], Checks::Fetch(origin::hyper)),
    ("nginx", &["nginx"], Checks::Fetch(static_files::checks)),
];

const ON_CHATS: [Entry; 2] = [
    ("members", &["python3"], Checks::Chat(script::chat)),
    ("browsers", &["python3", "chromium", "chromedriver"], Checks::Chat(script::chat_browsers)),
];

const ON_WEBSOCKET_CLIENTS: [Entry; 2] = [
    ("websockets", &["python3"], Checks::Ws(script::websockets_server)),
    ("ws", &["node"], Checks::Ws(script::ws_server)),
];

/// Which groups there are for which examples.
const TABLES: [([&str; 3], &[Entry]); 4] =
    [(SERVERS, &ON_SERVERS), (CHATS, &ON_CHATS), (CLIENTS, &ON_CLIENTS), (WEBSOCKET_CLIENTS, &ON_WEBSOCKET_CLIENTS)];

pub(crate) fn main() -> ExitCode {
    let (mut words, mut unwanted) = (Vec::new(), Vec::new());
    let (mut list, mut ignored) = (false, false);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--list" => list = true,
            // Test runners ask for the ignored tests apart; there are none.
            "--ignored" => ignored = true,
            "--skip" => unwanted.extend(args.next()),
            // What else a test runner may say is of no use here, nor its value.
            "--format" | "--color" | "--test-threads" | "--logfile" | "-Z" => _ = args.next(),
            flag if flag.starts_with('-') => {}
            _ => words.push(arg),
        }
    }
    let mut chosen = Vec::new();
    let all = TABLES.iter().flat_map(|(examples, groups)| {
        examples.iter().flat_map(move |example| groups.iter().map(move |group| (*example, group)))
    });
    for (example, group) in all {
        let name = format!("interop {example} {}", group.0);
        let says = |words: &[String]| words.iter().any(|word| name.contains(word.as_str()));
        if !ignored && (words.is_empty() || says(&words)) && !says(&unwanted) {
            chosen.push((example, group));
        }
    }
    if list {
        for (example, group) in &chosen {
            println!("interop {example} {}: test", group.0);
        }
        return ExitCode::SUCCESS;
    }

    process::end_all_after(WHOLE_RUN);
    let mut report = Report::default();
    match examples(&chosen) {
        Ok(examples) => run_all(&mut report, &examples, &chosen),
        Err(error) => report.check("preparing", Err(error)),
    }
    report.finish()
}

fn run_all(report: &mut Report, examples: &Path, chosen: &[(&str, &Entry)]) {
    let next = AtomicUsize::new(0);
    let lane = |number| {
        let mut report = Report::default();
        match files::Place::new(number) {
            Ok(site) => {
                while let Some((example, group)) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                    run(&mut report, &examples.join(example), &site, example, group);
                }
            }
            Err(error) => report.check("making files to serve", Err(error.to_string())),
        }
        report
    };
    thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES.min(chosen.len())).map(|number| scope.spawn(move || lane(number))).collect();
        for lane in lanes {
            match lane.join() {
                Ok(part) => report.add(part),
                Err(_) => report.check("running the groups", Err("a panic".into())),
            }
        }
    });
}

/// The directory in which the examples are, all that are needed.
fn examples(chosen: &[(&str, &Entry)]) -> Result<PathBuf, String> {
    let this = std::env::current_exe().map_err(|error| format!("where this test is: {error}"))?;
    // This is PROFILE/deps/interop-HASH, and they are PROFILE/examples/NAME.
    let examples =
        this.parent().and_then(Path::parent).ok_or("this test is not in a target directory")?.join("examples");
    for (example, _) in chosen {
        if !examples.join(example).is_file() {
            return Err(format!(
                "there is no {example} in {}: run `cargo build --workspace --examples` \
                 with this test's profile first",
                examples.display()
            ));
        }
    }
    Ok(examples)
}

fn run(report: &mut Report, executable: &Path, site: &files::Place, example: &str, (group, peers, checks): &Entry) {
    report.place = format!("{example} {group}");
    if let Some(missing) = peers.iter().find(|peer| process::find(peer).is_none()) {
        report.skip("everything", &format!("{missing} is not installed"));
        return;
    }
    let mut on_server = |checks: &fn(&mut Group<'_>, &Server), server: Result<Server, String>| match server {
        Ok(server) => {
            checks(&mut Group { report, executable, site }, &server);
            report.check("SIGTERM ends the server", server.stop("TERM"));
        }
        Err(error) => report.check("starts", Err(error)),
    };
    match checks {
        Checks::Serve(checks) => on_server(checks, Server::start(executable, &site.root())),
        Checks::Chat(checks) => on_server(checks, Server::run(process::command(executable).arg("127.0.0.1:0"))),
        Checks::Fetch(checks) => checks(report, &Fetch { executable: executable.to_owned(), site }),
        Checks::Ws(checks) => checks(report, executable),
    }
}

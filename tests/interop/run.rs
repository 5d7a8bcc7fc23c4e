//! Chooses what to run. For each group of checks on a server starts it and stops it; a group of
//! checks on a client starts what that is to talk to.

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

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use origin::Fetch;
use report::Report;
use server::Server;

const SERVERS: [&str; 3] = ["serve-tokio", "serve-smol", "serve-std"];
const CLIENTS: [&str; 3] = ["fetch-tokio", "fetch-smol", "fetch-std"];

/// However long a part may take by itself, the whole run ends after this.
const WHOLE_RUN: Duration = Duration::from_secs(30 * 60);

/// What a group of checks on a server is given.
struct Group<'a> {
    report: &'a mut Report,
    /// Where the server's executable is, for checks that start their own.
    executable: &'a Path,
    site: &'a files::Place,
}

enum Checks {
    OfServer(fn(&mut Group<'_>, &Server)),
    OfClient(fn(&mut Report, &Fetch<'_>)),
}

use Checks::{OfClient, OfServer};

/// A group's name, what it needs on the machine, and its checks.
type Entry = (&'static str, &'static [&'static str], Checks);

const ON_SERVERS: [Entry; 12] = [
    ("requests", &["curl"], OfServer(requests::checks)),
    ("echo", &["curl"], OfServer(echo::checks)),
    ("files", &["curl"], OfServer(files::checks)),
    ("pipelines", &[], OfServer(pipelines::checks)),
    ("http.client", &["python3"], OfServer(script::http_client)),
    ("node", &["node"], OfServer(script::node)),
    ("hyper", &[], OfServer(hyper_client::checks)),
    ("compared with hyper", &[], OfServer(compared::checks)),
    ("nginx", &["nginx"], OfServer(proxy::checks)),
    ("websockets", &["python3"], OfServer(script::websockets)),
    ("browser", &["python3", "chromium", "chromedriver"], OfServer(script::browser)),
    ("shutdown", &["curl", "python3"], OfServer(shutdown::checks)),
];

const ON_CLIENTS: [Entry; 3] = [
    ("node", &["node"], OfClient(origin::node)),
    ("hyper", &[], OfClient(origin::hyper)),
    ("nginx", &["nginx"], OfClient(static_files::checks)),
];

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
    let on_servers = SERVERS.iter().flat_map(|server| ON_SERVERS.iter().map(move |group| (*server, group)));
    let on_clients = CLIENTS.iter().flat_map(|client| ON_CLIENTS.iter().map(move |group| (*client, group)));
    for (example, group) in on_servers.chain(on_clients) {
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
    if !chosen.is_empty() {
        match prepare(&chosen) {
            Ok((examples, site)) => {
                for (example, group) in chosen {
                    run(&mut report, &examples.join(example), &site, example, group);
                }
            }
            Err(error) => report.check("preparing", Err(error)),
        }
    }
    report.finish()
}

fn prepare(chosen: &[(&str, &Entry)]) -> Result<(PathBuf, files::Place), String> {
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
    let site = files::Place::new().map_err(|error| format!("making files to serve: {error}"))?;
    Ok((examples, site))
}

fn run(report: &mut Report, executable: &Path, site: &files::Place, example: &str, (group, peers, checks): &Entry) {
    report.place = format!("{example} {group}");
    if let Some(missing) = peers.iter().find(|peer| process::find(peer).is_none()) {
        report.skip("everything", &format!("{missing} is not installed"));
        return;
    }
    match checks {
        OfServer(checks) => match Server::start(executable, &site.root()) {
            Ok(server) => {
                checks(&mut Group { report, executable, site }, &server);
                report.check("SIGTERM ends the server", server.stop("TERM"));
            }
            Err(error) => report.check("starts", Err(error)),
        },
        OfClient(checks) => checks(report, &Fetch { executable: executable.to_owned(), site }),
    }
}

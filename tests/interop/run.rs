//! Chooses what to run, starts a server for each group of checks and stops it.

mod curl;
mod data;
mod echo;
mod files;
mod pipelines;
mod process;
mod report;
mod requests;
mod script;
mod server;
mod shutdown;
mod wire;

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use report::Report;
use server::Server;

const SERVERS: [&str; 3] = ["serve-tokio", "serve-smol", "serve-std"];

/// However long a part may take by itself, the whole run ends after this.
const WHOLE_RUN: Duration = Duration::from_secs(30 * 60);

/// What a group of checks is given.
struct Group<'a> {
    report: &'a mut Report,
    /// Where the server's executable is, for checks that start their own.
    executable: &'a Path,
    site: &'a files::Place,
}

/// A group's name, what it needs on the machine, and its checks.
type Entry = (&'static str, &'static [&'static str], fn(&mut Group<'_>, &Server));

const GROUPS: [Entry; 9] = [
    ("requests", &["curl"], requests::checks),
    ("echo", &["curl"], echo::checks),
    ("files", &["curl"], files::checks),
    ("pipelines", &[], pipelines::checks),
    ("http.client", &["python3"], script::http_client),
    ("node", &["node"], script::node),
    ("websockets", &["python3"], script::websockets),
    ("browser", &["python3", "chromium", "chromedriver"], script::browser),
    ("shutdown", &["curl", "python3"], shutdown::checks),
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
    for server in SERVERS {
        for group in &GROUPS {
            let name = format!("interop {server} {}", group.0);
            let says = |words: &[String]| words.iter().any(|word| name.contains(word.as_str()));
            if !ignored && (words.is_empty() || says(&words)) && !says(&unwanted) {
                chosen.push((server, group));
            }
        }
    }
    if list {
        for (server, group) in &chosen {
            println!("interop {server} {}: test", group.0);
        }
        return ExitCode::SUCCESS;
    }

    process::end_all_after(WHOLE_RUN);
    let mut report = Report::default();
    if !chosen.is_empty() {
        match prepare(&chosen) {
            Ok((examples, site)) => {
                for (server, group) in chosen {
                    run(&mut report, &examples.join(server), &site, server, group);
                }
            }
            Err(error) => report.check("preparing", Err(error)),
        }
    }
    report.finish()
}

fn prepare(chosen: &[(&str, &Entry)]) -> Result<(PathBuf, files::Place), String> {
    let this = std::env::current_exe().map_err(|error| format!("where this test is: {error}"))?;
    // This is PROFILE/deps/interop-HASH, and they are PROFILE/examples/serve-NAME.
    let examples =
        this.parent().and_then(Path::parent).ok_or("this test is not in a target directory")?.join("examples");
    for (server, _) in chosen {
        if !examples.join(server).is_file() {
            return Err(format!(
                "there is no {server} in {}: run `cargo build --workspace --examples` \
                 with this test's profile first",
                examples.display()
            ));
        }
    }
    let site = files::Place::new().map_err(|error| format!("making files to serve: {error}"))?;
    Ok((examples, site))
}

fn run(report: &mut Report, executable: &Path, site: &files::Place, server: &str, (group, clients, checks): &Entry) {
    report.place = format!("{server} {group}");
    if let Some(missing) = clients.iter().find(|client| !process::installed(client)) {
        report.skip("everything", &format!("{missing} is not installed"));
        return;
    }
    match Server::start(executable, &site.root()) {
        Ok(server) => {
            checks(&mut Group { report, executable, site }, &server);
            report.check("SIGTERM ends the server", server.stop("TERM"));
        }
        Err(error) => report.check("starts", Err(error)),
    }
}

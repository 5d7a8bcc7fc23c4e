//! The servers under test, and how each is started.

use std::env;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use sanderling_load::content::{FILES_PATH, HELLO_PATH, LARGE_FILE_PATH, LARGE_PATH, SMALL_FILE_PATH, body_at};
use sanderling_load::exchange::connect;

/// The processor that servers run on, and the one for the load.
const SERVER: &str = "0";
const LOAD: &str = "1";
/// How long a server may take to listen.
const START: Duration = Duration::from_secs(10);

/// What a server understands.
#[derive(Clone, Copy)]
pub(crate) enum Speaks {
    Http,
    WebSocket,
    Both,
}

pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) speaks: Speaks,
    /// It serves what is in a folder.
    pub(crate) has_files: bool,
    program: Program,
}

enum Program {
    /// A part of `serve`.
    Ours,
    /// Its option `sendfile`.
    Nginx(&'static str),
    H2o,
    Go,
    Node,
}

const fn ours(name: &'static str, speaks: Speaks) -> Server {
    Server { name, speaks, has_files: false, program: Program::Ours }
}

const fn with_files(server: Server) -> Server {
    Server { has_files: true, ..server }
}

const fn others(name: &'static str, speaks: Speaks, program: Program) -> Server {
    Server { name, speaks, has_files: false, program }
}

pub(crate) static SERVERS: [Server; 20] = [
    ours("floor", Speaks::Both),
    ours("core", Speaks::Both),
    ours("tokio-floor", Speaks::Both),
    with_files(ours("tokio", Speaks::Both)),
    ours("tokio-shards", Speaks::Both),
    ours("tokio-threads", Speaks::Both),
    with_files(ours("smol", Speaks::Both)),
    with_files(ours("std", Speaks::Both)),
    ours("hyper", Speaks::Http),
    ours("axum", Speaks::Http),
    ours("actix", Speaks::Http),
    ours("may", Speaks::Http),
    ours("tungstenite", Speaks::WebSocket),
    ours("fastwebsockets", Speaks::WebSocket),
    ours("tokio-websockets", Speaks::WebSocket),
    with_files(others("nginx", Speaks::Http, Program::Nginx("on"))),
    with_files(others("nginx-reads", Speaks::Http, Program::Nginx("off"))),
    with_files(others("h2o", Speaks::Http, Program::H2o)),
    others("go", Speaks::Http, Program::Go),
    others("node-ws", Speaks::WebSocket, Program::Node),
];

/// A server that listens; it is killed when this is dropped.
pub(crate) struct Running {
    process: Child,
    pub(crate) port: u16,
}

impl Running {
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    pub(crate) fn is_present(&self) -> bool {
        match self.program {
            Program::Ours => true,
            Program::Nginx(_) => has("nginx"),
            Program::H2o => has("h2o"),
            Program::Go => has("go"),
            Program::Node => has("node") && target().join("npm/node_modules/ws").exists(),
        }
    }

    /// Starts it on a port that is free, and waits until it listens.
    pub(crate) fn start(&self) -> io::Result<Running> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let site = site()?;
        let mut command = pinned(SERVER);
        command.current_dir(&site);
        match self.program {
            Program::Ours => command.arg(beside("serve")?).arg(self.name).arg(port.to_string()),
            Program::Nginx(sendfile) => {
                let configuration = configured("nginx.conf", &site, port, &[("SENDFILE", sendfile)])?;
                command.arg("nginx").arg("-c").arg(configuration)
            }
            Program::H2o => command.arg("h2o").arg("-c").arg(configured("h2o.conf", &site, port, &[])?),
            Program::Go => command.arg(built_go()?).arg(port.to_string()),
            Program::Node => command
                .arg("node")
                .arg(source("servers/ws.js"))
                .arg(port.to_string())
                .env("NODE_PATH", target().join("npm/node_modules")),
        };
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        let mut running = Running { process, port };
        let end = Instant::now() + START;
        while connect(port).is_err() {
            if let Some(status) = running.process.try_wait()? {
                return Err(io::Error::other(format!("it ended with {status}")));
            }
            if Instant::now() > end {
                return Err(io::ErrorKind::TimedOut.into());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(running)
    }
}

/// A command for the processor of the load.
pub(crate) fn load_command() -> Command {
    pinned(LOAD)
}

fn pinned(processor: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", processor]);
    command
}

/// Another binary of this package.
pub(crate) fn beside(name: &str) -> io::Result<PathBuf> {
    Ok(env::current_exe()?.with_file_name(name))
}

/// A file of this package.
pub(crate) fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Where what is made for a run lies.
fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| source("target"), PathBuf::from)
}

pub(crate) fn has(program: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).exists()))
}

/// Writes the folder that servers are started in.
fn site() -> io::Result<PathBuf> {
    let folder = target().join("site");
    fs::create_dir_all(folder.join(&FILES_PATH[1..]))?;
    for path in [HELLO_PATH, LARGE_PATH, SMALL_FILE_PATH, LARGE_FILE_PATH] {
        fs::write(folder.join(&path[1..]), body_at(path))?;
    }
    Ok(folder)
}

/// Writes a configuration with the port, the folder of the files and others in the place of their names.
fn configured(name: &str, site: &Path, port: u16, others: &[(&str, &str)]) -> io::Result<PathBuf> {
    let text = fs::read_to_string(source("servers").join(name))?;
    let text = text.replace("PORT", &port.to_string()).replace("FOLDER", &site.to_string_lossy());
    let text = others.iter().fold(text, |text, (name, value)| text.replace(name, value));
    let path = target().join(name);
    fs::write(&path, text)?;
    Ok(path)
}

fn built_go() -> io::Result<PathBuf> {
    let (source, binary) = (source("servers/net_http.go"), target().join("net_http"));
    let build = Command::new("go").arg("build").arg("-o").arg(&binary).arg(&source).status()?;
    if build.success() { Ok(binary) } else { Err(io::Error::other("it does not build")) }
}

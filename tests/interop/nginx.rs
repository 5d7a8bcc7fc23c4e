//! One running nginx, with a place of its own for all that it writes, as whoever runs the test.

use core::time::Duration;
use std::fs;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::files::Place;
use super::process::{self, Job};
use super::report::ensure;

const STOP: Duration = Duration::from_secs(20);

pub(crate) struct Nginx {
    job: Job,
    /// `http://127.0.0.1:PORT`.
    pub origin: String,
    log: PathBuf,
}

impl Nginx {
    /// Starts one that has these upstreams and locations. It is given a socket that listens
    /// already, as it hands them on to its own successors: no port can be taken meanwhile, and
    /// whoever connects is served as soon as it is up.
    pub(crate) fn start(site: &Place, upstreams: &str, locations: &str) -> Result<Nginx, String> {
        let program = process::find("nginx").ok_or("nginx is not installed")?;
        let dir = site.beside("nginx");
        let listen = || {
            // What one before it left.
            let _ = fs::remove_dir_all(&dir);
            fs::create_dir_all(&dir)?;
            let listener = TcpListener::bind("127.0.0.1:0")?;
            let address = listener.local_addr()?;
            let config = config(&user()?, &address.to_string(), upstreams, locations);
            fs::write(dir.join("nginx.conf"), config)?;
            Ok((listener, address))
        };
        let (listener, address) = listen().map_err(|error: std::io::Error| format!("preparing nginx: {error}"))?;
        let mut command = process::command(program);
        command.arg("-p").arg(&dir).args(["-c", "nginx.conf"]).env("NGINX", "0;");
        // A warning about what only root may do is no news; errors have a log.
        command.stdin(Stdio::from(OwnedFd::from(listener))).stdout(Stdio::null()).stderr(Stdio::null());
        let job = Job::start(&mut command)?;
        Ok(Nginx { job, origin: format!("http://{address}"), log: dir.join("error.log") })
    }

    /// Ends it, and checks that it had nothing to complain of.
    pub(crate) fn stop(mut self) -> Result<(), String> {
        process::signal(&self.job.child.id().to_string(), "TERM");
        let status = self.job.wait(STOP)?;
        ensure(status.success(), || format!("it ended with {status}"))?;
        let log = fs::read_to_string(&self.log).map_err(|error| format!("its log: {error}"))?;
        ensure(log.is_empty(), || format!("its log says {log}"))
    }
}

/// Root's workers would be nobody's, who may not read the files.
fn user() -> std::io::Result<String> {
    let name = |flag| {
        let output = Command::new("id").arg(flag).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let is_root = name("-u")? == "0";
    Ok(if is_root { format!("user {} {};", name("-un")?, name("-gn")?) } else { String::new() })
}

fn config(user: &str, address: &str, upstreams: &str, locations: &str) -> String {
    format!(
        "{user}
        daemon off;
        worker_processes 1;
        pid nginx.pid;
        error_log error.log error;
        events {{ worker_connections 256; }}
        http {{
            access_log off;
            log_not_found off;
            client_body_temp_path body;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            client_max_body_size 0;
            keepalive_requests 100000;
            {upstreams}
            server {{
                listen {address};
                add_header Connection-Number $connection always;
                {locations}
            }}
        }}\n"
    )
}

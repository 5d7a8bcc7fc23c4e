//! Stands between a proxy and a server, and counts the connections.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

pub(crate) struct Relay {
    /// `127.0.0.1:PORT`.
    pub address: String,
    count: Arc<AtomicUsize>,
}

impl Relay {
    pub(crate) fn start(to: &str) -> Result<Relay, String> {
        let bind = || {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            let address = listener.local_addr()?.to_string();
            Ok((listener, address))
        };
        let (listener, address) = bind().map_err(|error: io::Error| format!("a relay: {error}"))?;
        let count = Arc::new(AtomicUsize::new(0));
        let (counted, to) = (Arc::clone(&count), to.to_owned());
        // It waits for more until this process ends.
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                counted.fetch_add(1, Ordering::SeqCst);
                // A failure is the proxy's to see, as the end of its connection.
                let _ = join(near, &to);
            }
        });
        Ok(Relay { address, count })
    }

    /// How many connections there have been.
    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

fn join(near: TcpStream, to: &str) -> io::Result<()> {
    let far = TcpStream::connect(to)?;
    let (near_too, far_too) = (near.try_clone()?, far.try_clone()?);
    for (mut from, mut to) in [(near, far), (far_too, near_too)] {
        // A piece may be the last for long: it is not held back for a larger one.
        to.set_nodelay(true)?;
        thread::spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        });
    }
    Ok(())
}

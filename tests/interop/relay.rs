//! Stands between a client and a server, counts the connections, and breaks them when told.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

pub(crate) struct Relay {
    /// `127.0.0.1:PORT`.
    pub address: String,
    count: Arc<AtomicUsize>,
    nearer: Nearer,
}

/// The clients' ends of the connections there have been.
type Nearer = Arc<Mutex<Vec<TcpStream>>>;

fn lock(nearer: &Nearer) -> MutexGuard<'_, Vec<TcpStream>> {
    nearer.lock().unwrap_or_else(PoisonError::into_inner)
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
        let nearer = Nearer::default();
        let (counted, ends, to) = (Arc::clone(&count), Arc::clone(&nearer), to.to_owned());
        // It waits for more until this process ends.
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                counted.fetch_add(1, Ordering::SeqCst);
                // A failure is the client's to see, as the end of its connection.
                let _ = near.try_clone().map(|end| lock(&ends).push(end)).and_then(|()| join(near, &to));
            }
        });
        Ok(Relay { address, count, nearer })
    }

    /// How many connections there have been.
    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Ends all connections there are, in the middle of whatever is on the way.
    pub(crate) fn break_all(&self) {
        for near in lock(&self.nearer).drain(..) {
            // One that has ended already is as well.
            let _ = near.shutdown(Shutdown::Both);
        }
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

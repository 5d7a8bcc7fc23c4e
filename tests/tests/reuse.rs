//! What comes on a connection between two exchanges belongs to neither (RFC 9112 section 9.2), nor is one whose
//! server has gone of any use: both are seen before the next request goes out.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::Write;
use std::mem::MaybeUninit;
use std::net::{TcpListener, TcpStream};
use std::thread;

use sanderling::drive::Transport as _;
use socket2::SockRef;

const PLANTED: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";

/// A connection, seen from the client, which reads without waiting, and from the server.
fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    client.set_nonblocking(true).unwrap();
    (client, listener.accept().unwrap().0)
}

/// Returns when something has arrived, be it the end, whatever a runtime knows of it.
fn arrived(client: &TcpStream) {
    while SockRef::from(client).peek(&mut [MaybeUninit::uninit()]).is_err() {
        thread::yield_now();
    }
}

/// Has a transport over one end looked at while nothing turns the reactor, before and after `act` at the other.
macro_rules! looks {
    ($transport:expr, $act:expr) => {{
        let (client, mut server) = pair();
        let probe = client.try_clone().unwrap();
        let mut transport = $transport(client);
        assert!(!transport.is_readable());
        let act: fn(&mut TcpStream) = $act;
        act(&mut server);
        drop(server);
        arrived(&probe);
        assert!(transport.is_readable());
    }};
}

#[test]
fn a_look_asks_the_system() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let over_tokio = |client| {
        let _entered = runtime.enter();
        sanderling_tokio::Transport::new(tokio::net::TcpStream::from_std(client).unwrap())
    };
    let over_smol = |client| {
        sanderling_smol::Transport::new(smol::Async::<TcpStream>::new(client).map(smol::net::TcpStream::from).unwrap())
    };
    looks!(over_tokio, |server| server.write_all(PLANTED).unwrap());
    looks!(over_tokio, |_| {});
    looks!(over_smol, |server| server.write_all(PLANTED).unwrap());
    looks!(over_smol, |_| {});
}

#[cfg(unix)]
#[test]
fn a_connection_is_looked_at_before_it_is_used_again() {
    use std::os::unix::net::UnixStream;

    use sanderling::http::{RequestTarget, SendError};
    use sanderling_std::{ClientConnection, Deadlines, Error, Limits, Method};

    for planted in [PLANTED, b"", b"\n"] {
        let (client, mut server) = UnixStream::pair().unwrap();
        let mut connection = ClientConnection::new(client, Limits::default(), Deadlines::default());
        let fields = [("Host", "a")];
        for _ in 0..2 {
            connection.start(Method::GET, RequestTarget::Origin("/"), &fields, None).unwrap();
            server.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood").unwrap();
            connection.finish().unwrap();
            connection.final_head().unwrap();
            assert_eq!(connection.read_to_end(100).unwrap(), b"good");
            assert!(connection.can_reuse());
        }
        server.write_all(planted).unwrap();
        if planted.is_empty() {
            drop(server);
        }
        for _ in 0..2 {
            let again = connection.start(Method::GET, RequestTarget::Origin("/"), &fields, None);
            assert!(matches!(again, Err(Error::Send(SendError::OutOfTurn))), "{again:?}");
            assert!(!connection.can_reuse());
        }
    }
}

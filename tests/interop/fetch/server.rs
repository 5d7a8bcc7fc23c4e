//! A server that says what it is told, right or wrong, and keeps what it was asked.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use socket2::SockRef;

/// However long a client may take to send or to take something.
const LIMIT: Duration = Duration::from_secs(40);

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// On which connection, counted from 0.
    pub connection: usize,
    pub line: String,
    pub fields: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap()
    }
}

#[derive(Default)]
struct Shared {
    requests: Mutex<Vec<Request>>,
    stops: AtomicBool,
}

pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<usize>,
}

impl Server {
    /// Gives each connection to `serve`, on a thread of its own; it is closed when that returns.
    pub(crate) fn start(serve: impl Fn(&mut Peer) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        // So that a client cannot have sent all of a large body before a word of the server can reach it.
        SockRef::from(&listener).set_recv_buffer_size(64 << 10).unwrap();
        let address = listener.local_addr().unwrap();
        let (shared, serve) = (Arc::new(Shared::default()), Arc::new(serve));
        let accepted = Arc::clone(&shared);
        let accepting = thread::spawn(move || {
            let mut serving = Vec::new();
            loop {
                let (stream, _) = listener.accept().unwrap();
                if accepted.stops.load(Ordering::SeqCst) {
                    break;
                }
                let mut peer = Peer::new(stream, serving.len(), Arc::clone(&accepted));
                let serve = Arc::clone(&serve);
                serving.push(thread::spawn(move || serve(&mut peer)));
            }
            let count = serving.len();
            serving.into_iter().for_each(|thread| thread.join().unwrap());
            count
        });
        Self { address, shared, accepting }
    }

    /// Answers every request, when it has come whole, with the same.
    pub(crate) fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |peer| {
            while peer.request().is_some() {
                peer.send(&answer);
            }
        })
    }

    /// Answers one request of each connection and closes it.
    pub(crate) fn answering_once(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |peer| {
            peer.request();
            peer.send(&answer);
        })
    }

    /// Answers each request with what `answer` makes of it.
    pub(crate) fn answering_with(answer: impl Fn(&Request) -> String + Send + Sync + 'static) -> Self {
        Self::start(move |peer| {
            while let Some(request) = peer.request() {
                peer.send(answer(&request).as_bytes());
            }
        })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn authority(&self) -> String {
        self.address.to_string()
    }

    /// Ends it, and gives the number of connections and the requests that came. Its complaints
    /// become this thread's.
    pub(crate) fn stop(self) -> (usize, Vec<Request>) {
        self.shared.stops.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address).unwrap());
        let connections = self.accepting.join().expect("the server's own checks");
        let requests = self.shared.requests.lock().unwrap().clone();
        (connections, requests)
    }

    /// The one request that came.
    #[track_caller]
    pub(crate) fn request(self) -> Request {
        let (connections, mut requests) = self.stop();
        assert_eq!((connections, requests.len()), (1, 1), "{requests:?}");
        requests.remove(0)
    }

    /// The connection and the start of each request line.
    pub(crate) fn lines(self) -> (usize, Vec<String>) {
        let (connections, requests) = self.stop();
        let lines = requests.iter().map(|request| request.line.trim_end_matches(" HTTP/1.1").to_owned());
        (connections, lines.collect())
    }
}

/// The client, seen from the server.
pub(crate) struct Peer {
    stream: TcpStream,
    input: Vec<u8>,
    /// Which connection this is, counted from 0.
    pub number: usize,
    shared: Arc<Shared>,
}

impl Peer {
    fn new(stream: TcpStream, number: usize, shared: Arc<Shared>) -> Self {
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, input: Vec::new(), number, shared }
    }

    /// Waits for more; `false` at the end. A client that resets the connection has ended it as well.
    fn fill(&mut self) -> bool {
        let mut octets = [0; 16 * 1024];
        match self.stream.read(&mut octets) {
            Ok(len) => {
                self.input.extend_from_slice(&octets[..len]);
                len > 0
            }
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => false,
            Err(error) => panic!("waiting for the client: {error}"),
        }
    }

    /// The head of the next request; `None` if the client has no more.
    pub(crate) fn head(&mut self) -> Option<Request> {
        let end = loop {
            if let Some(at) = self.input.windows(4).position(|octets| octets == b"\r\n\r\n") {
                break at;
            }
            if !self.fill() {
                assert!(self.input.is_empty(), "half a request: {}", self.input.escape_ascii());
                return None;
            }
        };
        let head = String::from_utf8(self.input.drain(..end + 4).take(end).collect()).unwrap();
        let mut lines = head.split("\r\n");
        let line = lines.next().unwrap().to_owned();
        let fields = lines.map(|line| {
            let (name, value) = line.split_once(": ").or(line.split_once(":")).unwrap();
            (name.to_owned(), value.to_owned())
        });
        let request = Request { connection: self.number, line, fields: fields.collect(), body: Vec::new() };
        self.shared.requests.lock().unwrap().push(request.clone());
        Some(request)
    }

    /// The next request with its body.
    pub(crate) fn request(&mut self) -> Option<Request> {
        let mut request = self.head()?;
        request.body = self.body(&request);
        if let Some(kept) =
            self.shared.requests.lock().unwrap().iter_mut().rfind(|kept| kept.connection == request.connection)
        {
            kept.body.clone_from(&request.body);
        }
        Some(request)
    }

    pub(crate) fn body(&mut self, request: &Request) -> Vec<u8> {
        if request.field("Transfer-Encoding") == Some("chunked") {
            let mut body = Vec::new();
            loop {
                let size = usize::from_str_radix(&self.line(), 16).unwrap();
                let chunk = self.take(size + 2);
                body.extend_from_slice(&chunk[..size]);
                if size == 0 {
                    return body;
                }
            }
        }
        let len = request.field("Content-Length").map_or(0, |length| length.parse().unwrap());
        self.take(len)
    }

    fn line(&mut self) -> String {
        let end = loop {
            if let Some(at) = self.input.windows(2).position(|octets| octets == b"\r\n") {
                break at;
            }
            assert!(self.fill(), "the client closed within a body");
        };
        String::from_utf8(self.input.drain(..end + 2).take(end).collect()).unwrap()
    }

    pub(crate) fn take(&mut self, len: usize) -> Vec<u8> {
        while self.input.len() < len {
            assert!(self.fill(), "the client closed within a body");
        }
        self.input.drain(..len).collect()
    }

    /// What has come or comes next.
    pub(crate) fn some(&mut self) -> Vec<u8> {
        if self.input.is_empty() {
            self.fill();
        }
        core::mem::take(&mut self.input)
    }

    /// How many octets come until the client closes.
    pub(crate) fn rest(&mut self) -> usize {
        let mut count = 0;
        loop {
            count += core::mem::take(&mut self.input).len();
            if !self.fill() {
                return count;
            }
        }
    }

    /// Sends this, unless the client has closed.
    pub(crate) fn send(&mut self, octets: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(octets.as_ref()).is_ok()
    }
}

//! What is measured.

use sanderling_load::content::{FILES_PATH, HELLO_PATH, LARGE_FILE_PATH, LARGE_PATH, SMALL_FILE_PATH, body_at};

use crate::servers::{Server, Speaks};

/// One kind of load.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) kind: Kind,
    /// The server that others are compared with.
    pub(crate) beside: &'static str,
}

pub(crate) enum Kind {
    /// By `wrk`: so many requests in each segment.
    Http { path: &'static str, connections: usize, pipeline: usize },
    /// By `storm`: so many messages under way on each connection.
    Echo { connections: usize, flight: usize, size: usize },
    /// Connections that are held after one exchange each.
    Idle { connections: usize, websocket: bool },
}

pub(crate) static CASES: [Case; 9] = [
    Case {
        name: "hello",
        what: "64 connections, 13 octets",
        kind: Kind::Http { path: HELLO_PATH, connections: 64, pipeline: 1 },
        beside: "floor",
    },
    Case {
        name: "pipelined",
        what: "64 connections, 13 octets, 16 requests in a segment",
        kind: Kind::Http { path: HELLO_PATH, connections: 64, pipeline: 16 },
        beside: "floor",
    },
    Case {
        name: "large",
        what: "1000 connections, 6150 octets",
        kind: Kind::Http { path: LARGE_PATH, connections: 1000, pipeline: 1 },
        beside: "floor",
    },
    Case {
        name: "file-small",
        what: "64 connections, a file of 1 KiB",
        kind: Kind::Http { path: SMALL_FILE_PATH, connections: 64, pipeline: 1 },
        beside: "nginx",
    },
    Case {
        name: "file-large",
        what: "64 connections, a file of 1 MiB",
        kind: Kind::Http { path: LARGE_FILE_PATH, connections: 64, pipeline: 1 },
        beside: "nginx",
    },
    Case {
        name: "echo-small",
        what: "64 WebSockets, 16 messages of 16 octets under way on each",
        kind: Kind::Echo { connections: 64, flight: 16, size: 16 },
        beside: "floor",
    },
    Case {
        name: "echo-large",
        what: "16 WebSockets, 4 messages of 64 KiB under way on each",
        kind: Kind::Echo { connections: 16, flight: 4, size: 64 * 1024 },
        beside: "floor",
    },
    Case {
        name: "idle",
        what: "memory of 10,000 kept connections after one request each",
        kind: Kind::Idle { connections: 10_000, websocket: false },
        beside: "floor",
    },
    Case {
        name: "idle-websocket",
        what: "memory of 10,000 WebSockets after one echo each",
        kind: Kind::Idle { connections: 10_000, websocket: true },
        beside: "floor",
    },
];

impl Case {
    /// Whether what is asked for is a file.
    fn is_of_files(&self) -> bool {
        matches!(self.kind, Kind::Http { path, .. } if path.starts_with(FILES_PATH))
    }

    /// How many mebibytes an answer has, if it is of any length to speak of.
    pub(crate) fn mebibytes(&self) -> Option<f64> {
        match self.kind {
            Kind::Http { path: path @ LARGE_FILE_PATH, .. } => Some(body_at(path).len() as f64 / f64::from(1 << 20)),
            _ => None,
        }
    }

    /// Whether a server can do this.
    pub(crate) fn suits(&self, server: &Server) -> bool {
        if self.is_of_files() {
            return server.has_files;
        }
        let is_websocket = match self.kind {
            Kind::Http { .. } => false,
            Kind::Echo { .. } => true,
            Kind::Idle { websocket, .. } => websocket,
        };
        let speaks = match server.speaks {
            Speaks::Both => true,
            Speaks::Http => !is_websocket,
            Speaks::WebSocket => is_websocket,
        };
        // A thread for each of ten thousand connections is not what threads are for.
        let is_known = speaks && server.name != "nginx-reads";
        is_known && !(server.name == "std" && matches!(self.kind, Kind::Idle { .. }))
    }
}

//! What is measured.

use sanderling_load::content::{HELLO_PATH, LARGE_PATH};

use crate::servers::{Server, Speaks};

/// One kind of load.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) kind: Kind,
}

pub(crate) enum Kind {
    /// By `wrk`: so many requests in each segment.
    Http { path: &'static str, connections: usize, pipeline: usize },
    /// By `storm`: so many messages under way on each connection.
    Echo { connections: usize, flight: usize, size: usize },
    /// Connections that are held after one exchange each.
    Idle { connections: usize, websocket: bool },
}

pub(crate) static CASES: [Case; 7] = [
    Case {
        name: "hello",
        what: "64 connections, 13 octets",
        kind: Kind::Http { path: HELLO_PATH, connections: 64, pipeline: 1 },
    },
    Case {
        name: "pipelined",
        what: "64 connections, 13 octets, 16 requests in a segment",
        kind: Kind::Http { path: HELLO_PATH, connections: 64, pipeline: 16 },
    },
    Case {
        name: "large",
        what: "1000 connections, 6150 octets",
        kind: Kind::Http { path: LARGE_PATH, connections: 1000, pipeline: 1 },
    },
    Case {
        name: "echo-small",
        what: "64 WebSockets, 16 messages of 16 octets under way on each",
        kind: Kind::Echo { connections: 64, flight: 16, size: 16 },
    },
    Case {
        name: "echo-large",
        what: "16 WebSockets, 4 messages of 64 KiB under way on each",
        kind: Kind::Echo { connections: 16, flight: 4, size: 64 * 1024 },
    },
    Case {
        name: "idle",
        what: "memory of 10,000 kept connections after one request each",
        kind: Kind::Idle { connections: 10_000, websocket: false },
    },
    Case {
        name: "idle-websocket",
        what: "memory of 10,000 WebSockets after one echo each",
        kind: Kind::Idle { connections: 10_000, websocket: true },
    },
];

impl Case {
    /// Whether a server can do this.
    pub(crate) fn suits(&self, server: &Server) -> bool {
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
        speaks && !(server.name == "std" && matches!(self.kind, Kind::Idle { .. }))
    }
}

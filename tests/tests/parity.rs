//! One script of conversations, held with a server of each adapter: all give the same octets, and
//! those that the script says. `vectors/conversations/README.md` describes the script.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "parity/client.rs"]
mod client;
#[path = "parity/handler.rs"]
mod handler;
#[path = "parity/script.rs"]
mod script;
#[path = "parity/servers.rs"]
mod servers;

use core::time::Duration;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use client::{Sending, converse};
use script::Conversation;
use servers::{Adapter, Configuration, Server};

/// So many conversations are held at a time.
const AT_A_TIME: usize = 8;

const ADAPTERS: [(&str, Adapter); 3] = [("tokio", servers::TOKIO), ("smol", servers::SMOL), ("std", servers::STD)];

/// The servers of one configuration, in the order of the adapters.
fn start(configuration: Configuration) -> [Server; 3] {
    ADAPTERS.map(|(_, adapter)| (adapter.start)(configuration))
}

#[test]
fn every_adapter_says_the_same() {
    let conversations = script::read_all();
    assert!(conversations.len() >= 60, "{} conversations", conversations.len());
    let mut brief = Configuration::default();
    let wait = Some(Duration::from_millis(300));
    (brief.deadlines.head, brief.deadlines.body, brief.deadlines.idle) = (wait, wait, wait);
    let (default, brief) = (start(Configuration::default()), start(brief));

    let addresses = |servers: &[Server; 3]| [0, 1, 2].map(|at| servers[at].address);
    let (default_addresses, brief_addresses) = (addresses(&default), addresses(&brief));
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some(conversation) = conversations.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let servers = match conversation.server.as_str() {
                        "default" => default_addresses,
                        "brief" => brief_addresses,
                        other => panic!("{conversation}: no server {other}"),
                    };
                    let differences = hold(conversation, servers);
                    wrong.lock().unwrap().extend(differences);
                }
            });
        }
    });
    for server in default.iter().chain(&brief) {
        server.shut_down();
        server.ended();
    }
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    assert!(wrong.is_empty(), "{} of the conversations went wrong\n\n{}\n", wrong.len(), wrong.join("\n\n"));
}

/// Holds the conversation with each server, in each way of sending; gives what was wrong.
fn hold(conversation: &Conversation, servers: [core::net::SocketAddr; 3]) -> Vec<String> {
    let mut wrong = Vec::new();
    for sending in [Sending::Whole, Sending::Octets] {
        let mut first = None;
        for ((adapter, _), address) in ADAPTERS.iter().zip(servers) {
            let (came, result) = converse(conversation, sending, address);
            let said = |what: &str| format!("{conversation} ({adapter}, {sending})\n  {what}");
            match (result, &first) {
                (Err(what), _) => wrong.push(said(&what)),
                (Ok(()), None) => first = Some(came),
                (Ok(()), Some(first)) if *first == came => {}
                (Ok(()), Some(_)) => wrong.push(said("differs from the others")),
            }
        }
    }
    wrong
}

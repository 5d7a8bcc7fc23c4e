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

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use client::{Sending, converse};

/// So many conversations are held at a time.
const AT_A_TIME: usize = 8;

#[test]
fn every_adapter_says_the_same() {
    let conversations = script::read_all();
    assert!(conversations.len() >= 60, "{} conversations", conversations.len());
    let servers = servers::start_all();
    let addresses: Vec<_> = servers.iter().map(|it| (it.adapter, it.configuration, it.address)).collect();

    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some(conversation) = conversations.get(next.fetch_add(1, Ordering::Relaxed)) {
                    for sending in [Sending::Whole, Sending::Octets] {
                        let mut first = None;
                        for (adapter, configuration, address) in &addresses {
                            if *configuration != conversation.server {
                                continue;
                            }
                            let (came, result) = converse(conversation, sending, *address);
                            let said = |what| format!("{conversation} ({adapter}, {sending})\n  {what}");
                            match (result, &first) {
                                (Err(what), _) => wrong.lock().unwrap().push(said(what)),
                                (Ok(()), None) => first = Some(came),
                                (Ok(()), Some(first)) if *first == came => {}
                                (Ok(()), Some(_)) => wrong.lock().unwrap().push(said("differs from the others".into())),
                            }
                        }
                    }
                }
            });
        }
    });
    for server in servers {
        server.end();
    }
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    assert!(wrong.is_empty(), "{} of the conversations went wrong\n\n{}\n", wrong.len(), wrong.join("\n\n"));
}

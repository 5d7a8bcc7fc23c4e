//! Files that change while they are sent, and clients that leave.

use core::time::Duration;
use std::fs::{self, File};
use std::path::Path;
use std::thread;
use std::time::Instant;

use sanderling::drive::Files;

use crate::asking::Client;
use crate::place::Place;
use crate::servers::Adapter;
use crate::with_each_adapter;

with_each_adapter! {
    a_file_that_shrinks_ends_the_connection
    a_file_that_grows_ends_it_too
    a_file_that_is_replaced_is_sent_to_its_end
    a_client_that_leaves_leaves_nothing_open
    pipelined_requests_are_answered_in_order
}

/// More than the system holds of a connection nobody reads.
const LARGE: u64 = 64 << 20;

fn large() -> (Place, File) {
    let place = Place::with(&[("a.txt", "hello"), ("large", "")]);
    let file = File::options().write(true).open(place.path("large")).unwrap();
    file.set_len(LARGE).unwrap();
    (place, file)
}

fn a_file_that_shrinks_ends_the_connection(adapter: Adapter) {
    let (place, file) = large();
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let mut client = Client::of(&server);
    client.send("GET", "/large", &[]);
    assert_eq!(client.head().length() as u64, LARGE);
    file.set_len(100_000).unwrap();
    let rest = client.rest();
    assert!((rest as u64) < LARGE, "{rest} octets came");
    Client::of(&server).get("/a.txt").is(200, "hello");
}

/// What was appended is not all that may have been changed.
fn a_file_that_grows_ends_it_too(adapter: Adapter) {
    let (place, file) = large();
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let mut client = Client::of(&server);
    client.send("GET", "/large", &[]);
    assert_eq!(client.head().length() as u64, LARGE);
    file.set_len(LARGE + 100_000).unwrap();
    let rest = client.rest();
    assert!((rest as u64) < LARGE, "{rest} octets came");
    Client::of(&server).get("/a.txt").is(200, "hello");
}

fn a_file_that_is_replaced_is_sent_to_its_end(adapter: Adapter) {
    let (place, _) = large();
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let mut client = Client::of(&server);
    client.send("GET", "/large", &[]);
    let length = client.head().length();
    fs::rename(place.path("a.txt"), place.path("large")).unwrap();
    assert!(client.take(length).iter().all(|octet| *octet == 0));
    client.get("/large").is(200, "hello");
}

fn a_client_that_leaves_leaves_nothing_open(adapter: Adapter) {
    let (place, file) = large();
    drop(file);
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let mut client = Client::of(&server);
    client.send("GET", "/large", &[]);
    client.head();
    let path = place.path("large").canonicalize().unwrap();
    // Where the system does not tell there is nothing to see.
    let Some(open) = is_open(&path) else { return };
    assert!(open, "it was not open before");
    drop(client);
    let begun = Instant::now();
    while is_open(&path) == Some(true) {
        assert!(begun.elapsed() < Duration::from_secs(20), "the file stays open");
        thread::yield_now();
    }
}

/// Whether this process has the file open.
pub(crate) fn is_open(path: &Path) -> Option<bool> {
    let handles = fs::read_dir("/proc/self/fd").ok()?;
    Some(handles.flatten().any(|handle| fs::read_link(handle.path()).is_ok_and(|target| target == path)))
}

fn pipelined_requests_are_answered_in_order(adapter: Adapter) {
    let place = Place::new();
    for at in 0..20_u8 {
        place.write(&format!("{at}"), &vec![at; usize::from(at) * 10_000]);
    }
    let server = adapter.serve(&Files::new(place.root()).unwrap());
    let mut client = Client::of(&server);
    for at in 0..20 {
        client.send("GET", &format!("/{at}"), &[]);
    }
    for at in 0..20_u8 {
        let length = client.head().length();
        assert_eq!(client.take(length), vec![at; usize::from(at) * 10_000]);
    }
}

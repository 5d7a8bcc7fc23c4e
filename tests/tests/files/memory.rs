//! What a transfer costs, whatever its length: over a stream that takes all there is at once.

use std::fs::File;
use std::io::{self, Read, Write};

use allocation_counter::measure;
use sanderling_std::{Exchange, Files, Plain, Settings, serve_connection};

use crate::place::Place;

/// Has one request to read, and throws away what it is given.
struct Sink(&'static [u8]);

impl Read for Sink {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.0.read(room)
    }
}

impl Write for Sink {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Allocations of a request for a file of this length, and the most octets that were held.
fn cost(length: u64) -> (u64, u64) {
    let place = Place::with(&[("a", "")]);
    File::options().write(true).open(place.path("a")).unwrap().set_len(length).unwrap();
    let files = Files::new(place.root()).unwrap();
    let settings = Settings::default();
    let serve = || {
        let sink = Plain(Sink(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"));
        serve_connection(sink, &settings, &|exchange: Exchange<_>| exchange.respond_from(&files));
    };
    serve();
    let info = measure(serve);
    (info.count_total, info.bytes_max)
}

#[test]
fn a_transfer_of_any_length_costs_the_same() {
    let (small, large) = (cost(1 << 20), cost(256 << 20));
    println!("1 MiB: {} allocations, at most {} octets; 256 MiB: {}, {}", small.0, small.1, large.0, large.1);
    assert_eq!(small, large);
    assert!(large.1 < 128 * 1024, "{} octets were held", large.1);
}

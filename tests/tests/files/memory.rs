//! What a transfer costs, whatever its length: over a transport that takes all there is at once.

use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::fs::File;
use std::io;
use std::pin::pin;

use allocation_counter::measure;
use sanderling::Tick;
use sanderling::drive::{Driver, Exchange, Files, Service, Settings, Transport};

use crate::place::Place;

/// Has one request to read, and throws away what it is given.
struct Sink {
    request: &'static [u8],
    written: u64,
}

impl Transport for Sink {
    type Sleep = core::future::Pending<()>;

    fn poll_turn<D: Driver>(&mut self, driver: &mut D, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let len = driver.output_len();
        if len > 0 {
            driver.written(len, Tick::ZERO);
            self.written += len as u64;
            return Poll::Ready(Ok(()));
        }
        if driver.wants_shutdown() {
            driver.write_closed(Tick::ZERO);
        } else if driver.wants_read() {
            let room = driver.room();
            room[..self.request.len()].copy_from_slice(self.request);
            driver.received(self.request.len());
            self.request = b"";
        }
        Poll::Ready(Ok(()))
    }

    fn is_flushed(&self) -> bool {
        true
    }

    fn is_readable(&mut self) -> bool {
        false
    }

    fn now(&self) -> Tick {
        Tick::ZERO
    }

    fn sleep(&self, _: Duration) -> Self::Sleep {
        core::future::pending()
    }

    fn unix_time(&self) -> u64 {
        1_500_000_000
    }
}

/// Allocations of a request for a file of this length, and the most octets that were held.
fn cost(length: u64) -> (u64, u64) {
    let place = Place::with(&[("a", "")]);
    File::options().write(true).open(place.path("a")).unwrap().set_len(length).unwrap();
    let files = Files::new(place.root()).unwrap();
    let settings = Settings::default();
    let serve = || {
        let sink = Sink { request: b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n", written: 0 };
        let service = Service::new(&settings, |exchange| Exchange::respond_from(exchange, &files));
        let serve = Service::serve(&service, sink, settings.shutdown.join());
        assert!(pin!(serve).poll(&mut Context::from_waker(Waker::noop())).is_ready());
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

//! Lines between clients and servers.

use core::time::Duration;

use fastrand::Rng;
use sanderling::simulation::Conditions;

/// To the server, and to the client.
pub(crate) type Line = (Conditions, Conditions);

/// A line on which no deadline passes, however it cuts: there both ends must agree about all.
pub(crate) fn calm(rng: &mut Rng) -> Conditions {
    let mut line = Conditions::default();
    line.latency = Duration::ZERO..=Duration::from_millis(*rng.choice(&[0, 0, 5, 60]).unwrap());
    line.bandwidth = *rng.choice(&[None, None, Some(100_000)]).unwrap();
    line.piece = 1..=*rng.choice(&[1, 3, 50, 2_000, usize::MAX]).unwrap();
    line.buffer = if line.latency.end().is_zero() { *rng.choice(&[1, 17, 65_536]).unwrap() } else { 2_000 };
    line
}

/// Any line, with resets on some.
pub(crate) fn rough(rng: &mut Rng) -> Conditions {
    let mut line = Conditions::draw(&mut || rng.u64(..));
    line.resets = *rng.choice(&[0, 0, 1_000, 100_000]).unwrap();
    line
}

//! Servers and clients in worlds drawn from seeds: whatever the line does, nothing hangs, nothing is
//! altered, and both ends agree about what happened.
//!
//! `SANDERLING_SEEDS=100000` tries so many seeds in each test, and `SANDERLING_SEED=7` only that
//! one, with its whole conversation.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "simulation/seeds.rs"]
mod seeds;

#[path = "simulation/lines.rs"]
mod lines;

#[path = "simulation/plan.rs"]
mod plan;

#[path = "simulation/exchanges.rs"]
mod exchanges;

#[path = "simulation/raw.rs"]
mod raw;

#[path = "simulation/fragments.rs"]
mod fragments;

#[path = "simulation/pipeline.rs"]
mod pipeline;

#[path = "simulation/bare.rs"]
mod bare;

#[path = "simulation/sockets.rs"]
mod sockets;

#[path = "simulation/work.rs"]
mod work;

#[path = "simulation/kept.rs"]
mod kept;

#[path = "simulation/pool.rs"]
mod pool;

#[path = "simulation/world.rs"]
mod world;

#[path = "simulation/patience.rs"]
mod patience;

#[path = "simulation/silence.rs"]
mod silence;

#[path = "simulation/masking.rs"]
mod masking;

#[path = "simulation/redirects.rs"]
mod redirects;

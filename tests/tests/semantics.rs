//! What fields and targets mean: the records of `vectors/semantics`, which are described there, and
//! what holds for all inputs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "semantics/caching.rs"]
mod caching;
#[path = "semantics/cookies.rs"]
mod cookies;
#[path = "semantics/dates.rs"]
mod dates;
#[path = "semantics/negotiation.rs"]
mod negotiation;
#[path = "semantics/nonsense.rs"]
mod nonsense;
#[path = "semantics/preconditions.rs"]
mod preconditions;
#[path = "semantics/ranges.rs"]
mod ranges;
#[path = "semantics/records.rs"]
mod records;
#[path = "semantics/tags.rs"]
mod tags;
#[path = "semantics/targets.rs"]
mod targets;

//! The client's side.

mod asked;
mod bodies;
mod continues;
mod deadlines;
mod ends;
mod errors;
mod handover;
mod heads;
mod persistence;
mod pipeline;
mod requests;
mod states;

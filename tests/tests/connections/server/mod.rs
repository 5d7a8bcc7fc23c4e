//! The server's side.

mod answers;
mod bodies;
mod continues;
mod deadlines;
mod ends;
mod errors;
mod heads;
mod interim;
mod pipeline;
mod served;
mod states;
mod upgrade;

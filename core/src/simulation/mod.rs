//! Testing with virtual time (feature `simulation`).

mod conditions;
mod direction;
mod handle;
mod link;
mod network;
mod server;
mod state;
mod transcript;
mod transport;
mod world;

pub use conditions::Conditions;
pub use handle::{Handle, Sleep};
pub use link::{Link, Received, Reset, Side};
pub use network::{Connector, Listener};
pub use server::serve_connection;
pub use transcript::Transcript;
pub use transport::Transport;
pub use world::{Stall, Stalled, World};

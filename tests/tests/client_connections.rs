//! A client's connection over a line that does as it is told, in virtual time: requests that the server does not
//! want, and answers that come at another time than is usual.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "client_connections/bodies.rs"]
mod bodies;
#[path = "client_connections/line.rs"]
mod line;
#[path = "client_connections/pipelined.rs"]
mod pipelined;
#[path = "client_connections/refused.rs"]
mod refused;

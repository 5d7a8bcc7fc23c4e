//! WebSocket (RFC 6455): opening handshake, frames, messages, closing handshake; either role.
//!
//! | room | RFC 6455 |
//! |---|---|
//! | [`handshake`] | section 4, and the syntax of section 9.1 |
//! | [`FrameHeader`], [`Opcode`] | section 5.2 |
//! | [`MaskingKey`] | section 5.3 |
//! | [`Connection`] | sections 5.4 to 8 |
//! | [`CloseCode`] | section 7.4 |

mod close;
mod connection;
#[cfg(feature = "deflate")]
pub mod deflate;
mod error;
mod extension;
mod frame;
pub mod handshake;
mod keep_alive;
mod limits;
mod mask;
mod pongs;
mod utf8;

pub use close::{Close, CloseCode};
pub use connection::{Connection, Event, FrameStart, MessageKind, Role};
pub use error::{Error, Rule, SendError};
pub use extension::{Extension, ExtensionParameter};
pub use frame::{FrameHeader, Opcode};
#[cfg(feature = "std")]
pub(crate) use keep_alive::Silence;
pub use limits::{Deadlines, Limits};
pub use mask::MaskingKey;
pub use utf8::{InvalidUtf8, Utf8Validator};

//! The part of the example chat servers that no runtime changes: the page, the room with who is in
//! it, and how much of anything there may be. Nothing here touches a socket or waits. Each adapter's
//! example includes it by path, so that the chats behave alike.
//!
//! # What is said over a WebSocket
//!
//! `/ws?name=NAME` enters the room. What a member sends, always text, is said to all. What it gets are
//! lines of fields with tabs between them, of which only the last may hold tabs itself:
//!
//! | line | when |
//! |---|---|
//! | `here` *own name* *name*... | first: who is in the room |
//! | `joined` *name* | another has entered |
//! | `left` *name* | another has left, or was dropped |
//! | `said` *name* *text* | somebody has said something, perhaps this member |
//!
//! | close code | why |
//! |---|---|
//! | 1001 | the server ends |
//! | 1003 | the member has sent a binary message |
//! | 1009 | the member has sent too long a text |
//! | 1013 | the member has read too slowly, or the room is full |

#[path = "../command_line/mod.rs"]
mod command_line;
mod name;
mod options;
mod room;

pub(crate) use name::name;
pub(crate) use options::{address, websocket_options};
pub(crate) use room::{Room, Seat};

/// The page at `/`.
pub(crate) const PAGE: &str = include_str!("page.html");

/// The most members of the room.
pub(crate) const MEMBERS: usize = 500;

/// Lines that wait for one member. Who has more to read is dropped: nobody else waits for it, and the
/// lines, which all queues share, do not grow in number.
pub(crate) const QUEUE: usize = 256;

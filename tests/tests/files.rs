//! A directory that is served: by each adapter over real sockets, and by the core alone where that tells
//! more.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "files/asking.rs"]
mod asking;
#[path = "files/changes.rs"]
mod changes;
#[path = "files/codings.rs"]
mod codings;
#[path = "files/conditions.rs"]
mod conditions;
#[path = "files/memory.rs"]
mod memory;
#[path = "files/methods.rs"]
mod methods;
#[path = "files/pages.rs"]
mod pages;
#[path = "files/parts.rs"]
mod parts;
#[path = "files/paths.rs"]
mod paths;
#[path = "files/place.rs"]
mod place;
#[path = "files/ranges.rs"]
mod ranges;
#[path = "files/servers.rs"]
mod servers;
#[path = "files/streams.rs"]
mod streams;
#[path = "files/wire.rs"]
mod wire;

/// Has each of these functions called with each of the adapters.
macro_rules! with_each_adapter {
    ($($test:ident)*) => {
        with_each_adapter! { @ on_tokio TOKIO: $($test)* }
        with_each_adapter! { @ on_smol SMOL: $($test)* }
        with_each_adapter! { @ on_std STD: $($test)* }
    };
    (@ $module:ident $adapter:ident: $($test:ident)*) => {
        mod $module {
            $(
                #[test]
                fn $test() {
                    super::$test(crate::servers::$adapter);
                }
            )*
        }
    };
}
pub(crate) use with_each_adapter;

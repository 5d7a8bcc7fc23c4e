//! The checks, by what they look at. Each runs for each client.

/// Makes a test of each check for each client.
macro_rules! for_each_client {
    ($($check:ident)*) => {
        for_each_client! { @ over_tokio "fetch-tokio" $($check)* }
        for_each_client! { @ over_smol "fetch-smol" $($check)* }
        for_each_client! { @ over_std "fetch-std" $($check)* }
    };
    (@ $client:ident $name:literal $($check:ident)*) => {
        mod $client {
            $(#[test]
            fn $check() {
                super::$check(&crate::fetch::client::Client::new($name));
            })*
        }
    };
}

mod answers;
mod bodies;
mod client;
mod codings;
mod connections;
mod downloads;
mod redirects;
mod requests;
mod server;

//! What the clients of the three adapters are asked for: URIs that they do not go to, and uploads to their last field.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "parity/handler.rs"]
mod handler;
#[path = "parity/servers.rs"]
mod servers;

use sanderling_tokio::{BodyLength, Error, FieldLine, Method};
use servers::{Adapter, Configuration, Server};

/// None of the scheme that the clients speak.
const OTHERS: [&str; 6] =
    ["https://127.0.0.1/", "wss://127.0.0.1/", "127.0.0.1/", "127.0.0.1:80", "/", "ftp://127.0.0.1/"];
const TRAILERS: [(&str, &str); 2] = [("Checksum", "1f"), ("Signed", "yes")];

fn is_no_uri<T>(answer: Result<T, Error>) -> bool {
    matches!(answer, Err(Error::Uri))
}

fn is_sent_back<'a>(trailers: impl Iterator<Item = FieldLine<'a>>, content: &[u8]) -> bool {
    let lines: Vec<_> = trailers.map(|line| (line.name().to_owned(), line.value().to_owned())).collect();
    content == b"both parts"
        && lines
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .eq(TRAILERS.map(|(name, value)| (name, value.as_bytes())))
}

/// The server's handler sends the trailers back.
fn start(adapter: Adapter) -> (Server, String) {
    let server = (adapter.start)(Configuration::default());
    let uri = format!("http://{}/trailers", server.address);
    (server, uri)
}

fn end(server: &Server) {
    server.shut_down();
    server.ended();
}

/// Asks a client, once, but for what waiting looks like.
macro_rules! ask {
    ($adapter:ident, $uri:expr, [$($wait:tt)*]) => {{
        let client = $adapter::Client::new();
        for other in OTHERS {
            assert!(is_no_uri(client.get(other).send()$($wait)*), "{other}");
            assert!(is_no_uri(client.request(Method::PUT, other).upload(BodyLength::Unknown)$($wait)*), "{other}");
            assert!(is_no_uri(client.websocket(other).open()$($wait)*), "{other}");
        }
        let mut upload = client.request(Method::POST, $uri).upload(BodyLength::Unknown)$($wait)*.unwrap();
        assert!(upload.write("both ")$($wait)*.unwrap() && upload.write("parts")$($wait)*.unwrap());
        let mut response = upload.finish_with(&TRAILERS)$($wait)*.unwrap();
        let content = response.read_to_end(100)$($wait)*.unwrap();
        assert!(is_sent_back(response.trailers(), &content));
    }};
}

#[test]
fn over_tokio() {
    let (server, uri) = start(servers::TOKIO);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { ask!(sanderling_tokio, &uri, [.await]) });
    end(&server);
}

#[test]
fn over_smol() {
    let (server, uri) = start(servers::SMOL);
    smol::block_on(async { ask!(sanderling_smol, &uri, [.await]) });
    end(&server);
}

#[test]
fn over_threads() {
    let (server, uri) = start(servers::STD);
    ask!(sanderling_std, &uri, []);
    end(&server);
}

/// Content of a known length has no room for trailers.
#[test]
fn trailers_go_behind_chunks_alone() {
    let (server, uri) = start(servers::STD);
    let request = sanderling_std::Client::new().request(Method::POST, &uri);
    let mut upload = request.upload(BodyLength::Known(5)).unwrap();
    assert!(upload.write("whole").unwrap());
    assert!(matches!(upload.finish_with(&TRAILERS), Err(Error::Send(_))));
    end(&server);
}

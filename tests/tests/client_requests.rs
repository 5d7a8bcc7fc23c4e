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

#[test]
fn over_tokio() {
    let (server, uri) = start(servers::TOKIO);
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let client = sanderling_tokio::Client::new();
        for uri in OTHERS {
            assert!(is_no_uri(client.get(uri).send().await), "{uri}");
            assert!(is_no_uri(client.request(Method::PUT, uri).upload(BodyLength::Unknown).await), "{uri}");
            assert!(is_no_uri(client.websocket(uri).open().await), "{uri}");
        }
        let mut upload = client.request(Method::POST, &uri).upload(BodyLength::Unknown).await.unwrap();
        assert!(upload.write("both ").await.unwrap() && upload.write("parts").await.unwrap());
        let mut response = upload.finish_with(&TRAILERS).await.unwrap();
        let content = response.read_to_end(100).await.unwrap();
        assert!(is_sent_back(response.trailers(), &content));
    });
    end(&server);
}

#[test]
fn over_smol() {
    let (server, uri) = start(servers::SMOL);
    smol::block_on(async {
        let client = sanderling_smol::Client::new();
        for uri in OTHERS {
            assert!(is_no_uri(client.get(uri).send().await), "{uri}");
            assert!(is_no_uri(client.request(Method::PUT, uri).upload(BodyLength::Unknown).await), "{uri}");
            assert!(is_no_uri(client.websocket(uri).open().await), "{uri}");
        }
        let mut upload = client.request(Method::POST, &uri).upload(BodyLength::Unknown).await.unwrap();
        assert!(upload.write("both ").await.unwrap() && upload.write("parts").await.unwrap());
        let mut response = upload.finish_with(&TRAILERS).await.unwrap();
        let content = response.read_to_end(100).await.unwrap();
        assert!(is_sent_back(response.trailers(), &content));
    });
    end(&server);
}

#[test]
fn over_threads() {
    let client = sanderling_std::Client::new();
    for uri in OTHERS {
        assert!(is_no_uri(client.get(uri).send()), "{uri}");
        assert!(is_no_uri(client.request(Method::PUT, uri).upload(BodyLength::Unknown)), "{uri}");
        assert!(is_no_uri(client.websocket(uri).open()), "{uri}");
    }
    let (server, uri) = start(servers::STD);
    let mut upload = client.request(Method::POST, &uri).upload(BodyLength::Unknown).unwrap();
    assert!(upload.write("both ").unwrap() && upload.write("parts").unwrap());
    let mut response = upload.finish_with(&TRAILERS).unwrap();
    let content = response.read_to_end(100).unwrap();
    assert!(is_sent_back(response.trailers(), &content));
    drop((response, client));
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

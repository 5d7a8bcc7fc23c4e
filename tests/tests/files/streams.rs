//! Streams that are no sockets, as those of TLS: what goes over them is read. Here each is a socket that its
//! adapter cannot know as one.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use sanderling::drive::{Files, Settings, Transport};

use crate::asking::Client;
use crate::place::Place;

/// Serves one connection on a thread; gives the server's address.
fn serve(serve: impl FnOnce(TcpStream) + Send + 'static) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (address, thread::spawn(move || serve(listener.accept().unwrap().0)))
}

/// Asks such a server, and waits for its end.
fn ask(content: &[u8], (address, serving): (SocketAddr, JoinHandle<()>)) {
    let mut client = Client::at(address);
    assert!(client.get("/large").body == content);
    let answer = client.get_with("/large", &[("Range", "bytes=1000-399999")]);
    assert!(answer.body == content[1000..400_000]);
    client.get("/a.txt").is(200, "hello");
    drop(client);
    serving.join().unwrap();
}

fn place() -> (Place, Vec<u8>, Files) {
    let place = Place::with(&[("a.txt", "hello")]);
    let content: Vec<u8> = (0..200_001_u32).flat_map(u32::to_le_bytes).collect();
    place.write("large", &content);
    let files = Files::new(place.root()).unwrap();
    (place, content, files)
}

#[test]
fn over_tokio() {
    let (_place, content, files) = place();
    let server = serve(move |stream| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            stream.set_nonblocking(true).unwrap();
            let stream = Box::new(tokio::net::TcpStream::from_std(stream).unwrap());
            sanderling_tokio::serve_connection(
                stream,
                &Settings::default(),
                &|exchange: sanderling_tokio::Exchange<_>| {
                    assert!(!exchange.transport().sends_files());
                    let files = files.clone();
                    async move { exchange.respond_from(&files).await }
                },
            )
            .await;
        });
    });
    ask(&content, server);
}

#[test]
fn over_smol() {
    let (_place, content, files) = place();
    let server = serve(move |stream| {
        smol::block_on(async {
            let stream = Box::new(smol::net::TcpStream::try_from(stream).unwrap());
            sanderling_smol::serve_connection(stream, &Settings::default(), &|exchange: sanderling_smol::Exchange<
                _,
            >| {
                assert!(!exchange.transport().sends_files());
                let files = files.clone();
                async move { exchange.respond_from(&files).await }
            })
            .await;
        });
    });
    ask(&content, server);
}

#[test]
fn over_threads() {
    let (_place, content, files) = place();
    let server = serve(move |stream| {
        let stream = sanderling_std::Plain(stream);
        sanderling_std::serve_connection(stream, &Settings::default(), &|exchange: sanderling_std::Exchange<_>| {
            assert!(!exchange.transport().sends_files());
            exchange.respond_from(&files)
        });
    });
    ask(&content, server);
}

#[test]
#[cfg(target_os = "linux")]
fn plain_sockets_are_known() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let connect = || TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let stream = connect();
        stream.set_nonblocking(true).unwrap();
        let stream = tokio::net::TcpStream::from_std(stream).unwrap();
        assert!(sanderling_tokio::Transport::new(stream).sends_files());
    });
    let stream = smol::net::TcpStream::try_from(connect()).unwrap();
    assert!(sanderling_smol::Transport::new(stream).sends_files());
    assert!(sanderling_std::Stream::socket(&connect()).is_some());
}

//! What the servers of all adapters do with a request: once, but for what waiting looks like.

/// Defines `answer`, whose `async`, `.await` and beginning of a task are given; the first two are
/// left away for blocking threads. Beside it stand `spawn`, `split` and `stay`.
macro_rules! handler {
    ($adapter:ident, [$($async:tt)?], [$($wait:tt)*], [$($task:tt)*]) => {
        use core::time::Duration;

        use sanderling::ws::handshake::is_same_origin;
        use $adapter::{
            BodyLength, CloseCode, DeflateOptions, Error, Exchange, MessageKind, Method, NO_FIELDS, StatusCode,
            WebSocket, WebSocketOptions,
        };

        const TEXT: [(&str, &str); 1] = [("Content-Type", "text/plain")];

        pub(crate) $($async)? fn answer(exchange: Exchange) -> Result<(), Error> {
            let mut exchange = exchange;
            let request = exchange.request();
            if request.method() == Method::CONNECT {
                if request.authority() == Some("refused:80") {
                    return exchange.respond(StatusCode::FORBIDDEN, NO_FIELDS, "no\n")$($wait)*;
                }
                let (transport, leftover) = exchange.open_tunnel(NO_FIELDS)$($wait)*?;
                return tunnel(transport.into_inner(), &leftover)$($wait)*;
            }
            let (path, number) = request.target().path().rsplit_once('/').unwrap_or_default();
            let (path, number) = match number.parse::<u16>() {
                Ok(number) => (path.to_owned(), number),
                Err(_) => (request.target().path().to_owned(), 0),
            };
            match path.as_str() {
                "/hello" => exchange.respond(StatusCode::OK, &TEXT, "hello\n")$($wait)*,
                "/probe" => exchange.respond(StatusCode::OK, NO_FIELDS, "probe\n")$($wait)*,
                "/count" => {
                    let count = format!("{}\n", exchange.requests());
                    exchange.respond(StatusCode::OK, NO_FIELDS, count)$($wait)*
                }
                "/status" => {
                    let status = StatusCode::new(number).ok_or(Error::Disconnected)?;
                    exchange.respond(status, NO_FIELDS, status.reason())$($wait)*
                }
                "/empty" => {
                    let status = StatusCode::new(number).ok_or(Error::Disconnected)?;
                    exchange.respond(status, NO_FIELDS, "")$($wait)*
                }
                "/close" => exchange.respond(StatusCode::OK, &[("Connection", "close")], "last\n")$($wait)*,
                "/echo" => {
                    let length = request.content_length().map_or(BodyLength::Unknown, BodyLength::Known);
                    let mut next = exchange.read()$($wait)*?;
                    exchange.start(StatusCode::OK, NO_FIELDS, length)$($wait)*?;
                    while let Some(data) = next {
                        exchange.write(data)$($wait)*?;
                        next = exchange.read()$($wait)*?;
                    }
                    exchange.finish()$($wait)*
                }
                // At most so many octets.
                "/read" => {
                    let body = exchange.read_to_end(number.into())$($wait)*?;
                    exchange.respond(StatusCode::OK, NO_FIELDS, body)$($wait)*
                }
                "/unread" => exchange.respond(StatusCode::OK, NO_FIELDS, "unread\n")$($wait)*,
                "/early" => {
                    exchange.start(StatusCode::OK, NO_FIELDS, BodyLength::Known(6))$($wait)*?;
                    exchange.write("early\n")$($wait)*?;
                    exchange.read_to_end(1 << 20)$($wait)*?;
                    exchange.finish()$($wait)*
                }
                "/stream" => {
                    exchange.start(StatusCode::OK, NO_FIELDS, BodyLength::Unknown)$($wait)*?;
                    for piece in ["one\n", "", "two\n", "three\n"] {
                        exchange.write(piece)$($wait)*?;
                    }
                    exchange.finish()$($wait)*
                }
                // So many times 1000 octets, of known length.
                "/bytes" => {
                    let length = u64::from(number) * 1000;
                    exchange.start(StatusCode::OK, NO_FIELDS, BodyLength::Known(length))$($wait)*?;
                    for _ in 0..number {
                        exchange.write(vec![b'x'; 1000])$($wait)*?;
                    }
                    exchange.finish()$($wait)*
                }
                // Sends the trailers of the request back as trailers.
                "/trailers" => {
                    let body = exchange.read_to_end(1 << 20)$($wait)*?;
                    let trailers: Vec<_> =
                        exchange.trailers().map(|line| (line.name().to_owned(), line.value().to_owned())).collect();
                    exchange.start(StatusCode::OK, NO_FIELDS, BodyLength::Unknown)$($wait)*?;
                    exchange.write(body)$($wait)*?;
                    exchange.finish_with(&trailers)$($wait)*
                }
                "/hints" => {
                    exchange.interim(StatusCode::EARLY_HINTS, &[("Link", "</a>; rel=preload")])$($wait)*?;
                    exchange.respond(StatusCode::OK, NO_FIELDS, "hinted\n")$($wait)*
                }
                "/panic" => panic!("the handler panics"),
                "/panic-late" => {
                    exchange.start(StatusCode::OK, NO_FIELDS, BodyLength::Unknown)$($wait)*?;
                    exchange.write("half")$($wait)*?;
                    panic!("the handler panics")
                }
                "/fail" => Err(Error::Disconnected),
                "/drop" => {
                    drop(exchange);
                    Ok(())
                }
                "/unfinished" => {
                    exchange.start(StatusCode::OK, NO_FIELDS, BodyLength::Known(10))$($wait)*?;
                    exchange.write("01234")$($wait)*?;
                    exchange.finish()$($wait)*
                }
                "/unchunked" => {
                    exchange.start(StatusCode::OK, NO_FIELDS, BodyLength::Unknown)$($wait)*?;
                    exchange.write("half")$($wait)*
                }
                "/overlong" => {
                    exchange.start(StatusCode::OK, NO_FIELDS, BodyLength::Known(5))$($wait)*?;
                    exchange.write("01234")$($wait)*?;
                    exchange.write("5")$($wait)*?;
                    exchange.finish()$($wait)*
                }
                "/forged" => exchange.respond(StatusCode::OK, &[("X-A", "b\r\nX-C: d")], "")$($wait)*,
                "/upgrade" => {
                    let (transport, leftover) = exchange.upgrade(&[("Upgrade", "test")])$($wait)*?;
                    tunnel(transport.into_inner(), &leftover)$($wait)*
                }
                "/ws" => {
                    let mut socket = exchange.websocket()?;
                    while let Some(message) = socket.recv()$($wait)*? {
                        socket.send(message)$($wait)*?;
                    }
                    Ok(())
                }
                // Neither receives nor sends.
                "/ws-stay" => {
                    let socket = exchange.websocket()?;
                    stay()$($wait)*;
                    drop(socket);
                    Ok(())
                }
                "/ws-moved-stay" => {
                    spawn($($task)* {
                        let socket = exchange.websocket();
                        stay()$($wait)*;
                        drop(socket);
                    });
                    Ok(())
                }
                "/ws-drop" => {
                    exchange.websocket()?;
                    Ok(())
                }
                // The same for pages of this host alone, with compression and a subprotocol.
                "/ws-deflate" => {
                    let mut options = WebSocketOptions::default();
                    options.deflate = Some(DeflateOptions::default());
                    options.subprotocols = &["echo"];
                    options.accepts = Some(is_same_origin);
                    let mut socket = exchange.websocket_with(&options, &[])?;
                    while let Some(message) = socket.recv()$($wait)*? {
                        socket.send(message)$($wait)*?;
                    }
                    Ok(())
                }
                // Receives part by part, and answers so.
                "/ws-parts" => {
                    let mut socket = exchange.websocket()?;
                    let mut size = 0;
                    while let Some(part) = socket.recv_part()$($wait)*? {
                        size += part.data.len();
                        if part.last {
                            let mut writer = socket.stream(part.kind)$($wait)*?;
                            writer.write("octets: ")$($wait)*?;
                            writer.finish(size.to_string())$($wait)*?;
                            size = 0;
                        }
                    }
                    Ok(())
                }
                // Does not finish its message.
                "/ws-unfinished" => {
                    let mut socket = exchange.websocket()?;
                    let mut writer = socket.stream(MessageKind::Text)$($wait)*?;
                    writer.write("half")$($wait)*?;
                    drop(writer);
                    while socket.recv()$($wait)*?.is_some() {}
                    Ok(())
                }
                // Closes first, and does not wait long for the other side.
                "/ws-close" => {
                    let mut options = WebSocketOptions::default();
                    options.deadlines.close = Some(Duration::from_millis(200));
                    options.deadlines.drain = Some(Duration::from_millis(200));
                    exchange.websocket_with(&options, &[])?.close(CloseCode::NORMAL, "")$($wait)*
                }
                // Sends from several tasks, and counts what comes meanwhile.
                "/ws-many" => {
                    let (mut receiver, sender) = split(exchange.websocket()?)?;
                    for letter in *b"abcd" {
                        let sender = sender.clone();
                        spawn($($task)* {
                            for length in 0..MANY {
                                let message = vec![letter; length * 13 % 5000];
                                if sender.send_binary(message)$($wait)*.is_err() {
                                    return;
                                }
                            }
                        });
                    }
                    let mut count = 0;
                    while receiver.recv()$($wait)*?.is_some() {
                        count += 1;
                        if count == MANY {
                            sender.send_text("all came")$($wait)*?;
                        }
                    }
                    Ok(())
                }
                // Answers from elsewhere, where the body is read.
                "/moved" => {
                    spawn($($task)* {
                        let mut exchange = exchange;
                        if let Ok(body) = exchange.read_to_end(100)$($wait)* {
                            let _ = exchange.respond(StatusCode::OK, NO_FIELDS, body)$($wait)*;
                        }
                    });
                    Ok(())
                }
                "/moved-drop" => {
                    spawn($($task)* { drop(exchange) });
                    Ok(())
                }
                // Never ends, and neither reads nor writes meanwhile.
                "/stay" => {
                    stay()$($wait)*;
                    drop(exchange);
                    Ok(())
                }
                "/answer-and-stay" => {
                    exchange.respond(StatusCode::OK, &TEXT, "hello\n")$($wait)*?;
                    stay()$($wait)*;
                    Ok(())
                }
                "/move-and-stay" => {
                    spawn($($task)* { drop(exchange) });
                    stay()$($wait)*;
                    Ok(())
                }
                "/drop-and-stay" => {
                    drop(exchange);
                    stay()$($wait)*;
                    Ok(())
                }
                "/start-and-stay" => {
                    exchange.start(StatusCode::OK, NO_FIELDS, BodyLength::Unknown)$($wait)*?;
                    exchange.flush()$($wait)*?;
                    stay()$($wait)*;
                    exchange.finish()$($wait)*
                }
                _ => exchange.respond(StatusCode::NOT_FOUND, NO_FIELDS, "not found\n")$($wait)*,
            }
        }

        /// Sends back what came behind the request, and then whatever comes, up to the client's end.
        $($async)? fn tunnel(stream: TcpStream, leftover: &[u8]) -> Result<(), Error> {
            let mut stream = stream;
            let mut piece = [0; 1024];
            stream.write_all(leftover)$($wait)*?;
            loop {
                match stream.read(&mut piece)$($wait)*? {
                    0 => return Ok(()),
                    len => stream.write_all(&piece[..len])$($wait)*?,
                }
            }
        }
    };
}

/// So many messages are sent by each task of `/ws-many`, and told of when they came.
pub(crate) const MANY: usize = 300;

pub(crate) mod tokio {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::MANY;

    handler!(sanderling_tokio, [async], [.await], [async move]);

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(task);
    }

    fn split(socket: WebSocket) -> Result<(sanderling_tokio::Receiver, sanderling_tokio::Sender), Error> {
        Ok(socket.split())
    }

    async fn stay() {
        core::future::pending::<()>().await;
    }
}

pub(crate) mod smol {
    use smol::io::{AsyncReadExt, AsyncWriteExt};
    use smol::net::TcpStream;

    use super::MANY;

    handler!(sanderling_smol, [async], [.await], [async move]);

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        smol::spawn(task).detach();
    }

    fn split(socket: WebSocket) -> Result<(sanderling_smol::Receiver, sanderling_smol::Sender), Error> {
        Ok(socket.split())
    }

    async fn stay() {
        core::future::pending::<()>().await;
    }
}

pub(crate) mod std {
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::thread;

    use super::MANY;

    handler!(sanderling_std, [], [], [move ||]);

    fn spawn(task: impl FnOnce() + Send + 'static) {
        thread::spawn(task);
    }

    fn split(socket: WebSocket) -> Result<(sanderling_std::Receiver, sanderling_std::Sender), Error> {
        Ok(socket.split()?)
    }

    fn stay() {
        loop {
            thread::park();
        }
    }
}

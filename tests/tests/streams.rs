//! A WebSocket as the ecosystem's stream and sink of messages.
#![allow(clippy::unwrap_used)]

use futures_util::{SinkExt, StreamExt};
use sanderling::drive::{Client, ClientOptions, Error, Exchange, Message, Settings};
use sanderling::simulation::{Transport, World};

/// Gives back what comes: a stream into a sink.
async fn echo(exchange: Exchange<Transport>) -> Result<(), Error> {
    let (receiver, sender) = exchange.websocket()?.split();
    receiver.forward(sender).await
}

#[test]
fn messages_stream_into_a_sink_and_come_back() {
    let mut seed = 7_u64;
    let mut world = World::new(move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        seed >> 16
    });
    world.handle().serve("a.example", 80, Settings::default(), echo).unwrap();
    let client = Client::with_connector(world.connector(), ClientOptions::default());
    let came = world.run_until(async move {
        let mut socket = client.websocket("ws://a.example/").open().await?;
        let sent = [Message::Text("one".into()), Message::Binary(vec![2; 100_000].into()), Message::Text("".into())];
        for message in &sent {
            socket.feed(message.clone()).await?;
        }
        socket.flush().await?;
        SinkExt::close(&mut socket).await?;
        let came: Vec<_> = socket.by_ref().collect().await;
        assert!(socket.next().await.is_none(), "something behind the end");
        let came: Vec<_> = came.into_iter().collect::<Result<_, _>>()?;
        Ok::<_, Error>((came == sent, came.len()))
    });
    assert!(matches!(came, Ok(Ok((true, 3)))), "{came:?}\n{}", world.transcript());
}

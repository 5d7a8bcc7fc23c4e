//! The floor over tokio: what reading and writing cost with a task for each connection, with nothing parsed.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::Outcome;
use crate::floor::{Answers, Speaks};

/// What is read at once.
const READ: usize = 16 * 1024;

pub(crate) fn serve(address: SocketAddr) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(address).await?;
        let answers = Arc::new(Answers::new());
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(answer(stream, answers.clone()));
        }
    })
}

async fn answer(mut stream: TcpStream, answers: Arc<Answers>) {
    let (mut input, mut frames, mut output) = (vec![0; READ], Vec::new(), Vec::new());
    let mut speaks = Speaks::default();
    while let Ok(len @ 1..) = stream.read(&mut input).await {
        output.clear();
        speaks.answer_with(&input[..len], &answers, &mut frames, |octets| {
            output.extend_from_slice(octets);
            true
        });
        if stream.write_all(&output).await.is_err() {
            return;
        }
    }
}

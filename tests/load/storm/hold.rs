//! Opens connections one after another, has one exchange on each, and holds them until the standard input ends.

use std::io::{self, Read};

use sanderling_load::content::{HELLO, HELLO_PATH};
use sanderling_load::{exchange, websocket};

use crate::Options;

pub(crate) fn run(options: &Options) -> io::Result<()> {
    let mut held = Vec::with_capacity(options.connections);
    for _ in 0..options.connections {
        let mut stream;
        if options.websocket {
            stream = websocket::open(options.port)?;
            websocket::check(&mut stream)?;
        } else {
            stream = exchange::connect(options.port)?;
            exchange::check(&mut stream, HELLO_PATH, HELLO, 1)?;
        }
        held.push(stream);
    }
    println!("held={}", held.len());
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

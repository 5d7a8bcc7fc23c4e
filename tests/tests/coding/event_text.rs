//! Server-sent events as text, and what a client makes of it.

use core::time::Duration;

use proptest::prelude::*;
use sanderling::semantics::{EventComment, ServerSentEvent};

/// An event as the HTML standard has a client dispatch it: type, data, last event id.
type Dispatched = (String, String, String);

/// The standard's reader, section 9.2.6, for a whole stream.
pub(crate) fn dispatched(stream: &str) -> Vec<Dispatched> {
    let lines = stream.replace("\r\n", "\n").replace('\r', "\n");
    let (mut data, mut name, mut id, mut events) = (String::new(), String::new(), String::new(), Vec::new());
    // What is behind the last line end is no line.
    for line in lines.split('\n').take(lines.matches('\n').count()) {
        if line.is_empty() {
            if !data.is_empty() {
                data.pop();
                let name = if name.is_empty() { "message".to_owned() } else { name.clone() };
                events.push((name, data.clone(), id.clone()));
            }
            data.clear();
            name.clear();
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => {
                data += value;
                data.push('\n');
            }
            "event" => name = value.to_owned(),
            "id" if !value.contains('\0') => id = value.to_owned(),
            _ => {}
        }
    }
    events
}

#[test]
fn texts() {
    let event = ServerSentEvent::new;
    for (event, text) in [
        (event("a"), "data: a\n\n"),
        (event(""), "data: \n\n"),
        (event(" a"), "data:  a\n\n"),
        (event("a\r\nb\rc\nd"), "data: a\ndata: b\ndata: c\ndata: d\n\n"),
        (event("a\n"), "data: a\ndata: \n\n"),
        (event("a\r\r\n"), "data: a\ndata: \ndata: \n\n"),
        (event("a").id(""), "id: \ndata: a\n\n"),
        (event("a").named("n").id("1").retry(Duration::from_millis(1500)), "id: 1\nevent: n\nretry: 1500\ndata: a\n\n"),
        (ServerSentEvent::silent().retry(Duration::from_secs(2)), "retry: 2000\n\n"),
    ] {
        assert!(event.is_valid());
        assert_eq!(event.to_string(), text);
        let mut out = [0; 100];
        assert_eq!(event.write(&mut out).map(|len| out[..len].to_vec()), Ok(text.as_bytes().to_vec()));
        assert_eq!(event.write(&mut out[..text.len() - 1]).unwrap_err().required, text.len());
    }
}

#[test]
fn what_cannot_be_said_is_left_out() {
    for event in [
        ServerSentEvent::new("a").id("1\n2"),
        ServerSentEvent::new("a").id("1\r2"),
        ServerSentEvent::new("a").id("1\u{0}2"),
        ServerSentEvent::new("a").named("b\nevent: c"),
    ] {
        assert!(!event.is_valid());
        assert_eq!(event.to_string(), "data: a\n\n");
    }
}

proptest! {
    #[test]
    fn a_client_hears_what_was_said(
        events in proptest::collection::vec(("[a-c :\r\n\u{e9}]{0,12}", "[a-z: ]{0,4}", "[0-9 :]{0,3}", "[x\r\n:]{0,5}"), 0..5),
    ) {
        let mut stream = String::new();
        let mut said = Vec::new();
        for (data, name, id, comment) in &events {
            stream += &ServerSentEvent::new(data).named(name).id(id).to_string();
            stream += &EventComment(comment).to_string();
            let name = if name.is_empty() { "message" } else { name };
            let data = data.replace("\r\n", "\n").replace('\r', "\n");
            said.push((name.to_owned(), data, id.clone()));
        }
        prop_assert_eq!(dispatched(&stream), said);
    }
}

//! Heads: parsed once, in pieces, and again after they were written anew.

use core::fmt::Debug;

use sanderling::http::{
    Error, FieldSection, Limits, Method, RequestHead, RequestParser, RequestTarget, ResponseHead, ResponseParser,
};

use crate::transcript::lines;

/// What is accepted is what it says, whole or octet by octet, and says the same written anew.
///
/// # Panics
///
/// Where that is not so.
pub fn request_head(data: &[u8]) {
    let limits = Limits::default();
    let mut octets = data.to_owned();
    let whole = RequestParser::new().parse(&mut octets, &limits);
    let (mut parser, mut growing) = (RequestParser::new(), data.to_owned());
    let grown = (0..=data.len()).find_map(|len| {
        let head = parser.parse(&mut growing[..len], &limits);
        head.map(|head| head.map(|(used, head)| (used, head.as_bytes().to_owned()))).transpose()
    });
    assert_same(&whole, grown.transpose(), |head| head.as_bytes().to_owned(), Clone::clone);
    let Ok(Some((used, head))) = whole else { return };

    assert_eq!(&data[used - head.as_bytes().len()..used], head.as_bytes());
    let (method, target) = (head.method(), head.target());
    assert_eq!(Method::new(method.as_str()), Some(method));
    assert_eq!(RequestTarget::parse(method, target.as_str()), Some(target));
    let start = format!("{method} {} ", target.as_str());
    assert!(head.as_bytes().starts_with(start.as_bytes()));
    let text: String = head.as_bytes().iter().copied().map(char::from).collect();
    assert_lines(head.fields(), &text);
    let (_, _, _) = (target.path(), target.query(), head.authority());
    assert!(!head.expects_continue() || !head.offers_upgrade() || head.version().as_str() == "HTTP/1.1");

    let version = &head.as_bytes()[start.len()..start.len() + 8];
    let mut anew = write([start.as_bytes(), version].concat(), head.fields());
    let size = anew.len();
    let (len, again) = RequestParser::new().parse(&mut anew, &limits).unwrap().unwrap();
    assert_eq!(len, size);
    assert_eq!(facts(&again), facts(&head));
}

/// The same for responses.
///
/// # Panics
///
/// Where that is not so.
pub fn response_head(data: &[u8]) {
    let limits = Limits::default();
    let mut octets = data.to_owned();
    let whole = ResponseParser::new().parse(&mut octets, &limits);
    let (mut parser, mut growing) = (ResponseParser::new(), data.to_owned());
    let grown = (0..=data.len()).find_map(|len| {
        let head = parser.parse(&mut growing[..len], &limits);
        head.map(|head| head.map(|(used, head)| (used, format!("{head:?}")))).transpose()
    });
    let whole = whole.map(|head| head.map(|(used, head)| (used, (format!("{head:?}"), head))));
    assert_same(&whole, grown.transpose(), |(text, _)| text.clone(), Clone::clone);
    let Ok(Some((used, (_, head)))) = whole else { return };

    // Folded lines are unfolded where they lie, in as many octets.
    let text: String = data[..used].iter().copied().map(char::from).collect();
    let unfolded = text.replace("\r\n ", "   ").replace("\r\n\t", "   ");
    assert_lines(head.fields(), &unfolded);
    let mut start = data[..12].to_owned();
    start.push(b' ');
    start.extend_from_slice(head.reason());
    let mut anew = write(start, head.fields());
    let len = anew.len();
    let (used, again) = ResponseParser::new().parse(&mut anew, &limits).unwrap().unwrap();
    assert_eq!(used, len);
    for method in [Method::GET, Method::HEAD, Method::CONNECT] {
        assert_eq!(again.body_framing(method), head.body_framing(method));
    }
    let facts = |head: &ResponseHead<'_>| {
        (head.version(), head.status(), head.reason().to_owned(), lines(head.fields()), head.wants_keep_alive())
    };
    assert_eq!(facts(&again), facts(&head));
}

/// What arrives octet by octet is accepted with its last octet, and refused for the same reason.
fn assert_same<H, G, T: PartialEq + Debug>(
    whole: &Result<Option<(usize, H)>, Error>,
    grown: Result<Option<(usize, G)>, Error>,
    of_whole: impl Fn(&H) -> T,
    of_grown: impl Fn(&G) -> T,
) {
    match (whole, &grown) {
        (Ok(whole), Ok(grown)) => {
            let whole = whole.as_ref().map(|(used, head)| (used, of_whole(head)));
            assert_eq!(whole, grown.as_ref().map(|(used, head)| (used, of_grown(head))));
        }
        (Err(whole), Err(grown)) => assert_eq!(whole.rule(), grown.rule()),
        (whole, grown) => panic!("only one failed: {:?} {:?}", whole.as_ref().err(), grown.as_ref().err()),
    }
}

/// The lines are those that a naive reader sees.
fn assert_lines(fields: FieldSection<'_>, head: &str) {
    let text = head.strip_suffix("\r\n\r\n").unwrap();
    assert!(text.replace("\r\n", "").chars().all(|char| char == '\t' || !matches!(char, '\0'..='\x1f' | '\x7f')));
    let naive = text.split("\r\n").skip(1).map(|line| line.split_once(':').unwrap());
    let mut count = 0;
    for (line, (name, value)) in fields.zip(naive) {
        assert!(Method::new(name).is_some(), "{name:?} is no token");
        assert_eq!(line.name(), name);
        let seen: String = line.value().iter().copied().map(char::from).collect();
        assert_eq!(seen, value.trim_matches([' ', '\t']));
        count += 1;
    }
    assert_eq!(count, text.split("\r\n").count() - 1);
}

fn write(mut start: Vec<u8>, fields: FieldSection<'_>) -> Vec<u8> {
    for line in fields {
        start.extend_from_slice(b"\r\n");
        start.extend_from_slice(line.name().as_bytes());
        start.push(b':');
        start.extend_from_slice(line.value());
    }
    start.extend_from_slice(b"\r\n\r\n");
    start
}

fn facts(head: &RequestHead<'_>) -> impl PartialEq + Debug {
    (
        (head.method().as_str().to_owned(), head.target().as_str().to_owned(), head.version(), lines(head.fields())),
        (head.body_framing(), head.content_length(), head.authority().map(str::to_owned)),
        (head.expects_continue(), head.offers_upgrade(), head.wants_keep_alive()),
    )
}

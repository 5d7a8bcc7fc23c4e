//! Files that are fetched into, and gone on with.

use std::fs;

use super::client::{Client, TempFile};
use super::server::Server;

for_each_client! {
    nothing_is_emptied_without_an_answer
    what_was_cut_off_is_gone_on_with
    what_changed_meanwhile_is_fetched_whole
    what_is_complete_leaves_no_validator
    without_a_strong_validator_it_is_fetched_anew
    a_validator_is_of_one_url
    a_validator_goes_with_what_it_is_of
    missing_rest_is_appended
    a_part_of_the_rest_is_not_the_end
    no_more_than_the_part_is_appended
    what_is_complete_is_left
    nothing_is_mixed_with_errors
    encoded_parts_are_not_appended_to_what_was_decoded
    decoded_content_has_no_validator
    a_summary_does_not_go_into_the_file
    from_nothing
}

const TAG: &str = "\"a\"";
const PART: &str =
    "HTTP/1.1 206 Partial Content\r\nETag: \"a\"\r\nContent-Range: bytes 3-4/5\r\nContent-Length: 2\r\n\r\n";

/// A file with the validator beside it.
struct Begun {
    file: TempFile,
}

impl Begun {
    fn new(content: &[u8]) -> Self {
        Self { file: TempFile::new(content) }
    }

    fn validator_path(&self) -> String {
        format!("{}.validator", self.file.path())
    }

    fn validator(&self) -> Option<String> {
        fs::read_to_string(self.validator_path()).ok()
    }

    fn of(self, url: &str, validator: &str) -> Self {
        fs::write(self.validator_path(), format!("{url}\n{validator}\n")).unwrap();
        self
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.validator_path());
    }
}

/// Fetches into a file what is cut off after `hel`, then goes on with it; both requests ended as they are told here.
fn cut_off(client: &Client, first: &str, options: &[&str], then: &str) -> (Begun, bool) {
    let (begun, file_was) = (Begun::new(b"old content"), "hel");
    let first = format!("HTTP/1.1 200 OK\r\n{first}Content-Length: 5\r\n\r\n{file_was}");
    let then = then.to_owned();
    let server = Server::start(move |peer| {
        let is_first = peer.number == 0;
        peer.request();
        peer.send(if is_first { &first } else { &then });
    });
    let url = server.url("/");
    client.run([options, &["-o", begun.file.path(), &url]].concat()).failed();
    assert_eq!(begun.file.content(), file_was.as_bytes());
    let went_well = client.run([options, &["-C", "-", "-o", begun.file.path(), &url]].concat()).succeeded();
    let (_, requests) = server.stop();
    assert_eq!(requests[0].field("range"), None);
    let validator = requests[1].field("if-range").map(str::to_owned);
    assert_eq!(requests[1].field("range"), validator.is_some().then_some("bytes=3-"));
    (begun, went_well)
}

/// Goes on with a file of `before` octets that were fetched under [`TAG`]; the file afterwards, and whether that went
/// well.
fn go_on(client: &Client, before: &[u8], answer: &str) -> (Vec<u8>, bool) {
    go_on_with(client, &[], before, answer)
}

fn go_on_with(client: &Client, options: &[&str], before: &[u8], answer: &str) -> (Vec<u8>, bool) {
    let server = Server::answering_once(answer);
    let url = server.url("/");
    let begun = Begun::new(before).of(&url, TAG);
    let went_well = client.run([options, &["-C", "-", "-o", begun.file.path(), &url]].concat()).succeeded();
    let request = server.request();
    let range = (!before.is_empty()).then(|| format!("bytes={}-", before.len()));
    assert_eq!(request.field("range"), range.as_deref());
    assert_eq!(request.field("if-range"), range.as_ref().map(|_| TAG));
    assert_eq!(begun.validator().is_none(), went_well, "it is there until the file is complete");
    (begun.file.content(), went_well)
}

fn nothing_is_emptied_without_an_answer(client: &Client) {
    let file = TempFile::new(b"precious");
    let server = Server::start(|_| {});
    client.run(["-o", file.path(), &server.url("/")]).failed();
    server.stop();
    assert_eq!(file.content(), b"precious");
}

fn what_was_cut_off_is_gone_on_with(client: &Client) {
    for validator in
        ["ETag: \"a\"\r\n", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nLast-Modified: Sun, 06 Nov 1994 08:48:37 GMT\r\n"]
    {
        let (begun, went_well) = cut_off(client, validator, &[], &format!("{PART}lo"));
        assert!(went_well);
        assert_eq!((begun.file.content(), begun.validator()), (b"hello".to_vec(), None), "{validator}");
    }
}

/// It changed while the first part was fetched, so that no clock would tell.
fn what_changed_meanwhile_is_fetched_whole(client: &Client) {
    let then = "HTTP/1.1 200 OK\r\nETag: \"b\"\r\nContent-Length: 5\r\n\r\nworld";
    let (begun, went_well) = cut_off(client, "ETag: \"a\"\r\n", &[], then);
    assert_eq!((begun.file.content(), begun.validator(), went_well), (b"world".to_vec(), None, true));
    // A server may know Range and not If-Range.
    let then = PART.replace("\"a\"", "\"b\"");
    let (begun, went_well) = cut_off(client, "ETag: \"a\"\r\n", &[], &format!("{then}ld"));
    assert_eq!((begun.file.content(), went_well), (b"hel".to_vec(), false));
}

fn what_is_complete_leaves_no_validator(client: &Client) {
    let server = Server::answering("HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 5\r\n\r\nhello");
    let url = server.url("/");
    let begun = Begun::new(b"").of(&url, "\"old\"");
    client.run(["-o", begun.file.path(), &url]).octets();
    server.stop();
    assert_eq!((begun.file.content(), begun.validator()), (b"hello".to_vec(), None));
}

fn without_a_strong_validator_it_is_fetched_anew(client: &Client) {
    for validator in [
        "",
        "ETag: W/\"a\"\r\n",
        "ETag: a\r\n",
        "Last-Modified: Sun, 06 Nov 1994 08:48:37 GMT\r\n",
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nLast-Modified: Sun, 06 Nov 1994 08:49:36 GMT\r\n",
    ] {
        let then = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nworld";
        let (begun, went_well) = cut_off(client, validator, &[], then);
        assert_eq!((begun.file.content(), went_well), (b"world".to_vec(), true), "{validator}");
        // And what is no content does not take the place of what is there.
        let (begun, went_well) = cut_off(client, validator, &[], "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        assert_eq!((begun.file.content(), went_well), (b"hel".to_vec(), false), "{validator}");
    }
}

fn a_validator_is_of_one_url(client: &Client) {
    let server = Server::answering_once("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nworld");
    let begun = Begun::new(b"hel").of("http://another.example/", TAG);
    client.run(["-C", "-", "-o", begun.file.path(), &server.url("/")]).octets();
    assert_eq!(server.request().field("range"), None);
    assert_eq!((begun.file.content(), begun.validator()), (b"world".to_vec(), None));
}

/// The file is written anew with something else than the content of a URL.
fn a_validator_goes_with_what_it_is_of(client: &Client) {
    for options in [&["--summary"][..], &["-i"], &["-d", "a=b"]] {
        let server = Server::answering_once("HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 5\r\n\r\nworld");
        let url = server.url("/");
        let begun = Begun::new(b"hel").of(&url, TAG);
        client.run([options, &["-o", begun.file.path(), &url]].concat()).octets();
        server.request();
        assert_eq!(begun.validator(), None, "{options:?}");
    }
}

fn missing_rest_is_appended(client: &Client) {
    assert_eq!(go_on(client, b"hel", &format!("{PART}lo")), (b"hello".to_vec(), true));
    // How much there is need not be known.
    let answer = PART.replace("4/5", "4/*");
    assert_eq!(go_on(client, b"hel", &format!("{answer}lo")), (b"hello".to_vec(), true));
}

/// A server may send less than it is asked for (RFC 9110 section 15.3.7).
fn a_part_of_the_rest_is_not_the_end(client: &Client) {
    let answer = PART.replace("4/5", "4/10");
    assert_eq!(go_on(client, b"hel", &format!("{answer}lo")), (b"hello".to_vec(), false));
    // The length is that of the part.
    let answer = PART.replace("4/5", "5/6");
    assert_eq!(go_on(client, b"hel", &format!("{answer}lo")), (b"hello".to_vec(), false));
}

fn no_more_than_the_part_is_appended(client: &Client) {
    let answer = PART.replace("Length: 2", "Length: 3");
    assert_eq!(go_on(client, b"hel", &format!("{answer}lo!")), (b"hel".to_vec(), false));
}

fn what_is_complete_is_left(client: &Client) {
    let answer = "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */3\r\nContent-Length: 4\r\n\r\nnone";
    assert_eq!(go_on(client, b"hel", answer), (b"hel".to_vec(), true));
}

fn nothing_is_mixed_with_errors(client: &Client) {
    for answer in [
        "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone",
        "HTTP/1.1 412 Precondition Failed\r\nContent-Length: 4\r\n\r\nnone",
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 3-4/5\r\nContent-Length: 2\r\n\r\nlo",
        "HTTP/1.1 206 Partial Content\r\nETag: \"a\"\r\nContent-Range: bytes 2-4/5\r\nContent-Length: 3\r\n\r\nllo",
        "HTTP/1.1 206 Partial Content\r\nETag: \"a\"\r\nContent-Length: 2\r\n\r\nlo",
        "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */2\r\nContent-Length: 4\r\n\r\nnone",
    ] {
        assert_eq!(go_on(client, b"hel", answer), (b"hel".to_vec(), false), "{answer}");
    }
}

fn encoded_parts_are_not_appended_to_what_was_decoded(client: &Client) {
    let part = PART.replace("ETag", "Content-Encoding: gzip\r\nETag") + "lo";
    assert_eq!(go_on_with(client, &["--compressed"], b"hel", &part), (b"hel".to_vec(), false));
    // What was fetched as it is may be gone on with as it is.
    assert_eq!(go_on(client, b"hel", &part), (b"hello".to_vec(), true));
}

/// The tag is of the content as it came.
fn decoded_content_has_no_validator(client: &Client) {
    /// The beginning of "hello, and a bit more" stored by gzip.
    const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\n\r\n\
        \x1f\x8b\x08\0\0\0\0\0\0\xff\x01\x03\x00\xfc\xffhel";
    let begun = Begun::new(b"");
    let server = Server::answering_once(HEAD);
    client.run(["--compressed", "-o", begun.file.path(), &server.url("/")]).failed();
    server.request();
    assert_eq!(begun.validator(), None);
}

fn a_summary_does_not_go_into_the_file(client: &Client) {
    for option in ["--summary", "-i"] {
        let (file, server) = (TempFile::new(b"hel"), Server::answering_once(format!("{PART}lo")));
        client.run([option, "-C", "-", "-o", file.path(), &server.url("/")]).failed();
        assert_eq!((file.content(), server.stop().0), (b"hel".to_vec(), 0), "{option}");
    }
}

fn from_nothing(client: &Client) {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    assert_eq!(go_on(client, b"", answer), (b"hi".to_vec(), true));
    let ran = client.run(["-C", "-", "http://127.0.0.1:1/"]);
    assert!(ran.failed().contains("-o"));
}

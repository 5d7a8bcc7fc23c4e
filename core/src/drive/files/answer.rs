//! The answer to a request for a file.

use core::hash::BuildHasher;
use core::ops::Range;
use std::hash::RandomState;
use std::io;

use super::coding::Coding;
use super::lookup::{Found, Representation};
use super::reference;
use super::request::Wanted;
use super::root::Patience;
use super::sending::{Head, Sending};
use super::text::Text;
use super::{Files, listing};
use crate::drive::{Error, Exchange, Transport};
use crate::http::{BodyLength, FieldLine, Method, StatusCode};
use crate::semantics::{
    Boundary, ByteRange, ContentRange, EntityTag, Multipart, RangeRequest, Verdict, evaluate_preconditions,
};

const ALLOW: FieldLine<'static> = FieldLine::new("Allow", "GET, HEAD, OPTIONS");
const PLAIN: FieldLine<'static> = FieldLine::new("Content-Type", "text/plain; charset=utf-8");

impl<T: Transport> Exchange<T> {
    /// Responds with the file that the request's path leads to, as [`Files`] was told.
    ///
    /// GET and HEAD get the file, all of it or the ranges that Range asks for, if the preconditions hold
    /// (RFC 9110 sections 13 and 14); OPTIONS is told so, and other methods get 405 or 501. Where there is no
    /// file the client gets 404, for a path that is none 400, and for a file that may not be read 403.
    ///
    /// The file is read as it is sent, 64 KiB at a time, or sent by the system where that is possible and cheaper
    /// ([`Transport::sends_files`]). No wait for a disk is one for others: what does not lie in memory already is
    /// fetched with [`Transport::unblock`]. If it is changed meanwhile, the connection is dropped, so that the client
    /// can tell.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the client is gone, or if reading fails: then the client gets 500 if nothing was sent
    /// yet.
    pub fn respond_from(self, files: &Files) -> impl Future<Output = Result<(), Error>> {
        // On the heap, so that handlers that may also do this are not as large as this while they do something
        // else, such as waiting for a WebSocket's messages. Opening a file costs far more.
        Box::pin(self.answer_from(files))
    }

    async fn answer_from(mut self, files: &Files) -> Result<(), Error> {
        let head = self.request();
        let method = head.method();
        if method == Method::OPTIONS {
            return self.respond(StatusCode::NO_CONTENT, &[ALLOW], "").await;
        }
        if method != Method::GET && method != Method::HEAD {
            // RFC 9110 section 9.1.
            let status = if is_known(method) { StatusCode::METHOD_NOT_ALLOWED } else { StatusCode::NOT_IMPLEMENTED };
            return plainly(self, status, &[ALLOW]).await;
        }
        let wanted = match files.choices.wanted(head) {
            Ok(wanted) => wanted,
            Err(status) => return plainly(self, status, &[]).await,
        };
        let now = self.unix_time();
        let (wanted, found) = match files.find(&wanted, now, Patience::Memory) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let files = files.clone();
                let work = self.transport().unblock(move || {
                    let found = files.find(&wanted, now, Patience::Disk);
                    (wanted, found)
                });
                work.await
            }
            found => (wanted, found),
        };
        match found {
            Ok(Found::File(representation)) => respond_with(self, files, representation, now).await,
            Ok(Found::Listing) => respond_with_listing(self, files, wanted).await,
            Ok(Found::WithoutSlash) => redirect(self).await,
            Ok(Found::Nothing) => {
                let mut fields = Fields::new();
                if files.choices.fallback.is_some() {
                    fields.add("Vary", "Accept");
                }
                plainly(self, StatusCode::NOT_FOUND, fields.lines()).await
            }
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                plainly(self, StatusCode::FORBIDDEN, &[]).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The time of day that Date says, or will be behind: no file is said to have been modified later than that (RFC
    /// 9110 section 8.8.2.1).
    fn unix_time(&mut self) -> u64 {
        self.connection.renew_date();
        self.connection.driver.unix_time().unwrap_or_else(|| self.transport().unix_time())
    }
}

/// Whether it is one of the methods that servers know (RFC 9110 section 9.3, RFC 5789).
fn is_known(method: Method<'_>) -> bool {
    matches!(method.as_str(), "POST" | "PUT" | "PATCH" | "DELETE" | "CONNECT" | "TRACE")
}

/// An answer that says in words what its status says.
async fn plainly<T: Transport>(
    exchange: Exchange<T>,
    status: StatusCode,
    others: &[FieldLine<'_>],
) -> Result<(), Error> {
    let mut fields = Fields::new();
    others.iter().for_each(|line| fields.push(*line));
    fields.push(PLAIN);
    exchange.respond(status, fields.lines(), status.reason()).await
}

/// To the same path with a slash at its end, so that what the page refers to is looked for below it.
async fn redirect<T: Transport>(exchange: Exchange<T>) -> Result<(), Error> {
    let target = exchange.request().target();
    let name = target.path().rsplit('/').next().unwrap_or_default();
    let location = reference::with_slash(name, target.query());
    plainly(exchange, StatusCode::MOVED_PERMANENTLY, &[FieldLine::new("Location", &location)]).await
}

async fn respond_with_listing<T: Transport>(exchange: Exchange<T>, files: &Files, wanted: Wanted) -> Result<(), Error> {
    let files = files.clone();
    let work = exchange.transport().unblock(move || listing::page(&files, &wanted));
    match work.await {
        Ok(page) => exchange.respond(StatusCode::OK, &listing::FIELDS, page).await,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            plainly(exchange, StatusCode::FORBIDDEN, &[]).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn respond_with<T: Transport>(
    mut exchange: Exchange<T>,
    files: &Files,
    found: Representation,
    now: u64,
) -> Result<(), Error> {
    let Representation { file, length, stamp, state, content_type, coding, is_fallback } = found;
    let request = exchange.request();
    let (method, is_head) = (request.method(), request.method() == Method::HEAD);
    let verdict = evaluate_preconditions(method, request.fields(), Some(stamp.validators()), now);
    let cache_control = if is_fallback { "no-cache" } else { &files.choices.cache_control };
    let asked = match verdict {
        Verdict::IgnoreRange => RangeRequest::Whole,
        _ => RangeRequest::read(method, request.fields(), length),
    };
    // A client that has a part of the whole has it compressed, unless it says by the tag in If-Range that it has not:
    // what is cut out of the octets here would not fit. A date is that of both.
    let whole = || {
        let mut fields = Fields::new();
        fields.add("Content-Type", content_type.as_str());
        fields.add("Cache-Control", cache_control);
        fields.add("Content-Encoding", coding.map_or("", Coding::as_str));
        fields
    };
    let whole_length = BodyLength::Known(length);
    let is_compressed = || !exchange.connection.driver.sends_as_written(StatusCode::OK, whole().lines(), whole_length);
    let names_tag = || request.fields().first("If-Range").is_some_and(|value| EntityTag::parse(value).is_some());
    let asked = match asked {
        RangeRequest::Whole => RangeRequest::Whole,
        _ if !names_tag() && is_compressed() => RangeRequest::Whole,
        asked => asked,
    };
    if verdict == Verdict::NotModified || !matches!(asked, RangeRequest::Whole) {
        exchange.connection.driver.stand_for(whole().lines(), whole_length);
    }

    let mut fields = Fields::new();
    fields.add("ETag", stamp.tag());
    fields.add("Cache-Control", cache_control);
    fields.add("Vary", vary(files, is_fallback));
    match verdict {
        Verdict::NotModified => return exchange.respond(StatusCode::NOT_MODIFIED, fields.lines(), "").await,
        Verdict::PreconditionFailed => return plainly(exchange, StatusCode::PRECONDITION_FAILED, &[]).await,
        Verdict::Proceed | Verdict::IgnoreRange => {}
    }
    fields.add("Last-Modified", stamp.last_modified().unwrap_or_default());
    fields.add("Accept-Ranges", "bytes");
    fields.add("Content-Encoding", coding.map_or("", Coding::as_str));

    let content_range: Text;
    let multipart;
    let (status, content) = match asked {
        RangeRequest::Unsatisfiable => {
            content_range = Text::new(format_args!("{}", ContentRange::Unsatisfied(length)));
            let fields = [FieldLine::new("Content-Range", content_range.as_str())];
            return plainly(exchange, StatusCode::RANGE_NOT_SATISFIABLE, &fields).await;
        }
        RangeRequest::Single(range) => {
            content_range = Text::new(format_args!("{}", range.content_range(length)));
            fields.add("Content-Range", content_range.as_str());
            (StatusCode::PARTIAL_CONTENT, Content::Range(octets(range)))
        }
        RangeRequest::Multiple(ranges) => {
            multipart = Multipart::new(ranges, Some(content_type.as_str()), boundary());
            // It is whole if its length would not be a number, which no file can bring about.
            multipart.as_ref().map_or((StatusCode::OK, Content::Range(0..length)), |multipart| {
                (StatusCode::PARTIAL_CONTENT, Content::Multipart(multipart))
            })
        }
        RangeRequest::Whole => (StatusCode::OK, Content::Range(0..length)),
    };
    let content_type = content.content_type(content_type);
    fields.add("Content-Type", content_type.as_str());

    let head = Head { status, fields: fields.lines(), length: content.len() };
    if is_head && head.tells_all(&exchange) {
        let mut exchange = exchange;
        exchange.start(status, head.fields, BodyLength::Known(head.length)).await?;
        return exchange.finish().await;
    }
    content.send(Sending::new(exchange, head, file, state)).await
}

/// What of a file is sent.
enum Content<'m> {
    Range(Range<u64>),
    Multipart(&'m Multipart<'m>),
}

impl Content<'_> {
    fn len(&self) -> u64 {
        match self {
            Self::Range(range) => range.end - range.start,
            Self::Multipart(multipart) => multipart.content_length(),
        }
    }

    /// Ranges of the whole in several parts are of a type of their own (RFC 9110 section 14.6).
    fn content_type(&self, of_the_whole: Text) -> Text {
        match self {
            Self::Range(_) => of_the_whole,
            Self::Multipart(multipart) => Text::new(format_args!("{}", multipart.content_type())),
        }
    }

    async fn send<T: Transport>(self, mut sending: Sending<'_, T>) -> Result<(), Error> {
        match self {
            Self::Range(range) => sending.range(range).await?,
            Self::Multipart(multipart) => {
                let mut text = [0; 512];
                for part in multipart.parts() {
                    let len = part.write_head(&mut text).unwrap_or_default();
                    sending.text(text.get(..len).unwrap_or_default()).await?;
                    sending.range(octets(part.range())).await?;
                }
                let len = multipart.write_end(&mut text).unwrap_or_default();
                sending.text(text.get(..len).unwrap_or_default()).await?;
            }
        }
        sending.finish().await
    }
}

/// Both ends of a byte range are within it.
fn octets(range: ByteRange) -> Range<u64> {
    range.first()..range.first() + range.len()
}

/// A boundary that nobody can guess: hashes under keys that are the process's secret, and fresh ones each
/// time.
fn boundary() -> Boundary {
    let keys = RandomState::new();
    let mut random = [0; 16];
    for (at, half) in random.chunks_exact_mut(8).enumerate() {
        half.copy_from_slice(&keys.hash_one(at).to_ne_bytes());
    }
    Boundary::new(random)
}

/// The fields of the request that made a difference.
fn vary(files: &Files, is_fallback: bool) -> &'static str {
    match (is_fallback, files.choices.has_precompressed) {
        (true, true) => "Accept, Accept-Encoding",
        (true, false) => "Accept",
        (false, true) => "Accept-Encoding",
        (false, false) => "",
    }
}

/// The fields of an answer, none of which has an empty value.
struct Fields<'f> {
    lines: [FieldLine<'f>; 8],
    count: usize,
}

impl<'f> Fields<'f> {
    fn new() -> Self {
        Self { lines: [FieldLine::new("", ""); 8], count: 0 }
    }

    fn add(&mut self, name: &'f str, value: &'f str) {
        if !value.is_empty() {
            self.push(FieldLine::new(name, value));
        }
    }

    fn push(&mut self, line: FieldLine<'f>) {
        if let Some(place) = self.lines.get_mut(self.count) {
            *place = line;
            self.count += 1;
        }
    }

    fn lines(&self) -> &[FieldLine<'f>] {
        self.lines.get(..self.count).unwrap_or_default()
    }
}

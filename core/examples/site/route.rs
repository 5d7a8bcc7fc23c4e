//! Which resource a request means.

use core::time::Duration;

use sanderling::semantics::percent_decode;

/// The longest body of `/bytes/N`: 1 GiB.
const MAX_BYTES: u64 = 1 << 30;
/// With the longest delay this is a stream of eleven days: a request may hold
/// its connection for long, but not for ever.
const MAX_CHUNKS: u64 = 100_000;
const MAX_DELAY_MS: u64 = 10_000;

/// What the server as a whole knows.
const METHODS: &str = "GET, HEAD, POST, PUT, OPTIONS";
const READ: &str = "GET, HEAD, OPTIONS";
const WRITE: &str = "POST, PUT, OPTIONS";

/// What a request asks for. HEAD and GET give the same route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// The page to try the rest on.
    Page,
    /// A short fixed text.
    Hello,
    /// A body of this many bytes.
    Bytes(u64),
    /// `chunks` chunks with `delay` before each but the first.
    Stream { chunks: u64, delay: Duration },
    /// Server-sent events up to the one of this number, with `delay` before each but the first.
    Events { events: u64, delay: Duration },
    /// The request's body back.
    Echo,
    /// Something below `/files`, whatever is to be done with it.
    Files,
    /// A WebSocket that sends every message back.
    WebSocket,
    /// What can be asked, of a resource or of the server as a whole (RFC 9110 section 9.3.7): the value of Allow.
    Options(&'static str),
    /// 404.
    NotFound,
    /// 400: a number that is none or is too large.
    BadRequest,
    /// 405, with the value of its Allow header.
    MethodNotAllowed(&'static str),
}

/// The route of a request with this method, path and query; the path of `*` is empty.
pub(crate) fn route(method: &str, path: &str, query: &str) -> Route {
    match (method, path) {
        ("OPTIONS", "") => return Route::Options(METHODS),
        ("CONNECT", _) => return Route::MethodNotAllowed(METHODS),
        _ => {}
    }
    let found = match decoded(path) {
        // What is a path there, and what is not, is decided there.
        _ if path == "/files" || path.starts_with("/files/") => Route::Files,
        Some(path) => resource(&path, query),
        None => Route::NotFound,
    };
    let allowed = match found {
        Route::NotFound | Route::Files => return found,
        Route::Echo => WRITE,
        _ => READ,
    };
    match method {
        "OPTIONS" => Route::Options(allowed),
        _ if allowed.split(", ").any(|one| one == method) => found,
        _ => Route::MethodNotAllowed(allowed),
    }
}

/// A path as it is compared: `/%68ello` is `/hello` (RFC 9110 section 4.2.3). A slash that is encoded is not one that
/// parts segments, and there is nothing here whose name has one.
fn decoded(path: &str) -> Option<String> {
    let octets = percent_decode(path.as_bytes()).collect::<Result<Vec<_>, _>>().ok()?;
    let slashes = |octets: &[u8]| octets.iter().filter(|&&octet| octet == b'/').count();
    if slashes(&octets) != slashes(path.as_bytes()) {
        return None;
    }
    String::from_utf8(octets).ok()
}

fn resource(path: &str, query: &str) -> Route {
    match path {
        "/" => Route::Page,
        "/hello" => Route::Hello,
        "/stream" => match repeated(query, "chunks") {
            Some((chunks, delay)) => Route::Stream { chunks, delay },
            None => Route::BadRequest,
        },
        "/events" => match repeated(query, "events") {
            Some((events, delay)) => Route::Events { events, delay },
            None => Route::BadRequest,
        },
        "/echo" => Route::Echo,
        "/ws" => Route::WebSocket,
        "/files" => Route::Files,
        _ => {
            if path.starts_with("/files/") {
                Route::Files
            } else if let Some(n) = path.strip_prefix("/bytes/") {
                bytes(n)
            } else {
                Route::NotFound
            }
        }
    }
}

fn bytes(n: &str) -> Route {
    if n.is_empty() || n.contains('/') {
        return Route::NotFound;
    }
    match number(n, MAX_BYTES) {
        Some(n) => Route::Bytes(n),
        None => Route::BadRequest,
    }
}

/// How often, by the parameter of this name, and with what delay between.
fn repeated(query: &str, name: &str) -> Option<(u64, Duration)> {
    let (mut count, mut delay) = (10, 100);
    for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        match key {
            _ if key == name => count = number(value, MAX_CHUNKS)?,
            "delay" => delay = number(value, MAX_DELAY_MS)?,
            _ => {}
        }
    }
    Some((count, Duration::from_millis(delay)))
}

/// Digits alone: `parse` by itself would take a plus sign too.
fn number(text: &str, max: u64) -> Option<u64> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|number| *number <= max)
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::Route;

    fn route(method: &str, target: &str) -> Route {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        super::route(method, path, query)
    }

    fn stream(chunks: u64, delay: u64) -> Route {
        let delay = Duration::from_millis(delay);
        Route::Stream { chunks, delay }
    }

    #[test]
    fn paths_lead_to_routes() {
        for (target, expected) in [
            ("/", Route::Page),
            ("/?x=/hello", Route::Page),
            ("/hello", Route::Hello),
            ("/hello/", Route::NotFound),
            ("/%68ell%6F", Route::Hello),
            ("/bytes/%31", Route::Bytes(1)),
            ("/bytes%2F1", Route::NotFound),
            ("/%", Route::NotFound),
            ("/%ff", Route::NotFound),
            ("/files/%", Route::Files),
            ("/%66iles/a", Route::Files),
            ("/bytes/0", Route::Bytes(0)),
            ("/bytes/1073741824?", Route::Bytes(1 << 30)),
            ("/bytes/1073741825", Route::BadRequest),
            ("/bytes/99999999999999999999", Route::BadRequest),
            ("/bytes/+1", Route::BadRequest),
            ("/bytes/-1", Route::BadRequest),
            ("/bytes/", Route::NotFound),
            ("/bytes/1/2", Route::NotFound),
            ("/stream", stream(10, 100)),
            ("/stream?chunks=3&delay=0&other", stream(3, 0)),
            ("/stream?delay=10000", stream(10, 10_000)),
            ("/stream?delay=10001", Route::BadRequest),
            ("/stream?chunks=100001", Route::BadRequest),
            ("/stream?chunks=", Route::BadRequest),
            ("/files/a/%2e%2e/b?c", Route::Files),
            ("/files/", Route::Files),
            ("/files", Route::Files),
            ("/filest", Route::NotFound),
            ("/events", Route::Events { events: 10, delay: Duration::from_millis(100) }),
            ("/events?events=2&delay=1&chunks=x", Route::Events { events: 2, delay: Duration::from_millis(1) }),
            ("/events?events=100001", Route::BadRequest),
            ("/ws", Route::WebSocket),
            ("", Route::NotFound),
            ("*", Route::NotFound),
            ("/Hello", Route::NotFound),
        ] {
            assert_eq!(route("GET", target), expected, "{target}");
            assert_eq!(route("HEAD", target), expected, "{target}");
        }
    }

    #[test]
    fn a_wrong_method_is_told_the_right_ones() {
        assert_eq!(route("POST", "/echo"), Route::Echo);
        assert_eq!(route("PUT", "/echo?x"), Route::Echo);
        for method in ["GET", "HEAD", "DELETE", "post"] {
            assert_eq!(route(method, "/echo"), Route::MethodNotAllowed("POST, PUT, OPTIONS"));
        }
        for target in ["/", "/bytes/x", "/stream", "/ws"] {
            assert_eq!(route("PUT", target), Route::MethodNotAllowed("GET, HEAD, OPTIONS"));
        }
        assert_eq!(route("OPTIONS", ""), Route::Options("GET, HEAD, POST, PUT, OPTIONS"));
        assert_eq!(route("OPTIONS", "/hello"), Route::Options("GET, HEAD, OPTIONS"));
        assert_eq!(route("CONNECT", ""), Route::MethodNotAllowed("GET, HEAD, POST, PUT, OPTIONS"));
        // What is below decides for itself.
        assert_eq!(route("PUT", "/files/x"), Route::Files);
        assert_eq!(route("PUT", "/nothing"), Route::NotFound);
        assert_eq!(route(", ", "/"), Route::MethodNotAllowed("GET, HEAD, OPTIONS"));
    }
}

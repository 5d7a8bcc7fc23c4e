//! The opening handshake (RFC 6455 section 4), on top of HTTP heads.
//!
//! A server reads an offer out of a request and answers it with the fields given here; a client
//! sends the fields of a [`Key`] and checks the answer against it.

use core::fmt;
use core::str::from_utf8;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::http::{FieldLine, FieldSection, Method, RequestHead, ResponseHead, StatusCode, Version, list};
use crate::octet::class;

/// What the accept value is made of besides the key (section 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// More subprotocols than this nobody speaks; comparing each with each is then still quick.
const MAX_SUBPROTOCOLS: usize = 64;

/// A client's wish to open a WebSocket.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    accept: Accept,
    fields: FieldSection<'a>,
}

/// Why a request that wants a WebSocket does not get one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The method is not GET (section 4.1).
    Method,
    /// The request breaks a rule of section 4.2.1.
    Malformed,
    /// Another version than 13 (section 4.4).
    Version,
}

impl Refusal {
    /// The status to answer with.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Version => StatusCode::UPGRADE_REQUIRED,
        }
    }

    /// The fields that have to be in that answer.
    #[must_use]
    pub const fn fields(self) -> &'static [FieldLine<'static>] {
        const ALLOW: &[FieldLine<'static>] = &[FieldLine::new("Allow", "GET")];
        const VERSION: &[FieldLine<'static>] = &[
            FieldLine::new("Upgrade", "websocket"),
            FieldLine::new("Connection", "upgrade"),
            FieldLine::new("Sec-WebSocket-Version", "13"),
        ];
        match self {
            Self::Method => ALLOW,
            Self::Malformed => &[],
            Self::Version => VERSION,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Method => "a WebSocket is opened with GET",
            Self::Malformed => "malformed opening handshake",
            Self::Version => "unsupported version of the WebSocket protocol",
        })
    }
}

impl core::error::Error for Refusal {}

impl<'a> Offer<'a> {
    /// Reads the offer out of a request; `None` if it does not ask for a WebSocket.
    ///
    /// # Errors
    ///
    /// The reason for which it is to be refused.
    pub fn read(request: &RequestHead<'a>) -> Result<Option<Self>, Refusal> {
        let fields = request.fields();
        if !fields.named("upgrade").any(|value| list::has_token(value, "websocket")) {
            return Ok(None);
        }
        if request.method() != Method::GET {
            return Err(Refusal::Method);
        }
        if request.version() != Version::Http11
            || !fields.named("connection").any(|value| list::has_token(value, "upgrade"))
        {
            return Err(Refusal::Malformed);
        }
        if only(fields, "sec-websocket-version")? != b"13" {
            return Err(Refusal::Version);
        }
        let key = only(fields, "sec-websocket-key")?;
        let mut decoded = [0; 18];
        if !matches!(STANDARD.decode_slice(key, &mut decoded), Ok(16)) {
            return Err(Refusal::Malformed);
        }
        let offer = Self { accept: Accept::new(key), fields };
        if !offer.subprotocols_are_valid() || !extensions_are_valid(fields) {
            return Err(Refusal::Malformed);
        }
        Ok(Some(offer))
    }

    /// The value for Sec-WebSocket-Accept (section 4.2.2).
    #[must_use]
    pub fn accept(&self) -> Accept {
        self.accept
    }

    /// The subprotocols that the client offers, in its order of preference.
    pub fn subprotocols(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        subprotocols(self.fields).filter_map(|name| from_utf8(name).ok())
    }

    /// Section 4.1: tokens, each once, in a field that is not empty.
    fn subprotocols_are_valid(&self) -> bool {
        let count = subprotocols(self.fields).count();
        count <= MAX_SUBPROTOCOLS
            && (count > 0 || self.fields.first("sec-websocket-protocol").is_none())
            && subprotocols(self.fields).enumerate().all(|(at, name)| {
                class::all(name, class::TOKEN) && !subprotocols(self.fields).take(at).any(|earlier| earlier == name)
            })
    }
}

fn subprotocols<'a>(fields: FieldSection<'a>) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    fields.filter(|line| line.is_named("sec-websocket-protocol")).flat_map(|line| list::members(line.value()))
}

/// The value of a field that has to be there once.
fn only<'a>(fields: FieldSection<'a>, name: &str) -> Result<&'a [u8], Refusal> {
    let mut values = fields.named(name);
    match (values.next(), values.next()) {
        (Some(value), None) if !value.is_empty() => Ok(value),
        _ => Err(Refusal::Malformed),
    }
}

/// `extension-list` of section 9.1, whether or not any of it is supported.
fn extensions_are_valid(fields: FieldSection<'_>) -> bool {
    fields.named("sec-websocket-extensions").all(|value| {
        list::members(value).next().is_some()
            && list::members(value).all(|extension| {
                let mut parts = list::split(extension, b';');
                parts.next().is_some_and(|name| class::all(name, class::TOKEN)) && parts.all(is_extension_param)
            })
    })
}

/// `token [ "=" ( token / quoted-string ) ]`, where the unquoted value has to be a token too.
fn is_extension_param(param: &[u8]) -> bool {
    let mut sides = param.splitn(2, |&octet| octet == b'=').map(class::trim);
    let name_is_token = sides.next().is_some_and(|name| class::all(name, class::TOKEN));
    name_is_token
        && match sides.next() {
            None => true,
            Some([b'"', quoted @ .., b'"']) => is_quoted_token(quoted),
            Some(value) => class::all(value, class::TOKEN),
        }
}

fn is_quoted_token(quoted: &[u8]) -> bool {
    let mut escaped = false;
    let fits = quoted.iter().all(|&octet| {
        if octet == b'\\' && !escaped {
            escaped = true;
            return true;
        }
        escaped = false;
        class::is(octet, class::TOKEN)
    });
    fits && !escaped && !quoted.is_empty()
}

/// A value for Sec-WebSocket-Accept: 28 characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Accept([u8; 28]);

impl Accept {
    fn new(key: &[u8]) -> Self {
        let mut sha1 = sha1_smol::Sha1::new();
        sha1.update(key);
        sha1.update(GUID);
        let mut accept = [0; 28];
        // Twenty octets always make 28 characters.
        let _ = STANDARD.encode_slice(sha1.digest().bytes(), &mut accept);
        Self(accept)
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        from_utf8(&self.0).unwrap_or_default()
    }

    /// The fields of the answer that accepts the offer, for
    /// [`upgrade`](crate::http::server::Connection::upgrade).
    #[must_use]
    pub fn fields(&self) -> [FieldLine<'_>; 2] {
        [FieldLine::new("Upgrade", "websocket"), FieldLine::new("Sec-WebSocket-Accept", self.as_str())]
    }
}

impl fmt::Debug for Accept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A client's key: sixteen random octets, in base64 (section 4.1).
#[derive(Clone, Copy)]
pub struct Key([u8; 24]);

impl Key {
    /// The key of a nonce, which must be random and new for each connection.
    #[must_use]
    pub fn new(nonce: [u8; 16]) -> Self {
        let mut key = [0; 24];
        // Sixteen octets always make 24 characters.
        let _ = STANDARD.encode_slice(nonce, &mut key);
        Self(key)
    }

    /// The fields of the request, besides Host.
    #[must_use]
    pub fn fields(&self) -> [FieldLine<'_>; 4] {
        [
            FieldLine::new("Upgrade", "websocket"),
            FieldLine::new("Connection", "Upgrade"),
            FieldLine::new("Sec-WebSocket-Key", from_utf8(&self.0).unwrap_or_default()),
            FieldLine::new("Sec-WebSocket-Version", "13"),
        ]
    }

    /// Whether a `101` response opens the WebSocket that this key asked for without any
    /// subprotocol or extension (section 4.1, the six checks of the server's answer).
    #[must_use]
    pub fn is_accepted_by(&self, response: &ResponseHead<'_>) -> bool {
        let fields = response.fields();
        response.status() == StatusCode::SWITCHING_PROTOCOLS
            && only(fields, "upgrade").is_ok_and(|value| value.eq_ignore_ascii_case(b"websocket"))
            && fields.named("connection").any(|value| list::has_token(value, "upgrade"))
            && only(fields, "sec-websocket-accept").is_ok_and(|value| value == Accept::new(&self.0).as_str().as_bytes())
            && fields.first("sec-websocket-protocol").is_none()
            && fields.first("sec-websocket-extensions").is_none()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(from_utf8(&self.0).unwrap_or_default())
    }
}

//! The server's side (RFC 6455 section 4.2).

use core::fmt;
use core::str::from_utf8;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use super::{Accept, only};
use crate::http::{FieldLine, FieldSection, Method, RequestHead, StatusCode, Version, list};
use crate::octet::class;
#[cfg(feature = "deflate")]
use crate::ws::deflate::{Acceptance, DeflateOptions};
use crate::ws::extension::{Extension, extensions};

/// The key of the example in section 4.1 has bits set that belong to no octet. Nothing depends on them, as it is the
/// text that is hashed.
const KEY: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

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
    /// The application does not accept it, because of its Origin for one (section 10.2).
    Forbidden,
}

impl Refusal {
    /// The status to answer with.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Version => StatusCode::UPGRADE_REQUIRED,
            Self::Forbidden => StatusCode::FORBIDDEN,
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
            Self::Malformed | Self::Forbidden => &[],
            Self::Version => VERSION,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Method => "a WebSocket is opened with GET",
            Self::Malformed => "malformed opening handshake",
            Self::Forbidden => "opening handshake not accepted",
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
        if only(fields, "sec-websocket-version").ok_or(Refusal::Malformed)? != b"13" {
            return Err(Refusal::Version);
        }
        let key = only(fields, "sec-websocket-key").ok_or(Refusal::Malformed)?;
        let mut decoded = [0; 18];
        if !matches!(KEY.decode_slice(key, &mut decoded), Ok(16)) {
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

    /// The extensions that the client offers, in its order of preference.
    pub fn extensions(&self) -> impl Iterator<Item = Extension<'a>> + use<'a> {
        self.fields
            .filter(|line| line.is_named("sec-websocket-extensions"))
            .flat_map(|line| extensions(line.value()))
            .filter_map(Result::ok)
    }

    /// What is agreed on of the compression that the client offers; `None` if nothing (RFC 7692 section 5).
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn deflate(&self, options: &DeflateOptions) -> Option<Acceptance> {
        // The list is well-formed, or this would be no offer.
        options.accept(self.fields.named("sec-websocket-extensions")).ok().flatten()
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

/// Whether a request comes from a page of the host that it is for, or from no page at all: whether
/// Origin is missing or names the request's authority (section 10.2).
#[must_use]
pub fn is_same_origin(request: &RequestHead<'_>) -> bool {
    let mut origins = request.fields().named("origin");
    match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => {
            let origin = from_utf8(origin).ok().and_then(|origin| origin.split_once("://"));
            origin.is_some_and(|(_, authority)| {
                request.authority().is_some_and(|host| host.eq_ignore_ascii_case(authority))
            })
        }
        (Some(_), Some(_)) => false,
    }
}

/// `extension-list` of section 9.1, whether or not any of it is supported.
fn extensions_are_valid(fields: FieldSection<'_>) -> bool {
    fields.named("sec-websocket-extensions").flat_map(extensions).all(|extension| extension.is_ok())
}

//! Where a response sends a request on to (RFC 9110 section 15.4).

use alloc::borrow::ToOwned;

use super::request::is_one_of;
use super::{Connect, Request, Response};
use crate::http::Method;

/// What does not go to another origin by itself.
const CREDENTIALS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];
/// What describes a body, and goes with it, beside all whose name begins with [`CONTENT`].
const OF_THE_BODY: [&str; 5] = ["digest", "expect", "last-modified", "repr-digest", "trailer"];
const CONTENT: &str = "content-";

impl<C: Connect> Request<C> {
    /// Turns this request into the one that a response sends it on to; `false` if it does not.
    pub(super) fn redirect(&mut self, response: &Response<C>) -> bool {
        let status = response.head().status().as_u16();
        let Some(from) = &self.uri else { return false };
        if self.method == "CONNECT" {
            // A tunnel goes where it was asked to, or nowhere (RFC 9110 section 9.3.6).
            return false;
        }
        let Some(to) = response.head().field("location").and_then(|location| from.resolve(location)) else {
            return false;
        };
        let becomes_get = match status {
            303 => self.method != "HEAD",
            301 | 302 => self.method == "POST",
            307 | 308 => false,
            _ => return false,
        };
        if becomes_get {
            self.method = Method::GET.as_str().to_owned();
            self.body = None;
            self.fields.retain(|(name, _)| {
                let start = name.get(..CONTENT.len()).unwrap_or_default();
                !start.eq_ignore_ascii_case(CONTENT) && !is_one_of(name, &OF_THE_BODY)
            });
        }
        if !from.is_same_origin(&to) {
            // What is for the proxy still goes there.
            let to_proxy = self.shared.options.proxy.is_some();
            self.fields.retain(|(name, _)| {
                let is_kept = to_proxy && name.eq_ignore_ascii_case("proxy-authorization");
                is_kept || (!is_one_of(name, &CREDENTIALS) && !name.eq_ignore_ascii_case("host"))
            });
        }
        self.uri = Some(to);
        true
    }
}

//! The values of Sec-WebSocket-Extensions (RFC 6455 section 9.1).
//!
//! ```text
//! extension-list  = 1#extension
//! extension       = extension-token *( ";" extension-param )
//! extension-param = token [ "=" ( token / quoted-string ) ]
//! ```

use core::str::from_utf8;

use crate::octet::class;

/// The value is no `extension-list`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// One extension that is offered or accepted (RFC 6455 section 9.1), well-formed with its parameters.
#[derive(Clone, Copy, Debug)]
pub struct Extension<'a> {
    name: &'a [u8],
    parameters: &'a [u8],
}

/// One parameter of an extension.
#[derive(Clone, Copy, Debug)]
pub struct ExtensionParameter<'a> {
    name: &'a [u8],
    /// What stood between quotes has its escapes still in it.
    value: Option<&'a [u8]>,
}

/// The extensions of one field value. Empty list members are passed over; a list of nothing else
/// is malformed.
pub(super) fn extensions(value: &[u8]) -> impl Iterator<Item = Result<Extension<'_>, Malformed>> {
    let mut reader = Reader { rest: value };
    let mut count = 0_usize;
    let mut is_over = false;
    core::iter::from_fn(move || {
        if is_over {
            return None;
        }
        let next = reader.extension();
        count += 1;
        is_over = !matches!(next, Ok(Some(_)));
        match next {
            Ok(None) if count == 1 => Some(Err(Malformed)),
            next => next.transpose(),
        }
    })
}

impl<'a> Extension<'a> {
    /// The name, a token.
    #[must_use]
    pub fn name(&self) -> &'a str {
        from_utf8(self.name).unwrap_or_default()
    }

    /// The parameters, in their order.
    pub fn parameters(&self) -> impl Iterator<Item = ExtensionParameter<'a>> + use<'a> {
        let mut reader = Reader { rest: self.parameters };
        core::iter::from_fn(move || reader.parameter().ok().flatten())
    }
}

impl<'a> ExtensionParameter<'a> {
    /// The name, a token.
    #[must_use]
    pub fn name(&self) -> &'a str {
        from_utf8(self.name).unwrap_or_default()
    }

    /// The octets of the value without quotes and escapes; a token. `None` if there is no value.
    #[must_use]
    pub fn value(&self) -> Option<impl Iterator<Item = u8> + use<'a>> {
        let mut is_escaped = false;
        self.value.map(|value| {
            value.iter().copied().filter(move |&octet| {
                is_escaped = octet == b'\\' && !is_escaped;
                !is_escaped
            })
        })
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn extension(&mut self) -> Result<Option<Extension<'a>>, Malformed> {
        while self.take(b',') {}
        if self.rest.is_empty() {
            return Ok(None);
        }
        let name = self.token()?;
        let parameters = self.rest;
        while self.parameter()?.is_some() {}
        let len = parameters.len() - self.rest.len();
        if !self.rest.is_empty() && !self.take(b',') {
            return Err(Malformed);
        }
        Ok(Some(Extension { name, parameters: parameters.get(..len).unwrap_or_default() }))
    }

    fn parameter(&mut self) -> Result<Option<ExtensionParameter<'a>>, Malformed> {
        if !self.take(b';') {
            return Ok(None);
        }
        let name = self.token()?;
        let value = match self.take(b'=') {
            false => None,
            true => match self.rest.split_first() {
                Some((b'"', rest)) => {
                    self.rest = rest;
                    Some(self.quoted()?)
                }
                _ => Some(self.token()?),
            },
        };
        Ok(Some(ExtensionParameter { name, value }))
    }

    /// Takes this octet with the blanks around it, if it comes next.
    fn take(&mut self, octet: u8) -> bool {
        self.rest = class::trim(self.rest);
        match self.rest.split_first() {
            Some((first, rest)) if *first == octet => {
                self.rest = class::trim(rest);
                true
            }
            _ => false,
        }
    }

    fn token(&mut self) -> Result<&'a [u8], Malformed> {
        let len = self.rest.iter().take_while(|&&octet| class::is(octet, class::TOKEN)).count();
        let (token, rest) = self.rest.split_at(len);
        self.rest = rest;
        if token.is_empty() { Err(Malformed) } else { Ok(token) }
    }

    /// What stands between the quotes, the first of which was taken. Without its escapes it has to
    /// be a token.
    fn quoted(&mut self) -> Result<&'a [u8], Malformed> {
        let mut is_escaped = false;
        for (at, &octet) in self.rest.iter().enumerate() {
            match octet {
                b'\\' if !is_escaped => {
                    is_escaped = true;
                    continue;
                }
                b'"' if !is_escaped => {
                    let (quoted, rest) = self.rest.split_at(at);
                    self.rest = rest.get(1..).unwrap_or_default();
                    return if quoted.is_empty() { Err(Malformed) } else { Ok(quoted) };
                }
                octet if !class::is(octet, class::TOKEN) => break,
                _ => {}
            }
            is_escaped = false;
        }
        Err(Malformed)
    }
}

//! Offers and answers (RFC 7692 sections 5 and 7.1), in both roles.

use core::fmt;

use super::parameters::{DeflateContext, DeflateOptions, DeflateParameters, ExtensionValue, MAX_BITS};
use crate::octet::number::Digits;
use crate::ws::extension::{Extension, ExtensionParameter, Malformed, extensions};

const NAME: &str = "permessage-deflate";
const SERVER_NO_CONTEXT_TAKEOVER: &str = "server_no_context_takeover";
const CLIENT_NO_CONTEXT_TAKEOVER: &str = "client_no_context_takeover";
const SERVER_MAX_WINDOW_BITS: &str = "server_max_window_bits";
const CLIENT_MAX_WINDOW_BITS: &str = "client_max_window_bits";

/// Why the opening handshake fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NegotiationError {
    /// A value is no list of extensions (RFC 6455 section 9.1). A server answers with 400, as to
    /// any other malformed handshake.
    Malformed,
    /// A server answered with an extension that was not offered (RFC 6455 section 4.1).
    NotOffered,
    /// A server accepted the extension more than once.
    Repeated,
    /// A server's answer has a parameter that is unknown, repeated, or has a value that it may not
    /// have (RFC 7692 section 7.1).
    Parameter,
    /// A server accepted without granting what was asked for (RFC 7692 section 7.1).
    NotGranted,
}

impl fmt::Display for NegotiationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "malformed list of extensions",
            Self::NotOffered => "the server chose an extension that was not offered",
            Self::Repeated => "the server accepted the same extension twice",
            Self::Parameter => "the server answered with an invalid parameter",
            Self::NotGranted => "the server accepted without granting what was asked for",
        })
    }
}

impl core::error::Error for NegotiationError {}

impl From<Malformed> for NegotiationError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// A server's yes to an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acceptance {
    parameters: DeflateParameters,
    response: ExtensionValue,
}

impl Acceptance {
    /// What is thereby agreed on.
    #[must_use]
    pub fn parameters(&self) -> DeflateParameters {
        self.parameters
    }

    /// The value for Sec-WebSocket-Extensions of the answer.
    #[must_use]
    pub fn response(&self) -> &ExtensionValue {
        &self.response
    }
}

impl DeflateOptions {
    /// What a client writes into Sec-WebSocket-Extensions.
    ///
    /// ```
    /// use sanderling::ws::deflate::DeflateOptions;
    ///
    /// let mut options = DeflateOptions::default();
    /// assert_eq!(options.offer().as_str(), "permessage-deflate; client_max_window_bits");
    /// options.server_max_window_bits = 10;
    /// assert_eq!(
    ///     options.offer().as_str(),
    ///     "permessage-deflate; server_max_window_bits=10; client_max_window_bits"
    /// );
    /// ```
    #[must_use]
    pub fn offer(&self) -> ExtensionValue {
        let below_max = |bits| (bits < MAX_BITS).then_some(Bits::Given(bits));
        Asked {
            server_no_context_takeover: self.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover,
            server_max_window_bits: below_max(self.server_bits()),
            // Without a value it says that we can be told.
            client_max_window_bits: below_max(self.client_bits()).or(Some(Bits::Hint)),
        }
        .write()
    }

    /// Reads what a server answered to [`offer`](Self::offer), which was the only extension
    /// offered: the values of all its Sec-WebSocket-Extensions lines. `None` if it declined.
    ///
    /// What the options ask of our own side holds even where the server said nothing about it.
    ///
    /// # Errors
    ///
    /// The reason for which the client has to fail the connection.
    pub fn read_response<'a>(
        &self,
        values: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Option<DeflateParameters>, NegotiationError> {
        let mut agreed = None;
        for extension in values.into_iter().flat_map(extensions) {
            let extension = extension?;
            if extension.name() != NAME {
                return Err(NegotiationError::NotOffered);
            }
            if agreed.is_some() {
                return Err(NegotiationError::Repeated);
            }
            agreed = Some(self.agree(&extension)?);
        }
        Ok(agreed)
    }

    fn agree(&self, extension: &Extension<'_>) -> Result<DeflateParameters, NegotiationError> {
        let answer = Asked::read(extension).ok_or(NegotiationError::Parameter)?;
        let given = |bits| match bits {
            None => Ok(None),
            Some(Bits::Given(bits)) => Ok(Some(bits)),
            Some(Bits::Hint) => Err(NegotiationError::Parameter),
        };
        let server_bits = given(answer.server_max_window_bits)?.unwrap_or(MAX_BITS);
        let client_bits = given(answer.client_max_window_bits)?;
        if server_bits > self.server_bits()
            || client_bits.is_some_and(|bits| bits > self.client_bits())
            || (self.server_no_context_takeover && !answer.server_no_context_takeover)
        {
            return Err(NegotiationError::NotGranted);
        }
        Ok(DeflateParameters {
            server: DeflateContext { takeover: !answer.server_no_context_takeover, window_bits: server_bits },
            client: DeflateContext {
                takeover: !answer.client_no_context_takeover && !self.client_no_context_takeover,
                window_bits: client_bits.unwrap_or(self.client_bits()),
            },
        })
    }

    /// Reads what a client offers, the values of all its Sec-WebSocket-Extensions lines, and
    /// accepts the first offer that can be served. Other extensions are passed over, as are offers
    /// with an unknown, repeated or invalid parameter. `None` if none is left.
    ///
    /// ```
    /// use sanderling::ws::deflate::DeflateOptions;
    ///
    /// let offers = b"permessage-deflate; server_max_window_bits=10; client_max_window_bits";
    /// let acceptance = DeflateOptions::default().accept([&offers[..]])?.unwrap();
    /// assert_eq!(acceptance.response().as_str(), "permessage-deflate; server_max_window_bits=10");
    /// assert_eq!(acceptance.parameters().server.window_bits, 10);
    /// # Ok::<(), sanderling::ws::deflate::NegotiationError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`NegotiationError::Malformed`]: the request is to be answered with 400.
    pub fn accept<'a>(
        &self,
        values: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Option<Acceptance>, NegotiationError> {
        let mut accepted = None;
        // What comes behind the accepted offer has to be well-formed all the same.
        for extension in values.into_iter().flat_map(extensions) {
            let extension = extension?;
            if accepted.is_none() && extension.name() == NAME {
                accepted = Asked::read(&extension).and_then(|offer| self.serve(&offer));
            }
        }
        Ok(accepted)
    }

    fn serve(&self, offer: &Asked) -> Option<Acceptance> {
        let server_bits = match offer.server_max_window_bits {
            None => self.server_bits(),
            Some(Bits::Given(bits)) => bits.min(self.server_bits()),
            // Section 7.1.2.1: only the other one may stand without a value.
            Some(Bits::Hint) => return None,
        };
        let client_bits = match offer.client_max_window_bits {
            // Section 7.1.2.2: this client cannot be told to look back less far.
            None if self.client_bits() < MAX_BITS => return None,
            None => MAX_BITS,
            Some(Bits::Hint) => self.client_bits(),
            Some(Bits::Given(bits)) => bits.min(self.client_bits()),
        };
        // A client that says it will not look back to earlier messages is taken at its word.
        let answer = Asked {
            server_no_context_takeover: offer.server_no_context_takeover || self.server_no_context_takeover,
            client_no_context_takeover: offer.client_no_context_takeover || self.client_no_context_takeover,
            server_max_window_bits: (offer.server_max_window_bits.is_some() || server_bits < MAX_BITS)
                .then_some(Bits::Given(server_bits)),
            client_max_window_bits: (matches!(offer.client_max_window_bits, Some(Bits::Given(_)))
                || client_bits < MAX_BITS)
                .then_some(Bits::Given(client_bits)),
        };
        Some(Acceptance {
            parameters: DeflateParameters {
                server: DeflateContext { takeover: !answer.server_no_context_takeover, window_bits: server_bits },
                client: DeflateContext { takeover: !answer.client_no_context_takeover, window_bits: client_bits },
            },
            response: answer.write(),
        })
    }
}

/// The parameters of one offer or answer.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Option<Bits>,
    client_max_window_bits: Option<Bits>,
}

#[derive(Clone, Copy, Debug)]
enum Bits {
    /// The parameter stands without a value.
    Hint,
    Given(u8),
}

impl Asked {
    /// `None` if a parameter is unknown, repeated, or has a value that it cannot have.
    fn read(extension: &Extension<'_>) -> Option<Self> {
        let mut asked = Self::default();
        for parameter in extension.parameters() {
            if parameter.name() == SERVER_NO_CONTEXT_TAKEOVER {
                set_flag(&mut asked.server_no_context_takeover, &parameter)?;
            } else if parameter.name() == CLIENT_NO_CONTEXT_TAKEOVER {
                set_flag(&mut asked.client_no_context_takeover, &parameter)?;
            } else if parameter.name() == SERVER_MAX_WINDOW_BITS {
                set_bits(&mut asked.server_max_window_bits, &parameter)?;
            } else if parameter.name() == CLIENT_MAX_WINDOW_BITS {
                set_bits(&mut asked.client_max_window_bits, &parameter)?;
            } else {
                return None;
            }
        }
        Some(asked)
    }

    fn write(&self) -> ExtensionValue {
        let mut value = ExtensionValue::new();
        value.push(NAME);
        let flags = [
            (SERVER_NO_CONTEXT_TAKEOVER, self.server_no_context_takeover),
            (CLIENT_NO_CONTEXT_TAKEOVER, self.client_no_context_takeover),
        ];
        for (name, _) in flags.iter().filter(|(_, is_set)| *is_set) {
            value.push("; ");
            value.push(name);
        }
        let bits = [
            (SERVER_MAX_WINDOW_BITS, self.server_max_window_bits),
            (CLIENT_MAX_WINDOW_BITS, self.client_max_window_bits),
        ];
        for (name, bits) in bits.iter().filter_map(|(name, bits)| Some((name, (*bits)?))) {
            value.push("; ");
            value.push(name);
            if let Bits::Given(bits) = bits {
                value.push("=");
                value.push(core::str::from_utf8(Digits::decimal(bits.into()).as_bytes()).unwrap_or_default());
            }
        }
        value
    }
}

fn set_flag(flag: &mut bool, parameter: &ExtensionParameter<'_>) -> Option<()> {
    let is_valid = !*flag && parameter.value().is_none();
    *flag = true;
    is_valid.then_some(())
}

fn set_bits(bits: &mut Option<Bits>, parameter: &ExtensionParameter<'_>) -> Option<()> {
    let given = match parameter.value() {
        None => Bits::Hint,
        Some(value) => Bits::Given(read_bits(value)?),
    };
    bits.replace(given).is_none().then_some(())
}

/// 8 to 15, without a leading zero (section 7.1.2).
fn read_bits(mut digits: impl Iterator<Item = u8>) -> Option<u8> {
    match (digits.next(), digits.next(), digits.next()) {
        (Some(digit @ b'8'..=b'9'), None, None) => Some(digit - b'0'),
        (Some(b'1'), Some(digit @ b'0'..=b'5'), None) => Some(10 + digit - b'0'),
        _ => None,
    }
}

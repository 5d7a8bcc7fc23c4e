//! From an HTTP connection to a WebSocket (RFC 6455 section 4).

#[cfg(feature = "deflate")]
use alloc::boxed::Box;
use alloc::vec::Vec;

#[cfg(feature = "deflate")]
use super::compression::Compression;
use super::{WebSocketDriver, WebSocketOptions};
use crate::drive::input::Input;
use crate::drive::output::Output;
use crate::drive::{Error, ServerDriver};
use crate::http::FieldLine;
use crate::ws::handshake::{Agreement, Offer, Refusal};
use crate::ws::{MaskingKey, Role};

impl ServerDriver {
    /// Reads the WebSocket handshake out of the current request and accepts it. The driver that
    /// this gives takes over, with the 101 in its output and the octets that came behind the
    /// request; this one is done. `fields` are added to the answer.
    ///
    /// # Errors
    ///
    /// [`Error::NotWebSocket`] and [`Error::Refused`], after which the request can still be
    /// answered; if the application does not, the fitting refusal is sent.
    pub fn accept_websocket(
        &mut self,
        options: &WebSocketOptions,
        fields: &[FieldLine<'_>],
    ) -> Result<WebSocketDriver, Error> {
        self.pass_end();
        if !self.is_read() {
            // What follows could be the body or the first frames.
            return Err(self.refuse_websocket(Refusal::Malformed));
        }
        let request = self.request().ok_or(Error::Disconnected)?;
        let offer = match Offer::read(&request) {
            Ok(Some(_)) if options.accepts.is_some_and(|accepts| !accepts(&request)) => {
                return Err(self.refuse_websocket(Refusal::Forbidden));
            }
            Ok(Some(offer)) => offer,
            Ok(None) => {
                self.refuse_with(Refusal::Version.status(), Refusal::Version.fields());
                return Err(Error::NotWebSocket);
            }
            Err(refusal) => return Err(self.refuse_websocket(refusal)),
        };
        let subprotocol =
            offer.subprotocols().find_map(|name| options.subprotocols.iter().copied().find(|known| *known == name));
        #[cfg(feature = "deflate")]
        let deflate = options.deflate.and_then(|options| Some((offer.deflate(&options)?, options)));
        let accept = offer.accept();
        let mut answer = Vec::with_capacity(4 + fields.len());
        answer.extend_from_slice(&accept.fields());
        answer.extend(subprotocol.map(|name| FieldLine::new("Sec-WebSocket-Protocol", name)));
        #[cfg(feature = "deflate")]
        answer.extend(
            deflate
                .as_ref()
                .map(|(acceptance, _)| FieldLine::new("Sec-WebSocket-Extensions", acceptance.response().as_str())),
        );
        answer.extend_from_slice(fields);
        self.upgrade(&answer)?;
        let (input, output) = self.take_buffers();
        #[cfg_attr(not(feature = "deflate"), allow(unused_mut))]
        let mut driver = WebSocketDriver::new(Role::Server, options, subprotocol, input, output);
        #[cfg(feature = "deflate")]
        if let Some((acceptance, options)) = deflate {
            driver.compress(Compression::server(acceptance.parameters(), &options));
        }
        Ok(driver)
    }

    fn refuse_websocket(&mut self, refusal: Refusal) -> Error {
        self.refuse_with(refusal.status(), refusal.fields());
        Error::Refused(refusal)
    }
}

impl WebSocketDriver {
    /// A server's side of a connection whose opening handshake is complete, with the octets that came
    /// behind it.
    #[must_use]
    pub fn server(options: &WebSocketOptions, leftover: &[u8]) -> Self {
        Self::new(Role::Server, options, None, Input::holding(leftover), Output::default())
    }

    /// A client's side, with the source of its masking keys and what the server has agreed to.
    #[must_use]
    pub fn client(
        keys: fn() -> MaskingKey,
        options: &WebSocketOptions,
        agreement: &Agreement<'static>,
        leftover: &[u8],
    ) -> Self {
        let (input, output) = (Input::holding(leftover), Output::default());
        #[cfg_attr(not(feature = "deflate"), allow(unused_mut))]
        let mut driver = Self::new(Role::Client(keys), options, agreement.subprotocol, input, output);
        #[cfg(feature = "deflate")]
        if let (Some(agreed), Some(options)) = (agreement.deflate, &options.deflate) {
            driver.compress(Compression::client(agreed, options));
        }
        driver
    }

    #[cfg(feature = "deflate")]
    fn compress(&mut self, compression: Compression) {
        self.connection.allow_compression();
        self.compression = Some(Box::new(compression));
    }
}

//! Requests through a tunnel that a proxy made (RFC 9110 section 9.3.6).

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::kept::{Loan, Shared};
use super::{Connect, Request, Response};
use crate::drive::{ClientConnection, Error};
use crate::http::{Method, RequestTarget};

impl<C: Connect> Request<C> {
    /// The request for a tunnel to where this one goes; `None` without a proxy.
    pub(in crate::drive) fn tunnel(&self) -> Option<Self> {
        self.shared.options.proxy.as_ref()?;
        let of_the_proxy = |(name, _): &&(String, Vec<u8>)| name.eq_ignore_ascii_case("proxy-authorization");
        Some(Self {
            shared: Arc::clone(&self.shared),
            method: Method::CONNECT.as_str().to_owned(),
            uri: self.uri.clone(),
            fields: self.fields.iter().filter(of_the_proxy).cloned().collect(),
            body: None,
            key: None,
            #[cfg(feature = "deflate")]
            decodes: false,
        })
    }

    /// Sends the request through a tunnel, to its end, and not as to a proxy.
    pub(in crate::drive) async fn send_through(&mut self, transport: C::Transport) -> Result<Response<C>, Error> {
        let uri = self.uri.clone().ok_or(Error::Uri)?;
        self.renew_key()?;
        let Shared { options, .. } = &*self.shared;
        self.fields.retain(|(name, _)| !name.eq_ignore_ascii_case("proxy-authorization"));
        let mut connection = Box::new(ClientConnection::new(transport, options.limits, options.deadlines));
        let host = self.host(&uri);
        let fields: Vec<_> = host.into_iter().chain(self.lines()).collect();
        connection.start(self.method()?, RequestTarget::Origin(uri.target()), &fields, None)?;
        drop(fields);
        connection.end()?;
        connection.final_head().await?;
        // Of no use to the proxy's other requests.
        let connection = Loan { shared: Arc::clone(&self.shared), authority: None, connection: Some(connection) };
        Ok(Response { connection, uri })
    }
}

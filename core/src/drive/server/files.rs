//! Files as parts of responses.

use super::ServerDriver;
use crate::Tick;
use crate::drive::FilePart;
use crate::http::{BodyLength, Field, SendError, StatusCode};

impl ServerDriver {
    /// Whether the body of a response with this head is sent as it is written.
    #[cfg_attr(not(feature = "deflate"), allow(unused_variables, clippy::unused_self))] // nothing is compressed
    pub(in crate::drive) fn sends_as_written<F: Field>(
        &self,
        status: StatusCode,
        fields: &[F],
        length: BodyLength,
    ) -> bool {
        #[cfg(feature = "deflate")]
        return self.choose(status, fields, length).is_none_or(|choice| choice.coding.is_none());
        #[cfg(not(feature = "deflate"))]
        true
    }

    /// The response to come, a 304 or a part, stands for a whole with these fields and of this length, and says of
    /// codings what that would (RFC 9110 sections 15.3.7 and 15.4.5).
    #[cfg_attr(not(feature = "deflate"), allow(unused_variables, clippy::unused_self))] // nothing is said of any
    pub(in crate::drive) fn stand_for<F: Field>(&mut self, fields: &[F], length: BodyLength) {
        #[cfg(feature = "deflate")]
        {
            self.compressing.is_indifferent = self.choose(StatusCode::OK, fields, length).is_none();
        }
    }

    /// Sends a part of a file as a part of a body that is [sent as it is written](Self::sends_as_written).
    pub(in crate::drive) fn write_file(&mut self, part: FilePart) -> Result<(), SendError> {
        if let Some(frame) = self.connection.frame_data(part.len())? {
            self.output.push(frame.before());
            self.output.push_file(part);
            self.output.push(frame.after());
        }
        Ok(())
    }

    /// The application needs time for the rest of a part of a file, which the client is not to be charged with.
    pub(in crate::drive) fn hold_file(&mut self, now: Tick) {
        self.connection.handle_written(0, 0, now);
    }
}

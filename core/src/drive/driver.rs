//! What an adapter's loop sees of a driver.

use crate::Tick;

/// The side of a driver that faces the transport.
pub trait Driver {
    /// Whether input is of use now. If not, the transport's own back-pressure holds the peer.
    fn wants_read(&self) -> bool;

    /// Room to read into, not empty. Takes a buffer if there is none.
    fn room(&mut self) -> &mut [u8];

    /// So many octets were read into the front of [`Driver::room`]; 0 is the end of the stream.
    fn received(&mut self, len: usize);

    /// Gives the read buffer back if nothing is in it: to be called when a read has to wait, so
    /// that an idle connection holds none.
    fn rest(&mut self);

    /// Whether there is a read buffer now.
    fn has_buffer(&self) -> bool;

    /// The octets to be written, in order: as few slices as there are.
    fn output(&self) -> impl Iterator<Item = &[u8]>;

    /// How many octets [`Driver::output`] has.
    fn output_len(&self) -> usize;

    /// So many octets of the output were written; 0 says that the transport takes none now, from
    /// which the write deadline runs.
    fn written(&mut self, len: usize, now: Tick);

    /// Whether the writing side of the transport is to be shut down now.
    fn wants_shutdown(&self) -> bool;

    /// The writing side of the transport is shut down.
    fn shut_down(&mut self, now: Tick);

    /// When [`Driver::handle_timeout`] is due.
    fn deadline(&self) -> Option<Tick>;

    /// Lets a deadline pass, if one is due.
    fn handle_timeout(&mut self, now: Tick);
}

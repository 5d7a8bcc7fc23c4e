//! What an adapter's loop sees of a driver.

use bytes::BufMut;

#[cfg(feature = "files")]
use super::FilePart;
use crate::Tick;

/// The side of a driver that faces the transport.
pub trait Driver {
    /// Whether a `poll_…` waits for input. If none does, the transport's own back-pressure holds the
    /// peer: reading all the same would only fill memory.
    fn wants_read(&self) -> bool;

    /// Room to read into, not empty. Takes a buffer if there is none.
    fn room(&mut self) -> &mut [u8];

    /// The same room for a read that appends to it, which need not be initialised for that.
    fn spare(&mut self) -> impl BufMut;

    /// So many octets were read into the front of [`Driver::room`] or [`Driver::spare`]; 0 is the end of the
    /// stream.
    fn received(&mut self, len: usize);

    /// Gives the read buffer back if nothing is in it: to be called when a read has to wait, so
    /// that an idle connection holds none. In a `Service` the driver itself is given back then,
    /// with its buffers.
    fn release_room(&mut self);

    /// Whether nothing is in flight: the first octet of another request is waited for.
    fn is_idle(&self) -> bool;

    /// The octets to be written, in order: as few slices as there are, up to the first part of a file.
    fn output(&self) -> impl Iterator<Item = &[u8]>;

    /// The part of a file that is to be written next, if [`Driver::output`] has nothing before it. There is none
    /// unless the transport [sends files](super::Transport::sends_files).
    #[cfg(feature = "files")]
    fn file(&self) -> Option<&FilePart> {
        None
    }

    /// How many octets are to be written, those of files among them.
    fn output_len(&self) -> usize;

    /// So many octets of the output were written; 0 says that the transport takes none now, from
    /// which the write deadline runs.
    fn written(&mut self, len: usize, now: Tick);

    /// All of the output was written, but the transport holds some of it in a buffer of its own and cannot
    /// get rid of it now: the write deadline runs.
    fn held_back(&mut self, now: Tick);

    /// Whether the writing side of the transport is to be shut down now.
    fn wants_shutdown(&self) -> bool;

    /// The writing side of the transport is shut down.
    fn write_closed(&mut self, now: Tick);

    /// When [`Driver::handle_timeout`] is due.
    fn deadline(&self) -> Option<Tick>;

    /// Lets a deadline pass, if one is due. Afterwards [`Driver::deadline`] is another one or none.
    /// What it means is said by the `poll_…` that waits.
    fn handle_timeout(&mut self, now: Tick);

    /// Reads once from a stream, and says how many octets came; 0 is the end of the stream.
    ///
    /// # Errors
    ///
    /// Those of the stream. With [`WouldBlock`](std::io::ErrorKind::WouldBlock) the read buffer is
    /// given back if it is empty. [`Interrupted`](std::io::ErrorKind::Interrupted), with which a signal ends a read
    /// that has a time-out, is not the end of the connection: look whether the deadline has come, and read again. It is
    /// not tried again here, where signals that come all the time would put the deadline off for ever.
    #[cfg(feature = "std")]
    fn read_from(&mut self, stream: &mut impl std::io::Read) -> std::io::Result<usize> {
        let result = stream.read(self.room());
        match &result {
            Ok(len) => self.received(*len),
            Err(_) => self.release_room(),
        }
        result
    }

    /// Writes once to a stream, vectored, and says how many octets it took. There has to be output.
    ///
    /// The clock is read when the write is over. A blocking stream may take all the time that it was given before it
    /// says that it took a part, and the next wait begins only then. The wait for the first octet begins when the
    /// driver is told so: before a write that may block, [`Driver::written`] with 0, and then the stream gets the
    /// time up to [`Driver::deadline`].
    ///
    /// # Errors
    ///
    /// Those of the stream, [`Interrupted`](std::io::ErrorKind::Interrupted) among them as in
    /// [`Driver::read_from`], and [`WriteZero`](std::io::ErrorKind::WriteZero).
    #[cfg(feature = "std")]
    fn write_to(&mut self, stream: &mut impl std::io::Write, now: impl FnOnce() -> Tick) -> std::io::Result<usize> {
        let mut slices = [std::io::IoSlice::new(&[]); SLICES];
        let written = match self.io_slices(&mut slices) {
            [alone] => stream.write(alone),
            slices => stream.write_vectored(slices),
        };
        let now = now();
        let len = written.inspect_err(|_| self.written(0, now))?;
        if len == 0 {
            return Err(std::io::ErrorKind::WriteZero.into());
        }
        self.written(len, now);
        Ok(len)
    }

    /// Does all that can be done on a non-blocking stream now: writes, shuts the writing side down
    /// through `shut_down`, reads, lets a deadline pass. Says whether that was anything; if not, wait
    /// until the stream is ready or the deadline has come.
    ///
    /// # Errors
    ///
    /// Those of the stream: the connection is over.
    #[cfg(feature = "std")]
    fn turn<S: std::io::Read + std::io::Write>(
        &mut self,
        stream: &mut S,
        shut_down: impl FnOnce(&mut S) -> std::io::Result<()>,
        now: Tick,
    ) -> std::io::Result<bool> {
        let mut done = self.output_len() > 0 && unless_blocked(self.write_to(stream, || now))?;
        if self.wants_shutdown() {
            shut_down(stream)?;
            self.write_closed(now);
            done = true;
        }
        done |= self.wants_read() && unless_blocked(self.read_from(stream))?;
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            self.handle_timeout(now);
            done = true;
        }
        Ok(done)
    }

    /// The output as a vectored write takes it, or as much of it as fits.
    #[cfg(feature = "std")]
    fn io_slices<'s, 'o>(&'o self, slices: &'s mut [std::io::IoSlice<'o>]) -> &'s [std::io::IoSlice<'o>] {
        let count =
            slices.iter_mut().zip(self.output()).map(|(slice, octets)| *slice = std::io::IoSlice::new(octets)).count();
        slices.get(..count).unwrap_or_default()
    }
}

/// As many slices as leave in one vectored write.
#[cfg(feature = "std")]
pub(super) const SLICES: usize = 16;

/// Whether a read or write did anything. One that a signal has ended is worth another try at once.
#[cfg(feature = "std")]
fn unless_blocked(result: std::io::Result<usize>) -> std::io::Result<bool> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(false),
        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Ok(true),
        result => result.map(|_| true),
    }
}

//! A driver whose transport need not know of deadlines that are far.

use alloc::vec::Vec;
use core::cell::Cell;
use core::task::Waker;

use bytes::BufMut;

#[cfg(feature = "files")]
use super::FilePart;
use super::members::Spot;
use super::{Driver, Transport};
use crate::Tick;

/// A driver, and where its far deadlines are noted, if anywhere: they are none for the transport, which then has no
/// timer.
pub(super) struct Patient<'a, D> {
    driver: &'a mut D,
    spot: Option<&'a Spot>,
    sweepers: Cell<Vec<Waker>>,
}

impl<'a, D> Patient<'a, D> {
    /// For a turn of this transport. One that blocks is not to wait for long without a deadline.
    #[inline]
    pub(super) fn new<T: Transport>(driver: &'a mut D, spot: Option<&'a Spot>) -> Self {
        Self { driver, spot: if T::BLOCKS { None } else { spot }, sweepers: Cell::default() }
    }

    /// Who is to be woken, where nothing is locked, so that what was noted is seen to.
    #[inline]
    pub(super) fn into_sweepers(self) -> Vec<Waker> {
        self.sweepers.into_inner()
    }
}

impl<D: Driver> Driver for Patient<'_, D> {
    /// That of the driver, unless it was noted.
    #[inline]
    fn deadline(&self) -> Option<Tick> {
        let deadline = self.driver.deadline()?;
        let is_noted = self.spot.is_some_and(|spot| spot.note(deadline, &self.sweepers));
        (!is_noted).then_some(deadline)
    }

    #[inline]
    fn wants_read(&self) -> bool {
        self.driver.wants_read()
    }

    #[inline]
    fn room(&mut self) -> &mut [u8] {
        self.driver.room()
    }

    #[inline]
    fn spare(&mut self) -> impl BufMut {
        self.driver.spare()
    }

    #[inline]
    fn received(&mut self, len: usize) {
        self.driver.received(len);
    }

    #[inline]
    fn release_room(&mut self) {
        self.driver.release_room();
    }

    #[inline]
    fn is_idle(&self) -> bool {
        self.driver.is_idle()
    }

    #[inline]
    fn output(&self) -> impl Iterator<Item = &[u8]> {
        self.driver.output()
    }

    #[cfg(feature = "files")]
    #[inline]
    fn file(&self) -> Option<&FilePart> {
        self.driver.file()
    }

    #[inline]
    fn output_len(&self) -> usize {
        self.driver.output_len()
    }

    #[inline]
    fn written(&mut self, len: usize, now: Tick) {
        self.driver.written(len, now);
    }

    #[inline]
    fn held_back(&mut self, now: Tick) {
        self.driver.held_back(now);
    }

    #[inline]
    fn wants_shutdown(&self) -> bool {
        self.driver.wants_shutdown()
    }

    #[inline]
    fn write_closed(&mut self, now: Tick) {
        self.driver.write_closed(now);
    }

    #[inline]
    fn handle_timeout(&mut self, now: Tick) {
        self.driver.handle_timeout(now);
    }
}

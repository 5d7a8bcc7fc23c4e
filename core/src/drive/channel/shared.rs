//! What the halves share, and how whoever waits for something takes turns at the transport.

#[cfg(feature = "futures")]
use core::sync::atomic::AtomicBool;
use core::sync::atomic::{AtomicU32, Ordering};
use core::task::{Context, Poll, Waker};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::cork::{Attendance, Cork};
use super::wakers::{Aside, Waiter, Wakers};
use crate::drive::members::{Member, Spot};
use crate::drive::patience::Patience;
use crate::drive::patient::Patient;
use crate::drive::shutdown::Phase;
use crate::drive::websocket::Seat;
use crate::drive::{Closed, Driver, Error, Message, Transport, WebSocketDriver};

/// The number of all that sends before there are halves.
pub(super) const ALONE: u32 = 0;

/// What the halves share, and the task that serves the connection.
pub(in crate::drive) struct Shared<T> {
    /// There until its users have gone, or one has taken it.
    state: Mutex<Option<State<T>>>,
    /// How many [`Handle`]s there are.
    pub(super) handles: AtomicU32,
    /// How many waiters were given a number.
    waiters: AtomicU32,
    pub(super) attendance: Attendance,
    pub(super) cork: Cork,
    /// As a stream it has come to its end. Here it takes no room.
    #[cfg(feature = "futures")]
    pub(super) has_ended: AtomicBool,
}

pub(super) struct State<T> {
    pub(super) transport: T,
    pub(super) seat: Seat,
    /// Where it is among the members of a server's shutdown. It is woken by what the transport was polled with last.
    pub(super) spot: Option<Spot>,
    pub(super) wakers: Wakers,
}

impl<T> Shared<T> {
    pub(super) fn new(transport: T, driver: WebSocketDriver, member: Option<Member>) -> Self {
        let spot = member.map(Member::into_spot);
        let state = State { transport, seat: Seat::new(driver), spot, wakers: Wakers::default() };
        Self {
            state: Mutex::new(Some(state)),
            handles: AtomicU32::new(1),
            waiters: AtomicU32::new(ALONE + 1),
            attendance: Attendance::default(),
            cork: Cork::default(),
            #[cfg(feature = "futures")]
            has_ended: AtomicBool::new(false),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Option<State<T>>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the connection, if it is still there.
    pub(super) fn look<R>(&self, look: impl FnOnce(&mut State<T>) -> R) -> Option<R> {
        self.lock().as_mut().map(look)
    }

    /// A number for something that sends.
    pub(super) fn waiter(&self) -> Waiter {
        Waiter::Sender(self.waiters.fetch_add(1, Ordering::Relaxed))
    }

    /// Has every task that waits look again.
    pub(super) fn wake(&self) {
        let waker = self.look(|state| state.wakers.waker()).flatten();
        waker.into_iter().for_each(Waker::wake);
    }
}

impl<T> State<T> {
    fn phase(&self) -> Phase {
        self.spot.as_ref().map_or(Phase::Serving, Spot::phase)
    }
}

impl<T: Transport> Shared<T> {
    /// Tries `step` again after each turn of the transport until it is ready.
    #[inline]
    pub(super) fn poll<R>(
        &self,
        waiter: &mut Waiter,
        context: &mut Context<'_>,
        mut step: impl FnMut(&mut WebSocketDriver, &T) -> Poll<Result<R, Error>>,
    ) -> Poll<Result<R, Error>> {
        let mut place = self.lock();
        let Some(state) = &mut *place else { return Poll::Ready(Err(Error::Disconnected)) };
        let mut first = None;
        if state.phase() == Phase::Serving {
            let State { transport, seat, wakers, .. } = state;
            let polled = step(seat.driver(), transport);
            // Mostly there is a message, or room for one.
            if let Poll::Ready(Ok(_)) = &polled {
                let left = wakers.remove(*waiter);
                drop(place);
                drop(left);
                return polled;
            }
            first = Some(polled);
        }
        if *waiter == Waiter::New {
            *waiter = self.waiter();
        }
        let mut aside = Aside::default();
        let polled = state.poll_turns(*waiter, context, &mut aside, first, step);
        if polled.is_ready() {
            aside.left = state.wakers.remove(*waiter);
            // The transport may not have taken the last that is to be heard of this connection.
            if matches!(polled, Poll::Ready(Err(_))) && state.seat.buffered() > 0 {
                self.cork_if_attended();
            }
        }
        drop(place);
        aside.settle(*waiter);
        polled
    }

    /// Waits until all that was queued has left, or nothing more can. An error is for whoever receives or sends
    /// next.
    pub(in crate::drive) fn poll_flushed(&self, context: &mut Context<'_>) -> Poll<()> {
        // At rest it stays so: nothing waits there.
        let mut left = None;
        let is_resting = self.look(|state| {
            let is_resting = state.seat.is_resting();
            if is_resting {
                left = state.wakers.remove(Waiter::Server);
            }
            is_resting
        });
        drop(left);
        if is_resting == Some(true) {
            return Poll::Ready(());
        }
        self.poll(&mut Waiter::Server, context, |driver, _| flushed(driver)).map(drop)
    }
}

impl<T: Transport> State<T> {
    /// Goes on after the first step, if that has been taken.
    fn poll_turns<R>(
        &mut self,
        waiter: Waiter,
        context: &mut Context<'_>,
        aside: &mut Aside,
        mut first: Option<Poll<Result<R, Error>>>,
        mut step: impl FnMut(&mut WebSocketDriver, &T) -> Poll<Result<R, Error>>,
    ) -> Poll<Result<R, Error>> {
        let mut has_turned = false;
        loop {
            let phase = self.phase();
            let Self { transport, seat, spot, wakers } = self;
            let driver = seat.driver();
            match phase {
                Phase::Serving => {}
                Phase::Draining => driver.go_away(transport.now()),
                Phase::Ended => return Poll::Ready(Err(Error::Disconnected)),
            }
            let polled = first.take().unwrap_or_else(|| step(driver, transport));
            if matches!(polled, Poll::Ready(Ok(_))) {
                seat.rest_again();
                return polled;
            }
            if polled.is_ready() {
                // What has gone wrong is for the others to hear, too: some of them may wait for nothing else.
                wakers.wake_others(waiter, aside);
                if driver.output_len() > 0 {
                    // Perhaps the last that is heard of this connection: a Close frame is to leave.
                    let waker = wakers.waker().unwrap_or_else(|| context.waker().clone());
                    let _ = transport.poll_turn(driver, &mut Context::from_waker(&waker));
                }
                return polled;
            }
            // Not before others know of what waits to be written: this one may not come back.
            if (has_turned || driver.output_len() == 0) && driver.patience.gives_way::<T>(context) {
                return Poll::Pending;
            }
            // Before the transport is polled, or it could wake nobody just after.
            let (common, is_new) = wakers.add(waiter, context, aside);
            let waker = common.as_ref().unwrap_or(context.waker());
            if let Some(spot) = spot {
                if is_new {
                    aside.replaced(spot.watch(waker.clone()));
                }
                if spot.phase() != phase {
                    continue;
                }
            }
            let mut patient = Patient::new::<T>(driver, spot.as_ref());
            let polled = transport.poll_turn(&mut patient, &mut Context::from_waker(waker));
            aside.sweepers(patient.into_sweepers());
            match polled {
                Poll::Ready(Ok(())) => {
                    has_turned = true;
                    driver.patience.spend(Patience::TURN);
                    wakers.wake_others(waiter, aside);
                }
                Poll::Ready(Err(error)) => {
                    wakers.wake_others(waiter, aside);
                    if !seat.driver().transport_failed() {
                        return Poll::Ready(Err(error.into()));
                    }
                }
                Poll::Pending => {
                    // Nor does the transport wake whoever has left something in the input.
                    if !seat.driver().patience.gives_way::<T>(context) {
                        seat.driver().patience.renew();
                        seat.rest();
                    }
                    return Poll::Pending;
                }
            }
        }
    }
}

/// Whether all that was queued has left.
pub(super) fn flushed(driver: &WebSocketDriver) -> Poll<Result<(), Error>> {
    if driver.output_len() == 0 { Poll::Ready(Ok(())) } else { Poll::Pending }
}

impl<T> Shared<T> {
    pub(super) fn buffered(&self) -> usize {
        self.look(|state| state.seat.buffered()).unwrap_or_default()
    }

    pub(super) fn closed(&self) -> Option<Closed> {
        self.look(|state| state.seat.closed().cloned()).flatten()
    }

    pub(super) fn start_send(&self, message: Message) -> Result<(), Error> {
        self.look(|state| state.seat.driver().send(message)).unwrap_or(Err(Error::Disconnected))
    }

    #[cfg(feature = "futures")]
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed)
    }

    /// Whether what was queued just now may wait until the handler that has the WebSocket was polled, which then
    /// sees to it. To be asked under the lock of the state.
    pub(super) fn cork_if_attended(&self) -> bool {
        let is_attended = self.attendance.is_mine();
        if is_attended {
            self.cork.put_in();
        }
        is_attended
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use alloc::sync::Arc;
    use alloc::task::Wake;
    use core::pin::pin;
    use core::sync::atomic::AtomicUsize;
    use core::time::Duration;
    use std::io;

    use super::*;
    use crate::Tick;
    use crate::drive::{Receiver, Sender, Shutdown, WebSocket, WebSocketOptions};

    /// Has so many turns that do something, whatever that is.
    struct Turning(Arc<AtomicUsize>);

    impl Transport for Turning {
        type Sleep = core::future::Pending<()>;

        fn poll_turn<D: Driver>(&mut self, driver: &mut D, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            if self.0.load(Ordering::Relaxed) == 0 {
                return Poll::Pending;
            }
            self.0.fetch_sub(1, Ordering::Relaxed);
            driver.written(driver.output_len(), Tick::ZERO);
            Poll::Ready(Ok(()))
        }
        fn is_flushed(&self) -> bool {
            true
        }
        fn is_readable(&mut self) -> bool {
            false
        }
        fn now(&self) -> Tick {
            Tick::ZERO
        }
        fn sleep(&self, _: Duration) -> Self::Sleep {
            core::future::pending()
        }
        fn unix_time(&self) -> u64 {
            0
        }
    }

    /// A task that drops its hold on the connection when it is woken or dropped itself, as those of an executor that
    /// has ended are. It only looks whether it could.
    struct Task {
        shared: Arc<Shared<Turning>>,
        /// Once for each time that it could, and a thousand for each that it could not.
        looks: Arc<AtomicUsize>,
    }

    impl Task {
        fn look(&self) {
            let is_free = self.shared.state.try_lock().is_ok();
            self.looks.fetch_add(if is_free { 1 } else { 1_000 }, Ordering::Relaxed);
        }
    }

    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            self.look();
        }
    }

    impl Drop for Task {
        fn drop(&mut self) {
            self.look();
        }
    }

    struct Line {
        turns: Arc<AtomicUsize>,
        receiver: Receiver<Turning>,
        sender: Sender<Turning>,
    }

    impl Line {
        fn new(member: Option<Member>) -> Self {
            let turns = Arc::new(AtomicUsize::new(0));
            let driver = WebSocketDriver::server(&WebSocketOptions::default(), &[]);
            let (receiver, sender) = WebSocket::new(Turning(Arc::clone(&turns)), driver, member).split();
            Self { turns, receiver, sender }
        }

        fn task(&self) -> (Arc<AtomicUsize>, Waker) {
            let looks = Arc::new(AtomicUsize::new(0));
            let task = Task { shared: self.sender.shared.shared(), looks: Arc::clone(&looks) };
            (looks, Waker::from(Arc::new(task)))
        }

        fn receive(&mut self, waker: &Waker) {
            assert!(self.receiver.poll_recv(&mut Context::from_waker(waker)).is_pending());
        }
    }

    #[test]
    fn others_are_woken_where_nothing_is_locked() {
        let mut line = Line::new(None);
        let ((one, first), (_, second)) = (line.task(), line.task());
        // In one task, and in two.
        for (sending, woken) in [(&first, 1), (&second, 2)] {
            line.receive(&first);
            line.turns.store(1, Ordering::Relaxed);
            let sent = pin!(line.sender.send_text("hi")).poll(&mut Context::from_waker(sending));
            assert!(matches!(sent, Poll::Ready(Ok(()))));
            assert_eq!(one.load(Ordering::Relaxed), woken);
        }
    }

    #[test]
    fn a_task_that_waits_no_more_is_dropped_where_nothing_is_locked() {
        let shutdown = Shutdown::new();
        for member in [None, Some(shutdown.join())] {
            let mut line = Line::new(member);
            let ((one, first), (other, second)) = (line.task(), line.task());
            line.receive(&first);
            drop(first);
            line.receive(&second);
            assert_eq!(one.load(Ordering::Relaxed), 1, "another waits in its place");
            // With a second one they are several.
            let (sender, sending) = line.task();
            let mut send = pin!(line.sender.send_text("hi"));
            assert!(send.as_mut().poll(&mut Context::from_waker(&sending)).is_pending());
            drop(sending);
            line.turns.store(1, Ordering::Relaxed);
            assert!(send.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
            assert_eq!(sender.load(Ordering::Relaxed), 1);
            assert_eq!(other.load(Ordering::Relaxed), 1, "woken for what was read");
        }
    }
}

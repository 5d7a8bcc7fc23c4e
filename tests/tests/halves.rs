//! Both halves of a WebSocket, in one task or in two: what the turn of one has done is for the other, too.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Wake;

use sanderling::Tick;
use sanderling::drive::{Driver, Error, Transport, WebSocket, WebSocketDriver, WebSocketOptions};
use sanderling::ws::MessageKind;

/// What it was written to answers: with each write the next frame can be read. If it is busy it takes and has
/// nothing. It remembers who has asked it last. Once its peer has left, that is what it reads.
#[derive(Clone, Default)]
struct Line {
    frames: usize,
    is_busy: bool,
    waker: Arc<Mutex<Option<Waker>>>,
    has_ended: Arc<AtomicBool>,
}

impl Transport for Line {
    type Sleep = core::future::Pending<()>;

    fn poll_turn<D: Driver>(&mut self, driver: &mut D, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        *self.waker.lock().unwrap() = Some(context.waker().clone());
        if self.is_busy {
            return Poll::Pending;
        }
        let mut is_done = false;
        let len = driver.output_len();
        if len > 0 {
            driver.written(len, self.now());
            self.frames += 1;
            is_done = true;
        }
        if driver.wants_read() && self.frames > 0 {
            self.frames -= 1;
            let frame = b"\x81\x82\0\0\0\0hi";
            driver.room()[..frame.len()].copy_from_slice(frame);
            driver.received(frame.len());
            is_done = true;
        }
        if driver.wants_read() && self.has_ended.load(Ordering::SeqCst) {
            driver.received(0);
            is_done = true;
        }
        if is_done { Poll::Ready(Ok(())) } else { Poll::Pending }
    }
    fn is_flushed(&self) -> bool {
        true
    }
    fn is_readable(&mut self) -> bool {
        false
    }
    fn now(&self) -> Tick {
        Tick::default()
    }
    fn sleep(&self, _: Duration) -> Self::Sleep {
        core::future::pending()
    }
    fn unix_time(&self) -> u64 {
        0
    }
}

#[derive(Default)]
struct Count(AtomicUsize);
impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_half_is_woken_for_what_the_other_has_read_in_the_same_task() {
    let driver = WebSocketDriver::server(&WebSocketOptions::default(), b"");
    let (mut receiver, sender) = WebSocket::new(Line::default(), driver, None).split();
    let woken = Arc::new(Count::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut context = Context::from_waker(&waker);
    let mut receive = pin!(receiver.recv());
    assert!(receive.as_mut().poll(&mut context).is_pending());
    // One turn writes this and reads the answer, which only the receiving half can take.
    let mut send = pin!(sender.send_text("hi"));
    assert!(matches!(send.as_mut().poll(&mut context), Poll::Ready(Ok(()))));
    assert!(woken.0.load(Ordering::SeqCst) > 0, "nobody will poll the receiving half again");
    assert!(receive.as_mut().poll(&mut context).is_ready());
}

impl Line {
    /// It is ready again. How often each of these tasks has been woken by that.
    fn wake<const N: usize>(&self, tasks: &[Arc<Count>; N]) -> [usize; N] {
        let waker = self.waker.lock().unwrap().take();
        waker.unwrap().wake();
        tasks.each_ref().map(|task| task.0.swap(0, Ordering::SeqCst))
    }
}

#[test]
fn halves_in_two_tasks_are_woken_together() {
    let transport = Line { is_busy: true, ..Line::default() };
    let driver = WebSocketDriver::server(&WebSocketOptions::default(), b"");
    let (mut receiver, sender) = WebSocket::new(transport.clone(), driver, None).split();
    let tasks = [(); 3].map(|()| Arc::new(Count::default()));
    let [one, two, three] = tasks.each_ref().map(|task| Waker::from(Arc::clone(task)));
    let mut receive = Box::pin(receiver.recv());
    let mut send = Box::pin(sender.send_text("hi"));
    let mut poll_receive = |waker| assert!(receive.as_mut().poll(&mut Context::from_waker(waker)).is_pending());
    let mut poll_send = |waker| assert!(send.as_mut().poll(&mut Context::from_waker(waker)).is_pending());
    poll_receive(&one);
    assert_eq!(transport.wake(&tasks), [1, 0, 0]);
    // It goes to another task, alone.
    poll_receive(&two);
    assert_eq!(transport.wake(&tasks), [0, 1, 0]);
    poll_receive(&one);
    poll_send(&two);
    assert_eq!(transport.wake(&tasks), [1, 1, 0]);
    // To another task, while the first waits.
    poll_receive(&one);
    poll_send(&two);
    poll_send(&three);
    assert_eq!(transport.wake(&tasks), [1, 0, 1]);
    // Whichever was last to ask.
    poll_send(&three);
    poll_receive(&one);
    assert_eq!(transport.wake(&tasks), [1, 0, 1]);
}

/// One that waits until another's message is complete waits for nothing of the transport's: that the message never will
/// be is for whoever finds out to tell.
#[test]
fn who_waits_for_a_message_that_will_never_be_complete_is_woken() {
    let tasks = [(); 2].map(|()| Arc::new(Count::default()));
    let [one, two] = tasks.each_ref().map(|task| Waker::from(Arc::clone(task)));
    for receiving in [&one, &two] {
        let transport = Line::default();
        let driver = WebSocketDriver::server(&WebSocketOptions::default(), b"");
        let (mut receiver, sender) = WebSocket::new(transport.clone(), driver, None).split();
        let writer = pin!(sender.stream(MessageKind::Text)).poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(writer, Poll::Ready(Ok(_))));
        let mut send = pin!(sender.send_text("hi"));
        let mut poll_send = || send.as_mut().poll(&mut Context::from_waker(&one));
        let mut context = Context::from_waker(receiving);
        assert!(poll_send().is_pending());
        assert!(receiver.poll_recv(&mut context).is_pending());
        // The transport wakes both, and the sender comes first.
        transport.has_ended.store(true, Ordering::SeqCst);
        assert!(poll_send().is_pending());
        let before = tasks[0].0.load(Ordering::SeqCst);
        assert!(matches!(receiver.poll_recv(&mut context), Poll::Ready(Err(Error::Disconnected))));
        assert!(tasks[0].0.load(Ordering::SeqCst) > before, "nobody will poll the sender again");
        assert!(matches!(poll_send(), Poll::Ready(Err(Error::Send(_) | Error::SendFrame(_)))));
        drop(writer);
    }
}

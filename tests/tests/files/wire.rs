//! A transport that sends files and is no socket: what it does is noted, and the clock is in our hands.

use core::future::{Future, Pending, pending};
use core::mem;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, MutexGuard};

use sanderling::Tick;
use sanderling::drive::{Driver, Error, Exchange, FilePart, Files, Service, Settings, Transport};
use sanderling_tests::woken::Woken;

#[derive(Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<State>>);

#[derive(Default)]
pub(crate) struct State {
    /// What is still to be read.
    arriving: Vec<u8>,
    /// As much is taken; all, if there is no bound.
    pub(crate) room: Option<usize>,
    /// What was taken.
    pub(crate) octets: Vec<u8>,
    /// The lengths of what was taken, in order, and whether it was of a file.
    pub(crate) writes: Vec<(usize, bool)>,
    /// How often work was done where one may wait for a disk.
    pub(crate) fetches: usize,
    pub(crate) now: Tick,
    /// It cannot send files, so that they are read.
    pub(crate) is_plain: bool,
    /// The time of day.
    pub(crate) unix_time: u64,
    /// How many seconds go by whenever somebody looks at it.
    pub(crate) haste: u64,
}

impl State {
    /// How many octets came from files that were not read.
    pub(crate) fn passed(&self) -> usize {
        self.writes.iter().filter(|write| write.1).map(|write| write.0).sum()
    }
}

impl Wire {
    /// One on which these octets arrive.
    pub(crate) fn new(arriving: &str) -> Self {
        let wire = Self::default();
        wire.state().arriving = arriving.as_bytes().to_vec();
        wire
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Serves what arrives from a directory until nothing more can be done, then lets `change` happen, and so on;
    /// `change` says whether there is more to come. Gives what became of each exchange.
    pub(crate) fn serve(
        &self,
        files: &Files,
        settings: Settings,
        mut change: impl FnMut(&mut State) -> bool,
    ) -> Vec<Result<(), Error>> {
        let outcomes = Arc::new(Mutex::new(Vec::new()));
        let (files, noted) = (files.clone(), Arc::clone(&outcomes));
        let handler = move |exchange: Exchange<Self>| {
            let (files, noted) = (files.clone(), Arc::clone(&noted));
            async move {
                let outcome = exchange.respond_from(&files).await;
                noted.lock().unwrap().push(outcome);
            }
        };
        let service = Service::new(settings, handler);
        let member = service.settings().shutdown.join();
        let mut serving = pin!(Service::serve(&service, self.clone(), member));
        let woken = Arc::<Woken>::default();
        let waker = Waker::from(Arc::clone(&woken));
        let mut before = 0;
        while serving.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            // A task that has only let others go first goes on as it is.
            let has_waited = mem::replace(&mut before, woken.count()) == woken.count();
            if has_waited && !change(&mut self.state()) {
                break;
            }
        }
        mem::take(&mut *outcomes.lock().unwrap())
    }

    /// The same with nothing that changes.
    pub(crate) fn serve_at_once(&self, files: &Files, settings: Settings) {
        let outcomes = self.serve(files, settings, |_| false);
        assert!(!outcomes.is_empty() && outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    }
}

impl State {
    fn write<D: Driver>(&mut self, driver: &mut D) -> io::Result<bool> {
        let room = self.room.unwrap_or(usize::MAX).min(driver.output_len());
        let mut octets: Vec<u8> = driver.output().flatten().take(room).copied().collect();
        let is_part = driver.file().is_some();
        if let Some(part) = driver.file() {
            octets = read(part, room)?;
        }
        driver.written(octets.len(), self.now);
        self.room = self.room.map(|room| room - octets.len());
        self.octets.extend_from_slice(&octets);
        if octets.is_empty() {
            return Ok(false);
        }
        self.writes.push((octets.len(), is_part));
        Ok(true)
    }
}

/// What the system would send.
fn read(part: &FilePart, room: usize) -> io::Result<Vec<u8>> {
    let range = part.range();
    let mut octets = vec![0; room.min((range.end - range.start) as usize)];
    let len = part.file().read_at(&mut octets, range.start)?;
    if len == 0 && room > 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    octets.truncate(len);
    Ok(octets)
}

impl Transport for Wire {
    type Sleep = Pending<()>;

    fn poll_turn<D: Driver>(&mut self, driver: &mut D, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.state();
        let mut is_done = driver.output_len() > 0 && state.write(driver)?;
        if driver.wants_read() && !state.arriving.is_empty() {
            let arriving = mem::take(&mut state.arriving);
            driver.room()[..arriving.len()].copy_from_slice(&arriving);
            driver.received(arriving.len());
            is_done = true;
        }
        if driver.deadline().is_some_and(|deadline| deadline <= state.now) {
            driver.handle_timeout(state.now);
            is_done = true;
        }
        if is_done { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    fn is_flushed(&self) -> bool {
        true
    }

    fn sends_files(&self) -> bool {
        !self.state().is_plain
    }

    fn is_readable(&mut self) -> bool {
        false
    }

    fn now(&self) -> Tick {
        self.state().now
    }

    fn sleep(&self, _: Duration) -> Self::Sleep {
        pending()
    }

    fn unblock<R, W>(&self, work: W) -> impl Future<Output = R> + Send + use<R, W>
    where
        R: Send + 'static,
        W: FnOnce() -> R + Send + 'static,
    {
        self.state().fetches += 1;
        async move { work() }
    }

    fn unix_time(&self) -> u64 {
        let mut state = self.state();
        state.unix_time += state.haste;
        state.unix_time
    }
}

//! What a process has used, as the system counts it.

use std::fs;
use std::io;
use std::time::Duration;

/// What one of the system's clock ticks is: a hundredth of a second, on every Linux there is.
const TICK: Duration = Duration::from_millis(10);

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{what} is not as expected"))
}

/// The processor time of a process with all of its threads, in user and in system mode.
pub(crate) fn processor_time(pid: u32) -> io::Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let stat = fs::read_to_string(&path)?;
    // The second field is a name in brackets and may have anything in it; utime and stime are the 14th and 15th.
    let fields = stat.rsplit_once(')').ok_or_else(|| invalid(&path))?.1.split_whitespace();
    let ticks: Vec<u32> = fields.skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    match ticks[..] {
        [user, system] => Ok(TICK * (user + system)),
        _ => Err(invalid(&path)),
    }
}

/// The octets of its own memory that are resident: its heap and its stacks, without what it shares with the
/// file it was loaded from, and without what the kernel keeps for its sockets.
pub(crate) fn resident(pid: u32) -> io::Result<u64> {
    let path = format!("/proc/{pid}/smaps_rollup");
    let rollup = fs::read_to_string(&path)?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Anonymous:")).ok_or_else(|| invalid(&path))?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().map_err(|_| invalid(&path))?;
    Ok(kibibytes * 1024)
}

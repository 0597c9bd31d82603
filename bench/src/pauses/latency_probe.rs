//! Sends PING repeatedly and measures the latency of each.
//!
//! A ping is slow when the server is busy, or when either side waits for a core that another process
//! uses. The kernel counts the wait of each thread, so it can be subtracted. The rest can still be
//! caused by the machine, such as a packet that the kernel delivers late. The server's part is at
//! most the time for which its main thread ran during the ping.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::histogram::Histogram;
use crate::sys::{self, ThreadClock};

/// The pause between two pings. The measured length of a pause is short by at most this.
const PING_INTERVAL: Duration = Duration::from_micros(50);

/// The latencies of a phase's pings.
#[derive(Default)]
pub(super) struct Pings {
    /// As measured.
    pub(super) all: Histogram,
    /// Without the time that the server or the probe waited for a core.
    pub(super) own: Histogram,
    /// The same, at most the time for which the server's main thread ran since the previous ping.
    /// `None` where the kernel does not report it.
    pub(super) worked: Option<Histogram>,
    /// Whether the probe has priority over other threads on its core.
    pub(super) first: bool,
}

/// Pings while `work` runs.
pub(super) fn watched(port: u16, pid: u32, work: impl FnOnce() -> Result<()>) -> Result<Pings> {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let probe = scope.spawn(|| ping(port, pid, &stop));
        // The scope waits for the probe, so a panic must stop it too.
        let _stop = Stop(&stop);
        let done = work();
        stop.store(true, Ordering::Relaxed);
        let pings = probe.join().map_err(|_| "the latency probe panicked")?;
        done?;
        Ok(pings?)
    })
}

struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn ping(port: u16, pid: u32, stop: &AtomicBool) -> std::io::Result<Pings> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    let waits = Waits::of(pid);
    let mut clock = ThreadClock::of(pid).ok();
    let mut pings = Pings {
        first: sys::go_first(),
        worked: clock.is_some().then(Histogram::default),
        ..Pings::default()
    };
    let mut ran = || clock.as_mut().map_or(Ok(Duration::ZERO), ThreadClock::read);
    let mut ran_before = ran()?;
    let mut answer = [0; 7];
    while !stop.load(Ordering::Relaxed) {
        let (waited, begin) = (waits.read(), Instant::now());
        stream.write_all(b"PING\r\n")?;
        stream.read_exact(&mut answer)?;
        let time = begin.elapsed();
        let own = time.saturating_sub(waits.read().saturating_sub(waited));
        pings.all.add(time);
        pings.own.add(own);
        if let Some(worked) = &mut pings.worked {
            let ran = ran()?;
            worked.add(own.min(ran.saturating_sub(ran_before)));
            ran_before = ran;
        }
        thread::sleep(PING_INTERVAL);
    }
    Ok(pings)
}

/// The time for which the server's main thread and this thread have waited for a core so far, where
/// the kernel reports it.
struct Waits(Vec<File>);

impl Waits {
    fn of(pid: u32) -> Waits {
        let files = [
            format!("/proc/{pid}/task/{pid}/schedstat"),
            "/proc/thread-self/schedstat".into(),
        ];
        Waits(
            files
                .iter()
                .filter_map(|path| File::open(path).ok())
                .collect(),
        )
    }

    fn read(&self) -> Duration {
        let mut text = [0; 64];
        let waited = self.0.iter().filter_map(|file| {
            let len = file.read_at(&mut text, 0).ok()?;
            let text = std::str::from_utf8(&text[..len]).ok()?;
            text.split_whitespace().nth(1)?.parse::<u64>().ok()
        });
        Duration::from_nanos(waited.sum())
    }
}

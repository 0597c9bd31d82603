//! PING, over and over, and how long each took.
//!
//! A ping may be slow because the server is busy, or because one of the two had to wait for a core that somebody else was using. The kernel counts the
//! latter for each thread, so it can be taken off. What is left may still be the machine's: a packet that the kernel was slow to hand over, say. The server's
//! part in it is no more than its main thread ran meanwhile.

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

/// Between two pings: no pause is missed by more than this.
const BREATH: Duration = Duration::from_micros(50);

/// What a phase's pings met with.
#[derive(Default)]
pub(super) struct Pings {
    /// As they were.
    pub(super) all: Histogram,
    /// Without the time that the server or the pinger waited for a core.
    pub(super) own: Histogram,
    /// Of that, no more than the server's main thread ran since the ping before; none where the kernel does not tell.
    pub(super) worked: Option<Histogram>,
    /// Whether the pinger goes before other threads on its core.
    pub(super) first: bool,
}

/// Pings while `work` is done.
pub(super) fn watched(port: u16, pid: u32, work: impl FnOnce() -> Result<()>) -> Result<Pings> {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let pinger = scope.spawn(|| ping(port, pid, &stop));
        // Not even a panic may leave the pinger running, for whom the scope waits.
        let _stop = Stop(&stop);
        let done = work();
        stop.store(true, Ordering::Relaxed);
        let pings = pinger.join().map_err(|_| "the pinger panicked")?;
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
        thread::sleep(BREATH);
    }
    Ok(pings)
}

/// How long the server's main thread and this thread have waited for a core so far, where the kernel tells.
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

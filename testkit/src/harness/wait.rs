//! Waits for background work of a server.

use std::fmt::Debug;
use std::thread;
use std::time::{Duration, Instant};

/// A deadline for background work of a server on a busy machine.
pub const SOON: Duration = Duration::from_secs(30);

/// Probes every 5 ms until `done` accepts the value seen, and returns that value. After the
/// deadline it fails the test with the last value seen.
#[track_caller]
pub fn wait_until<T: Debug>(
    what: &str,
    deadline: Duration,
    mut probe: impl FnMut() -> T,
    done: impl Fn(&T) -> bool,
) -> T {
    let start = Instant::now();
    loop {
        let seen = probe();
        if done(&seen) {
            return seen;
        }
        assert!(
            start.elapsed() < deadline,
            "not within {deadline:?}: {what}; last seen: {seen:?}"
        );
        thread::sleep(Duration::from_millis(5));
    }
}

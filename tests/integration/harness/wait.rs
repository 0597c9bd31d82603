//! Waiting for what a server does in its own time.

use std::fmt::Debug;
use std::thread;
use std::time::{Duration, Instant};

/// Long enough for anything that is not broken, on a machine that is busy with something else.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// Probes until `done` is content with the value seen, and gives it back; fails with the last one seen.
#[track_caller]
pub(crate) fn wait_until<T: Debug>(
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

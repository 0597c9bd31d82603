//! The time of this machine, which the server uses too.

use std::time::{SystemTime, UNIX_EPOCH};

/// Unix time in milliseconds.
#[must_use]
pub fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("it is past 1970");
    i64::try_from(since.as_millis()).expect("and before the year 292 million")
}

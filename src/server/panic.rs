//! Panics, which must not cross into the server.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};

use super::log::{self, Level};

/// Runs `body`. Returns `None` if it panics, after the location and the message were logged.
#[inline]
pub(crate) fn catch_panic<R>(body: impl FnOnce() -> R) -> Option<R> {
    panic::catch_unwind(AssertUnwindSafe(body)).ok()
}

/// Writes panics to the server's log instead of the standard error stream.
pub(crate) fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let location = panic
            .location()
            .map_or_else(|| "an unknown location".to_owned(), ToString::to_string);
        let message = message_of(panic.payload());
        log::write(
            Level::Warning,
            &format!("internal error at {location}: {message}; please report it"),
        );
    }));
}

fn message_of(payload: &dyn Any) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

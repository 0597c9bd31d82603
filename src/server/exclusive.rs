//! The right to open keys, which one place at a time has.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether there is a set of open keys.
///
/// Values are lent by reference while it exists, so there is one set at a time, and nothing that could run
/// other commands is called meanwhile. See [`are_keys_open`].
static IN_USE: AtomicBool = AtomicBool::new(false);

/// Whether keys are open, so that values may be borrowed: then no command of the server may be run.
pub(super) fn are_keys_open() -> bool {
    IN_USE.load(Ordering::Relaxed)
}

/// The right to open keys, which one place at a time has.
pub(super) struct Exclusive {
    /// Keys belong to the main thread.
    main_thread: PhantomData<*mut ()>,
}

impl Exclusive {
    #[inline]
    pub(super) fn take() -> Option<Self> {
        if are_keys_open() {
            return None;
        }
        IN_USE.store(true, Ordering::Relaxed);
        Some(Self {
            main_thread: PhantomData,
        })
    }
}

impl Drop for Exclusive {
    fn drop(&mut self) {
        IN_USE.store(false, Ordering::Relaxed);
    }
}

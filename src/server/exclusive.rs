//! The right to open keys, which has one owner at a time.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether there is a set of open keys.
///
/// Values are borrowed while it exists. So there is one set at a time, and nothing that could run
/// other commands is called meanwhile. See [`are_keys_open`].
static IN_USE: AtomicBool = AtomicBool::new(false);

/// Returns whether keys are open, so that values may be borrowed. Then no server command may be
/// run.
pub(super) fn are_keys_open() -> bool {
    IN_USE.load(Ordering::Relaxed)
}

/// The right to open keys. It has one owner at a time.
pub(super) struct Exclusive {
    /// Keys may be used on the main thread only.
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

//! Values that commands read and administrators replace.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A value that is read on every call, without a lock, and replaced now and then as a whole.
///
/// A replaced value is not freed: a running command may still read it, and a few hundred bytes per change made by hand are
/// less than a lock on every call.
pub(crate) struct Snapshot<T: 'static> {
    current: AtomicPtr<T>,
}

impl<T: Sync> Snapshot<T> {
    /// Nothing published yet.
    pub(crate) const fn new() -> Self {
        Self {
            current: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// Replaces the value.
    pub(crate) fn publish(&self, value: T) {
        self.current
            .store(Box::leak(Box::new(value)), Ordering::Release);
    }

    /// The latest value; `None` before the first.
    #[inline]
    pub(crate) fn get(&self) -> Option<&'static T> {
        // SAFETY: the pointer is null or that of a leaked box, which is never freed nor written to again.
        unsafe { self.current.load(Ordering::Acquire).as_ref() }
    }
}

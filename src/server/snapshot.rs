//! Values that commands read and administrators replace.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A value that is read by every call without a lock, and rarely replaced as a whole.
///
/// A replaced value is not freed, because a running command may still read it. A few hundred bytes
/// per manual change cost less than a lock per call.
pub(crate) struct Snapshot<T: 'static> {
    current: AtomicPtr<T>,
}

impl<T: Sync> Snapshot<T> {
    /// Returns a snapshot without a value.
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

    /// Returns the latest value. Returns `None` before the first.
    #[inline]
    pub(crate) fn get(&self) -> Option<&'static T> {
        // SAFETY: the pointer is null or that of a leaked box, which is never freed or written
        // again.
        unsafe { self.current.load(Ordering::Acquire).as_ref() }
    }
}

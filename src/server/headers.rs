//! Memory for the values of keys that is never freed, so that an address stays readable.
//!
//! The memory is divided into headers. Each header has a generation, which increases when a value
//! is created or dropped in it. A cached address with a generation is valid if the generation has
//! not changed. Headers are reused, so their number is the maximum number of values that existed at
//! the same time, rounded up to a block.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Number of headers that are allocated together.
const BLOCK: usize = 16;

/// Memory for one value. It begins a cache line of the processor.
#[repr(C, align(64))]
pub(super) struct Header<T> {
    /// Odd while the header holds a value.
    generation: AtomicU64,
    value: MaybeUninit<T>,
}

impl<T> Header<T> {
    fn empty() -> Self {
        Self {
            generation: AtomicU64::new(0),
            value: MaybeUninit::uninit(),
        }
    }

    /// Returns the generation, which may be read at any time.
    ///
    /// # Safety
    /// `header` must have been allocated by a [`HeaderPool`].
    #[inline]
    pub(super) unsafe fn generation(header: *const Self) -> u64 {
        // SAFETY: headers are never freed, and the generation is atomic.
        unsafe { (*header).generation.load(Ordering::Acquire) }
    }

    /// Returns the value of a header.
    ///
    /// # Safety
    /// `header` must hold a value that nothing changes for the lifetime `'a`.
    #[inline]
    pub(super) unsafe fn value<'a>(header: *const Self) -> &'a T {
        // SAFETY: by the caller's promise.
        unsafe { (*header).value.assume_init_ref() }
    }

    /// Returns the value of a header, for changes.
    ///
    /// # Safety
    /// `header` must hold a value that nothing else refers to for the lifetime `'a`.
    #[inline]
    pub(super) unsafe fn value_mut<'a>(header: *mut Self) -> &'a mut T {
        // SAFETY: by the caller's promise.
        unsafe { (*header).value.assume_init_mut() }
    }
}

/// Headers that hold no value.
pub(super) struct HeaderPool<T: 'static> {
    free: Mutex<Vec<Free<T>>>,
}

struct Free<T>(NonNull<Header<T>>);

// SAFETY: a free header belongs to the thread that takes it out of the pool.
unsafe impl<T: Send> Send for Free<T> {}

impl<T: Send> HeaderPool<T> {
    /// Returns an empty pool.
    pub(super) const fn new() -> Self {
        Self {
            free: Mutex::new(Vec::new()),
        }
    }

    /// Moves a value into a header.
    pub(super) fn insert(&'static self, value: T) -> Pooled<T> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let header = loop {
            if let Some(Free(header)) = free.pop() {
                break header;
            }
            let block = std::iter::repeat_with(Header::empty).take(BLOCK);
            let block: &'static mut [Header<T>] = Box::leak(block.collect());
            free.extend(block.iter_mut().map(|header| Free(NonNull::from(header))));
        };
        drop(free);
        // SAFETY: a header taken out of the pool has no other user, except that its generation may
        // be read.
        unsafe {
            (&raw mut (*header.as_ptr()).value).write(MaybeUninit::new(value));
            (*header.as_ptr())
                .generation
                .fetch_add(1, Ordering::Release);
        }
        Pooled { header, pool: self }
    }

    /// Takes back a value that [`Pooled::into_raw`] released.
    ///
    /// # Safety
    /// `raw` must be the result of [`Pooled::into_raw`] for a value of this pool, taken back once.
    pub(super) unsafe fn take_over(&'static self, raw: *mut c_void) -> Option<Pooled<T>> {
        let header = NonNull::new(raw.cast())?;
        Some(Pooled { header, pool: self })
    }
}

/// The owner of a value in a header of a pool, like a `Box`.
pub(crate) struct Pooled<T: Send + 'static> {
    header: NonNull<Header<T>>,
    pool: &'static HeaderPool<T>,
}

impl<T: Send> Pooled<T> {
    /// Releases the value. Returns the header's address, for the server.
    pub(super) fn into_raw(self) -> *mut c_void {
        let header = self.header;
        std::mem::forget(self);
        header.as_ptr().cast()
    }
}

impl<T: Send> Deref for Pooled<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the header holds a value, to which only this handle refers.
        unsafe { Header::value(self.header.as_ptr()) }
    }
}

impl<T: Send> DerefMut for Pooled<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`; the borrow is exclusive.
        unsafe { Header::value_mut(self.header.as_ptr()) }
    }
}

impl<T: Send> Drop for Pooled<T> {
    fn drop(&mut self) {
        // SAFETY: the header holds a value, which is dropped once. Others may only read the
        // generation.
        unsafe {
            (*self.header.as_ptr())
                .generation
                .fetch_add(1, Ordering::Release);
            (*self.header.as_ptr()).value.assume_init_drop();
        }
        let mut free = self
            .pool
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        free.push(Free(self.header));
    }
}

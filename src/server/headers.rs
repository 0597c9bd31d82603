//! Memory for the values of keys that is never given back, so that an address stays readable for ever.
//!
//! Each place has a generation, which goes on whenever a value comes into being or ceases to. Whoever
//! remembers an address and a generation can tell, without a doubt, whether that value is still there.
//! Places are reused; their number is that of the most values that ever were alive at once.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Places made at once.
const BLOCK: usize = 16;

/// A place for a value. It begins a line of the processor's cache.
#[repr(C, align(64))]
pub(super) struct Header<T> {
    /// Odd while there is a value.
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

    /// The place's generation, which may be read at any time.
    ///
    /// # Safety
    /// `place` must have been made by a [`HeaderPool`].
    #[inline]
    pub(super) unsafe fn generation(place: *const Self) -> u64 {
        // SAFETY: places are never given back, and the generation is atomic.
        unsafe { (*place).generation.load(Ordering::Acquire) }
    }

    /// The value of a place.
    ///
    /// # Safety
    /// `place` must hold a value that nothing changes for the life `'a`.
    #[inline]
    pub(super) unsafe fn value<'a>(place: *const Self) -> &'a T {
        // SAFETY: by the caller's promise.
        unsafe { (*place).value.assume_init_ref() }
    }

    /// The value of a place, to be changed.
    ///
    /// # Safety
    /// `place` must hold a value that nothing else reaches for the life `'a`.
    #[inline]
    pub(super) unsafe fn value_mut<'a>(place: *mut Self) -> &'a mut T {
        // SAFETY: by the caller's promise.
        unsafe { (*place).value.assume_init_mut() }
    }
}

/// Places that hold no value.
pub(super) struct HeaderPool<T: 'static> {
    free: Mutex<Vec<Free<T>>>,
}

struct Free<T>(NonNull<Header<T>>);

// SAFETY: a free place belongs to whoever takes it out of the pool, on whatever thread.
unsafe impl<T: Send> Send for Free<T> {}

impl<T: Send> HeaderPool<T> {
    /// No places yet.
    pub(super) const fn new() -> Self {
        Self {
            free: Mutex::new(Vec::new()),
        }
    }

    /// Puts a value into a place of its own.
    pub(super) fn keep(&'static self, value: T) -> Kept<T> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let place = loop {
            if let Some(Free(place)) = free.pop() {
                break place;
            }
            let block = std::iter::repeat_with(Header::empty).take(BLOCK);
            let block: &'static mut [Header<T>] = Box::leak(block.collect());
            free.extend(block.iter_mut().map(|place| Free(NonNull::from(place))));
        };
        drop(free);
        // SAFETY: a place taken out of the pool is ours alone; others may only read its generation.
        unsafe {
            (&raw mut (*place.as_ptr()).value).write(MaybeUninit::new(value));
            (*place.as_ptr()).generation.fetch_add(1, Ordering::Release);
        }
        Kept { place, pool: self }
    }

    /// Takes a value over that [`Kept::into_raw`] gave out.
    ///
    /// # Safety
    /// `raw` must be what [`Kept::into_raw`] of this pool returned, taken over once.
    pub(super) unsafe fn take_over(&'static self, raw: *mut c_void) -> Option<Kept<T>> {
        let place = NonNull::new(raw.cast())?;
        Some(Kept { place, pool: self })
    }
}

/// A value in a place of a pool, and the only way to it: as a `Box`.
pub(crate) struct Kept<T: Send + 'static> {
    place: NonNull<Header<T>>,
    pool: &'static HeaderPool<T>,
}

impl<T: Send> Kept<T> {
    /// The place's address, for the server to keep.
    pub(super) fn into_raw(self) -> *mut c_void {
        let place = self.place;
        std::mem::forget(self);
        place.as_ptr().cast()
    }
}

impl<T: Send> Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the place holds a value, which only this handle reaches.
        unsafe { Header::value(self.place.as_ptr()) }
    }
}

impl<T: Send> DerefMut for Kept<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`; the borrow is exclusive.
        unsafe { Header::value_mut(self.place.as_ptr()) }
    }
}

impl<T: Send> Drop for Kept<T> {
    fn drop(&mut self) {
        // SAFETY: the place holds a value, which is dropped once; others may only read the generation.
        unsafe {
            (*self.place.as_ptr())
                .generation
                .fetch_add(1, Ordering::Release);
            (*self.place.as_ptr()).value.assume_init_drop();
        }
        let mut free = self
            .pool
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        free.push(Free(self.place));
    }
}

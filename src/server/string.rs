//! Strings of the server.

use std::marker::PhantomData;
use std::ptr;
use std::slice;
use std::sync::atomic::{AtomicPtr, Ordering};

use redis_module::raw::{self, RedisModuleString};

/// The bytes of a server's string.
///
/// # Safety
/// `string` must be valid, and neither freed nor changed for the life `'a`.
pub(super) unsafe fn bytes<'a>(string: *const RedisModuleString) -> &'a [u8] {
    let mut len = 0;
    // SAFETY: the string is valid by the caller's promise; `len` outlives the call.
    let start = unsafe { api!(RedisModule_StringPtrLen(string, &raw mut len)) };
    match start {
        // SAFETY: the server answers the string's own buffer of `len` bytes, never changed while the string lives.
        Some(start) if !start.is_null() => unsafe { slice::from_raw_parts(start.cast(), len) },
        _ => &[],
    }
}

/// A string that the server holds, valid for `'a`: an argument of the running command, or a name of
/// ours.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Text<'a> {
    raw: *mut RedisModuleString,
    held: PhantomData<&'a RedisModuleString>,
}

impl<'a> Text<'a> {
    /// # Safety
    /// `raw` must be valid, and neither freed nor changed for the life `'a`.
    pub(super) unsafe fn from_raw(raw: *mut RedisModuleString) -> Self {
        Self {
            raw,
            held: PhantomData,
        }
    }

    /// The pointer, valid for `'a`.
    pub(super) fn as_raw(self) -> *mut RedisModuleString {
        self.raw
    }

    /// Its bytes.
    #[inline]
    pub(crate) fn bytes(self) -> &'a [u8] {
        // SAFETY: valid and unchanged for 'a by the promise given to `from_raw`.
        unsafe { bytes(self.raw) }
    }
}

/// A string of our own, outside any context: it lives until it is dropped.
pub(crate) struct RedisString {
    raw: *mut RedisModuleString,
    /// The server counts references without a lock: such a string belongs to the main thread.
    main_thread: PhantomData<*mut ()>,
}

impl RedisString {
    /// A copy of the bytes.
    pub(crate) fn new(bytes: &[u8]) -> Self {
        // SAFETY: a null context is allowed; the server copies `len` bytes from a valid slice.
        let raw = unsafe {
            api!(RedisModule_CreateString(
                ptr::null_mut(),
                bytes.as_ptr().cast(),
                bytes.len()
            ))
        };
        Self {
            raw: raw.unwrap_or(ptr::null_mut()),
            main_thread: PhantomData,
        }
    }

    /// The string, still owned by this value.
    pub(crate) fn text(&self) -> Text<'_> {
        Text {
            raw: self.raw,
            held: PhantomData,
        }
    }

    /// The pointer, still owned by this value.
    pub(super) fn as_raw(&self) -> *mut RedisModuleString {
        self.raw
    }

    /// The pointer, now the caller's to free or to keep.
    pub(super) fn into_raw(self) -> *mut RedisModuleString {
        let raw = self.raw;
        std::mem::forget(self);
        raw
    }

    /// Takes over a string.
    ///
    /// # Safety
    /// `raw` must be null or a string made outside any context that nobody else frees.
    pub(super) unsafe fn from_raw(raw: *mut RedisModuleString) -> Self {
        Self {
            raw,
            main_thread: PhantomData,
        }
    }
}

impl Drop for RedisString {
    fn drop(&mut self) {
        if !self.raw.is_null() {
            // SAFETY: the string was made without a context and is freed once.
            unsafe {
                if let Some(free) = raw::RedisModule_FreeString {
                    free(ptr::null_mut(), self.raw);
                }
            }
        }
    }
}

/// A text that is passed to the server again and again. Its string is made once and kept for the life of the
/// process.
pub(crate) struct StaticString {
    text: &'static str,
    made: AtomicPtr<RedisModuleString>,
}

impl StaticString {
    /// The string of this text, not made yet.
    pub(crate) const fn new(text: &'static str) -> Self {
        Self {
            text,
            made: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// The pointer, never to be freed.
    pub(super) fn as_raw(&self) -> *mut RedisModuleString {
        let made = self.made.load(Ordering::Relaxed);
        if !made.is_null() {
            return made;
        }
        let made = RedisString::new(self.text.as_bytes()).into_raw();
        self.made.store(made, Ordering::Relaxed);
        made
    }
}

//! Strings of the server.

use std::marker::PhantomData;
use std::ptr;
use std::slice;
use std::sync::atomic::{AtomicPtr, Ordering};

use redis_module::raw::{self, RedisModuleString};

/// Returns the bytes of a server's string.
///
/// # Safety
/// `string` must be valid, and neither freed nor changed for the lifetime `'a`.
pub(super) unsafe fn bytes<'a>(string: *const RedisModuleString) -> &'a [u8] {
    let mut len = 0;
    // SAFETY: the string is valid by the contract of this function. `len` outlives the call.
    let start = unsafe { api!(RedisModule_StringPtrLen(string, &raw mut len)) };
    match start {
        // SAFETY: the server returns the string's buffer of `len` bytes, which does not change
        // while the string lives.
        Some(start) if !start.is_null() => unsafe { slice::from_raw_parts(start.cast(), len) },
        _ => &[],
    }
}

/// A string that the server holds, valid for `'a`: an argument of the running command, or a name
/// that the module keeps.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Text<'a> {
    raw: *mut RedisModuleString,
    held: PhantomData<&'a RedisModuleString>,
}

impl<'a> Text<'a> {
    /// # Safety
    /// `raw` must be valid, and neither freed nor changed for the lifetime `'a`.
    pub(super) unsafe fn from_raw(raw: *mut RedisModuleString) -> Self {
        Self {
            raw,
            held: PhantomData,
        }
    }

    /// Returns the pointer, valid for `'a`.
    pub(super) fn as_raw(self) -> *mut RedisModuleString {
        self.raw
    }

    /// Returns the bytes.
    #[inline]
    pub(crate) fn bytes(self) -> &'a [u8] {
        // SAFETY: valid and unchanged for 'a by the contract of `from_raw`.
        unsafe { bytes(self.raw) }
    }
}

/// A string of the module, outside any context. It lives until it is dropped.
pub(crate) struct RedisString {
    raw: *mut RedisModuleString,
    /// The server counts references without a lock, so the string must stay on the main thread.
    main_thread: PhantomData<*mut ()>,
}

impl RedisString {
    /// Returns a copy of the bytes.
    pub(crate) fn new(bytes: &[u8]) -> Self {
        // SAFETY: a null context is allowed. The server copies `len` bytes from a valid slice.
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

    /// Returns the string. This value still owns it.
    pub(crate) fn text(&self) -> Text<'_> {
        Text {
            raw: self.raw,
            held: PhantomData,
        }
    }

    /// Returns the pointer. This value still owns the string.
    pub(super) fn as_raw(&self) -> *mut RedisModuleString {
        self.raw
    }

    /// Returns the pointer. The caller owns the string.
    pub(super) fn into_raw(self) -> *mut RedisModuleString {
        let raw = self.raw;
        std::mem::forget(self);
        raw
    }

    /// Takes ownership of a string.
    ///
    /// # Safety
    /// `raw` must be null, or a string made outside any context that has no other owner.
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

/// A text that is passed to the server many times. Its string is created once and never freed.
pub(crate) struct StaticString {
    text: &'static str,
    made: AtomicPtr<RedisModuleString>,
}

impl StaticString {
    /// Returns the string of this text, which is not created yet.
    pub(crate) const fn new(text: &'static str) -> Self {
        Self {
            text,
            made: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// Returns the pointer of a string that is never freed.
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

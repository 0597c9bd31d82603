//! The arguments of a data type's callbacks: files, digests, and the defragmenter.

use std::ffi::{CStr, c_ulong, c_void};
use std::ptr;
use std::slice;

use redis_module::raw::{
    RedisModuleDefragCtx, RedisModuleDigest, RedisModuleIO, RedisModuleString,
};

use super::log::{Level, terminated};

/// An RDB file or a DUMP payload that is being read. After the first failed read, all others fail
/// too.
pub(crate) struct Reader {
    io: *mut RedisModuleIO,
}

impl Reader {
    /// # Safety
    /// `io` must be the argument of `rdb_load`, and the value must not outlive that call.
    pub(super) unsafe fn new(io: *mut RedisModuleIO) -> Self {
        Self { io }
    }

    /// Returns bytes written by [`Writer::bytes`]. Returns `None` if the input ends or is of
    /// another kind.
    pub(crate) fn bytes(&mut self) -> Option<Buffer> {
        let mut len = 0;
        // SAFETY: `io` is valid by the contract of `new`. `len` outlives the call.
        let start = unsafe { api!(RedisModule_LoadStringBuffer(self.io, &raw mut len)) };
        let start = start.filter(|start| !start.is_null())?;
        // Created before the check, so that it is freed in any case.
        let buffer = Buffer {
            start: start.cast(),
            len,
        };
        (!self.failed()).then_some(buffer)
    }

    fn failed(&self) -> bool {
        // SAFETY: `io` is valid by the contract of `new`.
        unsafe { api!(RedisModule_IsIOError(self.io)) }.is_some_and(|error| error != 0)
    }

    /// Logs what is wrong with the input.
    pub(crate) fn log(&self, message: &str) {
        let line = terminated(message);
        // SAFETY: `io` is valid; the format takes one NUL-terminated string.
        unsafe {
            api!(RedisModule_LogIOError(
                self.io,
                Level::Warning.name().as_ptr(),
                c"%s".as_ptr(),
                line.as_ptr()
            ));
        }
    }
}

/// Bytes that the server allocated for the module.
pub(crate) struct Buffer {
    start: *mut u8,
    len: usize,
}

impl Buffer {
    pub(crate) fn as_slice(&self) -> &[u8] {
        // SAFETY: the server returned `len` bytes at `start`, which is not null.
        unsafe { slice::from_raw_parts(self.start, self.len) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: allocated by the server for the module, freed once.
        unsafe { api!(RedisModule_Free(self.start.cast())) };
    }
}

/// An RDB file or a DUMP payload that is being written.
pub(crate) struct Writer {
    io: *mut RedisModuleIO,
}

impl Writer {
    /// # Safety
    /// `io` must be the argument of `rdb_save`, and the value must not outlive that call.
    pub(super) unsafe fn new(io: *mut RedisModuleIO) -> Self {
        Self { io }
    }

    /// Writes one string. It must not begin with a digit: 6.2 checks whether a short string is a
    /// number, and reads beyond its end.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        // For the same reason, an empty string needs a readable address.
        let start = if bytes.is_empty() {
            c"".as_ptr()
        } else {
            bytes.as_ptr().cast()
        };
        // SAFETY: `io` is valid by the contract of `new`. The bytes are written before the call
        // returns.
        unsafe { api!(RedisModule_SaveStringBuffer(self.io, start, bytes.len())) };
    }
}

/// The rewriting of an AOF, for one key.
pub(crate) struct Rewriter {
    io: *mut RedisModuleIO,
    key: *mut RedisModuleString,
}

impl Rewriter {
    /// # Safety
    /// Both must be arguments of `aof_rewrite`, and the value must not outlive that call.
    pub(super) unsafe fn new(io: *mut RedisModuleIO, key: *mut RedisModuleString) -> Self {
        Self { io, key }
    }

    /// Writes `command KEY bytes`.
    pub(crate) fn emit(&mut self, command: &CStr, bytes: &[u8]) {
        // SAFETY: `io` and `key` are valid by the contract of `new`. The format announces a string
        // of the server, and a buffer with its length, which follow.
        unsafe {
            api!(RedisModule_EmitAOF(
                self.io,
                command.as_ptr(),
                c"sb".as_ptr(),
                self.key,
                bytes.as_ptr(),
                bytes.len()
            ));
        }
    }
}

/// Adds one element to a digest, which does not depend on the order of elements.
///
/// # Safety
/// `digest` must be the argument of the `digest` callback.
pub(super) unsafe fn digest_element(digest: *mut RedisModuleDigest, element: &[u8]) {
    // SAFETY: valid by the contract of this function. The server reads the bytes before the call
    // returns.
    unsafe {
        api!(RedisModule_DigestAddStringBuffer(
            digest,
            element.as_ptr().cast(),
            element.len()
        ));
        api!(RedisModule_DigestEndSequence(digest));
    }
}

/// The defragmenter, for one value.
pub(crate) struct Defragmenter {
    raw: *mut RedisModuleDefragCtx,
}

impl Defragmenter {
    /// # Safety
    /// `raw` must be the argument of the `defrag` callback, and the value must not outlive that
    /// call.
    pub(super) unsafe fn new(raw: *mut RedisModuleDefragCtx) -> Self {
        Self { raw }
    }

    /// Returns the position at which the previous call for this value stopped. Returns 0 for the
    /// first call.
    pub(crate) fn resume_at(&self) -> usize {
        let mut cursor: c_ulong = 0;
        // SAFETY: valid context. `cursor` outlives the call. Without a stored cursor it is not
        // changed.
        unsafe { api!(RedisModule_DefragCursorGet(self.raw, &raw mut cursor)) };
        usize::try_from(cursor).unwrap_or(0)
    }

    /// Stores the position to continue from.
    pub(crate) fn stop_at(&self, position: usize) {
        let cursor = c_ulong::try_from(position).unwrap_or(0);
        // SAFETY: valid context.
        unsafe { api!(RedisModule_DefragCursorSet(self.raw, cursor)) };
    }

    /// Returns whether the time is up.
    pub(crate) fn must_stop(&self) -> bool {
        // SAFETY: valid context.
        unsafe { api!(RedisModule_DefragShouldStop(self.raw)) }.is_some_and(|stop| stop != 0)
    }

    /// Moves one block if that reduces fragmentation. Returns its new address, or null if it was
    /// not moved.
    ///
    /// # Safety
    /// `block` must be the start of a live block of the server's allocator. If the result is not
    /// null, `block` is invalid.
    pub(super) unsafe fn relocate(&self, block: *mut c_void) -> *mut c_void {
        // SAFETY: by the caller's promise.
        unsafe { api!(RedisModule_DefragAlloc(self.raw, block)) }.unwrap_or(ptr::null_mut())
    }

    /// Moves the buffer of a vector if that reduces fragmentation.
    pub(crate) fn relocate_buffer(&self, buffer: &mut Vec<u8>) {
        if buffer.capacity() == 0 {
            return;
        }
        let mut old = std::mem::ManuallyDrop::new(std::mem::take(buffer));
        let (start, len, capacity) = (old.as_mut_ptr(), old.len(), old.capacity());
        // SAFETY: a vector of bytes with a capacity is one block of the module's allocator, which
        // is the server's. The server copies the whole block, so the new one has the same content
        // and capacity. Only one of the two addresses is used afterwards.
        unsafe {
            let moved: *mut u8 = self.relocate(start.cast()).cast();
            let start = if moved.is_null() { start } else { moved };
            *buffer = Vec::from_raw_parts(start, len, capacity);
        }
    }
}

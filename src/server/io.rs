//! What a data type's callbacks are given: files being read and written, digests, and the defragmenter.

use std::ffi::{CStr, c_ulong, c_void};
use std::ptr;
use std::slice;

use redis_module::raw::{
    RedisModuleDefragCtx, RedisModuleDigest, RedisModuleIO, RedisModuleString,
};

use super::log::{Level, terminated};

/// An RDB file or a DUMP payload that is being read. After the first failed read every other fails too.
pub(crate) struct Reader {
    io: *mut RedisModuleIO,
}

impl Reader {
    /// # Safety
    /// `io` must be what `rdb_load` was given, and the value must not outlive that call.
    pub(super) unsafe fn new(io: *mut RedisModuleIO) -> Self {
        Self { io }
    }

    /// Bytes written by [`Writer::bytes`]; `None` if the input ends or holds something else.
    pub(crate) fn bytes(&mut self) -> Option<Buffer> {
        let mut len = 0;
        // SAFETY: `io` is valid by the promise given to `new`; `len` outlives the call.
        let start = unsafe { api!(RedisModule_LoadStringBuffer(self.io, &raw mut len)) };
        let start = start.filter(|start| !start.is_null())?;
        // Made before the check, so that it is freed in any case.
        let buffer = Buffer {
            start: start.cast(),
            len,
        };
        (!self.failed()).then_some(buffer)
    }

    fn failed(&self) -> bool {
        // SAFETY: `io` is valid by the promise given to `new`.
        unsafe { api!(RedisModule_IsIOError(self.io)) }.is_some_and(|error| error != 0)
    }

    /// Says in the server's log what is wrong with the input.
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

/// Bytes that the server allocated for us.
pub(crate) struct Buffer {
    start: *mut u8,
    len: usize,
}

impl Buffer {
    pub(crate) fn as_slice(&self) -> &[u8] {
        // SAFETY: the server gave `len` bytes at `start`, which is not null.
        unsafe { slice::from_raw_parts(self.start, self.len) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: allocated by the server for us, freed once.
        unsafe { api!(RedisModule_Free(self.start.cast())) };
    }
}

/// An RDB file or a DUMP payload that is being written.
pub(crate) struct Writer {
    io: *mut RedisModuleIO,
}

impl Writer {
    /// # Safety
    /// `io` must be what `rdb_save` was given, and the value must not outlive that call.
    pub(super) unsafe fn new(io: *mut RedisModuleIO) -> Self {
        Self { io }
    }

    /// One string. It must not begin with a digit: 6.2 looks whether a short one is a number, and does not stop at its end.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        // For the same reason an empty one needs an address that can be read.
        let start = if bytes.is_empty() {
            c"".as_ptr()
        } else {
            bytes.as_ptr().cast()
        };
        // SAFETY: `io` is valid by the promise given to `new`; the bytes are written before the call returns.
        unsafe { api!(RedisModule_SaveStringBuffer(self.io, start, bytes.len())) };
    }
}

/// An AOF that is being rewritten, at one key of it.
pub(crate) struct Rewriter {
    io: *mut RedisModuleIO,
    key: *mut RedisModuleString,
}

impl Rewriter {
    /// # Safety
    /// Both must be what `aof_rewrite` was given, and the value must not outlive that call.
    pub(super) unsafe fn new(io: *mut RedisModuleIO, key: *mut RedisModuleString) -> Self {
        Self { io, key }
    }

    /// Writes `command KEY bytes`.
    pub(crate) fn emit(&mut self, command: &CStr, bytes: &[u8]) {
        // SAFETY: `io` and `key` are valid by the promise given to `new`; the format announces a string of the server
        // and a buffer with its length, which follow.
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

/// Adds one element to a digest, in which the order of elements plays no part.
///
/// # Safety
/// `digest` must be what the `digest` callback was given.
pub(super) unsafe fn digest_element(digest: *mut RedisModuleDigest, element: &[u8]) {
    // SAFETY: by the caller's promise; the server reads the bytes before the call returns.
    unsafe {
        api!(RedisModule_DigestAddStringBuffer(
            digest,
            element.as_ptr().cast(),
            element.len()
        ));
        api!(RedisModule_DigestEndSequence(digest));
    }
}

/// The defragmenter, at one value.
pub(crate) struct Defragmenter {
    raw: *mut RedisModuleDefragCtx,
}

impl Defragmenter {
    /// # Safety
    /// `raw` must be what the `defrag` callback was given, and the value must not outlive that call.
    pub(super) unsafe fn new(raw: *mut RedisModuleDefragCtx) -> Self {
        Self { raw }
    }

    /// Where the previous call of the callback for this value stopped; 0 at the first.
    pub(crate) fn resume_at(&self) -> usize {
        let mut cursor: c_ulong = 0;
        // SAFETY: valid context; `cursor` outlives the call. Without a stored cursor it is left as it is.
        unsafe { api!(RedisModule_DefragCursorGet(self.raw, &raw mut cursor)) };
        usize::try_from(cursor).unwrap_or(0)
    }

    /// Remembers where to go on.
    pub(crate) fn stop_at(&self, position: usize) {
        let cursor = c_ulong::try_from(position).unwrap_or(0);
        // SAFETY: valid context.
        unsafe { api!(RedisModule_DefragCursorSet(self.raw, cursor)) };
    }

    /// Whether the time is up.
    pub(crate) fn must_stop(&self) -> bool {
        // SAFETY: valid context.
        unsafe { api!(RedisModule_DefragShouldStop(self.raw)) }.is_some_and(|stop| stop != 0)
    }

    /// Moves one block to a better place, if that helps: its new address, else null.
    ///
    /// # Safety
    /// `block` must be the start of a live block of the server's allocator. If the answer is not null, `block` is gone.
    pub(super) unsafe fn relocate(&self, block: *mut c_void) -> *mut c_void {
        // SAFETY: by the caller's promise.
        unsafe { api!(RedisModule_DefragAlloc(self.raw, block)) }.unwrap_or(ptr::null_mut())
    }

    /// Moves the buffer of a vector to a better place, if that helps.
    pub(crate) fn relocate_buffer(&self, buffer: &mut Vec<u8>) {
        if buffer.capacity() == 0 {
            return;
        }
        let mut old = std::mem::ManuallyDrop::new(std::mem::take(buffer));
        let (start, len, capacity) = (old.as_mut_ptr(), old.len(), old.capacity());
        // SAFETY: a vector of bytes with a capacity is one block of our allocator, which is the server's; the server copies the
        // whole block, so the new one has the same content and capacity. Exactly one of the two addresses is used again.
        unsafe {
            let moved: *mut u8 = self.relocate(start.cast()).cast();
            let start = if moved.is_null() { start } else { moved };
            *buffer = Vec::from_raw_parts(start, len, capacity);
        }
    }
}

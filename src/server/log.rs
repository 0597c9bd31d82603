//! The server's log.

use std::ffi::CStr;
use std::ptr;

use redis_module::raw::RedisModuleCtx;

/// The server's log levels that the module uses.
#[derive(Clone, Copy)]
pub(crate) enum Level {
    /// Information for administrators.
    Notice,
    /// A problem that requires an administrator.
    Warning,
}

impl Level {
    pub(super) fn name(self) -> &'static CStr {
        match self {
            Self::Notice => c"notice",
            Self::Warning => c"warning",
        }
    }
}

/// Writes one line to the log, in any context. A NUL byte in it is written as a space.
pub(crate) fn write(level: Level, message: &str) {
    // SAFETY: a null context is allowed.
    unsafe { write_as(ptr::null_mut(), level, &format!("shorten: {message}")) };
}

/// Writes one line to the log, in the name of a context's module.
///
/// # Safety
/// `ctx` must be null or valid.
pub(super) unsafe fn write_as(ctx: *mut RedisModuleCtx, level: Level, message: &str) {
    let line = terminated(message);
    // SAFETY: the format takes one NUL-terminated string, which `line` is. The context is valid by
    // the contract of this function.
    unsafe {
        api!(RedisModule_Log(
            ctx,
            level.name().as_ptr(),
            c"%s".as_ptr(),
            line.as_ptr()
        ));
    }
}

/// Returns the text as a NUL-terminated string without other NULs.
pub(super) fn terminated(text: &str) -> Vec<u8> {
    text.bytes()
        .map(|byte| if byte == 0 { b' ' } else { byte })
        .chain([0])
        .collect()
}

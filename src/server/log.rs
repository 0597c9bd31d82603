//! The server's log.

use std::ffi::CStr;
use std::ptr;

use redis_module::raw::RedisModuleCtx;

/// The server's log levels that the module uses.
#[derive(Clone, Copy)]
pub(crate) enum Level {
    /// What an administrator may like to know.
    Notice,
    /// What an administrator has to know.
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

/// Writes one line, from wherever the module happens to be; a NUL byte in it is shown as a space.
pub(crate) fn write(level: Level, message: &str) {
    // SAFETY: a null context is allowed.
    unsafe { write_as(ptr::null_mut(), level, &format!("shorten: {message}")) };
}

/// Writes one line in the name of a context's module.
///
/// # Safety
/// `ctx` must be null or valid.
pub(super) unsafe fn write_as(ctx: *mut RedisModuleCtx, level: Level, message: &str) {
    let line = terminated(message);
    // SAFETY: the format takes exactly one NUL-terminated string, which `line` is; the context is as the caller promises.
    unsafe {
        api!(RedisModule_Log(
            ctx,
            level.name().as_ptr(),
            c"%s".as_ptr(),
            line.as_ptr()
        ));
    }
}

/// The text as a NUL-terminated string: one NUL, at the end.
pub(super) fn terminated(text: &str) -> Vec<u8> {
    text.bytes()
        .map(|byte| if byte == 0 { b' ' } else { byte })
        .chain([0])
        .collect()
}

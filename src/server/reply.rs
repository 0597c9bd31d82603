//! Replies to the client.

use std::ffi::{CStr, c_long};
use std::fmt::Display;

use super::Ctx;
use super::log::terminated;

impl Ctx<'_> {
    /// Replies with a bulk string.
    #[inline]
    pub(crate) fn reply_bulk(self, bytes: &[u8]) {
        // SAFETY: the context is valid; the server copies the bytes.
        unsafe {
            api!(RedisModule_ReplyWithStringBuffer(
                self.as_raw(),
                bytes.as_ptr().cast(),
                bytes.len()
            ));
        }
    }

    /// Replies with a bulk string, or with null.
    #[inline]
    pub(crate) fn reply_bulk_or_null(self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.reply_bulk(bytes),
            None => self.reply_null(),
        }
    }

    /// Replies by `reply`. With a status, the reply is an array of that and the status.
    #[inline]
    pub(crate) fn reply_with_status(self, status: Option<&str>, reply: impl FnOnce()) {
        let Some(status) = status else {
            return reply();
        };
        self.reply_array(2);
        reply();
        self.reply_bulk(status.as_bytes());
    }

    /// Replies with null: `_` in RESP3, the null bulk string in RESP2.
    pub(crate) fn reply_null(self) {
        // SAFETY: the context is valid.
        unsafe { api!(RedisModule_ReplyWithNull(self.as_raw())) };
    }

    /// Replies with a number. A number above 2^63 - 1, which RESP cannot represent, is replaced by
    /// that.
    pub(crate) fn reply_number(self, number: u64) {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        // SAFETY: the context is valid.
        unsafe { api!(RedisModule_ReplyWithLongLong(self.as_raw(), number)) };
    }

    /// Replies with a number, or with null.
    pub(crate) fn reply_number_or_null(self, number: Option<u64>) {
        match number {
            Some(number) => self.reply_number(number),
            None => self.reply_null(),
        }
    }

    /// Replies with 1 or 0.
    pub(crate) fn reply_flag(self, flag: bool) {
        self.reply_number(u64::from(flag));
    }

    /// Replies with a simple string, such as `OK`.
    pub(crate) fn reply_status(self, status: &CStr) {
        // SAFETY: the context is valid; the server copies the text.
        unsafe {
            api!(RedisModule_ReplyWithSimpleString(
                self.as_raw(),
                status.as_ptr()
            ))
        };
    }

    /// Replies with the head of an array of this many elements, which must follow.
    pub(crate) fn reply_array(self, len: usize) {
        let len = c_long::try_from(len).unwrap_or(c_long::MAX);
        // SAFETY: the context is valid.
        unsafe { api!(RedisModule_ReplyWithArray(self.as_raw(), len)) };
    }

    /// Replies with the head of a map of this many pairs, which must follow. The map is a flat
    /// array in RESP2, and on servers without maps for modules (6.2).
    pub(crate) fn reply_map(self, pairs: usize) {
        let len = c_long::try_from(pairs).unwrap_or(c_long::MAX);
        // SAFETY: the context is valid.
        if unsafe { api!(RedisModule_ReplyWithMap(self.as_raw(), len)) }.is_none() {
            self.reply_array(pairs.saturating_mul(2));
        }
    }

    /// Replies with an error line, which begins with its stable word. Control characters become
    /// spaces, so that it stays one line.
    pub(crate) fn reply_error(self, error: &dyn Display) {
        let line: String = error
            .to_string()
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let line = terminated(&line);
        // SAFETY: the context is valid. The line's only NUL is at its end.
        unsafe {
            api!(RedisModule_ReplyWithError(
                self.as_raw(),
                line.as_ptr().cast()
            ))
        };
    }

    /// Replies with Redis's error for a wrong number of arguments.
    pub(crate) fn reply_wrong_arity(self) {
        // SAFETY: the context is that of a command.
        unsafe { api!(RedisModule_WrongArity(self.as_raw())) };
    }
}

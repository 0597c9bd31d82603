//! Arguments of commands. Options are keywords in any case, each at most once. An argument that is
//! left over is an error.

use std::ffi::CStr;

use shorten_engine::error::{Error, quote};
use shorten_engine::{Expiry, parse_count, parse_integer};

use crate::server::Args;
use crate::server::string::Text;

/// A position in a command's arguments.
#[derive(Clone, Copy)]
pub(crate) struct ArgCursor<'a> {
    args: Args<'a>,
    next: usize,
}

impl<'a> ArgCursor<'a> {
    /// Creates a cursor at the argument with this index. The command's name has index 0.
    #[inline]
    pub(crate) fn at(args: Args<'a>, index: usize) -> Self {
        Self { args, next: index }
    }

    /// Returns the next argument. Returns `None` at the end.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<&'a [u8]> {
        let argument = self.args.get(self.next)?;
        self.next = self.next.saturating_add(1);
        Some(argument)
    }

    /// Returns the argument that was read last, as the server's string.
    #[inline]
    pub(crate) fn last(&self) -> Option<Text<'a>> {
        self.args.text(self.next.checked_sub(1)?)
    }

    /// Returns the value of an option, which is the next argument.
    ///
    /// # Errors
    /// `ERR syntax error` at the end.
    pub(crate) fn value(&mut self) -> Result<&'a [u8], Error> {
        self.next().ok_or_else(Error::syntax)
    }

    /// Returns the next argument as an integer.
    ///
    /// # Errors
    /// As [`ArgCursor::value`]. `ERR value is not an integer or out of range`.
    pub(crate) fn integer(&mut self) -> Result<i64, Error> {
        parse_integer(self.value()?)
    }

    /// Returns the next argument as an integer of at least 0.
    ///
    /// # Errors
    /// As [`ArgCursor::integer`].
    pub(crate) fn count(&mut self) -> Result<u64, Error> {
        parse_count(self.value()?)
    }

    /// Returns the next argument as an integer of at least `min`, for the option of this name.
    ///
    /// # Errors
    /// As [`ArgCursor::value`]. `ERR` with the option's name, the bounds and the value.
    pub(crate) fn number(&mut self, option: &str, min: u64) -> Result<u64, Error> {
        let value = self.value()?;
        parse_count(value)
            .ok()
            .filter(|&number| number >= min)
            .ok_or_else(|| {
                Error::other(format!(
                    "{option} must be an integer between {min} and {}, got {}",
                    i64::MAX,
                    quote(value)
                ))
            })
    }

    /// Returns the value of EX, PX, EXAT or PXAT. Returns `None` if `word` is none of them.
    ///
    /// # Errors
    /// As [`ArgCursor::integer`].
    pub(crate) fn expiry(&mut self, word: &[u8]) -> Result<Option<Expiry>, Error> {
        let unit = if keyword_is(word, "EX") {
            Expiry::InSeconds
        } else if keyword_is(word, "PX") {
            Expiry::InMillis
        } else if keyword_is(word, "EXAT") {
            Expiry::AtSeconds
        } else if keyword_is(word, "PXAT") {
            Expiry::AtMillis
        } else {
            return Ok(None);
        };
        self.integer().map(unit).map(Some)
    }

    /// Returns whether all arguments were read.
    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        self.next >= self.args.len()
    }
}

/// Returns whether an argument is this keyword, in any case.
pub(crate) fn keyword_is(argument: &[u8], word: &str) -> bool {
    argument.eq_ignore_ascii_case(word.as_bytes())
}

/// Stores an option's value.
///
/// # Errors
/// `ERR syntax error` if the option, or one that excludes it, was set before.
pub(crate) fn set_once<T>(option: &mut Option<T>, value: T) -> Result<(), Error> {
    match option.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::syntax()),
    }
}

/// Returns Redis's error for a wrong number of arguments.
#[cold]
pub(crate) fn wrong_arity(command: &CStr) -> Error {
    wrong_arity_of(&command.to_string_lossy())
}

/// Returns the error of [`wrong_arity`] for a subcommand, given as `container|subcommand`.
#[cold]
pub(crate) fn wrong_arity_of(command: &str) -> Error {
    Error::other(format!("wrong number of arguments for '{command}' command"))
}

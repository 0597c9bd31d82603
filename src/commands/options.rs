//! Reading a command's arguments: options are words in any case, each at most once, and none may be left over.

use std::ffi::CStr;

use shorten_engine::Expiry;
use shorten_engine::error::{Error, quote};

use crate::server::Args;
use crate::server::string::Text;

/// A position in a command's arguments.
#[derive(Clone, Copy)]
pub(crate) struct ArgCursor<'a> {
    args: Args<'a>,
    next: usize,
}

impl<'a> ArgCursor<'a> {
    /// Starts at the argument with this index; the command's name has index 0.
    #[inline]
    pub(crate) fn at(args: Args<'a>, index: usize) -> Self {
        Self { args, next: index }
    }

    /// The next argument; `None` at the end.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<&'a [u8]> {
        let argument = self.args.get(self.next)?;
        self.next = self.next.saturating_add(1);
        Some(argument)
    }

    /// The argument that was read last, as the server's own string.
    #[inline]
    pub(crate) fn last(&self) -> Option<Text<'a>> {
        self.args.text(self.next.checked_sub(1)?)
    }

    /// The value that has to follow an option.
    ///
    /// # Errors
    /// `ERR syntax error` at the end.
    pub(crate) fn value(&mut self) -> Result<&'a [u8], Error> {
        self.next().ok_or_else(Error::syntax)
    }

    /// The whole number that has to follow.
    ///
    /// # Errors
    /// As [`ArgCursor::value`]; `ERR value is not an integer or out of range`.
    pub(crate) fn integer(&mut self) -> Result<i64, Error> {
        integer(self.value()?)
    }

    /// The number, 0 or more, that has to follow.
    ///
    /// # Errors
    /// As [`ArgCursor::integer`].
    pub(crate) fn count(&mut self) -> Result<u64, Error> {
        count(self.value()?)
    }

    /// The number, `least` or more, that has to follow the option of this name.
    ///
    /// # Errors
    /// As [`ArgCursor::value`]; `ERR` with the option's name, the bounds and the value.
    pub(crate) fn number(&mut self, option: &str, least: u64) -> Result<u64, Error> {
        let value = self.value()?;
        count(value)
            .ok()
            .filter(|&number| number >= least)
            .ok_or_else(|| {
                Error::other(format!(
                    "{option} must be an integer between {least} and {}, got {}",
                    i64::MAX,
                    quote(value)
                ))
            })
    }

    /// The value of EX, PX, EXAT or PXAT, if `word` is one of them.
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

    /// Whether all arguments were read.
    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        self.next >= self.args.len()
    }
}

/// Whether an argument is this word, in whatever case.
pub(crate) fn keyword_is(argument: &[u8], word: &str) -> bool {
    argument.eq_ignore_ascii_case(word.as_bytes())
}

/// Notes an option's value.
///
/// # Errors
/// `ERR syntax error` if it was given before, or another that contradicts it.
pub(crate) fn set_once<T>(place: &mut Option<T>, value: T) -> Result<(), Error> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::syntax()),
    }
}

/// The whole number an argument is, by the server's own rule: digits, perhaps a minus, no leading zero, within 64 bits.
///
/// # Errors
/// `ERR value is not an integer or out of range`.
pub(crate) fn integer(argument: &[u8]) -> Result<i64, Error> {
    let digits = argument.strip_prefix(b"-").unwrap_or(argument);
    let plain = match digits {
        [b'0'] => digits.len() == argument.len(),
        [b'1'..=b'9', ..] => true,
        _ => false,
    };
    std::str::from_utf8(argument)
        .ok()
        .filter(|_| plain)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| out_of_range(argument))
}

/// As [`integer`], and not negative.
///
/// # Errors
/// As [`integer`].
pub(crate) fn count(argument: &[u8]) -> Result<u64, Error> {
    let number = integer(argument)?;
    u64::try_from(number).map_err(|_| out_of_range(argument))
}

/// The server's words, and the value.
#[cold]
fn out_of_range(argument: &[u8]) -> Error {
    Error::other(format!(
        "value is not an integer or out of range: {}",
        quote(argument)
    ))
}

/// The number a scan's cursor is: digits alone, within 64 bits.
///
/// # Errors
/// `ERR invalid cursor`.
pub(crate) fn cursor(argument: &[u8]) -> Result<u64, Error> {
    std::str::from_utf8(argument)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Error::other(format!("invalid cursor {}; start with 0", quote(argument))))
}

/// The server's words for a wrong number of arguments.
#[cold]
pub(crate) fn wrong_arity(command: &CStr) -> Error {
    wrong_arity_of(&command.to_string_lossy())
}

/// As [`wrong_arity`], for a subcommand, `container|subcommand`.
#[cold]
pub(crate) fn wrong_arity_of(command: &str) -> Error {
    Error::other(format!("wrong number of arguments for '{command}' command"))
}

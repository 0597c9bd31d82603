//! Errors that commands return, and their stable words.
//!
//! Every error line begins with a stable upper-case word that a client can match. A description
//! follows: what was wrong, and with which value. A line is sent as a RESP simple error, which a
//! CR, LF or NUL would break. User input is therefore escaped and shortened before it is quoted.

use std::fmt::{self, Write as _};

/// Maximum number of characters of a value that an error quotes. A longer value is cut and ends
/// with `...`.
pub const QUOTE_MAX: usize = 80;

/// Maximum number of characters of an error line.
pub const LINE_MAX: usize = 512;

/// Why a command was refused.
///
/// `Display` writes the whole error line, the stable word first. The line has only printable
/// characters and at most [`LINE_MAX`] of them, whatever the text contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// `BADURL`: the URL breaks a rule of [`crate::url::Rules`].
    BadUrl(String),
    /// `BADCODE`: the code is malformed (see [`crate::code::Code::parse`]) or cannot be used here.
    BadCode(String),
    /// `CODETAKEN`: a link has the code.
    CodeTaken(String),
    /// `POOLEMPTY`: the pool of `CODEPOOL TAKE` is empty and disabled.
    PoolEmpty,
    /// `OOM`: there is no memory for what the command would create.
    OutOfMemory,
    /// `CROSSSLOT`: the command needs two hash slots, which a cluster does not allow.
    CrossSlot(String),
    /// `TRYAGAIN`: this node of the cluster is importing the slot.
    TryAgain,
    /// `WRONGTYPE`: the shard's key holds a value of another type.
    WrongType(String),
    /// `NOPERM`: the user has no permission for a code or URL.
    NoPermission(String),
    /// `ERR`: any other error.
    Other(String),
}

impl Error {
    /// Returns `BADURL reason: 'url'`.
    #[must_use]
    pub fn bad_url(reason: &str, url: &[u8]) -> Self {
        Self::BadUrl(format!("{reason}: {}", quote(url)))
    }

    /// Returns `BADCODE reason: 'code'`.
    #[must_use]
    pub fn bad_code(reason: &str, code: &[u8]) -> Self {
        Self::BadCode(format!("{reason}: {}", quote(code)))
    }

    /// Returns `CODETAKEN` with the code.
    #[must_use]
    pub fn code_taken(code: &[u8]) -> Self {
        Self::CodeTaken(format!("code is already in use: {}", quote(code)))
    }

    /// Returns `CROSSSLOT` with this text.
    #[must_use]
    pub fn cross_slot(text: impl Into<String>) -> Self {
        Self::CrossSlot(text.into())
    }

    /// Returns `WRONGTYPE` with Redis's text and the key.
    #[must_use]
    pub fn wrong_type(key: &[u8]) -> Self {
        Self::WrongType(format!(
            "Operation against a key holding the wrong kind of value: {}",
            quote(key)
        ))
    }

    /// Returns `NOPERM` with Redis's text, the key, and what the user needs.
    #[must_use]
    pub fn no_permission(key: &[u8]) -> Self {
        Self::NoPermission(format!(
            "No permissions to access a key: {}; the user needs a key pattern that matches it",
            quote(key)
        ))
    }

    /// Returns Redis's error for an unknown, repeated or contradictory option.
    #[must_use]
    pub fn syntax() -> Self {
        Self::other("syntax error")
    }

    /// Returns Redis's error for an expiry that is zero, negative, past or too large. `command` is
    /// the name to show, such as `shorten`.
    #[must_use]
    pub fn invalid_expire(command: &str) -> Self {
        Self::other(format!("invalid expire time in '{command}' command"))
    }

    /// Returns `ERR` with this text.
    #[must_use]
    pub fn other(text: impl Into<String>) -> Self {
        Self::Other(text.into())
    }

    /// Returns the stable word at the start of the line.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::BadUrl(_) => "BADURL",
            Self::BadCode(_) => "BADCODE",
            Self::CodeTaken(_) => "CODETAKEN",
            Self::PoolEmpty => "POOLEMPTY",
            Self::OutOfMemory => "OOM",
            Self::CrossSlot(_) => "CROSSSLOT",
            Self::TryAgain => "TRYAGAIN",
            Self::WrongType(_) => "WRONGTYPE",
            Self::NoPermission(_) => "NOPERM",
            Self::Other(_) => "ERR",
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::PoolEmpty => {
                "the pool is empty and shorten.pool-max is 0; set pool-max above 0 to create codes"
            }
            // The text with which the server refuses commands that add data.
            Self::OutOfMemory => "command not allowed when used memory > 'maxmemory'.",
            Self::TryAgain => "slot is being imported by this node, try again",
            Self::BadUrl(text)
            | Self::BadCode(text)
            | Self::CodeTaken(text)
            | Self::CrossSlot(text)
            | Self::WrongType(text)
            | Self::NoPermission(text)
            | Self::Other(text) => text,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        f.write_char(' ')?;
        // The word has at most 9 characters and an escape at most 10. Both fit, and the dots too.
        let mut line = Bounded {
            to: f,
            left: LINE_MAX.saturating_sub(24),
        };
        for c in self.text().chars() {
            let more = if c.is_control() {
                line.put(c.escape_debug())?
            } else {
                line.put(std::iter::once(c))?
            };
            if !more {
                break;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// Quotes a user's value for an error: in single quotes, at most [`QUOTE_MAX`] characters, then
/// `...`.
///
/// Control and invisible characters are written as `\r` or `\u{202e}`, invalid UTF-8 as `\xff`, a
/// quote as `\'`.
#[must_use]
pub fn quote(value: &[u8]) -> String {
    let mut shown = String::from("'");
    // Writing to a String cannot fail.
    let _ = quote_into(value, &mut shown);
    shown.push('\'');
    shown
}

fn quote_into(value: &[u8], to: &mut String) -> fmt::Result {
    let mut line = Bounded {
        to,
        left: QUOTE_MAX,
    };
    // More than an error can show, so that a long value is not scanned to its end.
    let head = value.get(..const { 4 * (QUOTE_MAX + 1) }).unwrap_or(value);
    for chunk in head.utf8_chunks() {
        for c in chunk.valid().chars() {
            let more = if c == '"' {
                line.put(std::iter::once(c))?
            } else {
                line.put(c.escape_debug())?
            };
            if !more {
                return Ok(());
            }
        }
        for byte in chunk.invalid() {
            if !line.put(format!("\\x{byte:02x}").chars())? {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Writes whole units (a character or an escape) while they fit into `left`, then `...` once.
struct Bounded<'a, W: fmt::Write> {
    to: &'a mut W,
    left: usize,
}

impl<W: fmt::Write> Bounded<'_, W> {
    /// Returns `false` once the limit is reached. Nothing may be written after that.
    fn put(&mut self, unit: impl Iterator<Item = char> + Clone) -> Result<bool, fmt::Error> {
        let Some(left) = self.left.checked_sub(unit.clone().count()) else {
            self.to.write_str("...")?;
            return Ok(false);
        };
        self.left = left;
        for c in unit {
            self.to.write_char(c)?;
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_with_its_stable_word() {
        let lines = [
            (
                Error::bad_url("no host", b"http:"),
                "BADURL no host: 'http:'",
            ),
            (
                Error::bad_code("not a code", b"a b"),
                "BADCODE not a code: 'a b'",
            ),
            (
                Error::code_taken(b"g8"),
                "CODETAKEN code is already in use: 'g8'",
            ),
            (Error::cross_slot("use LINK.SET"), "CROSSSLOT use LINK.SET"),
            (Error::syntax(), "ERR syntax error"),
            (
                Error::invalid_expire("shorten"),
                "ERR invalid expire time in 'shorten' command",
            ),
            (
                Error::wrong_type(b"k"),
                "WRONGTYPE Operation against a key holding the wrong kind of value: 'k'",
            ),
            (
                Error::no_permission(b"k"),
                "NOPERM No permissions to access a key: 'k'; the user needs a key pattern that matches it",
            ),
        ];
        for (error, line) in lines {
            assert_eq!(error.to_string(), line);
        }
        assert!(Error::PoolEmpty.to_string().starts_with("POOLEMPTY "));
    }

    #[test]
    fn the_readme_lists_every_error_word() {
        let readme = include_str!("../../README.md");
        let line = readme
            .lines()
            .find(|line| line.starts_with("- Errors begin with"))
            .unwrap();
        for error in [
            Error::bad_url("x", b""),
            Error::bad_code("x", b""),
            Error::code_taken(b""),
            Error::PoolEmpty,
            Error::cross_slot("x"),
            Error::TryAgain,
            Error::wrong_type(b""),
            Error::other("x"),
        ] {
            let error = error.to_string();
            let word = error.split(' ').next().unwrap();
            assert!(line.contains(word), "{word}: {line}");
        }
    }

    #[test]
    fn no_byte_of_a_user_can_break_the_line() {
        let every: Vec<u8> = (0..=255).collect();
        for start in (0..=255).step_by(if cfg!(miri) { 100 } else { 1 }) {
            let value = every.get(start..).unwrap_or_default();
            for error in [
                Error::bad_url("x", value),
                Error::code_taken(value),
                Error::other(String::from_utf8_lossy(value).into_owned()),
            ] {
                let line = error.to_string();
                assert!(!line.chars().any(char::is_control), "{line:?}");
            }
        }
        assert_eq!(Error::other("a\r\n\0b").to_string(), "ERR a\\r\\n\\0b");
        assert_eq!(quote(b"a\r\n\0'\\\"\xff"), r#"'a\r\n\0\'\\"\xff'"#);
        assert_eq!(quote("é\u{202e}\u{85}".as_bytes()), r"'é\u{202e}\u{85}'");
    }

    #[test]
    fn a_line_is_bounded_however_long_the_value() {
        let long = vec![b'a'; 1 << 16];
        assert_eq!(quote(&long), format!("'{}...'", "a".repeat(QUOTE_MAX)));
        assert_eq!(
            quote(long.get(..QUOTE_MAX).unwrap()),
            format!("'{}'", "a".repeat(QUOTE_MAX))
        );
        let wide = "\u{1f600}".repeat(1 << 12);
        assert_eq!(
            quote(wide.as_bytes()),
            format!("'{}...'", "\u{1f600}".repeat(QUOTE_MAX))
        );
        for text in [
            "a".repeat(1 << 12),
            "\0".repeat(1 << 12),
            "\u{9f}".repeat(1 << 12),
        ] {
            let line = Error::other(text).to_string();
            assert!(line.chars().count() <= LINE_MAX, "{}", line.len());
            assert!(line.ends_with("..."));
        }
    }
}

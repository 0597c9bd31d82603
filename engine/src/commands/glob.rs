//! Redis's glob patterns, as KEYS and SCAN's MATCH interpret them.
//!
//! No crate has the same rules (`[^a]`, ranges in either order, an unclosed class that ends with
//! the pattern), and a pattern must have the same meaning here as in SCAN.
//!
//! A pattern is parsed once, into a table of the bytes that each of its elements accepts. A code is
//! matched against all elements at once, with one bit per element: one step per byte for any
//! pattern. This is possible because a code has at most 64 bytes. A pattern with more elements
//! matches no code.

use crate::code::Code;
use crate::error::Error;

/// Maximum length of a pattern, in bytes.
const MAX_PATTERN: usize = 1024;

/// Codes are ASCII.
const BYTES: usize = 128;

/// A pattern for codes.
///
/// `*` matches any bytes, `?` one byte, `[abc]`, `[^abc]` and `[a-z]` one byte of a class. `\`
/// makes the next byte literal. Case matters.
///
/// ```
/// use shorten_engine::{Glob, code::Code};
///
/// let glob = Glob::new(b"promo-*").unwrap();
/// assert!(glob.matches(&Code::parse(b"promo-1").unwrap()));
/// assert!(!glob.matches(&Code::parse(b"Promo-1").unwrap()));
/// ```
#[derive(Debug)]
pub struct Glob {
    /// For each byte, a bit for each element that accepts it. Elements accept one byte; a star is
    /// not an element.
    takes: Box<[u128; BYTES]>,
    /// A bit for each element that follows a star. The bit above the last element is the pattern's
    /// end.
    stars: u128,
    /// The bit of the pattern's end. `None` if the pattern has more elements than a code has bytes.
    end: Option<u128>,
}

impl Glob {
    /// Parses a pattern.
    ///
    /// # Errors
    /// `ERR` if it has more than 1,024 bytes.
    pub fn new(pattern: &[u8]) -> Result<Glob, Error> {
        if pattern.len() > MAX_PATTERN {
            return Err(Error::other(format!(
                "pattern has {} bytes, but MATCH accepts at most {MAX_PATTERN}",
                pattern.len()
            )));
        }
        let mut glob = Glob {
            takes: Box::new([0; BYTES]),
            stars: 0,
            end: None,
        };
        let (mut rest, mut bit) = (pattern, 1_u128);
        for _ in 0..=Code::MAX_LEN {
            while let [b'*', behind @ ..] = rest {
                glob.stars |= bit;
                rest = behind;
            }
            if rest.is_empty() {
                glob.end = Some(bit);
                break;
            }
            let (class, behind) = Class::read(rest);
            for (takes, byte) in glob.takes.iter_mut().zip(0..) {
                *takes |= if class.has(byte) { bit } else { 0 };
            }
            (rest, bit) = (behind, bit << 1);
        }
        Ok(glob)
    }

    /// Returns whether a code matches.
    #[must_use]
    pub fn matches(&self, code: &Code) -> bool {
        // A bit for each element that can accept the next byte.
        let mut reached = 1_u128;
        for &byte in code.as_bytes() {
            let takes = self.takes.get(usize::from(byte)).copied().unwrap_or(0);
            reached = ((reached & takes) << 1) | (reached & self.stars);
        }
        self.end.is_some_and(|end| reached & end != 0)
    }
}

/// The bytes that one element accepts, as bits.
struct Class([u128; 2]);

impl Class {
    /// Parses the first element of a pattern that does not begin with its end or a star. Returns
    /// the rest.
    fn read(pattern: &[u8]) -> (Class, &[u8]) {
        match pattern {
            [] => (Class([0; 2]), pattern),
            [b'?', behind @ ..] => (Class([u128::MAX; 2]), behind),
            [b'[', b'^', class @ ..] => {
                let (Class([low, high]), behind) = Class::of(class);
                (Class([!low, !high]), behind)
            }
            [b'[', class @ ..] => Class::of(class),
            [b'\\', literal, behind @ ..] | [literal, behind @ ..] => {
                let mut class = Class([0; 2]);
                class.add(*literal);
                (class, behind)
            }
        }
    }

    /// Parses the class whose members begin here. Returns the rest. An unclosed class ends with the
    /// pattern.
    fn of(members: &[u8]) -> (Class, &[u8]) {
        let (mut class, mut rest) = (Class([0; 2]), members);
        loop {
            rest = match rest {
                [] => return (class, rest),
                [b']', behind @ ..] => return (class, behind),
                [b'\\', literal, behind @ ..] => {
                    class.add(*literal);
                    behind
                }
                [from, b'-', to, behind @ ..] => {
                    (*from.min(to)..=*from.max(to)).for_each(|byte| class.add(byte));
                    behind
                }
                [literal, behind @ ..] => {
                    class.add(*literal);
                    behind
                }
            }
        }
    }

    fn add(&mut self, byte: u8) {
        let Class([low, high]) = self;
        *(if byte < 128 { low } else { high }) |= 1 << (byte % 128);
    }

    fn has(&self, byte: u8) -> bool {
        let Class([low, high]) = self;
        (if byte < 128 { low } else { high }) & (1 << (byte % 128)) != 0
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

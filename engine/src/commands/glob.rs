//! Redis's glob patterns, as KEYS and SCAN's MATCH read them.
//!
//! No crate reads them just so (`[^a]`, ranges in either order, an unclosed class that ends with
//! the pattern), and a user's pattern must mean here what it means to SCAN.
//!
//! A pattern is read once, into a table of which of its elements take which byte, and a code is
//! matched against all elements at the same time, a bit each: one step a byte, whatever the
//! pattern. That is possible because a code has 64 bytes at most: a pattern of more elements
//! matches none.

use crate::code::Code;
use crate::error::Error;

/// The longest pattern, in bytes.
const MAX_PATTERN: usize = 1024;

/// Codes are ASCII.
const BYTES: usize = 128;

/// A pattern that codes are matched against: `*` is any bytes, `?` one byte, `[abc]`, `[^abc]` and
/// `[a-z]` one byte of a class, `\` takes the next byte as it is. Bytes compare as they are, case
/// included.
#[derive(Debug)]
pub struct Glob {
    /// For each byte, a bit for each element that takes it. Elements are what takes one byte; stars
    /// are none.
    takes: Box<[u128; BYTES]>,
    /// A bit for each element that has a star before it; the one above the last stands for the
    /// pattern's end.
    stars: u128,
    /// The bit of the pattern's end; none if the pattern has more elements than a code has bytes.
    end: Option<u128>,
}

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// `ERR` if it has more than [`MAX_PATTERN`] bytes.
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

    /// Whether a code matches.
    #[must_use]
    pub fn matches(&self, code: &Code) -> bool {
        // A bit for each element that the bytes so far lead to.
        let mut reached = 1_u128;
        for &byte in code.as_bytes() {
            let takes = self.takes.get(usize::from(byte)).copied().unwrap_or(0);
            reached = ((reached & takes) << 1) | (reached & self.stars);
        }
        self.end.is_some_and(|end| reached & end != 0)
    }
}

/// The bytes that one element takes, a bit each.
struct Class([u128; 2]);

impl Class {
    /// The first element of a pattern that begins with neither its end nor a star, and what
    /// follows.
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

    /// The class whose members begin here, and what follows it. One that is not closed ends with
    /// the pattern.
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

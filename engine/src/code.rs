//! What a code is, and its rank: the 48 bits it is known by inside a shard.

use std::fmt;

use crate::base62::{self, LIMIT, MAX_DIGITS, POWERS};
use crate::digest;
use crate::error::Error;
use crate::slot;

/// How many strings of 1 to 8 Base62 digits there are: 62 + 62^2 + ... + 62^8 = 221,919,451,578,090, below 2^48. Ranks below it belong
/// to exactly one code each; the ranks from here to 2^48 are shared by all other codes.
pub const SHORT_RANKS: u64 = OFFSETS[MAX_DIGITS + 1];

/// Ranks lie below this: 2^48.
pub const RANK_LIMIT: u64 = 1 << 48;

/// `OFFSETS[n]`: how many codes have fewer than n digits.
const OFFSETS: [u64; MAX_DIGITS + 2] = offsets();

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "run by the compiler, which refuses what would panic"
)]
const fn offsets() -> [u64; MAX_DIGITS + 2] {
    let mut offsets = [0; MAX_DIGITS + 2];
    let mut len = 2;
    while len < offsets.len() {
        offsets[len] = offsets[len - 1] + POWERS[len - 1];
        len += 1;
    }
    offsets
}

/// A code: 1 to 64 characters of `[0-9A-Za-z_-]`, held inline. A string, never just a number: `01` and `1` differ.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code {
    /// 1 to 64.
    len: u8,
    /// Zero after `len`, so that comparing the whole compares the code.
    bytes: [u8; Self::MAX_LEN],
}

impl Code {
    /// The longest code, in bytes.
    pub const MAX_LEN: usize = 64;

    /// The code these bytes are.
    ///
    /// # Errors
    /// `BADCODE` if there are none or more than 64, or one of them is not of `[0-9A-Za-z_-]`.
    #[inline]
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        Self::from_bytes(bytes).ok_or_else(|| refuse(bytes))
    }

    /// As [`Code::parse`], for callers to whom a malformed code is simply no code.
    #[inline]
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let len = u8::try_from(bytes.len()).ok()?;
        let mut code = Self {
            len,
            bytes: [0; Self::MAX_LEN],
        };
        if len == 0 || !bytes.iter().all(|&byte| is_code_byte(byte)) {
            return None;
        }
        code.bytes.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(code)
    }

    /// The code as it was given.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// The code as text: always ASCII.
    #[inline]
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The number's plain Base62, no leading zeros: 1000 is `g8`. `None` from 62^8 on: it would need a ninth digit.
    #[inline]
    #[must_use]
    pub fn from_id(id: u64) -> Option<Self> {
        if id >= LIMIT {
            return None;
        }
        Self::fixed(id, base62::len(id))
    }

    /// The number in exactly `len` digits, most significant first. `None` if `len` is not 1 to 8 or the number does not fit.
    #[inline]
    #[must_use]
    pub fn fixed(value: u64, len: usize) -> Option<Self> {
        if !(1..=MAX_DIGITS).contains(&len) {
            return None;
        }
        let mut code = Self {
            len: u8::try_from(len).ok()?,
            bytes: [0; Self::MAX_LEN],
        };
        let dropped = base62::fill(code.bytes.get_mut(..len)?, value);
        (dropped == 0).then_some(code)
    }

    /// The value mod 62^8 in exactly eight digits.
    #[must_use]
    pub fn eight(value: u64) -> Self {
        let mut code = Self {
            len: 8,
            bytes: [0; Self::MAX_LEN],
        };
        if let Some(digits) = code.bytes.first_chunk_mut::<8>() {
            base62::fill(digits, value);
        }
        code
    }

    /// The number its digits stand for, if it is 1 to 8 Base62 digits. Leading zeros count for nothing: `01` and `1` both give 1.
    #[inline]
    #[must_use]
    pub fn id(&self) -> Option<u64> {
        base62::decode(self.as_bytes())
    }

    /// The code's place in the order of all codes, below 2^48.
    ///
    /// Of a code of 1 to 8 Base62 digits it is the bijective number: shorter strings first, then by value, so `0` is 0, `Z` is 61 and
    /// `00` is 62; no two such codes share one. Any other code shares the ranks from [`SHORT_RANKS`] on, by its MD5:
    /// whoever finds such a rank compares the code itself.
    #[inline]
    #[must_use]
    pub fn rank(&self) -> u64 {
        let offset = OFFSETS
            .get(usize::from(self.len))
            .copied()
            .unwrap_or_default();
        // Both below 2^48.
        self.id()
            .map_or_else(|| self.long_rank(), |id| offset.wrapping_add(id))
    }

    /// The code of a rank below [`SHORT_RANKS`]; `None` from there on, where a rank does not tell the code.
    #[inline]
    #[must_use]
    pub fn from_rank(rank: u64) -> Option<Self> {
        if rank >= SHORT_RANKS {
            return None;
        }
        let len = OFFSETS
            .iter()
            .skip(2)
            .position(|&offset| rank < offset)?
            .checked_add(1)?;
        Self::fixed(rank.checked_sub(*OFFSETS.get(len)?)?, len)
    }

    /// Whether its rank is its own: it is 1 to 8 Base62 digits.
    #[inline]
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.id().is_some()
    }

    /// The cluster slot it hashes to. A code has no braces, so no hash tag.
    #[inline]
    #[must_use]
    pub fn slot(&self) -> slot::Slot {
        slot::of_untagged(self.as_bytes())
    }

    #[cold]
    fn long_rank(&self) -> u64 {
        let head = digest::md5(self.as_bytes())
            .first_chunk::<8>()
            .map_or(0, |head| u64::from_be_bytes(*head));
        let shared = const { RANK_LIMIT - SHORT_RANKS };
        SHORT_RANKS.wrapping_add(head % shared)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({})", self.as_str())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[inline]
fn is_code_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

#[cold]
fn refuse(bytes: &[u8]) -> Error {
    let reason = match bytes.len() {
        0 => "a code has at least one character",
        1..=Code::MAX_LEN => "a code is made of 0-9, A-Z, a-z, _ and -",
        _ => "a code has at most 64 characters",
    };
    Error::bad_code(reason, bytes)
}

//! What a code is, and its rank: the 48 bits it is known by inside a shard.

use std::fmt;

use crate::code::base62::{self, LIMIT, MAX_DIGITS, POWERS};
use crate::code::md5;
use crate::code::slot;
use crate::error::Error;

/// How many strings of 1 to 8 Base62 digits there are: 62 + 62^2 + ... + 62^8 = 221,919,451,578,090, below 2^48. Ranks below it belong
/// to exactly one code each; the ranks from here to 2^48 are shared by all other codes.
pub const SHORT_RANKS: u64 = OFFSETS[MAX_DIGITS + 1];

/// Ranks lie below this: 2^48.
pub const RANK_LIMIT: u64 = 1 << 48;

/// Digits of a pool code: 62^6, 57 thousand million of them.
pub(crate) const POOL_DIGITS: usize = 6;

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
        if len == 0 || bytes.len() > Self::MAX_LEN {
            return None;
        }
        let mut code = Self {
            len,
            bytes: [0; Self::MAX_LEN],
        };
        let mut good = true;
        for (place, &byte) in code.bytes.iter_mut().zip(bytes) {
            good &= is_code_byte(byte);
            *place = byte;
        }
        good.then_some(code)
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

    /// The hash mod 62^8 in exactly eight digits: the code of the strategy `hash`.
    #[must_use]
    pub fn from_hash(hash: u64) -> Self {
        let mut code = Self {
            len: 8,
            bytes: [0; Self::MAX_LEN],
        };
        if let Some(digits) = code.bytes.first_chunk_mut::<8>() {
            base62::fill(digits, hash);
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

    /// The least number whose plain Base62 ([`Code::from_id`]) has a rank not below `rank`; `None` if none has.
    #[must_use]
    pub fn id_from_rank(rank: u64) -> Option<u64> {
        let code = Self::from_rank(rank)?;
        let digits = code.as_bytes().len();
        // A number has no leading zeros, but for zero itself.
        let least = if digits == 1 {
            0
        } else {
            *POWERS.get(digits.checked_sub(1)?)?
        };
        Some(code.id()?.max(least))
    }

    /// Whether its rank is its own: it is 1 to 8 Base62 digits.
    #[inline]
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.id().is_some()
    }

    /// Whether it could be in a pool: it has six digits.
    #[must_use]
    pub(crate) fn is_pool_code(&self) -> bool {
        self.as_bytes().len() == POOL_DIGITS && self.is_short()
    }

    /// The cluster slot it hashes to. A code has no braces, so no hash tag.
    #[inline]
    #[must_use]
    pub fn slot(&self) -> slot::Slot {
        slot::of_untagged(self.as_bytes())
    }

    #[cold]
    fn long_rank(&self) -> u64 {
        let head = md5::md5(self.as_bytes())
            .first_chunk::<8>()
            .map_or(0, |head| u64::from_be_bytes(*head));
        let shared = const { RANK_LIMIT - SHORT_RANKS };
        SHORT_RANKS.wrapping_add(head % shared)
    }
}

/// Whether the code of this rank could be in a pool.
pub(crate) fn is_pool_rank(rank: u64) -> bool {
    Code::from_rank(rank).is_some_and(|code| code.is_pool_code())
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
    base62::value(byte).is_some() || byte == b'_' || byte == b'-'
}

#[cold]
fn refuse(bytes: &[u8]) -> Error {
    let reason = match bytes.len() {
        0 => "code is empty",
        1..=Code::MAX_LEN => "code contains a character other than 0-9, A-Z, a-z, _ and -",
        _ => "code is longer than 64 characters",
    };
    Error::bad_code(reason, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Code {
        Code::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_code_is_one_to_64_characters_of_its_alphabet() {
        for text in ["0", "g8", "my-alias_1", "-", "_", &"x".repeat(64)] {
            assert_eq!(code(text).as_str(), text);
            assert_eq!(code(text).as_bytes(), text.as_bytes());
        }
        for byte in 0..=255_u8 {
            let allowed = byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            assert_eq!(Code::parse(&[b'a', byte]).is_ok(), allowed, "{byte}");
        }
    }

    #[test]
    fn a_malformed_code_is_refused_with_its_reason() {
        for (bytes, line) in [
            (&b""[..], "BADCODE code is empty: ''".to_owned()),
            (
                b"a b",
                "BADCODE code contains a character other than 0-9, A-Z, a-z, _ and -: 'a b'"
                    .to_owned(),
            ),
            (
                &[b'x'; 65],
                format!(
                    "BADCODE code is longer than 64 characters: '{}'",
                    "x".repeat(65)
                ),
            ),
        ] {
            assert_eq!(Code::parse(bytes).unwrap_err().to_string(), line);
        }
        for len in [255, 256, 257, 1 << 20] {
            assert!(Code::parse(&vec![b'x'; len]).is_err());
        }
    }

    #[test]
    fn a_number_is_written_plainly_or_in_a_fixed_width() {
        assert_eq!(Code::from_id(1000), Some(code("g8")));
        assert_eq!(Code::from_id(0), Some(code("0")));
        assert_eq!(Code::from_id(LIMIT - 1), Some(code("ZZZZZZZZ")));
        assert_eq!(Code::from_id(LIMIT), None);
        assert_eq!(Code::fixed(1000, 5), Some(code("000g8")));
        assert_eq!(Code::fixed(61, 1), Some(code("Z")));
        for (value, len) in [(62, 1), (0, 0), (0, 9), (LIMIT, 8), (u64::MAX, 8)] {
            assert_eq!(Code::fixed(value, len), None);
        }
        assert_eq!(Code::from_hash(LIMIT + 1000), code("000000g8"));
    }

    #[test]
    fn a_code_is_a_string_not_a_number() {
        assert_ne!(code("01"), code("1"));
        assert_ne!(code("01").rank(), code("1").rank());
        assert_eq!(code("01").id(), code("1").id());
    }

    #[test]
    fn ranks_number_the_short_codes_by_length_then_value() {
        for (text, rank) in [
            ("0", 0),
            ("Z", 61),
            ("00", 62),
            ("ZZ", 62 + 3843),
            ("000", 62 + 3844),
            ("ZZZZZZZZ", SHORT_RANKS - 1),
        ] {
            assert_eq!(code(text).rank(), rank, "{text}");
            assert_eq!(Code::from_rank(rank), Some(code(text)));
        }
        assert_eq!(SHORT_RANKS, (1..=8).map(|digits| 62_u64.pow(digits)).sum());
        assert_eq!(SHORT_RANKS, 221_919_451_578_090);
        assert_eq!(Code::from_rank(SHORT_RANKS), None);
        assert_eq!(Code::from_rank(u64::MAX), None);
    }

    #[test]
    fn other_codes_share_the_ranks_above() {
        for text in ["-", "a_b", "123456789", &"x".repeat(64)] {
            let code = code(text);
            assert!(
                !code.is_short() && (SHORT_RANKS..RANK_LIMIT).contains(&code.rank()),
                "{text}"
            );
        }
        // MD5("my-alias") is 033e02a7748974c2...: the rank is part of what is stored, so it may never change.
        assert_eq!(code("my-alias").rank(), 272_298_789_458_080);
    }

    #[test]
    fn the_slot_is_the_one_redis_gives_the_code_as_a_key() {
        for text in ["foo", "g8", "my-alias_with-more-than-8"] {
            assert_eq!(code(text).slot(), slot::of(text.as_bytes()));
        }
        assert_eq!(code("foo").slot(), 12_182);
    }
}

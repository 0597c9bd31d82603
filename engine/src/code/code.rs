//! Codes, and their ranks: the 48-bit numbers that identify them inside a shard.

use std::fmt;

use crate::code::base62::{self, LIMIT, MAX_DIGITS, POWERS};
use crate::code::md5;
use crate::code::slot;
use crate::error::Error;

/// The number of strings of 1 to 8 Base62 digits: 62 + 62^2 + ... + 62^8 = 221,919,451,578,090,
/// which is below 2^48.
///
/// A rank below it belongs to exactly one code. All other codes share the ranks from here to 2^48.
pub const SHORT_RANKS: u64 = OFFSETS[MAX_DIGITS + 1];

/// Exclusive upper bound of ranks: 2^48.
pub const RANK_LIMIT: u64 = 1 << 48;

/// Digits of a pool code. There are 62^6 = 57 billion pool codes.
pub(crate) const POOL_DIGITS: usize = 6;

/// `OFFSETS[n]` is the number of codes with fewer than n digits.
const OFFSETS: [u64; MAX_DIGITS + 2] = offsets();

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated at compile time, where a panic is a compile error"
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

/// A code: 1 to 64 characters of `[0-9A-Za-z_-]`, held inline.
///
/// A code is a string, not a number: `01` and `1` differ.
///
/// ```
/// use shorten_engine::code::Code;
///
/// let code = Code::from_id(1000).unwrap();
/// assert_eq!(code.as_str(), "g8");
/// assert_eq!(code.id(), Some(1000));
/// assert_eq!(Code::parse(b"g8").unwrap(), code);
/// assert!(Code::parse(b"not a code").is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code {
    /// 1 to 64.
    len: u8,
    /// Zero after `len`, so that comparing all bytes compares the codes.
    bytes: [u8; Self::MAX_LEN],
}

impl Code {
    /// Maximum length of a code, in bytes.
    pub const MAX_LEN: usize = 64;

    /// Parses a code.
    ///
    /// # Errors
    /// `BADCODE` if the length is not 1 to 64, or if a byte is not in `[0-9A-Za-z_-]`.
    #[inline]
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        Self::from_bytes(bytes).ok_or_else(|| refuse(bytes))
    }

    /// Parses a code as [`Code::parse`] does. Returns `None` if it is malformed.
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

    /// Returns the code's bytes.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Returns the code as text, which is ASCII.
    #[inline]
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// Returns the plain Base62 of a number, without leading zeros: 1000 is `g8`. Returns `None` if
    /// the number is at least 62^8, which needs a ninth digit.
    #[inline]
    #[must_use]
    pub fn from_id(id: u64) -> Option<Self> {
        if id >= LIMIT {
            return None;
        }
        Self::fixed(id, base62::len(id))
    }

    /// Returns the number in exactly `len` digits, most significant first. Returns `None` if `len`
    /// is not 1 to 8, or if the number does not fit.
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

    /// Returns the code of the strategy `hash`: the hash mod 62^8, in exactly eight digits.
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

    /// Returns the number of a code of 1 to 8 Base62 digits. Leading zeros are ignored: `01` and
    /// `1` both give 1.
    #[inline]
    #[must_use]
    pub fn id(&self) -> Option<u64> {
        base62::decode(self.as_bytes())
    }

    /// Returns the code's rank, below 2^48.
    ///
    /// For a code of 1 to 8 Base62 digits the rank is its bijective number: shorter strings first,
    /// then by value. `0` is 0, `Z` is 61, `00` is 62. No two such codes share a rank. Any other
    /// code shares the ranks from [`SHORT_RANKS`] on, by its MD5. A reader of such a rank compares
    /// the code itself.
    #[inline]
    #[must_use]
    pub fn rank(&self) -> u64 {
        let offset = OFFSETS
            .get(usize::from(self.len))
            .copied()
            .unwrap_or_default();
        // Both numbers are below 2^48.
        self.id()
            .map_or_else(|| self.long_rank(), |id| offset.wrapping_add(id))
    }

    /// Returns the code of a rank below [`SHORT_RANKS`]. Returns `None` for any other rank, which
    /// does not identify a code.
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

    /// Returns the least number whose plain Base62 ([`Code::from_id`]) has a rank of at least
    /// `rank`. Returns `None` if there is none.
    #[must_use]
    pub fn id_from_rank(rank: u64) -> Option<u64> {
        let code = Self::from_rank(rank)?;
        let digits = code.as_bytes().len();
        // A number has no leading zeros, except zero itself.
        let least = if digits == 1 {
            0
        } else {
            *POWERS.get(digits.checked_sub(1)?)?
        };
        Some(code.id()?.max(least))
    }

    /// Returns whether the code has 1 to 8 Base62 digits, and so a rank of its own.
    #[inline]
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.id().is_some()
    }

    /// Returns whether the code can be in a pool: whether it has six digits.
    #[must_use]
    pub(crate) fn is_pool_code(&self) -> bool {
        self.as_bytes().len() == POOL_DIGITS && self.is_short()
    }

    /// Returns the code's cluster slot. A code has no braces, so it has no hash tag.
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

/// Returns whether the code of this rank can be in a pool.
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
        // MD5("my-alias") is 033e02a7748974c2... The rank is stored, so it must never change.
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

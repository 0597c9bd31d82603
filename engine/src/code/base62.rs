//! Base62: the digits codes are made of.
//!
//! The order is `0-9a-zA-Z`: the article's worked examples (1000 is `g8`, 1001 `g9`, 1002 `ga`) hold in this order alone.
//! Base62 rather than Base64: none of its characters needs escaping in a URL.

/// The digits, from 0 to 61.
pub const ALPHABET: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The most digits handled here: the longest generated code.
pub const MAX_DIGITS: usize = 8;

/// How many numbers fit in [`MAX_DIGITS`] digits: 62^8 = 218,340,105,584,896.
pub const LIMIT: u64 = POWERS[MAX_DIGITS];

/// 62^0 to 62^8.
pub(crate) const POWERS: [u64; MAX_DIGITS + 1] = powers();

/// No digit.
const NONE: u8 = 0xff;

/// The value of each byte as a digit, or [`NONE`].
const VALUES: [u8; 256] = values();

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "run by the compiler, which refuses what would panic"
)]
const fn powers() -> [u64; MAX_DIGITS + 1] {
    let mut powers = [1; MAX_DIGITS + 1];
    let mut at = 1;
    while at <= MAX_DIGITS {
        powers[at] = powers[at - 1] * 62;
        at += 1;
    }
    powers
}

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "run by the compiler, which refuses what would panic"
)]
const fn values() -> [u8; 256] {
    let mut values = [NONE; 256];
    let mut digit: u8 = 0;
    while digit < 62 {
        values[ALPHABET[digit as usize] as usize] = digit;
        digit += 1;
    }
    values
}

/// The value of one digit, 0 to 61, or `None` if the byte is no Base62 digit.
#[inline]
#[must_use]
pub fn value(byte: u8) -> Option<u8> {
    VALUES
        .get(usize::from(byte))
        .copied()
        .filter(|&value| value != NONE)
}

/// Writes `number` into all of `digits`, most significant first, with leading zeros; higher digits that find no room are
/// dropped, so what is written is `number` mod 62^len. Returns what was dropped: 0 if the number fitted.
#[inline]
pub fn fill(digits: &mut [u8], mut number: u64) -> u64 {
    for digit in digits.iter_mut().rev() {
        *digit = digit_of(number % 62);
        number /= 62;
    }
    number
}

/// How many digits `number` has without leading zeros, 1 for 0; 9 stands for more than [`MAX_DIGITS`].
#[inline]
#[must_use]
pub fn len(number: u64) -> usize {
    POWERS
        .iter()
        .skip(1)
        .take_while(|&&power| number >= power)
        .count()
        .saturating_add(1)
}

/// The digits of `number`, most significant first, no leading zeros (0 is `0`). `None` from [`LIMIT`] on.
#[must_use]
pub fn encode(number: u64) -> Option<String> {
    if number >= LIMIT {
        return None;
    }
    let mut digits = vec![b'0'; len(number)];
    fill(&mut digits, number);
    String::from_utf8(digits).ok()
}

/// The number that 1 to [`MAX_DIGITS`] digits stand for, leading zeros allowed; `None` for anything else.
#[inline]
#[must_use]
pub fn decode(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > MAX_DIGITS {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, &byte| {
        // At most 8 digits: below 62^8, far from overflow.
        Some(
            number
                .wrapping_mul(62)
                .wrapping_add(u64::from(value(byte)?)),
        )
    })
}

/// The digit of a value below 62.
#[inline]
fn digit_of(value: u64) -> u8 {
    #[allow(clippy::cast_possible_truncation, reason = "below 62")]
    ALPHABET.get(value as usize).copied().unwrap_or(b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_examples_hold() {
        for (number, digits) in [
            (1000, "g8"),
            (1001, "g9"),
            (1002, "ga"),
            (0, "0"),
            (61, "Z"),
            (62, "10"),
        ] {
            assert_eq!(encode(number).as_deref(), Some(digits));
            assert_eq!(decode(digits.as_bytes()), Some(number));
        }
    }

    #[test]
    fn eight_digits_are_the_limit() {
        assert_eq!(LIMIT, 62_u64.pow(8));
        assert_eq!(encode(LIMIT - 1).as_deref(), Some("ZZZZZZZZ"));
        assert_eq!(encode(LIMIT), None);
        assert_eq!(decode(b"ZZZZZZZZ"), Some(LIMIT - 1));
        for refused in ["", "000000000", "a-b", "a_", " 1", "+1", "\u{e9}"] {
            assert_eq!(decode(refused.as_bytes()), None, "{refused}");
        }
    }

    #[test]
    fn every_digit_has_its_value_and_no_other_byte_has_one() {
        for byte in 0..=255 {
            let expected = ALPHABET.iter().position(|&digit| digit == byte);
            assert_eq!(value(byte).map(usize::from), expected);
        }
    }

    #[test]
    fn the_number_of_digits_changes_at_the_powers() {
        for digits in 1..=8_u32 {
            let power = 62_u64.pow(digits);
            let expected = usize::try_from(digits).unwrap();
            assert_eq!((len(power - 1), len(power)), (expected, expected + 1));
        }
        assert_eq!((len(0), len(u64::MAX)), (1, 9));
    }
}

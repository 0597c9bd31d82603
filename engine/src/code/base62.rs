//! Base62: the digits of codes.
//!
//! The order is `0-9a-zA-Z`. The published examples (1000 is `g8`, 1001 `g9`, 1002 `ga`) need this
//! order. Base62 is used rather than Base64, because none of its characters needs escaping in a
//! URL.

/// The digits, from 0 to 61.
pub const ALPHABET: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Maximum number of digits: the length of the longest generated code.
pub const MAX_DIGITS: usize = 8;

/// The first number that does not fit into [`MAX_DIGITS`] digits: 62^8 = 218,340,105,584,896.
pub const LIMIT: u64 = POWERS[MAX_DIGITS];

/// 62^0 to 62^8.
pub(crate) const POWERS: [u64; MAX_DIGITS + 1] = powers();

/// The value of a byte that is not a digit.
const NONE: u8 = 0xff;

/// The value of each byte as a digit, or [`NONE`].
const VALUES: [u8; 256] = values();

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated at compile time, where a panic is a compile error"
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
    reason = "evaluated at compile time, where a panic is a compile error"
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

/// Returns the value of a digit, 0 to 61. Returns `None` if the byte is not a Base62 digit.
#[inline]
#[must_use]
pub fn value(byte: u8) -> Option<u8> {
    VALUES
        .get(usize::from(byte))
        .copied()
        .filter(|&value| value != NONE)
}

/// Writes `number` to all of `digits`, most significant first, with leading zeros. Digits that do
/// not fit are dropped, so the result is `number` mod 62^len.
///
/// Returns the part that was dropped: 0 if the number fits.
#[inline]
pub fn fill(digits: &mut [u8], mut number: u64) -> u64 {
    for digit in digits.iter_mut().rev() {
        *digit = digit_of(number % 62);
        number /= 62;
    }
    number
}

/// Returns the number of digits of `number` without leading zeros: 1 for 0, and 9 for any number
/// above [`MAX_DIGITS`] digits.
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

/// Returns the digits of `number`, most significant first, without leading zeros. 0 is `0`. Returns
/// `None` if the number is at least [`LIMIT`].
#[must_use]
pub fn encode(number: u64) -> Option<String> {
    if number >= LIMIT {
        return None;
    }
    let mut digits = vec![b'0'; len(number)];
    fill(&mut digits, number);
    String::from_utf8(digits).ok()
}

/// Returns the number of 1 to [`MAX_DIGITS`] digits, leading zeros allowed. Returns `None` for
/// anything else.
#[inline]
#[must_use]
pub fn decode(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > MAX_DIGITS {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, &byte| {
        // At most 8 digits: the number is below 62^8 and cannot overflow.
        Some(
            number
                .wrapping_mul(62)
                .wrapping_add(u64::from(value(byte)?)),
        )
    })
}

/// Returns the digit of a value below 62.
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

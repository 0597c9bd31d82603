//! Integers in the arguments of commands.

use crate::error::{Error, quote};

/// Returns the integer that an argument is, by Redis's rule (`string2ll`): decimal digits, with a
/// minus sign if negative, without leading zeros, plus sign or spaces.
///
/// # Errors
/// `ERR value is not an integer or out of range` if the argument is no such integer, or does not
/// fit into 64 bits.
pub fn parse_integer(argument: &[u8]) -> Result<i64, Error> {
    let digits = argument.strip_prefix(b"-").unwrap_or(argument);
    let is_canonical = match digits {
        [b'0'] => digits.len() == argument.len(),
        [b'1'..=b'9', ..] => true,
        _ => false,
    };
    std::str::from_utf8(argument)
        .ok()
        .filter(|_| is_canonical)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| out_of_range(argument))
}

/// Returns the integer of at least 0 that an argument is. See [`parse_integer`].
///
/// # Errors
/// As [`parse_integer`], also if the integer is negative.
pub fn parse_count(argument: &[u8]) -> Result<u64, Error> {
    let number = parse_integer(argument)?;
    u64::try_from(number).map_err(|_| out_of_range(argument))
}

/// Returns Redis's error, with the value.
#[cold]
fn out_of_range(argument: &[u8]) -> Error {
    Error::other(format!(
        "value is not an integer or out of range: {}",
        quote(argument)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MALFORMED: &[&[u8]] = &[
        b"",
        b"-",
        b"--1",
        b"+1",
        b"-0",
        b"00",
        b"01",
        b"-01",
        b" 1",
        b"1 ",
        b"1.0",
        b"1e3",
        b"0x1",
        b"1_000",
        b"1\0",
        b"\0",
        b"1\n",
        b"one",
        b"\xff",
        b"1\xff",
        b"\xd9\xa1",
        b"-\xd9\xa1",
        b"9223372036854775808",
        b"-9223372036854775809",
        b"99999999999999999999999999",
    ];

    #[test]
    fn integers_of_64_bits_are_read() {
        for number in [0, 1, -1, 9, 10, -10, 1 << 53, i64::MAX, i64::MIN] {
            let text = number.to_string();
            assert_eq!(parse_integer(text.as_bytes()), Ok(number), "{text}");
        }
    }

    #[test]
    fn only_the_canonical_form_of_an_integer_is_accepted() {
        for text in MALFORMED {
            let error = parse_integer(text).unwrap_err().to_string();
            let expected = format!(
                "ERR value is not an integer or out of range: {}",
                quote(text)
            );
            assert_eq!(error, expected);
            assert_eq!(parse_count(text).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn a_count_is_not_negative() {
        assert_eq!(parse_count(b"0"), Ok(0));
        assert_eq!(parse_count(b"9223372036854775807"), Ok(i64::MAX as u64));
        for text in ["-1", "-9223372036854775808"] {
            let error = parse_count(text.as_bytes()).unwrap_err().to_string();
            let expected = format!("ERR value is not an integer or out of range: '{text}'");
            assert_eq!(error, expected);
        }
    }

    #[test]
    fn a_long_argument_is_refused_with_a_short_error() {
        let error = parse_integer(&[b'1'; 1 << 16]).unwrap_err().to_string();
        assert!(error.len() < 200, "{error}");
    }
}

//! The cursors of LINK.SCAN and CODEPOOL RESERVED: a slot, and a position in its shard.
//!
//! Clients in many languages store a number as a double, which is exact below 2^53 only. So a
//! cursor has 53 bits: 14 for the slot and 39 for the position. A rank has 48 bits. LINK.SCAN's
//! position is its bucket: the rank without its lowest 9 bits. The bucket rises with the rank, so a
//! page that ends at the end of a bucket omits nothing and repeats nothing. A cursor depends on the
//! codes only, so it means the same in every process. A page includes all of its last bucket, so
//! every page makes progress, however many links share a bucket. How many can there be?
//!
//! - Codes of 1 to 8 Base62 digits: a bucket has 512 consecutive numbers, which are in at most 10
//!   runs of 62 last digits. Two codes that differ in the last digit only are never in the same
//!   slot. So a bucket holds at most 10 links, however large the shard is.
//! - Other codes are spread by their MD5 over 1.16 × 10^11 buckets. Of ten million in one slot, at
//!   most about a thousand share a bucket with another one. A client that wants codes to collide
//!   needs 10^11 MD5s for each of them, and makes a page that much longer.

use crate::code::Code;
use crate::code::slot::{SLOTS, Slot};
use crate::error::{Error, quote};

/// Bits of a position.
const PLACE_BITS: u32 = 39;

/// Exclusive upper bound of cursors: 2^53.
const LIMIT: u64 = (SLOTS as u64) << PLACE_BITS;

/// Number of a rank's low bits that LINK.SCAN's cursor omits.
pub(crate) const BUCKET_BITS: u32 = 9;

/// Returns the number of a cursor given as an argument: decimal digits only, within 64 bits. Whether
/// a scan could return it is checked by the scan.
///
/// # Errors
/// `ERR invalid cursor` if the argument is no such number.
pub fn parse_cursor(argument: &[u8]) -> Result<u64, Error> {
    std::str::from_utf8(argument)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Error::other(format!("invalid cursor {}; start with 0", quote(argument))))
}

/// Returns the slot and the position of a cursor. Accepts any cursor that a scan could return.
///
/// # Errors
/// `ERR` if no scan returns this number.
pub(crate) fn read(cursor: u64) -> Result<(Slot, u64), Error> {
    match Slot::try_from(cursor >> PLACE_BITS) {
        Ok(slot) if slot < SLOTS => Ok((slot, cursor % (1 << PLACE_BITS))),
        _ => Err(Error::other(format!(
            "invalid cursor {cursor}: cursors are below {LIMIT}; start again with 0"
        ))),
    }
}

/// Returns the cursor of a position. Returns 0, the end, if there is no such slot.
pub(crate) fn write(slot: Slot, place: u64) -> u64 {
    if slot >= SLOTS {
        return 0;
    }
    (u64::from(slot) << PLACE_BITS) | (place % (1 << PLACE_BITS))
}

/// Passes codes, given with their ranks in ascending order, to `each`, until at least `most` were
/// passed and the bucket of the last one is complete. Returns the number of codes, and the bucket
/// to continue from, or `None` after the last code.
pub(crate) fn page(
    codes: impl Iterator<Item = (u64, Code)>,
    bits: u32,
    most: usize,
    each: &mut impl FnMut(&Code),
) -> (usize, Option<u64>) {
    let (mut returned, mut last) = (0_usize, None);
    for (rank, code) in codes {
        let bucket = rank >> bits;
        if returned >= most && last != Some(bucket) {
            return (returned, Some(bucket));
        }
        each(&code);
        returned = returned.saturating_add(1);
        last = Some(bucket);
    }
    (returned, None)
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used
)]
mod tests {
    use super::*;
    use crate::code::RANK_LIMIT;
    use crate::code::base62::ALPHABET;
    use crate::code::slot::of_untagged;

    #[test]
    fn every_cursor_is_a_number_that_a_double_holds() {
        let last = write(SLOTS - 1, (RANK_LIMIT - 1) >> BUCKET_BITS);
        assert_eq!(last, (1 << 53) - 1);
        for cursor in [0, 1, 1 << 38, 1 << 39, last] {
            let (slot, place) = read(cursor).unwrap();
            assert_eq!(write(slot, place), cursor);
        }
        for cursor in [last + 1, 1 << 62, u64::MAX] {
            assert_eq!(read(cursor).unwrap_err().word(), "ERR");
        }
        assert_eq!(write(SLOTS, 0), 0);
    }

    #[test]
    fn a_cursor_is_digits_only() {
        for (text, cursor) in [
            ("0", 0),
            ("00", 0),
            ("007", 7),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(parse_cursor(text.as_bytes()), Ok(cursor), "{text}");
        }
        let malformed: [&[u8]; 13] = [
            b"",
            b"-",
            b"-0",
            b"-1",
            b"+1",
            b" 1",
            b"1 ",
            b"1.0",
            b"0x1",
            b"1\0",
            b"\xff",
            b"\xd9\xa1",
            b"18446744073709551616",
        ];
        for text in malformed {
            let error = parse_cursor(text).unwrap_err().to_string();
            let expected = format!("ERR invalid cursor {}; start with 0", quote(text));
            assert_eq!(error, expected);
        }
    }

    #[test]
    fn two_codes_of_a_slot_differ_in_more_than_their_last_digit() {
        for stem in ["", "g", "zz", "ZZZZZZZ"] {
            for (at, left) in ALPHABET.iter().enumerate() {
                for right in &ALPHABET[..at] {
                    let slot = |digit: &u8| of_untagged(&[stem.as_bytes(), &[*digit]].concat());
                    assert_ne!(slot(left), slot(right), "{stem}{left}{right}");
                }
            }
        }
    }

    #[test]
    fn a_bucket_of_thousands_comes_in_one_page_and_the_scan_goes_on() {
        // The buckets of these ranks hold 1, 5000, 0 and 2 codes.
        let ranks: Vec<u64> = std::iter::once(3)
            .chain(1 << 20..(1 << 20) + 5000)
            .chain([3 << 20, (3 << 20) + 9])
            .collect();
        for most in [1, 2, 4999, 5000, 5001, 9999] {
            let (mut seen, mut from) = (Vec::new(), Some(0));
            while let Some(bucket) = from {
                let rest = ranks.iter().filter(|&&rank| rank >> 20 >= bucket);
                let mut page = Vec::new();
                let codes = rest.map(|&rank| (rank, Code::from_rank(rank).unwrap()));
                let (returned, next) =
                    super::page(codes, 20, most, &mut |code| page.push(code.rank()));
                assert_eq!(returned, page.len());
                assert!(next.is_none_or(|next| next > bucket && returned >= most));
                seen.append(&mut page);
                from = next;
            }
            assert_eq!(seen, ranks, "each once, {most} at a time");
        }
    }
}

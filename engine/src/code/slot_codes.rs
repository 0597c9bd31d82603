//! Codes of a given slot ("aligned" codes), so that in a cluster a link and its URL are on one
//! node.
//!
//! CRC16 is linear: for equal lengths, crc(prefix + suffix) = crc(prefix + three NULs) xor
//! crc(suffix). One table holds the 62^3 suffixes of three digits, grouped by the low 14 bits of
//! their CRC. For any prefix and any slot it gives all suffixes that lead to the slot: 8 to 22. No
//! code is found by trial, and nodes need no coordination.

use std::sync::OnceLock;

use crate::code::base62::{MAX_DIGITS, POWERS};
use crate::code::code::{Code, POOL_DIGITS};
use crate::code::md5;
use crate::code::slot::{self, SLOTS, Slot};

/// Digits of a suffix.
const SUFFIX: usize = 3;
/// Number of suffixes: 62^3 = 238,328.
const SUFFIXES: u64 = POWERS[SUFFIX];
/// Number of prefixes of a code of the strategy `hash`: 62^5.
const HASH_PREFIXES: u64 = POWERS[MAX_DIGITS - SUFFIX];
/// Number of prefixes of a pool code: 62^3.
pub(crate) const POOL_PREFIXES: u64 = POWERS[POOL_DIGITS - SUFFIX];

/// The suffixes, grouped by slot, in Base62 order within a group. About 1 MiB, built once.
struct SuffixTable {
    suffixes: Vec<u32>,
    /// Where each slot's group begins. Has one element more than there are slots.
    starts: Vec<u32>,
}

/// Builds the table of suffixes, which takes some milliseconds, so that the first command does not.
pub fn prepare() {
    table();
}

/// Returns the next code that the counter issues in a slot: the least code of 3 to 8 digits, by
/// length and then by digits, whose rank is at least `rank`. Returns `None` after the last one.
#[must_use]
pub fn next_code_in_slot(slot: Slot, rank: u64) -> Option<Code> {
    let first = Code::fixed(0, SUFFIX)?.rank();
    let from = Code::from_rank(rank.max(first))?;
    let (mut digits, value) = (from.as_bytes().len(), from.id()?);
    let (mut prefix, mut suffix) = (value / SUFFIXES, value % SUFFIXES);
    loop {
        let group = group(slot, prefix, digits.checked_sub(SUFFIX)?);
        let at = group.partition_point(|&other| u64::from(other) < suffix);
        if let Some(&suffix) = group.get(at) {
            return join(prefix, suffix, digits);
        }
        suffix = 0;
        prefix = prefix.wrapping_add(1);
        if prefix == *POWERS.get(digits.checked_sub(SUFFIX)?)? {
            prefix = 0;
            digits = digits
                .checked_add(1)
                .filter(|&digits| digits <= MAX_DIGITS)?;
        }
    }
}

/// Returns the code of the strategy `hash` in a slot.
///
/// Five digits are the URL's [`md5::fold`] mod 62^5. Of the slot's n suffixes, the one with the
/// number fold div 62^5 mod n follows.
#[must_use]
pub fn hash_code(url: &[u8], round: u64, slot: Slot) -> Option<Code> {
    code_of_hash(md5::fold(url, round), slot)
}

/// Returns what [`hash_code`] returns, for the URL's [`md5::fold`].
#[must_use]
pub(crate) fn code_of_hash(hash: u64, slot: Slot) -> Option<Code> {
    pick(slot, hash % HASH_PREFIXES, hash / HASH_PREFIXES, MAX_DIGITS)
}

/// Returns a pool code in a slot, from two random numbers: a prefix below [`POOL_PREFIXES`], and a
/// number that selects the suffix.
#[must_use]
pub(crate) fn pool_code(slot: Slot, prefix: u64, choice: u64) -> Option<Code> {
    pick(slot, prefix, choice, POOL_DIGITS)
}

fn pick(slot: Slot, prefix: u64, choice: u64, digits: usize) -> Option<Code> {
    let group = group(slot, prefix, digits.checked_sub(SUFFIX)?);
    let at = usize::try_from(choice.checked_rem(group.len() as u64)?).ok()?;
    join(prefix, *group.get(at)?, digits)
}

fn join(prefix: u64, suffix: u32, digits: usize) -> Option<Code> {
    Code::fixed(
        prefix
            .checked_mul(SUFFIXES)?
            .checked_add(u64::from(suffix))?,
        digits,
    )
}

/// Returns the suffixes that take a prefix of this many digits into a slot.
fn group(slot: Slot, prefix: u64, digits: usize) -> &'static [u32] {
    let table = table();
    let shift = Code::fixed(prefix, digits).map_or(0, |prefix| {
        let mut padded = [0; MAX_DIGITS];
        let filled = prefix
            .as_bytes()
            .len()
            .saturating_add(SUFFIX)
            .min(MAX_DIGITS);
        padded
            .iter_mut()
            .zip(prefix.as_bytes())
            .for_each(|(to, &digit)| *to = digit);
        slot::crc16(padded.get(..filled).unwrap_or_default())
    });
    let group = usize::from((slot ^ shift) % SLOTS);
    match table
        .starts
        .get(group..)
        .and_then(<[u32]>::first_chunk::<2>)
    {
        Some(&[start, end]) => table
            .suffixes
            .get(start as usize..end as usize)
            .unwrap_or_default(),
        None => &[],
    }
}

fn table() -> &'static SuffixTable {
    static TABLE: OnceLock<SuffixTable> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut all: Vec<(Slot, u32)> = (0..SUFFIXES)
            .filter_map(|suffix| {
                Some((
                    Code::fixed(suffix, SUFFIX)?.slot(),
                    u32::try_from(suffix).ok()?,
                ))
            })
            .collect();
        all.sort_unstable();
        let starts = (0..=SLOTS)
            .filter_map(|slot| u32::try_from(all.partition_point(|&(other, _)| other < slot)).ok())
            .collect();
        SuffixTable {
            suffixes: all.into_iter().map(|(_, suffix)| suffix).collect(),
            starts,
        }
    })
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used
)]
mod tests {
    use super::*;
    use crate::code::base62::ALPHABET;
    use std::collections::HashSet;

    /// Returns all codes of this many digits in a slot, by trying every one. The CRC of all digits
    /// but the last is computed once.
    fn brute(slot: Slot, digits: usize) -> Vec<Code> {
        let of_byte: Vec<u16> = (0..=255).map(|byte| slot::crc16(&[byte])).collect();
        let mut found = Vec::new();
        for stem in 0..POWERS[digits - 1] {
            let crc = slot::crc16(Code::fixed(stem, digits - 1).unwrap().as_bytes());
            for (last, &digit) in ALPHABET.iter().enumerate() {
                if (crc << 8 ^ of_byte[usize::from(crc >> 8 ^ u16::from(digit))]) % SLOTS == slot {
                    found.push(Code::fixed(stem * 62 + last as u64, digits).unwrap());
                }
            }
        }
        found
    }

    #[test]
    #[cfg_attr(miri, ignore = "tries 900 million codes")]
    fn the_walk_of_a_slot_yields_every_code_of_three_to_five_digits_exactly_once() {
        for (slot, most) in [(0, 3), (1, 3), (5461, 3), (12_182, 4), (16_383, 5)] {
            let mut walk = Vec::new();
            let mut at = next_code_in_slot(slot, 0);
            while let Some(code) = at.filter(|code| code.as_bytes().len() <= most) {
                walk.push(code);
                at = next_code_in_slot(slot, code.rank() + 1);
            }
            let all: Vec<Code> = (3..=most).flat_map(|digits| brute(slot, digits)).collect();
            assert!(
                walk == all,
                "slot {slot}: {} walked, {} there are",
                walk.len(),
                all.len()
            );
            assert!(walk.iter().all(|code| code.slot() == slot));
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "sorts 238,328 suffixes")]
    fn every_prefix_has_8_to_22_suffixes_in_every_slot() {
        let sizes: Vec<usize> = (0..SLOTS).map(|slot| group(slot, 0, 0).len()).collect();
        assert_eq!(
            (sizes.iter().min(), sizes.iter().max()),
            (Some(&8), Some(&22))
        );
        assert_eq!(sizes.iter().sum::<usize>() as u64, SUFFIXES);
    }

    #[test]
    #[cfg_attr(miri, ignore = "sorts 238,328 suffixes")]
    fn codes_of_the_hash_and_of_the_pool_lie_in_the_slot_asked_for() {
        let mut codes = HashSet::new();
        for number in 0_u16..2000 {
            let slot = number * 8 % SLOTS;
            let url = format!("https://example.com/{number}");
            let hashed = hash_code(url.as_bytes(), 0, slot).unwrap();
            let pooled = pool_code(slot, u64::from(number) * 119, u64::from(number)).unwrap();
            assert_eq!((hashed.slot(), hashed.as_bytes().len()), (slot, 8));
            assert_eq!((pooled.slot(), pooled.as_bytes().len()), (slot, 6));
            assert!(codes.insert(hashed) && codes.insert(pooled));
            let prefix = Code::fixed(md5::fold(url.as_bytes(), 0) % POWERS[5], 5).unwrap();
            assert_eq!(&hashed.as_bytes()[..5], prefix.as_bytes());
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "sorts 238,328 suffixes")]
    fn the_walk_ends_behind_the_last_code_of_eight_digits() {
        assert_eq!(next_code_in_slot(3, crate::code::SHORT_RANKS), None);
        let last = next_code_in_slot(3, crate::code::SHORT_RANKS - POWERS[3]).unwrap();
        assert_eq!(last.as_bytes().len(), 8);
        assert!(last.as_bytes().starts_with(b"ZZZZZ"));
    }
}

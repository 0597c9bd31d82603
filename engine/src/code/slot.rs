//! The hash slots of Redis Cluster, and the key of each slot's shard.
//!
//! Source: the Redis Cluster specification, "Key distribution model" and "Hash tags", and its
//! appendix for the CRC: CRC16-CCITT in the XMODEM variant, polynomial 0x1021, initial value 0,
//! nothing reflected.

use std::sync::OnceLock;

use crc::{CRC_16_XMODEM, Crc, Table};

use crate::code::base62::ALPHABET;

/// A hash slot, below [`SLOTS`].
pub type Slot = u16;

/// Number of hash slots.
pub const SLOTS: u16 = 16_384;

/// What precedes and follows the tag in a shard's key.
const PREFIX: &[u8] = b"shorten:{";
const SUFFIX: &[u8] = b"}";

/// The CRC of the specification. Its tables process sixteen bytes per step.
static CRC: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_XMODEM);

/// Returns the slot of a key: CRC16 mod 16384 of the key, or of its hash tag.
///
/// The hash tag is the text between the first `{` and the first `}` after it, if that is not empty.
///
/// ```
/// use shorten_engine::code::slot;
///
/// assert_eq!(slot::of(b"foo"), 12_182);
/// assert_eq!(slot::of(b"{user1000}.following"), slot::of(b"user1000"));
/// ```
#[inline]
#[must_use]
pub fn of(key: &[u8]) -> Slot {
    // Only URLs with a brace pay for the search for a tag.
    if memchr::memchr(b'{', key).is_some() {
        of_untagged(hashed_part(key))
    } else {
        of_untagged(key)
    }
}

/// Returns the slot of bytes without a hash tag.
#[inline]
#[must_use]
pub fn of_untagged(bytes: &[u8]) -> Slot {
    crc16(bytes) % SLOTS
}

fn hashed_part(key: &[u8]) -> &[u8] {
    let after_open = key
        .iter()
        .position(|&byte| byte == b'{')
        .and_then(|open| key.get(open.checked_add(1)?..));
    let tag = after_open.and_then(|rest| rest.get(..rest.iter().position(|&byte| byte == b'}')?));
    tag.filter(|tag| !tag.is_empty()).unwrap_or(key)
}

/// Returns the CRC16 (XMODEM) of the bytes. `123456789` gives 0x31c3.
#[inline]
#[must_use]
pub fn crc16(bytes: &[u8]) -> u16 {
    CRC.checksum(bytes)
}

/// Returns the key of a slot's shard, `shorten:{TAG}`.
///
/// TAG is the shortest string that hashes to the slot, and the first in Base62 order among those.
/// It has one to three characters. The first call builds the keys of all slots, in one to two
/// milliseconds. A slot of at least [`SLOTS`] is taken mod [`SLOTS`].
#[inline]
#[must_use]
pub fn shard_key(slot: Slot) -> &'static str {
    static KEYS: OnceLock<Vec<&'static str>> = OnceLock::new();
    KEYS.get_or_init(make_keys)
        .get(usize::from(slot % SLOTS))
        .copied()
        .unwrap_or_default()
}

/// Returns whether the bytes begin as a shard's key. No code and no URL of an allowed scheme does.
#[inline]
#[must_use]
pub fn is_shard_key(bytes: &[u8]) -> bool {
    bytes.starts_with(PREFIX)
}

/// Returns the slot of a shard's key. Returns `None` if the key is not spelled as [`shard_key`]
/// spells it.
#[inline]
#[must_use]
pub fn of_shard_key(key: &[u8]) -> Option<Slot> {
    let tag = key.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    let slot = of_untagged(tag);
    (shard_key(slot).as_bytes() == key).then_some(slot)
}

/// Returns the keys of all slots in slot order. Their text is allocated once and never freed.
fn make_keys() -> Vec<&'static str> {
    let mut text = String::new();
    for tag in find_tags() {
        // A tag is ASCII, padded with zeros.
        let tag = tag
            .iter()
            .filter(|&&digit| digit != 0)
            .map(|&digit| char::from(digit));
        text.push_str("shorten:{");
        text.extend(tag);
        text.push('}');
    }
    let text: &'static str = text.leak();
    text.split_inclusive('}').collect()
}

/// One to three digits, padded with zeros.
type Tag = [u8; 3];

/// Returns the tag of every slot. Strings of one, two and three digits are tried in Base62 order;
/// the first string of a slot is its tag.
fn find_tags() -> Vec<Tag> {
    let mut tags = vec![Tag::default(); usize::from(SLOTS)];
    let mut level = vec![(Tag::default(), CRC.digest())];
    for len in 0..Tag::default().len() {
        let mut longer = Vec::new();
        for (prefix, digest) in &level {
            for &digit in ALPHABET {
                let (mut tag, mut digest) = (*prefix, digest.clone());
                digest.update(&[digit]);
                let crc = digest.clone().finalize();
                tag.iter_mut()
                    .skip(len)
                    .take(1)
                    .for_each(|place| *place = digit);
                if let Some(free) = tags.get_mut(usize::from(crc % SLOTS))
                    && *free == Tag::default()
                {
                    *free = tag;
                }
                if len < 2 {
                    longer.push((tag, digest));
                }
            }
        }
        level = longer;
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specification_s_check_value_holds() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!(crc16(b""), 0);
    }

    #[test]
    fn keys_hash_to_the_slots_a_server_gives_them() {
        // As CLUSTER KEYSLOT of Redis 7.0.15 returns them.
        for (key, slot) in [
            ("foo", 12_182),
            ("{user1000}.following", 3443),
            ("user1000", 3443),
            ("foo{}{bar}", 8363),
            ("foo{{bar}}zap", 4015),
            ("foo{bar}{zap}", 5061),
            ("{}x", 10_595),
            ("a}b{c", 13_587),
            ("https://example.com/{id}/x", 7568),
        ] {
            assert_eq!(of(key.as_bytes()), slot, "{key}");
        }
    }

    #[test]
    fn only_the_first_closed_and_filled_braces_are_a_tag() {
        for (key, part) in [
            ("{a}b", "a"),
            ("x{a}{b}", "a"),
            ("x{{a}}", "{a"),
            ("{}{a}", "{}{a}"),
            ("}{a}", "a"),
            ("{a", "{a"),
            ("a}", "a}"),
            ("", ""),
            ("{", "{"),
        ] {
            assert_eq!(of(key.as_bytes()), of_untagged(part.as_bytes()), "{key}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "makes 16,384 keys")]
    fn every_slot_has_one_key_that_lies_in_it_and_names_it() {
        for slot in 0..SLOTS {
            let key = shard_key(slot);
            assert_eq!(of(key.as_bytes()), slot, "{key}");
            assert_eq!(of_shard_key(key.as_bytes()), Some(slot), "{key}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "makes 16,384 keys")]
    fn the_tag_is_the_shortest_then_the_first() {
        // Found by trying all strings in order with a bitwise CRC, in another language.
        for (slot, key) in [
            (0, "shorten:{06S}"),
            (1, "shorten:{Qi}"),
            (16_383, "shorten:{6ZJ}"),
            (12_182, "shorten:{9Le}"),
        ] {
            assert_eq!(shard_key(slot), key);
        }
        let all: String = (0..SLOTS)
            .map(|slot| format!("{}\n", shard_key(slot)))
            .collect();
        assert_eq!(
            &crate::code::md5::md5_hex(all.as_bytes()),
            b"ab17a5d5e983714b93910f943a944adf"
        );
    }

    #[test]
    #[cfg_attr(miri, ignore = "makes 16,384 keys")]
    fn a_key_that_is_not_the_canonical_one_is_no_shard_key() {
        for key in [
            "",
            "shorten:{",
            "shorten:{}",
            "shorten:{}}",
            "shorten:{06S",
            "shorten:06S",
            "Shorten:{06S}",
            "shorten:{06S}x",
            "shorten:{0000}",
            "shorten:{zzz}",
        ] {
            assert_eq!(of_shard_key(key.as_bytes()), None, "{key}");
        }
        // `06S` is the tag of its slot, so no longer string of that slot is.
        let other = (0..100_000)
            .map(|n| format!("shorten:{{{n:06}}}"))
            .find(|key| of(key.as_bytes()) == 0);
        assert_eq!(of_shard_key(other.unwrap().as_bytes()), None);
    }
}

//! Hash slots and shard keys, computed from the Redis Cluster specification without the code of the
//! module, which they check.

use std::collections::HashMap;
use std::sync::OnceLock;

const DIGITS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A number in Base62, the digits in the order `0-9a-zA-Z`.
#[must_use]
pub fn base62(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(DIGITS[(number % 62) as usize]);
        number /= 62;
        if number == 0 {
            break;
        }
    }
    digits.reverse();
    String::from_utf8(digits).expect("digits are ASCII")
}

/// The hash slot of a key, by its hash tag if it has one.
#[must_use]
pub fn slot(key: &str) -> u16 {
    let tagged = key
        .split_once('{')
        .and_then(|(_, rest)| rest.split_once('}'))
        .map(|(tag, _)| tag);
    crc16(
        tagged
            .filter(|tag| !tag.is_empty())
            .unwrap_or(key)
            .as_bytes(),
    ) % 16384
}

/// The key of a slot's shard: its tag is the shortest Base62 string of the slot, of those the
/// first.
#[must_use]
pub fn shard_key(slot: u16) -> String {
    static TAGS: OnceLock<HashMap<u16, String>> = OnceLock::new();
    let tags = TAGS.get_or_init(|| {
        let mut tags = HashMap::new();
        let mut tag = vec![0; 1];
        while tags.len() < 16384 {
            let text: Vec<u8> = tag.iter().map(|digit| DIGITS[*digit]).collect();
            let text = String::from_utf8(text).expect("digits are ASCII");
            tags.entry(crc16(text.as_bytes()) % 16384).or_insert(text);
            step(&mut tag);
        }
        tags
    });
    format!("shorten:{{{}}}", tags[&slot])
}

/// The next string in the order: shorter ones first, then by digits.
fn step(digits: &mut Vec<usize>) {
    for digit in digits.iter_mut().rev() {
        *digit += 1;
        if *digit < 62 {
            return;
        }
        *digit = 0;
    }
    digits.push(0);
}

/// CRC-16/XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| {
            if crc & 0x8000 != 0 {
                crc << 1 ^ 0x1021
            } else {
                crc << 1
            }
        })
    })
}

#[test]
fn slots_are_those_of_the_cluster_specification() {
    assert_eq!(crc16(b"123456789"), 0x31C3);
    assert_eq!(slot("foo{bar}baz"), slot("bar"));
    assert_eq!(slot("a{}b"), crc16(b"a{}b") % 16384);
}

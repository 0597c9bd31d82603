//! Codes, and the effect that puts codes into a pool.

use std::iter;

use shorten_engine::code::Code;
use shorten_engine::code::slot_codes;

/// The payload of an effect that puts these codes into the pool: version, kind, ranks.
#[must_use]
pub fn fill(codes: &[Code]) -> Vec<u8> {
    let mut payload = vec![1, 5];
    codes
        .iter()
        .for_each(|code| varint(&mut payload, code.rank()));
    payload
}

/// Appends a number as effects have it: 7 bits a byte, the lowest first, the top bit set in all but
/// the last byte.
pub fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The first codes of slot 0, by length, then by digits. Under Miri at most 16 codes, those of
/// three digits: it would take hours for the table of all suffixes.
#[must_use]
pub fn crowd(most: usize) -> Vec<Code> {
    if cfg!(miri) {
        let codes = [
            "06S", "1bz", "3B8", "9kb", "fHh", "gXI", "la2", "nAp", "oQQ", "vZY", "wJx", "DLH",
            "LEP", "MUq", "Ou3", "UNX",
        ];
        return codes
            .iter()
            .take(most)
            .map(|code| Code::parse(code.as_bytes()).unwrap())
            .collect();
    }
    let first = slot_codes::next_code_in_slot(0, 0);
    let codes = iter::successors(first, |code| {
        slot_codes::next_code_in_slot(0, code.rank() + 1)
    });
    codes.take(most).collect()
}

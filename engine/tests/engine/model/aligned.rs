//! Codes of a cluster, found by trying.

use shorten_engine::base62::ALPHABET;
use shorten_engine::code::Code;
use shorten_engine::{digest, slot};

use super::{Model, Text};

impl Model {
    /// The first code of three digits or more, by length, then by digits, that lies in the slot, above what the counter gave there,
    /// and is free.
    pub(super) fn walk(&self, at: u16, occupied: impl Fn(&Text) -> bool) -> Option<Text> {
        let first = Code::parse(b"000").unwrap().rank();
        let above = self.issued.get(&at).map_or(0, |code| code.rank() + 1);
        (above.max(first)..)
            .map_while(Code::from_rank)
            .filter(|code| code.slot() == at)
            .map(|code| code.as_bytes().to_vec())
            .find(|name| !occupied(name))
    }
}

/// Five digits from the hash, and of all suffixes that lead to the URL's slot the one the rest of the hash numbers.
pub(super) fn hash_code(url: &[u8], round: u64) -> Code {
    let hash = digest::fold(url, round);
    let prefix = Code::fixed(hash % 62_u64.pow(5), 5).unwrap();
    let mut suffixes = vec![];
    for (a, b, c) in triples() {
        let code = [prefix.as_bytes(), &[a, b, c]].concat();
        if slot::of(&code) == slot::of(url) {
            suffixes.push(code);
        }
    }
    let number = hash / 62_u64.pow(5) % suffixes.len() as u64;
    Code::parse(&suffixes[number as usize]).unwrap()
}

fn triples() -> impl Iterator<Item = (u8, u8, u8)> {
    let digits = || ALPHABET.iter().copied();
    digits().flat_map(move |a| digits().flat_map(move |b| digits().map(move |c| (a, b, c))))
}

//! Codes of a cluster, found by trial. The results are cached, because trials take long and the
//! URLs are few.

use std::cell::RefCell;
use std::collections::HashMap;

use shorten_engine::code::Code;
use shorten_engine::code::base62::ALPHABET;
use shorten_engine::code::{md5, slot};

use super::{Model, Text};

thread_local! {
    static WALKED: RefCell<HashMap<(u16, u64), Option<Code>>> = RefCell::default();
    static HASHED: RefCell<HashMap<(Text, u64), Code>> = RefCell::default();
}

impl Model {
    /// Returns the first free code of at least three digits, by length, then by digits, that is in
    /// the slot and above what the counter issued there.
    pub(super) fn walk(&self, at: u16, occupied: impl Fn(&Text) -> bool) -> Option<Text> {
        let first = Code::parse(b"000").unwrap().rank();
        let above = self.issued.get(&at).map_or(0, |code| code.rank() + 1);
        let mut rank = above.max(first);
        loop {
            let code = WALKED.with_borrow_mut(|known| {
                *known.entry((at, rank)).or_insert_with(|| from(at, rank))
            })?;
            let name = code.as_bytes().to_vec();
            if !occupied(&name) {
                return Some(name);
            }
            rank = code.rank() + 1;
        }
    }
}

/// Returns the first code of the slot whose rank is at least this one.
fn from(at: u16, rank: u64) -> Option<Code> {
    let mut codes = (rank..).map_while(Code::from_rank);
    codes.find(|code| code.slot() == at)
}

pub(super) fn hash_code(url: &[u8], round: u64) -> Code {
    HASHED.with_borrow_mut(|known| {
        *known
            .entry((url.to_vec(), round))
            .or_insert_with(|| try_all(url, round))
    })
}

/// Five digits of the hash, and the suffix that the rest of the hash selects among all that lead to
/// the URL's slot.
fn try_all(url: &[u8], round: u64) -> Code {
    let hash = md5::fold(url, round);
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

//! The reverse index of a shard: URL → code.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

use crate::code::Code;
use crate::packed::table::Table;

/// What a seed of the reverse index is made of.
pub type Seed = [u8; 16];

/// Bits of a URL's hash that the index keeps: enough to tell ten million URLs of one slot apart but for a candidate or two,
/// and every candidate is checked against its record anyway.
const HASH_BITS: u32 = 24;

/// Entries under one hash at most, so that no payload can make a look-up long. Ten million URLs in one slot have a dozen at the worst.
const CANDIDATES: usize = 64;

/// URL → code: hash of the URL under a secret seed → rank of the code. Hints only, checked against the records.
#[derive(Clone, Default)]
pub(crate) struct Index {
    pub(crate) seed: Seed,
    pub(crate) entries: Table,
}

impl Index {
    /// Where a URL stands in the index. SipHash-1-3 under a secret seed, so that nobody can choose URLs that collide.
    #[inline]
    pub(crate) fn hash(&self, url: &[u8]) -> u64 {
        let mut hasher = SipHasher13::new_with_key(&self.seed);
        hasher.write(url);
        hasher.finish() >> (u64::BITS.saturating_sub(HASH_BITS))
    }

    /// Adds an entry. Beyond [`CANDIDATES`] under one hash the first gives way: only a hostile payload gets there, and an entry is no more than
    /// a hint.
    pub(crate) fn insert(&mut self, hash: u64, rank: u64) {
        let first = self.entries.get(hash).next();
        if let Some(first) = first.filter(|_| self.entries.get(hash).count() >= CANDIDATES) {
            self.entries.remove(hash, first);
        }
        self.entries.insert(hash, rank);
    }

    /// The `nth` code under a hash.
    #[inline]
    pub(crate) fn candidate(&self, hash: u64, nth: usize) -> Option<Code> {
        self.entries.get(hash).nth(nth).and_then(Code::from_rank)
    }
}

/// Whether a hash read from outside is one that [`Index::hash`] could give.
pub(crate) fn is_hash(hash: u64) -> bool {
    hash >> HASH_BITS == 0
}

//! The reverse index of a shard: from URLs to codes.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

use crate::code::Code;
use crate::packed::table::Table;

/// The secret seed of a reverse index.
pub type Seed = [u8; 16];

/// Number of bits of a URL's hash in the index. They leave one or two candidates among ten million
/// URLs of one slot. Every candidate is checked against its record.
const HASH_BITS: u32 = 24;

/// Maximum number of entries under one hash, which bounds a lookup in an index from an untrusted
/// payload. Ten million URLs in one slot have at most a dozen.
const CANDIDATES: usize = 64;

/// The hash of a URL under a secret seed, and the rank of its code. Entries are hints, which are
/// checked against the records.
#[derive(Clone, Default)]
pub(crate) struct Index {
    pub(crate) seed: Seed,
    pub(crate) entries: Table,
}

impl Index {
    /// Returns the hash of a URL: SipHash-1-3 under a secret seed, so that clients cannot choose
    /// URLs that collide.
    #[inline]
    pub(crate) fn hash(&self, url: &[u8]) -> u64 {
        let mut hasher = SipHasher13::new_with_key(&self.seed);
        hasher.write(url);
        hasher.finish() >> (u64::BITS.saturating_sub(HASH_BITS))
    }

    /// Adds an entry. If the hash has [`CANDIDATES`] entries, the first one is removed. Only
    /// crafted payloads reach that number, and an entry is only a hint.
    pub(crate) fn insert(&mut self, hash: u64, rank: u64) {
        let first = self.entries.get(hash).next();
        if let Some(first) = first.filter(|_| self.entries.get(hash).count() >= CANDIDATES) {
            self.entries.remove(hash, first);
        }
        self.entries.insert(hash, rank);
    }

    /// Returns the `nth` code under a hash.
    #[inline]
    pub(crate) fn candidate(&self, hash: u64, nth: usize) -> Option<Code> {
        self.entries.get(hash).nth(nth).and_then(Code::from_rank)
    }
}

/// Returns whether [`Index::hash`] could return this hash. Hashes of untrusted payloads must pass.
pub(crate) fn is_hash(hash: u64) -> bool {
    hash >> HASH_BITS == 0
}

//! One hash slot's share of everything: its links, the index of its URLs, and its allocator.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

use crate::code::Code;
use crate::details::{Details, Number};
use crate::links::{Links, Location};
use crate::record::Record;
use crate::slot::Slot;
use crate::table::Table;
use crate::visitor::Salt;

/// What a seed of the reverse index is made of.
pub type Seed = [u8; 16];

/// Bits of a URL's hash that the index keeps: enough to tell ten million URLs of one slot apart but for a candidate or two,
/// and every candidate is checked against its record anyway.
const HASH_BITS: u32 = 24;

/// Entries under one hash at most, so that no payload can make a look-up long. Ten million URLs in one slot have a dozen at the worst.
const CANDIDATES: usize = 64;

/// One slot's links, index and allocator: the value of one key.
///
/// The order in memory follows use: a redirect reads the first lines, a new link changes the next ones.
/// Parts whose size counts are changed through the `edit_` methods only, which keep `growth` exact.
#[derive(Clone, Default)]
#[repr(C)]
pub struct Shard {
    slot: Slot,
    links: Links,
    growth: Growth,
    allocator: Allocator,
    index: Index,
    /// Statistics of the links that were visited.
    details: Details,
    /// What client ids are salted with where the settings name no salt; all zero until it is needed. Dies with the shard: then there is
    /// no visitor left to be known again.
    pub(crate) salt: Salt,
}

/// URL → code: hash of the URL under a secret seed → rank of the code. Hints only, checked against the records.
#[derive(Clone, Default)]
pub(crate) struct Index {
    pub(crate) seed: Seed,
    pub(crate) entries: Table,
}

/// What must be remembered so that no code is ever given twice.
#[derive(Clone, Default)]
pub(crate) struct Allocator {
    /// The counter's next number, where it counts for all shards; 0 if it never gave one.
    pub(crate) next_id: u64,
    /// One more than the highest rank the counter gave to a link of this shard; 0 if it gave none. Survives the link. In a cluster
    /// the shard's own walk goes on here.
    pub(crate) above_issued: u64,
    pub(crate) pool: Option<Box<Pool>>,
}

/// Random codes made ahead of time, by rank.
#[derive(Clone, Default)]
pub(crate) struct Pool {
    pub(crate) ready: Table,
    /// Handed out by TAKE and bound to no link yet.
    pub(crate) taken: Table,
    /// Whether anybody has asked for pool codes, so that the pool looks after itself.
    pub(crate) wanted: bool,
    /// Whether it fell under pool-min and has not reached pool-max since. Of this process only: neither saved nor replicated.
    pub(crate) refilling: bool,
}

/// Counts that cost nothing to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShardStats {
    /// Resident links, expired ones that were not reclaimed yet included.
    pub links: usize,
    /// Links with an expiry.
    pub expiring: usize,
    /// Entries of the reverse index.
    pub entries: usize,
    /// Codes in the pool.
    pub pool: usize,
    /// Codes taken from the pool and not yet bound.
    pub taken: usize,
    /// Whether it has a pool, if only an empty one that is wanted.
    pub has_pool: bool,
    /// Whether it remembers a number that the counter gave.
    pub has_number: bool,
    /// Links with statistics.
    pub visited: usize,
    /// Memory held, in bytes as asked from the allocator, the struct itself included.
    pub bytes: usize,
}

/// How a shard's counts changed: the running totals of all shards follow from it without reading the shard anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Growth {
    /// Resident links.
    pub links: i64,
    /// Links with an expiry.
    pub expiring: i64,
    /// Codes in the pool.
    pub pool: i64,
    /// Codes taken from the pool and not yet bound.
    pub taken: i64,
    /// Links with statistics.
    pub visited: i64,
    /// Whether it has a pool, as 0 or 1.
    pub pools: i64,
    /// Whether it remembers a number that the counter gave, as 0 or 1.
    pub numbered: i64,
    /// Bytes of memory.
    pub bytes: i64,
}

impl From<ShardStats> for Growth {
    /// The growth from nothing to these counts.
    fn from(stats: ShardStats) -> Self {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        Growth {
            links: count(stats.links),
            expiring: count(stats.expiring),
            pool: count(stats.pool),
            taken: count(stats.taken),
            visited: count(stats.visited),
            pools: i64::from(stats.has_pool),
            numbered: i64::from(stats.has_number),
            bytes: count(stats.bytes),
        }
    }
}

impl Shard {
    /// An empty shard of this slot.
    #[must_use]
    pub fn new(slot: Slot) -> Shard {
        Shard {
            slot,
            growth: Growth {
                bytes: const { size_of::<Shard>() as i64 },
                ..Growth::default()
            },
            ..Shard::default()
        }
    }

    /// The slot whose codes and URLs it holds.
    #[must_use]
    pub fn slot(&self) -> Slot {
        self.slot
    }

    /// The link of a code of this slot, expired or not.
    #[inline]
    #[must_use]
    pub fn get(&self, code: &Code) -> Option<Record<'_>> {
        self.links.get(code)
    }

    /// Makes the link of a code be `record`.
    pub(crate) fn put(&mut self, code: &Code, record: &Record<'_>) {
        let dropped = self.edit_links(|links| links.put(code, record));
        self.forget_details(dropped);
    }

    /// Removes the link of a code; false if there is none.
    pub(crate) fn remove(&mut self, code: &Code) -> bool {
        let removed = self.edit_links(|links| links.remove(code));
        self.forget_details(removed.unwrap_or(0));
        removed.is_some()
    }

    fn forget_details(&mut self, number: Number) {
        if number != 0 {
            self.edit_details(|details| details.remove(number));
        }
    }

    /// The links.
    #[inline]
    pub(crate) fn links(&self) -> &Links {
        &self.links
    }

    /// The statistics of visited links.
    #[inline]
    pub(crate) fn details(&self) -> &Details {
        &self.details
    }

    /// The reverse index.
    #[inline]
    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// The allocator of codes.
    #[inline]
    pub(crate) fn allocator(&self) -> &Allocator {
        &self.allocator
    }

    /// Notes that the counter gave a link of this shard every rank below `above` that it gave one.
    #[inline]
    pub(crate) fn note_issued(&mut self, above: u64) {
        if self.allocator.above_issued == 0 && above > 0 {
            self.growth.numbered = self.growth.numbered.wrapping_add(1);
        }
        self.allocator.above_issued = self.allocator.above_issued.max(above);
    }

    /// Has the counter go on at `next` or above.
    #[inline]
    pub(crate) fn note_counter(&mut self, next: u64) {
        self.allocator.next_id = self.allocator.next_id.max(next);
    }

    /// Sets the counts of a link in place; false if it has no room for them yet.
    #[inline]
    pub(crate) fn recount(&mut self, location: Location, visits: u64, last_visit: u64) -> bool {
        self.links.recount(location, visits, last_visit)
    }

    /// The codes of links that expired at least `retention` ms ago, at most `most` of them.
    pub(crate) fn due(&mut self, now: u64, retention: u64, most: usize) -> Vec<Code> {
        self.links.due(now, retention, most)
    }

    /// Changes the links.
    #[inline]
    pub(crate) fn edit_links<R>(&mut self, change: impl FnOnce(&mut Links) -> R) -> R {
        let links = &mut self.links;
        let old = (links.len(), links.expiring(), links.heap());
        let answer = change(links);
        step(&mut self.growth.links, links.len(), old.0);
        step(&mut self.growth.expiring, links.expiring(), old.1);
        step(&mut self.growth.bytes, links.heap(), old.2);
        answer
    }

    /// Notes whether the pool is being refilled.
    pub(crate) fn set_refilling(&mut self, refilling: bool) {
        if let Some(pool) = self.allocator.pool.as_deref_mut() {
            pool.refilling = refilling;
        }
    }

    /// Changes the reverse index.
    #[inline]
    pub(crate) fn edit_index<R>(&mut self, change: impl FnOnce(&mut Index) -> R) -> R {
        let old = self.index.entries.heap();
        let answer = change(&mut self.index);
        step(&mut self.growth.bytes, self.index.entries.heap(), old);
        answer
    }

    /// Changes the statistics of visited links.
    #[inline]
    pub(crate) fn edit_details<R>(&mut self, change: impl FnOnce(&mut Details) -> R) -> R {
        let details = &mut self.details;
        let old = (details.len(), details.heap());
        let answer = change(details);
        step(&mut self.growth.visited, details.len(), old.0);
        step(&mut self.growth.bytes, details.heap(), old.1);
        answer
    }

    /// Changes the allocator.
    pub(crate) fn edit_allocator<R>(&mut self, change: impl FnOnce(&mut Allocator) -> R) -> R {
        let old = self.allocator.size();
        let answer = change(&mut self.allocator);
        let new = self.allocator.size();
        let growth = &mut self.growth;
        for (sum, new, old) in [
            (&mut growth.pool, new.ready, old.ready),
            (&mut growth.taken, new.taken, old.taken),
            (&mut growth.pools, new.pools, old.pools),
            (&mut growth.numbered, new.numbered, old.numbered),
            (&mut growth.bytes, new.heap, old.heap),
        ] {
            step(sum, new, old);
        }
        answer
    }

    /// How the counts of [`Shard::stats`] changed since the last call. The first call counts from an empty shard.
    #[inline]
    pub fn take_growth(&mut self) -> Growth {
        std::mem::take(&mut self.growth)
    }

    /// How the counts changed since [`Shard::take_growth`] was last called.
    #[must_use]
    pub fn growth(&self) -> Growth {
        self.growth
    }

    /// Whether nothing would be forgotten by deleting it.
    #[must_use]
    pub fn is_vacant(&self) -> bool {
        let Allocator {
            next_id,
            above_issued,
            ref pool,
        } = self.allocator;
        self.links.len() == 0
            && self.index.entries.is_empty()
            && next_id == 0
            && above_issued == 0
            && pool.is_none()
    }

    /// Resident links, expired ones that were not reclaimed yet included.
    #[inline]
    #[must_use]
    pub fn link_count(&self) -> usize {
        self.links.len()
    }

    /// Counts, in constant time.
    #[must_use]
    pub fn stats(&self) -> ShardStats {
        let pool = self.allocator.pool.as_deref();
        ShardStats {
            links: self.links.len(),
            expiring: self.links.expiring(),
            entries: self.index.entries.len(),
            pool: pool.map_or(0, |pool| pool.ready.len()),
            taken: pool.map_or(0, |pool| pool.taken.len()),
            has_pool: pool.is_some(),
            has_number: self.allocator.above_issued > 0,
            visited: self.details.len(),
            bytes: self.memory_usage(),
        }
    }

    /// Memory held, in bytes as asked from the allocator, the struct itself included.
    #[must_use]
    pub fn memory_usage(&self) -> usize {
        let pool = self.allocator.size().heap;
        [
            size_of::<Shard>(),
            self.links.heap(),
            self.index.entries.heap(),
            self.details.heap(),
            pool,
        ]
        .into_iter()
        .fold(0, usize::saturating_add)
    }

    /// How many allocations freeing it takes, roughly: what Redis wants to know before it frees in the background.
    #[must_use]
    pub fn free_effort(&self) -> usize {
        self.links
            .pages()
            .saturating_mul(2)
            .saturating_add(self.index.entries.len() / 256)
            .saturating_add(self.details.len())
            .saturating_add(1)
    }

    /// Whether it may hold a link that expired at least `retention` ms ago. May err on the side of yes.
    #[must_use]
    pub fn may_have_due(&self, now: u64, retention: u64) -> bool {
        self.links.soonest().saturating_add(retention) <= now
    }

    /// Shows every packed buffer from number `from` on, so that a defragmenter can move it, until `visit` answers false.
    /// The answer is the number to go on from; none when all were shown.
    pub fn buffers_mut(
        &mut self,
        from: usize,
        visit: &mut dyn FnMut(&mut Vec<u8>) -> bool,
    ) -> Option<usize> {
        let mut number = from;
        let pages = self.links.pages();
        for [rows, records] in self.links.buffers_mut(from) {
            let go_on = visit(rows);
            let go_on = visit(records) && go_on;
            number = number.saturating_add(1);
            if !go_on {
                return Some(number);
            }
        }
        for buffer in self.index.entries.buffers_mut(number.saturating_sub(pages)) {
            number = number.saturating_add(1);
            if !visit(buffer) {
                return Some(number);
            }
        }
        let before = pages.saturating_add(self.index.entries.pages());
        for buffers in self.details.buffers_mut(number.saturating_sub(before)) {
            number = number.saturating_add(1);
            // A block at a time: its buffers are small.
            let mut go_on = true;
            buffers.for_each(|buffer| go_on &= visit(buffer));
            if !go_on {
                return Some(number);
            }
        }
        None
    }
}

/// The counts of an allocator, and the memory held beside the struct itself.
#[derive(Clone, Copy, Default)]
struct AllocatorSize {
    ready: usize,
    taken: usize,
    pools: usize,
    numbered: usize,
    heap: usize,
}

/// Adds to `sum` what `new` is more than `old`.
#[inline]
fn step(sum: &mut i64, new: usize, old: usize) {
    let difference = (new as u64).wrapping_sub(old as u64).cast_signed();
    *sum = sum.wrapping_add(difference);
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

impl Allocator {
    /// Whether a code is kept from everyone but the pool or the client who took it.
    pub(crate) fn reserves(&self, rank: u64) -> bool {
        self.pool
            .as_deref()
            .is_some_and(|pool| pool.ready.contains(rank, 0) || pool.taken.contains(rank, 0))
    }

    /// Takes a code that a link has now out of the pool and of the codes taken.
    pub(crate) fn claim(&mut self, rank: u64) {
        if let Some(pool) = self.pool.as_deref_mut() {
            pool.ready.remove(rank, 0);
            pool.taken.remove(rank, 0);
            self.forget_empty_pool();
        }
    }

    fn size(&self) -> AllocatorSize {
        let numbered = usize::from(self.above_issued > 0);
        match self.pool.as_deref() {
            None => AllocatorSize {
                numbered,
                ..AllocatorSize::default()
            },
            Some(pool) => AllocatorSize {
                ready: pool.ready.len(),
                taken: pool.taken.len(),
                pools: 1,
                numbered,
                heap: size_of::<Pool>()
                    .saturating_add(pool.ready.heap())
                    .saturating_add(pool.taken.heap()),
            },
        }
    }

    pub(crate) fn pool_mut(&mut self) -> &mut Pool {
        self.pool.get_or_insert_default()
    }

    /// A pool that holds nothing and is wanted by nobody is none.
    pub(crate) fn forget_empty_pool(&mut self) {
        if self
            .pool
            .as_deref()
            .is_some_and(|pool| pool.ready.is_empty() && pool.taken.is_empty() && !pool.wanted)
        {
            self.pool = None;
        }
    }
}

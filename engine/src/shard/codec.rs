//! The encoding of shards in RDB files and LINK.LOAD.
//!
//! A shard is a sequence of chunks, the head first. Each chunk has at most about [`CHUNK`] bytes
//! and can be read on its own.
//!
//! ```text
//! version 1 byte   1
//! kind    1 byte   the numbers in format.rs
//! HEAD    slot (2 bytes, little-endian), seed of the index (16), counter's next number, one more
//!         than the highest issued rank, whether the pool refills itself (0 or 1); the salt of
//!         client ids (16), if there is one
//! LINKS   number of the URLs' symbol table (1 byte); to the end: rank (relative to the previous
//!         one), code if the rank does not identify it, record (`created` relative to the previous
//!         one)
//! INDEX   to the end: hash (relative to the previous one), rank
//! POOL    to the end: rank (relative to the previous one)
//! TAKEN   to the end: rank (relative to the previous one), of reserved codes
//! VISITS  to the end: rank (relative to the previous one), code if the rank does not identify it,
//!         length of the statistics, statistics (see crate::stats)
//! ```
//!
//! Chunks are untrusted. A chunk is validated completely before any of it is applied, and no memory
//! is allocated by a number that was read. Its contents are applied by the same methods as every
//! other change. So no payload can build a shard that commands could not.

use crate::code::{Code, SHORT_RANKS};
use crate::error::Error;
use crate::packed::bytes::{put_string, put_varint};
use crate::packed::fsst;
use crate::shard::record::{Encoding, Record};
use crate::shard::shard::Shard;
use crate::stats::VisitStats;
use crate::visitor::Salt;

mod format;
mod read;

use format::{HEAD, INDEX, LINKS, POOL, TAKEN, VERSION, VISITS, malformed};
use read::{Head, entries, head, is_valid_link, links, open, ranks, statistics, validate_all};

/// Size at which a chunk is closed, in bytes.
const CHUNK: usize = 32 * 1024;

impl Shard {
    /// Returns the shard as chunks, the head first. An RDB file holds them one after another,
    /// followed by an empty string.
    pub fn chunks(&self) -> impl Iterator<Item = Vec<u8>> + '_ {
        let mut links = ChunkWriter::new(LINKS, &[fsst::CURRENT_TABLE], self.links().iter_from(0));
        let mut visits = ChunkWriter::new(VISITS, &[], self.visited());
        let mut index = ChunkWriter::new(INDEX, &[], self.index().entries.iter());
        let pool = self.allocator().pool.as_deref();
        let mut available = ChunkWriter::new(
            POOL,
            &[],
            pool.into_iter().flat_map(|pool| pool.available.iter()),
        );
        let mut reserved = ChunkWriter::new(
            TAKEN,
            &[],
            pool.into_iter().flat_map(|pool| pool.reserved.iter()),
        );
        std::iter::once(self.head())
            .chain(std::iter::from_fn(move || links.chunk((0, 0), write_link)))
            .chain(std::iter::from_fn(move || visits.chunk(0, write_stats)))
            .chain(std::iter::from_fn(move || index.chunk(0, write_entry)))
            .chain(std::iter::from_fn(move || available.chunk(0, write_rank)))
            .chain(std::iter::from_fn(move || reserved.chunk(0, write_rank)))
    }

    /// Creates a shard from a head chunk.
    ///
    /// # Errors
    /// `ERR` if the chunk is not a head chunk or has an unknown version.
    pub fn from_chunk(chunk: &[u8]) -> Result<Shard, Error> {
        let slot = match open(chunk) {
            Some((HEAD, body)) => head(body).map(|head| head.slot),
            _ => None,
        };
        let mut shard = Shard::new(slot.ok_or_else(|| malformed("missing shard head"))?);
        shard.load_chunk(chunk)?;
        Ok(shard)
    }

    /// Adds the contents of a chunk. A refused chunk changes nothing.
    ///
    /// # Errors
    /// `ERR` if the chunk is malformed, has an unknown version, or belongs to another shard.
    pub fn load_chunk(&mut self, chunk: &[u8]) -> Result<(), Error> {
        let slot = self.slot();
        match open(chunk).ok_or_else(|| malformed("unknown version"))? {
            (HEAD, body) => self.take_head(&head(body).ok_or_else(|| malformed("invalid head"))?),
            (LINKS, body) => {
                let (table, body) = body
                    .split_first()
                    .filter(|(table, _)| fsst::is_known(**table))
                    .ok_or_else(|| malformed("unknown symbol table"))?;
                let broken = "invalid links, or links of another slot";
                let checked = links(body, *table)
                    .map(|link| link.filter(|(code, record)| is_valid_link(code, record, slot)));
                validate_all(checked, broken)?;
                links(body, *table)
                    .flatten()
                    .for_each(|(code, record)| self.put(&code, &record));
                Ok(())
            }
            (VISITS, body) => {
                validate_all(statistics(body, slot), "invalid statistics")?;
                statistics(body, slot)
                    .flatten()
                    .for_each(|(code, stats)| self.put_stats(&code, stats));
                Ok(())
            }
            (INDEX, body) => {
                validate_all(entries(body), "invalid index")?;
                self.edit_index(|index| {
                    entries(body)
                        .flatten()
                        .for_each(|(hash, rank)| index.insert(hash, rank));
                });
                Ok(())
            }
            (kind @ (POOL | TAKEN), body) => {
                validate_all(ranks(body), "invalid pool")?;
                self.edit_allocator(|allocator| {
                    let pool = allocator.pool_mut();
                    let (to, other) = if kind == POOL {
                        (&mut pool.available, &pool.reserved)
                    } else {
                        (&mut pool.reserved, &pool.available)
                    };
                    // A code is available or reserved, never both, whatever a payload contains.
                    ranks(body)
                        .flatten()
                        .filter(|&rank| !other.contains(rank, 0))
                        .for_each(|rank| {
                            to.insert(rank, 0);
                        });
                    allocator.forget_empty_pool();
                });
                Ok(())
            }
            _ => Err(malformed("unknown chunk kind")),
        }
    }

    /// Passes everything that makes two shards equal to `feed`, in a fixed order.
    pub fn digest(&self, feed: &mut dyn FnMut(&[u8])) {
        feed(&self.head());
        let mut line = Vec::new();
        for (_, code, record) in self.links().iter_from(0) {
            line.clear();
            put_string(&mut line, code.as_bytes());
            record.encode(0, Encoding::Wire, &mut line);
            if let Some(stats) = self.stats_of(&record) {
                line.extend_from_slice(stats.as_bytes());
            }
            feed(&line);
        }
        let pool = self.allocator().pool.as_deref();
        let sets = [
            (INDEX, Some(&self.index().entries)),
            (POOL, pool.map(|pool| &pool.available)),
            (TAKEN, pool.map(|pool| &pool.reserved)),
        ];
        for (kind, (key, value)) in sets.into_iter().flat_map(|(kind, set)| {
            set.into_iter()
                .flat_map(move |set| set.iter().map(move |row| (kind, row)))
        }) {
            line.clear();
            line.push(kind);
            put_varint(&mut line, key);
            put_varint(&mut line, value);
            feed(&line);
        }
    }

    fn head(&self) -> Vec<u8> {
        let mut out = vec![VERSION, HEAD];
        out.extend_from_slice(&self.slot().to_le_bytes());
        out.extend_from_slice(&self.index().seed);
        put_varint(&mut out, self.allocator().next_counter);
        put_varint(&mut out, self.allocator().issued_rank_bound);
        out.push(u8::from(
            self.allocator()
                .pool
                .as_deref()
                .is_some_and(|pool| pool.auto_refill),
        ));
        if self.salt != Salt::default() {
            out.extend_from_slice(&self.salt);
        }
        out
    }

    fn take_head(&mut self, head: &Head) -> Result<(), Error> {
        if head.slot != self.slot() {
            return Err(malformed("head of another slot's shard"));
        }
        if self.index().entries.is_empty() {
            self.edit_index(|index| index.seed = head.seed);
        } else if self.index().seed != head.seed {
            return Err(malformed("head with a different index seed"));
        }
        self.edit_allocator(|allocator| {
            allocator.next_counter = allocator.next_counter.max(head.next_counter);
            allocator.issued_rank_bound = allocator.issued_rank_bound.max(head.issued_rank_bound);
            if head.auto_refill {
                allocator.pool_mut().auto_refill = true;
            }
        });
        if self.salt == Salt::default() {
            self.salt = head.salt;
        }
        Ok(())
    }
}

/// Fills chunks of one kind from a sequence of items.
struct ChunkWriter<I: Iterator> {
    kind: u8,
    /// The bytes at the beginning of every chunk of the kind.
    prefix: &'static [u8],
    items: std::iter::Peekable<I>,
}

impl<I: Iterator> ChunkWriter<I> {
    fn new(kind: u8, prefix: &'static [u8], items: I) -> Self {
        ChunkWriter {
            kind,
            prefix,
            items: items.peekable(),
        }
    }

    /// Returns the next chunk. `write` receives what it returned for the previous item, or `start`
    /// for the first item of a chunk.
    fn chunk<S>(
        &mut self,
        start: S,
        write: impl Fn(&mut Vec<u8>, S, I::Item) -> S,
    ) -> Option<Vec<u8>> {
        self.items.peek()?;
        let mut out = vec![VERSION, self.kind];
        out.extend_from_slice(self.prefix);
        let mut state = start;
        while out.len() < CHUNK {
            let Some(item) = self.items.next() else { break };
            state = write(&mut out, state, item);
        }
        Some(out)
    }
}

fn write_link(
    out: &mut Vec<u8>,
    (last, base): (u64, u64),
    (rank, code, record): (u64, Code, Record<'_>),
) -> (u64, u64) {
    write_code(out, last, rank, &code);
    record.encode(base, Encoding::Rdb, out);
    (rank, record.created)
}

/// Writes a rank and its code as [`read`] expects them.
fn write_code(out: &mut Vec<u8>, last: u64, rank: u64, code: &Code) {
    put_varint(out, rank.wrapping_sub(last));
    if rank >= SHORT_RANKS {
        put_string(out, code.as_bytes());
    }
}

fn write_stats(out: &mut Vec<u8>, last: u64, (rank, code, stats): (u64, Code, &VisitStats)) -> u64 {
    write_code(out, last, rank, &code);
    put_string(out, stats.as_bytes());
    rank
}

fn write_entry(out: &mut Vec<u8>, last: u64, (hash, rank): (u64, u64)) -> u64 {
    put_varint(out, hash.wrapping_sub(last));
    put_varint(out, rank);
    hash
}

fn write_rank(out: &mut Vec<u8>, last: u64, (rank, _): (u64, u64)) -> u64 {
    put_varint(out, rank.wrapping_sub(last));
    rank
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packed::fsst::{UrlBytes, compressor};

    #[test]
    fn a_chunk_packed_with_another_table_is_read_and_packed_anew() {
        let url = b"http://example.com/";
        let code = Code::from_bytes(b"my-own-long-alias").unwrap();
        let packed = compressor(2).unwrap().compress(url);
        let mut chunk = vec![VERSION, LINKS, 2];
        put_varint(&mut chunk, code.rank());
        put_string(&mut chunk, code.as_bytes());
        chunk.extend_from_slice(&[3, 0]);
        put_varint(&mut chunk, (packed.len() as u64) << 1 | 1);
        chunk.extend_from_slice(&packed);
        let mut shard = Shard::new(code.slot());
        shard.load_chunk(&chunk).unwrap();
        let record = shard.get(&code).unwrap();
        assert_eq!(&record.url()[..], url);
        assert!(matches!(
            record.url,
            UrlBytes::Packed(_, fsst::CURRENT_TABLE)
        ));
        assert!(
            shard
                .chunks()
                .all(|chunk| chunk[..3] != [VERSION, LINKS, 2])
        );

        chunk[2] = 9;
        assert!(
            Shard::new(code.slot()).load_chunk(&chunk).is_err(),
            "an unknown table"
        );
    }
}

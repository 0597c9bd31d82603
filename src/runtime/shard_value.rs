//! The data type `linkshard`: what a key holds, and how the server saves, loads, copies and
//! measures it.
//!
//! ```text
//! RDB, DUMP    the shard's chunks as strings, the head first; then an empty string
//! AOF rewrite  LINK.LOAD shard-key chunk, once per chunk
//! ```
//! Payloads are untrusted, because RESTORE accepts arbitrary bytes. The engine checks the content.
//! No number that was read determines the size of an allocation. An invalid payload is refused and
//! logged.

use std::ffi::{CStr, c_int};

use shorten_engine::code::slot;
use shorten_engine::{Growth, Shard};

use super::totals;
use crate::server::data_type::{DataType, Registry};
use crate::server::io::{Reader, Rewriter, Writer};
use crate::server::value_cache::{Slot, SlotValue, ValueCache};

/// The command that AOF rewriting emits.
const LOAD: &CStr = c"LINK.LOAD";

/// What a key holds: a shard that the running totals include.
pub(crate) struct ShardValue {
    shard: Shard,
}

static REGISTRY: Registry<ShardValue> = Registry::new();
static CACHE: ValueCache<ShardValue> = ValueCache::new();

impl ShardValue {
    /// Returns a value with an empty shard.
    pub(crate) fn empty(slot: Slot) -> Self {
        Self::of(Shard::new(slot))
    }

    /// Returns a value with this shard, which the totals do not include yet.
    pub(crate) fn of(mut shard: Shard) -> Self {
        totals::shard_created();
        shard.take_growth();
        totals::add(shard.slot(), &shard.size().into());
        totals::raise_largest(shard.link_count());
        Self { shard }
    }

    /// Returns the shard.
    #[inline]
    pub(crate) fn shard(&self) -> &Shard {
        &self.shard
    }

    /// Returns the shard for changes. The totals are updated when the key is closed.
    #[inline]
    pub(crate) fn shard_mut(&mut self) -> &mut Shard {
        &mut self.shard
    }
}

impl Drop for ShardValue {
    fn drop(&mut self) {
        let growth = self.shard.take_growth();
        totals::add(self.shard.slot(), &growth);
        totals::subtract(self.shard.slot(), &self.shard.size().into());
        totals::shard_freed();
    }
}

impl SlotValue for ShardValue {
    #[inline]
    fn cache() -> &'static ValueCache<Self> {
        &CACHE
    }

    #[inline]
    fn slot(&self) -> Slot {
        self.shard.slot()
    }

    fn key_of_slot(slot: Slot) -> Vec<u8> {
        slot::shard_key(slot).as_bytes().to_vec()
    }

    fn slot_of_key(key: &[u8]) -> Option<Slot> {
        slot::is_shard_key(key).then(|| slot::of(key))
    }
}

impl DataType for ShardValue {
    const NAME: &CStr = c"linkshard";
    /// A payload of another version is refused.
    const ENCODING: c_int = 1;

    #[inline]
    fn registry() -> &'static Registry<Self> {
        &REGISTRY
    }

    fn load(reader: &mut Reader, encoding: c_int) -> Result<Self, String> {
        let shard = read(reader, encoding);
        shard
            .map(Self::of)
            .map_err(|reason| format!("cannot load shard: {reason}"))
    }

    fn save(&self, writer: &mut Writer) {
        for chunk in self.shard.chunks() {
            writer.bytes(&chunk);
        }
        writer.bytes(b"");
    }

    fn rewrite(&self, rewriter: &mut Rewriter) {
        for chunk in self.shard.chunks() {
            rewriter.emit(LOAD, &chunk);
        }
    }

    fn digest(&self, add: &mut dyn FnMut(&[u8])) {
        self.shard.digest(&mut |element| add(element));
    }

    fn memory_usage(&self) -> usize {
        let own = size_of::<Self>().saturating_sub(size_of::<Shard>());
        self.shard.memory_usage().saturating_add(own)
    }

    fn free_effort(&self) -> usize {
        self.shard.free_effort()
    }

    fn copy(&self) -> Self {
        Self::of(self.shard.clone())
    }

    fn buffers_mut(
        &mut self,
        from: usize,
        visit: &mut dyn FnMut(&mut Vec<u8>) -> bool,
    ) -> Option<usize> {
        self.shard.buffers_mut(from, &mut |buffer| visit(buffer))
    }

    /// Updates the running totals.
    #[inline]
    fn changed(&mut self) {
        let growth = self.shard.take_growth();
        if growth == Growth::default() {
            return;
        }
        totals::add(self.shard.slot(), &growth);
        if growth.links > 0 {
            totals::raise_largest(self.shard.link_count());
        }
    }
}

fn read(reader: &mut Reader, encoding: c_int) -> Result<Shard, String> {
    if encoding != ShardValue::ENCODING {
        return Err(format!(
            "encoding {encoding} is not supported by this version of the module"
        ));
    }
    let truncated = || "unexpected end of input".to_owned();
    let head = reader.bytes().ok_or_else(truncated)?;
    let mut shard = Shard::from_chunk(head.as_slice()).map_err(|error| error.to_string())?;
    loop {
        let chunk = reader.bytes().ok_or_else(truncated)?;
        if chunk.as_slice().is_empty() {
            return Ok(shard);
        }
        shard
            .load_chunk(chunk.as_slice())
            .map_err(|error| error.to_string())?;
    }
}

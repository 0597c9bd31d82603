//! Shards: the links of one hash slot, the index of their URLs, their statistics and the allocator of codes.

mod allocator;
mod codec;
mod edit;
mod growth;
mod index;
mod links;
mod owned_record;
mod page;
mod record;
mod shard;
mod stats_slab;
mod visited;

pub(crate) use allocator::Pool;
pub use growth::{Growth, ShardSize};
pub use index::Seed;
pub(crate) use links::Location;
pub(crate) use owned_record::OwnedRecord;
pub(crate) use record::Encoding;
pub use record::{MAX_COUNT, MAX_NOTE, MAX_TIME, Origin, Record};
pub use shard::Shard;

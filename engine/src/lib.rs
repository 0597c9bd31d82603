//! The thinking of redis-shorten, without a server.
//!
//! Bytes and a clock value go in, values and effects come out: see [`Engine`] for the commands and [`Store`] for what they need.
#![deny(unsafe_code)]

pub mod address;
pub mod aligned;
pub mod base62;
pub mod base_url;
pub mod code;
pub mod digest;
pub mod error;
pub mod glob;
pub mod scheme;
pub mod settings;
pub mod slot;
pub mod visitor;

mod bytes;
mod codec;
mod counting;
mod cursor;
mod details;
mod directory;
mod effect;
mod engine;
mod expiry;
mod links;
mod ops;
mod packing;
mod page;
mod record;
mod rows;
mod shard;
mod stats;
mod table;

pub use engine::{Change, Counters, Engine, Store};
pub use expiry::Expiry;
pub use ops::{
    By, Condition, LinkInfo, LinkStats, Outcome, PoolInfo, Rows, SetLink, Shorten, Shortened,
    State, StatsRequest, Ttl, Visit, Visited,
};
pub use packing::UrlBuffer;
pub use record::{MAX_COUNT, MAX_NOTE, MAX_TIME, Origin, Record};
pub use shard::{Growth, Seed, Shard, ShardStats};
pub use stats::Dimension;

/// Builds the tables that the first command would wait for, some milliseconds: the names of all shards' keys, the packing of URLs, and
/// what user agents are told by.
pub fn prepare() {
    let _ = slot::shard_key(0);
    let _ = packing::compressor(packing::WRITES);
    visitor::Agents::warm();
}

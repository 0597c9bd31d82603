//! The thinking of redis-shorten, without a server.
//!
//! Bytes and a clock value go in, values and effects come out: see [`Engine`] for the commands and [`Store`] for what they need.
#![deny(unsafe_code)]
#![allow(
    clippy::module_inception,
    reason = "a folder's main type lies in a file of its name"
)]

pub mod code;
pub mod error;
pub mod settings;
pub mod url;
pub mod visitor;

mod commands;
mod effect;
mod packed;
mod shard;
mod stats;

pub use commands::{
    Change, Condition, Engine, Expiry, Glob, GroupBy, LinkInfo, LinkState, PoolInfo,
    ProcessCounters, SetRequest, ShortenRequest, StatsRequest, StatsRows, Store, Ttl, VisitReport,
    VisitRequest, Visited,
};
pub use packed::fsst::UrlBuffer;
pub use shard::{Growth, MAX_COUNT, MAX_NOTE, MAX_TIME, Origin, Record, Seed, Shard, ShardSize};
pub use stats::Dimension;

/// Builds the tables that the first command would wait for, some milliseconds: the names of all shards' keys, the packing of URLs, and
/// what user agents are told by.
pub fn prepare() {
    let _ = code::slot::shard_key(0);
    let _ = packed::fsst::compressor(packed::fsst::CURRENT_TABLE);
    visitor::Agents::warm();
}

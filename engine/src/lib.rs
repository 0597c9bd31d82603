//! The link logic of redis-shorten, without a server: codes, URLs, shards, statistics and effects.
//!
//! Bytes and the time go in, values and effects come out. [`Engine`] has the commands, [`Store`] is
//! what they need. A store can be a map in memory:
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use shorten_engine::code::{Code, slot::Slot};
//! use shorten_engine::error::Error;
//! use shorten_engine::settings::Settings;
//! use shorten_engine::visitor::Visitor;
//! use shorten_engine::{
//!     Change, Engine, ProcessCounters, Shard, ShortenRequest, Store, UrlBuffer, VisitRequest,
//! };
//!
//! #[derive(Default)]
//! struct Memory {
//!     shards: BTreeMap<Slot, Shard>,
//!     effects: Vec<(Slot, Vec<u8>)>,
//! }
//!
//! impl Store for Memory {
//!     fn get(&mut self, slot: Slot) -> Result<Option<&Shard>, Error> {
//!         Ok(self.shards.get(&slot))
//!     }
//!
//!     fn get_mut(&mut self, slot: Slot) -> Result<Option<&mut Shard>, Error> {
//!         Ok(self.shards.get_mut(&slot))
//!     }
//!
//!     fn get_or_create(&mut self, slot: Slot) -> Result<&mut Shard, Error> {
//!         Ok(self.shards.entry(slot).or_insert_with(|| Shard::new(slot)))
//!     }
//!
//!     fn remove(&mut self, slot: Slot) {
//!         self.shards.remove(&slot);
//!     }
//!
//!     fn replicate(&mut self, slot: Slot, payload: &[u8]) {
//!         self.effects.push((slot, payload.to_vec()));
//!     }
//!
//!     fn notify(&mut self, _code: &Code, _change: Change) {}
//!
//!     fn notify_url(&mut self, _url: &[u8]) {}
//! }
//!
//! # fn main() -> Result<(), Error> {
//! let mut store = Memory::default();
//! let settings = Settings::default();
//! let counters = ProcessCounters::new();
//! let mut engine = Engine {
//!     store: &mut store,
//!     settings: &settings,
//!     now: 1_790_000_000_000,
//!     counters: &counters,
//! };
//!
//! let request = ShortenRequest {
//!     url: b"https://example.com/",
//!     ..ShortenRequest::default()
//! };
//! let code = engine.shorten(&request)?;
//! assert_eq!(code.as_str(), "g8");
//! assert_eq!(engine.shorten(&request)?, code);
//!
//! let url = engine.resolve(b"g8", |url| url.map(<[u8]>::to_vec))?;
//! assert_eq!(url.as_deref(), Some(&b"https://example.com/"[..]));
//!
//! let visit = VisitRequest {
//!     code: b"g8",
//!     ..VisitRequest::default()
//! };
//! let mut url = UrlBuffer::new();
//! let outcome = engine.visit(&visit, |_salt| Visitor::default(), &mut url)?;
//! assert_eq!(outcome.status(), "active");
//! assert_eq!(&url[..], b"https://example.com/");
//! assert_eq!(engine.info(b"g8")?.unwrap().visits, 1);
//!
//! // A replica that applies the effects is equal to the master.
//! let mut replica = Memory::default();
//! for (slot, payload) in store.effects {
//!     let mut engine = Engine {
//!         store: &mut replica,
//!         settings: &settings,
//!         now: 0,
//!         counters: &counters,
//!     };
//!     engine.apply(slot, &payload)?;
//! }
//! let digest = |shards: &BTreeMap<Slot, Shard>| {
//!     let mut all = Vec::new();
//!     for shard in shards.values() {
//!         shard.digest(&mut |bytes| all.extend_from_slice(bytes));
//!     }
//!     all
//! };
//! assert_eq!(digest(&replica.shards), digest(&store.shards));
//! # Ok(())
//! # }
//! ```
#![deny(unsafe_code)]
#![allow(
    clippy::module_inception,
    reason = "the main type of a folder is in a file of the same name"
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
    ProcessCounters, SetRequest, ShortenRequest, Shortened, StatsRequest, StatsRows, Store, Ttl,
    VisitOutcome, VisitReport, VisitRequest, Visited, parse_count, parse_cursor, parse_integer,
};
pub use packed::fsst::UrlBuffer;
pub use shard::{Growth, MAX_COUNT, MAX_NOTE, MAX_TIME, Origin, Record, Seed, Shard, ShardSize};
pub use stats::Dimension;

/// Builds the tables that the first commands would otherwise build, which takes some milliseconds:
/// the keys of all shards, the compressor of URLs, and the tables of user agents.
pub fn prepare() {
    let _ = code::slot::shard_key(0);
    let _ = packed::fsst::compressor(packed::fsst::CURRENT_TABLE);
    visitor::Agents::warm();
}

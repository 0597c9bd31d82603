//! The state of the process: settings in force, open shards, running totals, timers, threads.
//!
//! The commands use this layer. It uses the engine and the boundary to the server.

pub(crate) mod background;
pub(crate) mod cluster;
pub(crate) mod config;
pub(crate) mod geoip;
pub(crate) mod info_section;
pub(crate) mod pool_fill;
pub(crate) mod settings;
pub(crate) mod shard_value;
pub(crate) mod start;
pub(crate) mod store;
pub(crate) mod totals;
pub(crate) mod visit_log;
pub(crate) mod visitor;

//! Tests on real servers: one file per subject. Each test is named after what it promises.
//!
//! The server is `$REDIS_SERVER`, by default `redis-server`. The module is `$MODULE`; by default it
//! is built here, in release.
// Tests fail by panicking. clippy.toml allows that only inside `#[test]` functions, not in helpers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]

mod dump;

mod acl;
mod acl_names;
mod base_url;
mod codepool;
mod codepool_taken;
mod concurrency;
mod consumers;
mod docs;
mod durability;
mod events;
mod eviction;
mod fixtures;
mod geo;
mod hostile_arguments;
mod hostile_effects;
mod hostile_restore;
mod info_section;
mod introspection;
mod keyless_commands;
mod keyspace_counters;
mod link_del;
mod link_expire;
mod link_find;
mod link_info;
mod link_key;
mod link_scan;
mod link_set;
mod link_stats;
mod load_arguments;
mod loadex;
mod long_calls;
mod memory;
mod moving;
mod persistence;
mod pool_latency;
mod real_urls;
mod redaction;
mod renewal;
mod replication;
mod replies;
mod resolve;
mod scripts;
mod settings;
mod shard_cache;
mod shorten;
mod status;
mod strategies;
mod url_index;
mod url_rules;
mod visit;
mod visit_log;
mod visit_options;
mod visitor_addresses;
mod watched_urls;
mod writes_refused;
mod wrong_clock;

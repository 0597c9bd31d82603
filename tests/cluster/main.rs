//! Promises kept on real clusters, one file per concern: nodes on loopback, started by the tests.
//!
//! The server is `$REDIS_SERVER` (else `redis-server`), the module `$MODULE` (else built here), and resharding is done by `redis-cli`. Tests that take
//! minutes are ignored unless asked for: `make cluster-soak`.
// A test that cannot go on should panic; clippy.toml allows that inside `#[test]` functions only, not in their helpers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]

mod load;

mod aliases;
mod atomic_migration;
mod basics;
mod clients;
mod codes;
mod databases;
mod failover;
mod filter;
mod import;
mod last_slot;
mod pauses;
mod pool;
mod resharding;
mod restarts;
mod scanning;
mod statistics;
mod visit_log;
mod watching;

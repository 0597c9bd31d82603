//! Tests on real clusters: one file per subject. The tests start the nodes on loopback.
//!
//! The server is `$REDIS_SERVER`, by default `redis-server`. The module is `$MODULE`; by default it
//! is built here. `redis-cli` does the resharding. Tests that take minutes are ignored by default;
//! `make cluster-soak` runs them.
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

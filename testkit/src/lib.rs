//! Shared code of the tests and benchmarks of redis-shorten.
//!
//! - Feature `server`: [`Server`] starts a private server with the module, and [`Client`] speaks to
//!   it. [`cluster`] starts clusters of such servers.
//! - Feature `consumer`: the example programs that carry the log of visits into SQLite.
//! - Feature `store`: the engine over a store in memory, without a server.
//! - Without a feature: [`mmdb`] writes GeoIP files.
//!
//! The server is `$REDIS_SERVER` (else `redis-server`). The module is `$MODULE` (else it is built
//! here, in release, and taken from `target/release`).
//!
//! The functions are for tests. They panic when something is not as expected, and the message names
//! the line of the test where possible.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "this is the code of tests: a test that cannot go on panics"
)]

#[cfg(feature = "server")]
pub mod cluster;
#[cfg(feature = "consumer")]
pub mod consumer;
#[cfg(feature = "server")]
mod harness;
pub mod mmdb;
#[cfg(feature = "store")]
pub mod store;

#[cfg(feature = "server")]
pub use harness::*;

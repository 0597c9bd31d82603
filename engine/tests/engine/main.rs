//! The engine over a store in memory: against a naive model, against untrusted bytes, and promise
//! by promise.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "in a test a panic is the right answer, and its name is its promise"
)]

mod clocks;
mod collisions;
mod expiry;
mod hostile;
mod large;
mod model;
mod numbers;
mod ops;
mod random;
mod renewal;
mod requests;
mod runs;
mod scan;
mod simulation;
mod taken;
mod visits;

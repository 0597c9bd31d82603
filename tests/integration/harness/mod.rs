//! A real server in a test, and the words the tests speak to it.

mod binary;
mod builder;
mod client;
mod clock;
mod consumer;
mod dump;
mod links;
mod populate;
mod raw;
mod reply;
mod sample;
mod server;
mod slot;
mod wait;

#[allow(unused_imports)] // The tests on clusters share this file.
pub(crate) use binary::{module, version};
pub(crate) use builder::Builder;
pub(crate) use client::Client;
pub(crate) use clock::now_ms;
pub(crate) use consumer::{Consumer, carried, python_consumer, rust_consumer};
pub(crate) use dump::{Dump, Part};
pub(crate) use links::{links, scan};
pub(crate) use populate::{STILL, populate};
pub(crate) use raw::Raw;
pub(crate) use reply::{Fields, fields_of, items_of, text_of};
pub(crate) use sample::{Seeded, urls};
pub(crate) use server::Server;
pub(crate) use slot::{base62, shard_key, slot};
pub(crate) use wait::{SOON, wait_until};

/// The worked example of the README: the first link of a fresh server.
pub(crate) const EXAMPLE: &str =
    "https://www.example.com/blog/how-url-shorteners-work-in-distributed-systems";

/// Ends the test early, saying so, on a server that lacks what it is about: `requires!(since (7, 0), "COMMAND DOCS")`.
macro_rules! requires {
    (since ($major:literal, $minor:literal), $what:literal) => {
        if !$crate::harness::version().since($major, $minor) {
            eprintln!(
                "skipped: {} came with {}.{}, this is {}",
                $what,
                $major,
                $minor,
                $crate::harness::version()
            );
            return;
        }
    };
}

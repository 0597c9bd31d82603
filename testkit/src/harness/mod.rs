//! Real servers for tests, and a client.

mod binary;
mod builder;
mod client;
mod clock;
mod links;
mod populate;
mod process;
mod raw;
mod reply;
mod sample;
mod server;
mod slot;
mod wait;

pub use binary::{Version, module, version};
#[cfg(feature = "consumer")]
pub(crate) use binary::{root, target};
pub use builder::Builder;
pub use client::Client;
pub use clock::now_ms;
pub use links::{links, scan};
pub use populate::{STILL, populate};
pub use process::{Launcher, Process};
pub use raw::Raw;
pub use reply::{Fields, fields_of, items_of, text_of};
pub use sample::{Seeded, urls};
pub use server::Server;
pub use slot::{base62, shard_key, slot};
pub use wait::{SOON, wait_until};

/// The worked example of the README: the first link of a fresh server, with the code `g8`.
pub const EXAMPLE: &str =
    "https://www.example.com/blog/how-url-shorteners-work-in-distributed-systems";

/// Ends the test early on a server that lacks what the test is about, and prints the reason.
///
/// ```ignore
/// requires!(since(7, 0), "COMMAND DOCS");
/// ```
#[macro_export]
macro_rules! requires {
    (since ($major:literal, $minor:literal), $what:literal) => {
        if !$crate::version().since($major, $minor) {
            eprintln!(
                "skipped: {} came with {}.{}, this is {}",
                $what,
                $major,
                $minor,
                $crate::version()
            );
            return;
        }
    };
}

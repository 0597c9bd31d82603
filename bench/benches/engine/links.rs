//! Databases with links: one shard, as on a cluster node that owns one slot, or all shards of a
//! standalone server.

use shorten_engine::ShortenRequest;
use shorten_engine::code::Code;
use shorten_engine::code::slot::{self, Slot};
use shorten_testkit::store::{Database, Memory};

/// The slot of all URLs of [`url`].
pub(crate) const SLOT: Slot = 15_495;

/// Returns a URL of typical length, whose hash tag determines its slot.
pub(crate) fn url(n: usize) -> String {
    format!("https://www.example.com/articles/2024/{n}/on-the-shortness-of-{{a}}-url")
}

/// Returns an empty database of a cluster node or a standalone server.
pub(crate) fn empty(cluster: bool) -> Database {
    assert_eq!(slot::of(url(0).as_bytes()), SLOT);
    Database {
        store: Memory {
            cluster,
            owned: cluster.then_some(SLOT),
            unrecorded: true,
            ..Memory::default()
        },
        ..Database::default()
    }
}

/// Returns a shard with this many links, and their codes. Link n has URL number n.
pub(crate) fn filled(links: usize) -> (Database, Vec<Code>) {
    let mut database = empty(true);
    let codes = (0..links).map(|n| {
        let url = url(n);
        let request = ShortenRequest {
            url: url.as_bytes(),
            ..ShortenRequest::default()
        };
        database.engine().shorten(&request).unwrap()
    });
    let codes = codes.collect();
    (database, codes)
}

//! Databases full of links: one shard, as on a node of a cluster that owns one slot, or all shards
//! of a server of its own.

use shorten_engine::ShortenRequest;
use shorten_engine::code::Code;
use shorten_engine::code::slot::{self, Slot};
use shorten_testkit::store::{Database, Memory};

/// The slot in which all URLs of [`url`] lie.
pub(crate) const SLOT: Slot = 15_495;

/// A URL of the usual length; the tag in it says where it lies.
pub(crate) fn url(n: usize) -> String {
    format!("https://www.example.com/articles/2024/{n}/on-the-shortness-of-{{a}}-url")
}

/// An empty database: a cluster's node or a server of its own.
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

/// One shard with so many links, and their codes: link n has the URL number n.
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

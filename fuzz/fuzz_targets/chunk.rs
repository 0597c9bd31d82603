//! A payload of RESTORE or an RDB file: a head chunk and others, each preceded by its length.
#![no_main]

#[allow(dead_code, reason = "targets share the module")]
mod database;

use database::{digest, saved_and_loaded};
use libfuzzer_sys::fuzz_target;
use shorten_engine::Shard;

fuzz_target!(|data: &[u8]| {
    let mut chunks = chunks(data);
    let Some(Ok(mut shard)) = chunks.next().map(Shard::from_chunk) else {
        return;
    };
    for chunk in chunks {
        let before = digest(&shard);
        if shard.load_chunk(chunk).is_err() {
            assert_eq!(digest(&shard), before, "a refused chunk changes nothing");
        }
        assert_eq!(shard.growth(), shard.size().into(), "counts of a shard");
    }
    let loaded = saved_and_loaded(&shard);
    assert_eq!(digest(&loaded), digest(&shard), "a saved shard");
});

/// Chunks with a length of two bytes before each. The last one ends with the data.
fn chunks(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = data;
    std::iter::from_fn(move || {
        let (length, body) = rest.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_le_bytes(*length)).min(body.len());
        let (chunk, behind) = body.split_at(length);
        rest = behind;
        Some(chunk)
    })
}

//! The cost of a code of each strategy, on a standalone server and in a cluster.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput};
use shorten_engine::code::Code;
use shorten_engine::code::{md5, slot_codes};

use crate::links::{SLOT, empty, url};

/// Codes that the pool is filled with at a time.
const POOL: u64 = 1000;

pub(crate) fn codes(c: &mut Criterion) {
    let mut group = c.benchmark_group("code");
    let urls: Vec<String> = (0..1000).map(url).collect();
    let mut n = 0;
    let mut next = move || {
        n = (n + 1) % 1_000_000;
        n
    };
    group.bench_function("counter/server", |b| {
        b.iter(|| Code::from_id(black_box(1000 + next())));
    });
    group.bench_function("counter/cluster", |b| {
        let mut rank = 0;
        b.iter(|| {
            let code = slot_codes::next_code_in_slot(SLOT, black_box(rank)).unwrap();
            rank = code.rank() + 1;
            code
        });
    });
    group.bench_function("hash/server", |b| {
        b.iter(|| Code::from_hash(md5::fold(urls[next() as usize % 1000].as_bytes(), 0)));
    });
    group.bench_function("hash/cluster", |b| {
        b.iter(|| slot_codes::hash_code(urls[next() as usize % 1000].as_bytes(), 0, SLOT));
    });
    group.throughput(Throughput::Elements(POOL));
    for (name, cluster) in [("pool/server", false), ("pool/cluster", true)] {
        group.bench_function(name, |b| {
            b.iter_batched_ref(
                || empty(cluster),
                |database| assert_eq!(database.engine().pool_fill(Some(POOL)).unwrap(), POOL),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

//! Benchmarks of the engine without a server: the cost of its commands with shards of 60, 600 and
//! 6,000 links, and of each strategy's codes.
//!
//! All links are in one shard, as on a cluster node, so that its size can be chosen. A standalone
//! server does the same work in up to three shards.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a benchmark whose database is not as it should be may well end"
)]

mod codes;
mod links;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use shorten_engine::visitor::{VisitorClassifier, VisitorHints};
use shorten_engine::{Expiry, ShortenRequest, UrlBuffer, VisitRequest};
use std::hint::black_box;

use links::{SLOT, empty, filled, url};
use shorten_testkit::store::NOON;

/// Links per shard: a million, ten million and a hundred million on one server.
const SIZES: [usize; 3] = [60, 600, 6000];

fn look(c: &mut Criterion) {
    for size in SIZES {
        let (mut database, codes) = filled(size);
        let urls: Vec<String> = (0..size).map(url).collect();
        let mut at = 0;
        let mut next = move || {
            // A step that visits every link.
            at = (at + 37) % size;
            at
        };
        let mut group = c.benchmark_group("look");
        group.bench_function(BenchmarkId::new("resolve", size), |b| {
            b.iter(|| {
                let code = codes[next()];
                database
                    .engine()
                    .resolve(code.as_bytes(), |url| url.map(<[u8]>::len))
                    .unwrap()
            });
        });
        group.bench_function(BenchmarkId::new("find-existing", size), |b| {
            b.iter(|| {
                let url = &urls[next()];
                let request = ShortenRequest {
                    url: url.as_bytes(),
                    ..ShortenRequest::default()
                };
                database.engine().shorten(black_box(&request)).unwrap()
            });
        });
        group.finish();
    }
}

fn visit(c: &mut Criterion) {
    let agent = b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36";
    let told = VisitorHints {
        ip: Some(b"203.0.113.7"),
        agent: Some(agent),
        referer: Some(b"https://news.example.com/item?id=1"),
        ..VisitorHints::default()
    };
    for size in SIZES {
        let mut group = c.benchmark_group("visit");
        for (name, said) in [("plain", VisitorHints::default()), ("told", told)] {
            let (mut database, codes) = filled(size);
            let (mut observer, mut at) = (VisitorClassifier::default(), 0);
            let settings = database.settings.clone();
            group.bench_function(BenchmarkId::new(name, size), |b| {
                b.iter(|| {
                    at = (at + 37) % size;
                    let code = codes[at];
                    let request = VisitRequest {
                        code: code.as_bytes(),
                        hints: said,
                        at: None,
                    };
                    let see = |salt: &_| observer.classify(&said, &settings.visitor, salt);
                    let mut url = UrlBuffer::new();
                    let outcome = database.engine().visit(&request, see, &mut url);
                    assert!(outcome.unwrap().visited().is_some());
                });
            });
        }
        group.finish();
    }
}

/// The new links are a twentieth of the shard, so that its size stays close to the nominal one.
fn insert(c: &mut Criterion) {
    let mut group = c.benchmark_group("insert");
    for size in SIZES {
        let (database, _) = filled(size);
        let new: Vec<String> = (size..size + size / 20).map(url).collect();
        group.throughput(Throughput::Elements(new.len() as u64));
        group.bench_function(BenchmarkId::new("shorten-new", size), |b| {
            b.iter_batched_ref(
                || database.clone(),
                |database| {
                    for url in &new {
                        let request = ShortenRequest {
                            url: url.as_bytes(),
                            ..ShortenRequest::default()
                        };
                        database.engine().shorten(&request).unwrap();
                    }
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

fn expire(c: &mut Criterion) {
    let mut group = c.benchmark_group("expire");
    for size in SIZES {
        let mut database = empty(true);
        for n in 0..size {
            let url = url(n);
            let request = ShortenRequest {
                url: url.as_bytes(),
                expiry: Some(Expiry::AtMillis(NOON as i64 + 1)),
                ..ShortenRequest::default()
            };
            database.engine().shorten(&request).unwrap();
        }
        database.now = NOON + 1;
        group.throughput(Throughput::Elements(size as u64));
        group.bench_function(BenchmarkId::new("reclaim", size), |b| {
            b.iter_batched_ref(
                || database.clone(),
                |database| {
                    let mut left = size;
                    while left > 0 {
                        left -= database.engine().reclaim(SLOT, 64).unwrap();
                    }
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(engine, look, visit, insert, expire, codes::codes);
criterion_main!(engine);

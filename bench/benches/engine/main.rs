//! The engine alone, without a server: what its commands cost at shards of 60, 600 and 6,000 links, and what each strategy's codes cost.
//!
//! All links lie in one shard, as on a node of a cluster: so its size can be chosen. A server of its own does the same in up to three
//! shards.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a benchmark whose world is not as it should be may well end"
)]

mod codes;
mod links;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use shorten_engine::visitor::{Observer, Said};
use shorten_engine::{Expiry, Shorten, UrlBuffer, Visit};
use std::hint::black_box;

use links::{SLOT, empty, filled, url};
use shorten_testkit::store::NOON;

/// Links per shard: a million, ten million and a hundred million on one server.
const SIZES: [usize; 3] = [60, 600, 6000];

fn look(c: &mut Criterion) {
    for size in SIZES {
        let (mut world, codes) = filled(size);
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
                world
                    .engine()
                    .resolve(code.as_bytes(), |url| url.map(<[u8]>::len))
                    .unwrap()
            });
        });
        group.bench_function(BenchmarkId::new("find-existing", size), |b| {
            b.iter(|| {
                let url = &urls[next()];
                let request = Shorten {
                    url: url.as_bytes(),
                    ..Shorten::default()
                };
                world.engine().shorten(black_box(&request)).unwrap()
            });
        });
        group.finish();
    }
}

fn visit(c: &mut Criterion) {
    let agent = b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36";
    let told = Said {
        ip: Some(b"203.0.113.7"),
        agent: Some(agent),
        referer: Some(b"https://news.example.com/item?id=1"),
        ..Said::default()
    };
    for size in SIZES {
        let mut group = c.benchmark_group("visit");
        for (name, said) in [("plain", Said::default()), ("told", told)] {
            let (mut world, codes) = filled(size);
            let (mut observer, mut at) = (Observer::default(), 0);
            let settings = world.settings.clone();
            group.bench_function(BenchmarkId::new(name, size), |b| {
                b.iter(|| {
                    at = (at + 37) % size;
                    let code = codes[at];
                    let request = Visit {
                        code: code.as_bytes(),
                        said,
                        at: None,
                    };
                    let see = |salt: &_| observer.see(&said, &settings, salt);
                    let mut url = UrlBuffer::new();
                    let outcome = world.engine().visit(&request, see, &mut url);
                    assert!(outcome.unwrap().visited().is_some());
                });
            });
        }
        group.finish();
    }
}

/// As many new links as make up a twentieth of the shard, so that its size stays near what it is said to be.
fn insert(c: &mut Criterion) {
    let mut group = c.benchmark_group("insert");
    for size in SIZES {
        let (world, _) = filled(size);
        let new: Vec<String> = (size..size + size / 20).map(url).collect();
        group.throughput(Throughput::Elements(new.len() as u64));
        group.bench_function(BenchmarkId::new("shorten-new", size), |b| {
            b.iter_batched_ref(
                || world.clone(),
                |world| {
                    for url in &new {
                        let request = Shorten {
                            url: url.as_bytes(),
                            ..Shorten::default()
                        };
                        world.engine().shorten(&request).unwrap();
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
        let mut world = empty(true);
        for n in 0..size {
            let url = url(n);
            let request = Shorten {
                url: url.as_bytes(),
                expiry: Some(Expiry::AtMillis(NOON as i64 + 1)),
                ..Shorten::default()
            };
            world.engine().shorten(&request).unwrap();
        }
        world.now = NOON + 1;
        group.throughput(Throughput::Elements(size as u64));
        group.bench_function(BenchmarkId::new("reclaim", size), |b| {
            b.iter_batched_ref(
                || world.clone(),
                |world| {
                    let mut left = size;
                    while left > 0 {
                        left -= world.engine().reclaim(SLOT, 64).unwrap();
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

//! Generated URLs, and a random generator whose seed is printed.

use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};

/// A seeded random generator. The seed is `$SEED`, else a new one; it is printed, so that a failure
/// can be repeated.
#[derive(Debug)]
pub struct Seeded(StdRng);

impl Seeded {
    /// A generator with the seed `$SEED`, else with a new one.
    #[must_use]
    #[allow(
        clippy::new_without_default,
        reason = "a default would be the same every time"
    )]
    pub fn new() -> Seeded {
        let given = std::env::var("SEED")
            .ok()
            .and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| rand::random_range(0..1_000_000_000));
        eprintln!("run again with SEED={seed}");
        Seeded(StdRng::seed_from_u64(seed))
    }

    /// A number from 0 up to, not including, `bound`, which must not be 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0.random_range(0..bound)
    }

    /// Random bytes.
    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// One of the choices, of which there must be one at least.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}

/// This many distinct URLs of many shapes: ports, queries, fragments, user names, IPv6, other
/// scripts, percent escapes, a hash tag. URL n is always the same.
#[must_use]
pub fn urls(count: usize) -> Vec<String> {
    (0..count).map(url).collect()
}

fn url(n: usize) -> String {
    let site = n / 12 % 97;
    match n % 12 {
        0 => format!("https://www.example.com/articles/{n}"),
        1 => format!(
            "http://shop{site}.example.org:8080/item?id={n}&ref=mail&utm_source=news%20letter"
        ),
        2 => format!(
            "https://example.net/a/very/long/path/that/goes/on/{}/{n}.html#section-{site}",
            "x".repeat(n % 300)
        ),
        3 => format!("https://bücher.example/straße/{n}?q=größe"),
        4 => format!("https://例え.テスト/ページ/{n}"),
        5 => format!("http://[2001:db8::{site:x}]/{n}"),
        6 => format!("http://192.0.2.{site}/download/{n}.tar.gz"),
        7 => format!("https://user{site}:secret@example.com/{n}/"),
        8 => format!("HTTPS://EXAMPLE.com/Mixed/Case/{n}?A=b&a=B"),
        9 => format!("https://example.com/{{tag{site}}}/{n}"),
        10 => format!("https://example.com/?url=https://other.example/{n}?x=%E2%82%AC"),
        _ => format!("http://a.example/{n}"),
    }
}

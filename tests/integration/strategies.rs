//! The three strategies that create codes: counter, hash and pool.

use md5::{Digest, Md5};

use shorten_testkit::{EXAMPLE, SOON, Server, base62, shard_key, wait_until};

const OTHER: &str = "https://example.org/other";

/// Computes the code of the strategy `hash` independently: 10 + 12 + 10 hex digits XORed, modulo
/// 62^8, in eight digits.
fn hash_code(url: &str, round: u32) -> String {
    let text = if round == 0 {
        url.to_owned()
    } else {
        format!("{url}{round}")
    };
    let hex: String = Md5::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let part = |range| u64::from_str_radix(&hex[range], 16).unwrap();
    let folded = part(0..10) ^ part(10..22) ^ part(22..32);
    format!("{:0>8}", base62(folded % 62_u64.pow(8)))
}

#[test]
fn the_hash_of_a_url_is_the_folded_md5_in_eight_digits() {
    let server = Server::start();
    let mut client = server.client();
    // Computed in Python, without code of this project.
    assert_eq!(
        client.text(&["SHORTEN", EXAMPLE, "STRATEGY", "HASH"]),
        "4zWdfBx6"
    );
    for url in [EXAMPLE, "https://example.com/", "http://a.example/ü?q=1#x"] {
        assert_eq!(
            client.text(&["SHORTEN", url, "STRATEGY", "HASH"]),
            hash_code(url, 0),
            "{url}"
        );
    }
    let other = Server::start();
    assert_eq!(
        other
            .client()
            .text(&["SHORTEN", EXAMPLE, "STRATEGY", "HASH"]),
        hash_code(EXAMPLE, 0)
    );
}

#[test]
fn a_hash_collision_takes_the_next_round_and_overwrites_nothing() {
    let server = Server::start();
    let mut client = server.client();
    for round in 0..3 {
        let squatter = format!("https://squatter.example/{round}");
        let code = hash_code(EXAMPLE, round);
        assert_eq!(client.text(&["SHORTEN", &squatter, "ALIAS", &code]), code);
    }
    assert_eq!(
        client.text(&["SHORTEN", EXAMPLE, "STRATEGY", "HASH"]),
        hash_code(EXAMPLE, 3)
    );
    for round in 0..3 {
        let squatter = format!("https://squatter.example/{round}");
        assert_eq!(
            client.text(&["RESOLVE", &hash_code(EXAMPLE, round)]),
            squatter
        );
    }
    assert_eq!(client.text(&["RESOLVE", &hash_code(EXAMPLE, 3)]), EXAMPLE);
    assert!(client.stat("shorten_collisions") >= 3);
}

#[test]
fn new_with_the_strategy_hash_takes_the_next_round() {
    let server = Server::start();
    let mut client = server.client();
    for round in 0..4 {
        let code = client.text(&["SHORTEN", EXAMPLE, "STRATEGY", "HASH", "NEW"]);
        assert_eq!(code, hash_code(EXAMPLE, round));
    }
}

#[test]
fn a_pool_code_has_six_characters() {
    let server = Server::start();
    let mut client = server.client();
    let code = client.text(&["SHORTEN", EXAMPLE, "STRATEGY", "POOL"]);
    assert_eq!(code.len(), 6);
    assert!(
        code.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        "{code}"
    );
    assert_eq!(client.text(&["RESOLVE", &code]), EXAMPLE);
}

#[test]
fn the_counter_skips_a_code_that_is_in_use_as_an_alias() {
    let server = Server::start();
    let mut client = server.client();
    for alias in ["g8", "ga", "gb"] {
        assert_eq!(client.text(&["SHORTEN", EXAMPLE, "ALIAS", alias]), alias);
    }
    assert_eq!(client.text(&["SHORTEN", "https://example.com/1"]), "g9");
    assert_eq!(client.text(&["SHORTEN", "https://example.com/2"]), "gc");
    assert_eq!(client.text(&["RESOLVE", "ga"]), EXAMPLE);
}

#[test]
fn the_counter_never_reissues_the_code_of_a_deleted_or_expired_link() {
    let server = Server::start();
    let mut client = server.client();
    assert_eq!(client.text(&["SHORTEN", "https://example.com/0"]), "g8");
    assert_eq!(client.int(&["LINK.DEL", "g8"]), 1);
    assert_eq!(
        client.text(&["SHORTEN", "https://example.com/1", "PX", "1"]),
        "g9"
    );
    wait_until(
        "g9 is reclaimed",
        SOON,
        || client.int(&["LINK.COUNT"]),
        |count| *count == 0,
    );
    assert_eq!(client.text(&["SHORTEN", "https://example.com/0"]), "ga");
    assert_eq!(client.text(&["SHORTEN", "https://example.com/1"]), "gb");
}

#[test]
fn a_counter_without_state_continues_above_the_highest_issued_number() {
    let server = Server::start();
    let mut client = server.client();
    for n in 0..50 {
        client.text(&["SHORTEN", &format!("https://example.com/{n}")]);
    }
    // None of these codes is a number that the counter can issue.
    client.text(&["SHORTEN", "https://example.com/alias", "ALIAS", "ZZZZ"]);
    client.text(&["SHORTEN", "https://example.com/hash", "STRATEGY", "HASH"]);
    client.text(&["SHORTEN", "https://example.com/pool", "STRATEGY", "POOL"]);
    client.ok(&["LINK.SET", "YYYY", "https://example.com/import"]);
    // The last issued number is remembered even after its link is deleted.
    assert_eq!(client.int(&["LINK.DEL", &base62(1049)]), 1);
    assert_eq!(client.int(&["DEL", &shard_key(0)]), 1);
    assert_eq!(
        client.text(&["SHORTEN", "https://example.com/next"]),
        base62(1050)
    );
}

#[test]
fn the_counter_starts_at_counter_start_and_ends_after_eight_characters() {
    let server = Server::builder()
        .module_args("counter-start 218340105584895")
        .start();
    let mut client = server.client();
    assert_eq!(
        client.text(&["SHORTEN", "https://example.com/last"]),
        "ZZZZZZZZ"
    );
    let before = client.digest();
    client.refused("ERR", &["SHORTEN", "https://example.com/one-too-many"]);
    assert_eq!(client.digest(), before);
    client.text(&[
        "SHORTEN",
        "https://example.com/one-too-many",
        "STRATEGY",
        "HASH",
    ]);
}

#[test]
fn flushing_removes_all_links_and_restarts_the_counter() {
    for flush in [&["FLUSHDB"][..], &["FLUSHALL"], &["FLUSHALL", "ASYNC"]] {
        let server = Server::start();
        let mut client = server.client();
        for url in [EXAMPLE, OTHER] {
            client.text(&["SHORTEN", url]);
        }
        client.ok(flush);
        assert_eq!(client.int(&["LINK.COUNT"]), 0);
        assert_eq!(client.text(&["SHORTEN", OTHER]), "g8");
        wait_until(
            "the totals agree",
            SOON,
            || client.stat("shorten_links"),
            |links| *links == 1,
        );
    }
}

//! Which URLs are accepted, compared with the parser of the WHATWG standard: alone, and relative to
//! pages.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "in a test a panic is the right answer, and its name is its promise"
)]

use proptest::collection::vec;
use proptest::prelude::*;
use shorten_engine::error::Error;
use shorten_engine::settings::Settings;
use shorten_engine::url::is_clean;
use url::Url;

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(miri) { 8 } else { 2_000 },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn with(changes: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::default();
    for (name, value) in changes {
        settings.set(name, value).unwrap();
    }
    settings
}

/// Where a `Location` header or a link can be: short domains, and pages of every kind of scheme.
const PAGES: [&str; 11] = [
    "https://sho.rt/g8",
    "https://sho.rt/s/g8?q#f",
    "http://sho.rt:8080/g8",
    "http://127.0.0.1/",
    "ftp://sho.rt/a/b",
    "ws://sho.rt/g8",
    "wss://sho.rt/g8",
    "file:///srv/www/page.html",
    "file://server/C:/page.html",
    "myapp://sho.rt/a/b",
    "mailto:a@example.com",
];

/// Generates hosts and what follows them, with many characters that the parser treats specially.
fn urlish() -> impl Strategy<Value = String> {
    let scheme = "https?|HTTP|Https|ftp|wss?|file|myapp|mailto|tel";
    let slashes = prop_oneof![
        4 => Just("://".to_owned()),
        1 => ":[/\\\\]{0,4}",
    ];
    let host = prop_oneof![
        "[a-z0-9.-]{0,12}",
        "[a-c]{1,3}(\\.[a-c0-9-]{1,4}){0,3}\\.?",
        "(xn--)?[a-zA-Z0-9\u{e9}%_~@:\\[\\]\\\\-]{0,10}",
        "0x[0-9a-f]{0,4}(\\.[0-9]{0,3}){0,4}",
        "[a-z]{60,70}(\\.[a-z]{60,70}){0,4}",
        "([a-z]{1,3}[:@\\\\]){0,3}[a-z]{1,3}\\.[a-z]{2}",
        "[A-Ca-c][:|]",
    ];
    let rest = prop_oneof![
        "",
        "[/?#\\\\][ -~\u{80}-\u{ff}]{0,20}",
        "(:[0-9]{0,6})?/[!-~]{0,20}",
        "(/|\\\\|\\.|%2[eEfF]|%5[cC]|[a-c|:?#]){0,12}",
        any::<String>()
    ];
    (scheme, slashes, host, rest)
        .prop_map(|(scheme, slashes, host, rest)| format!("{scheme}{slashes}{host}{rest}"))
}

/// Generates a URL with a few characters inserted, removed or replaced near its beginning.
fn mutated() -> impl Strategy<Value = String> {
    let change = (
        0..24_usize,
        prop::sample::select(vec!["/", "\\", ":", "@", "?", "#", ".", "%", "|", "\t", ""]),
        0..3_usize,
    );
    (urlish(), vec(change, 1..4)).prop_map(|(url, changes)| {
        let mut characters: Vec<_> = url.chars().map(String::from).collect();
        for (at, put, removed) in changes {
            let start = at.min(characters.len());
            let end = start.saturating_add(removed).min(characters.len());
            characters.splice(start..end, [put.to_owned()]);
        }
        characters.concat()
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_accepted_url_is_the_same_url_on_every_page(
        url in prop_oneof![urlish(), mutated()],
        base in prop::sample::select(vec!["", "https://sho.rt/s/", "http://127.0.0.1/"]),
    ) {
        let schemes = "http https ftp ws wss file myapp mailto tel";
        let settings = with(&[("allowed-schemes", schemes), ("base-url", base)]);
        if settings.url.check(url.as_bytes()).is_ok() {
            let alone = Url::parse(&url).unwrap();
            for page in PAGES {
                let page = Url::parse(page).unwrap();
                let there = page.join(&url);
                prop_assert_eq!(there.as_ref(), Ok(&alone), "{} on {}", url, page);
            }
        }
    }

    #[test]
    fn a_url_is_accepted_exactly_when_the_rules_and_the_whatwg_parser_accept_it(
        url in prop_oneof![urlish(), mutated()],
        base in prop_oneof!["", "https?://[a-c]{1,2}/[a-c]?"],
    ) {
        let settings = with(&[("base-url", &base)]);
        let parsed = Url::parse(&url)
            .ok()
            .filter(|parsed| ["http", "https"].contains(&parsed.scheme()));
        let clean = !url.chars().any(|c| c.is_control() || c == ' ');
        let after = url.split_once("://").map_or("", |(_, after)| after);
        let formed = url.find("://") == url.find(':') && !after.starts_with(['/', '\\']);
        let loops = parsed
            .as_ref()
            .is_some_and(|url| settings.url.base_url.as_ref().is_some_and(|base| base.is_redirect_loop(url)));
        prop_assert_eq!(is_clean(url.as_bytes()), clean && !url.is_empty());
        let accepted = clean && parsed.is_some() && formed && !loops;
        prop_assert_eq!(settings.url.check(url.as_bytes()).is_ok(), accepted, "{}", url);
    }

    #[test]
    fn any_bytes_are_checked_without_a_panic(url in vec(any::<u8>(), 0..64)) {
        if let Err(error) = Settings::default().url.check(&url) {
            prop_assert!(matches!(error, Error::BadUrl(_)));
        }
    }
}

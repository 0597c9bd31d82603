use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

use super::*;

fn read(args: &[&str]) -> Result<Settings, String> {
    let bytes: Vec<&[u8]> = args.iter().map(|arg| arg.as_bytes()).collect();
    LoadArguments::read(&bytes, true).map(|read| read.settings)
}

/// Splits a line of a configuration file as the servers do (`sdssplitargs`), rule by rule.
fn split_as_the_server(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let is_space = |byte: u8| byte.is_ascii_whitespace() || byte == 0x0b;
    let at = |index: usize| line.get(index).copied().unwrap_or(0);
    let (mut args, mut p) = (Vec::new(), 0);
    loop {
        while at(p) != 0 && is_space(at(p)) {
            p += 1;
        }
        if at(p) == 0 {
            return Some(args);
        }
        let (mut quote, mut current, mut done) = (0, Vec::new(), false);
        while !done {
            let byte = at(p);
            match (quote, byte) {
                (b'"' | b'\'', 0) => return None,
                (b'"', b'\\') if at(p + 1) == b'x' => {
                    let hex = line
                        .get(p + 2..p + 4)
                        .and_then(|hex| std::str::from_utf8(hex).ok());
                    match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                        Some(byte) => {
                            current.push(byte);
                            p += 3;
                        }
                        None => {
                            p += 1;
                            current.push(b'x');
                        }
                    }
                }
                (b'"', b'\\') if at(p + 1) != 0 => {
                    p += 1;
                    current.push(match at(p) {
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        b'b' => 8,
                        b'a' => 7,
                        other => other,
                    });
                }
                (b'\'', b'\\') if at(p + 1) == b'\'' => {
                    p += 1;
                    current.push(b'\'');
                }
                (b'"', b'"') | (b'\'', b'\'') => {
                    if at(p + 1) != 0 && !is_space(at(p + 1)) {
                        return None;
                    }
                    done = true;
                }
                (0, b' ' | b'\n' | b'\r' | b'\t' | 0) => done = true,
                (0, b'"' | b'\'') => quote = byte,
                _ => current.push(byte),
            }
            if at(p) != 0 {
                p += 1;
            }
        }
        args.push(current);
    }
}

/// Returns the arguments after CONFIG REWRITE and a start. Returns `None` if the server does not
/// start.
fn after_a_rewrite(args: &[&str]) -> Option<Vec<Vec<u8>>> {
    let file = format!("loadmodule /m.so {}", args.join(" "));
    let file = file.split('\0').next()?;
    let mut lines = file.split('\n');
    let line = lines.next()?.trim_matches([' ', '\t', '\r', '\n']);
    // What follows an LF is another directive.
    if lines.any(|line| !line.trim().is_empty()) {
        return None;
    }
    split_as_the_server(line.as_bytes()).map(|mut args| args.split_off(2))
}

#[test]
fn a_value_extends_to_the_next_name() {
    let read = read(&[
        "allowed-schemes",
        "http",
        "https",
        "myapp",
        "base-url",
        "SHORTEN.Pool-Max",
        "5000",
        "bot-patterns",
        "acme",
        "bot,other",
        "visit-salt",
    ])
    .unwrap();
    assert_eq!(read.get("allowed-schemes").unwrap(), "http https myapp");
    assert_eq!(read.get("base-url").unwrap(), "");
    assert_eq!(read.get("pool-max").unwrap(), "5000");
    assert_eq!(read.get("bot-patterns").unwrap(), "acme bot,other");
    assert_eq!(read.get("visit-salt").unwrap(), "");
}

#[test]
fn a_value_that_would_come_back_changed_is_refused_with_advice() {
    for value in [
        " x",
        "x ",
        "a  b",
        "a\tb",
        "a\rb",
        "a\nb",
        "a\0b",
        "\"",
        "it's",
        "a\"b\"c",
        "'",
        "\t",
        " ",
        "a strategy b",
        "a SHORTEN.pool-min",
        "a \x0bb",
        "\x0ca",
        "ä \u{a0}  b",
    ] {
        for name in ["visit-salt", "geoip-db"] {
            let reason = read(&[name, value]).unwrap_err();
            assert!(
                reason.contains(&format!("shorten.{name}")),
                "{value:?}: {reason}"
            );
            let bytes: [&[u8]; 2] = [name.as_bytes(), value.as_bytes()];
            let free = LoadArguments::read(&bytes, false).unwrap();
            assert_eq!(free.settings.get(name).as_deref(), Some(value));
        }
    }
    let reason = read(&["visit-salt", "a  b"]).unwrap_err();
    assert!(
        !reason.contains("a  b"),
        "a secret does not go into the log: {reason}"
    );
}

#[test]
fn a_value_that_is_the_name_of_a_setting_is_refused_with_advice() {
    let reason = read(&["visit-salt", "strategy"]).unwrap_err();
    assert!(reason.contains("shorten.visit-salt"), "{reason}");
    let reason = read(&["geoip-db", "shorten.Pool-Min", "strategy", "hash"]).unwrap_err();
    assert!(reason.contains("shorten.geoip-db"), "{reason}");
}

#[test]
fn a_value_that_comes_back_the_same_is_accepted() {
    for (name, value) in [
        ("visit-salt", "a b"),
        ("visit-salt", "a\\b\\"),
        ("visit-salt", "é\u{a0}\u{85}ü #%$"),
        ("visit-salt", ""),
        ("allowed-schemes", "  https   ftp "),
        ("bot-patterns", "acme bot , other"),
        ("geoip-db", "/srv/geo ip/cities.mmdb"),
        ("base-url", ""),
    ] {
        assert!(read(&[name, value]).is_ok(), "{name} {value:?}");
    }
}

#[test]
fn the_error_names_a_misspelled_setting() {
    for args in [
        &["stratgy", "pool"][..],
        &["strategy", "pool", "stratgy", "1"],
        &["pool-max", "5", "stratgy"],
    ] {
        let reason = read(args).unwrap_err();
        assert!(reason.contains("unknown setting 'stratgy'"), "{reason}");
    }
    assert!(
        read(&["strategy"])
            .unwrap_err()
            .contains("missing value for load argument 'strategy'")
    );
    assert!(
        read(&["strategy", "pool", "STRATEGY", "hash"])
            .unwrap_err()
            .contains("duplicate load argument 'strategy'")
    );
}

#[test]
fn whatever_is_accepted_is_accepted_after_a_rewrite_with_the_same_values() {
    let mut random = SmallRng::seed_from_u64(10);
    let pieces = [
        "a",
        "b",
        " ",
        "  ",
        "\t",
        "\r",
        "\n",
        "\0",
        "\"",
        "'",
        "\\",
        "\\\"",
        "\\x41",
        "é",
        "\x0b",
        "\x0c",
        "strategy",
        "shorten.pool-min",
        "https",
        ",",
        "#",
        "\u{a0}",
        "",
    ];
    let texts = [
        "visit-salt",
        "geoip-db",
        "bot-patterns",
        "allowed-schemes",
        "base-url",
    ];
    let mut accepted = 0;
    for _ in 0..if cfg!(miri) { 50 } else { 200_000 } {
        let mut args = Vec::new();
        for _ in 0..random.random_range(1..4) {
            args.push(texts[random.random_range(0..texts.len())].to_owned());
            for _ in 0..random.random_range(0..3) {
                let count = random.random_range(0..4);
                let word = (0..count).map(|_| pieces[random.random_range(0..pieces.len())]);
                args.push(word.collect());
            }
        }
        if random.random_bool(0.3) {
            args.extend(["pool-max".to_owned(), "5000".to_owned()]);
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let Ok(settings) = read(&args) else { continue };
        accepted += 1;
        let again = after_a_rewrite(&args).unwrap_or_else(|| panic!("no start: {args:?}"));
        let again: Vec<&str> = again
            .iter()
            .map(|arg| std::str::from_utf8(arg).unwrap())
            .collect();
        assert_eq!(
            read(&again),
            Ok(settings),
            "{args:?} came back as {again:?}"
        );
    }
    assert!(accepted > 0);
}

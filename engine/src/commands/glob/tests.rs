use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn code(text: &str) -> Code {
    Code::parse(text.as_bytes()).unwrap()
}

#[track_caller]
fn check(pattern: &str, yes: &[&str], no: &[&str]) {
    let glob = Glob::new(pattern.as_bytes()).unwrap();
    for text in yes {
        assert!(glob.matches(&code(text)), "{pattern} should match {text}");
    }
    for text in no {
        assert!(
            !glob.matches(&code(text)),
            "{pattern} should not match {text}"
        );
    }
}

#[test]
fn patterns_mean_what_they_mean_to_scan() {
    check("*", &["a", "abc"], &[]);
    check("", &[], &["a"]);
    check("g?", &["g8", "ga"], &["g", "g88"]);
    check("a*b*c", &["abc", "axxbyyc", "abcbc"], &["ab", "acb"]);
    check("[a-c]x", &["ax", "cx"], &["dx", "x"]);
    check("[c-a]x", &["bx"], &["dx"]);
    check("[^a-c]x", &["dx"], &["ax"]);
    check("[a\\]]", &["a"], &["b"]);
    check("\\*", &[], &["a"]);
    check("a\\-b", &["a-b"], &["a_b"]);
    check("h[ae]llo*", &["hello", "hallo-world"], &["hillo"]);
    check("[abc", &["a", "c"], &["d"]);
    check("[", &[], &["a"]);
    check("[^", &["a"], &["aa"]);
    check("G8", &["G8"], &["g8"]);
}

#[test]
fn a_pattern_above_a_kilobyte_is_refused() {
    assert!(Glob::new(&[b'*'; 1024]).is_ok());
    let error = Glob::new(&[b'*'; 1025]).unwrap_err().to_string();
    assert_eq!(
        error,
        "ERR pattern has 1025 bytes, but MATCH accepts at most 1024"
    );
}

#[test]
fn a_code_of_64_bytes_matches_as_many_elements_and_no_more() {
    let longest = "a".repeat(64);
    check(&"?".repeat(64), &[&longest], &["a"]);
    check(&"?*".repeat(64), &[&longest], &["a"]);
    check(&("*?".repeat(64) + "*"), &[&longest], &["a"]);
    check(&"?".repeat(65), &[], &[&longest]);
    check(&("*".to_owned() + &"?*".repeat(65)), &[], &[&longest]);
    check(&"*".repeat(1024), &[&longest, "a"], &[]);
}

#[test]
fn no_pattern_makes_matching_slow() {
    let class = "a".repeat(500);
    let hostile = [
        "*a".repeat(30) + "b",
        "*a".repeat(500) + "b",
        "a*".repeat(500) + "b",
        "*".repeat(1000) + "b",
        format!("*[{class}]*[{class}]b"),
        format!("*[{}]", "a-b".repeat(300)),
        "*?".repeat(400),
        "*[".repeat(400),
        "\\a*".repeat(300),
    ];
    let text = code(&"a".repeat(64));
    for pattern in &hostile {
        let begin = Instant::now();
        let glob = Glob::new(pattern.as_bytes()).unwrap();
        let matching = (0..10_000).filter(|_| glob.matches(&text)).count();
        // Takes a few milliseconds, or longer on a busy machine. A matcher that backtracks takes
        // seconds.
        assert!(
            begin.elapsed() < Duration::from_secs(2),
            "{pattern}: {matching}, {:?}",
            begin.elapsed()
        );
    }
}

/// Returns whether the text matches, element by element as in Redis, written for clarity only.
fn oracle(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], _) => text.is_empty(),
        ([b'*', behind @ ..], _) => {
            (0..=text.len()).any(|skipped| oracle(behind, &text[skipped..]))
        }
        (_, []) => false,
        ([b'?', behind @ ..], [_, after @ ..]) => oracle(behind, after),
        ([b'[', class @ ..], [byte, after @ ..]) => {
            let (negated, mut rest) = match class {
                [b'^', rest @ ..] => (true, rest),
                _ => (false, class),
            };
            let mut found = false;
            let behind = loop {
                rest = match rest {
                    [] => break rest,
                    [b']', behind @ ..] => break behind,
                    [b'\\', literal, behind @ ..] => {
                        found |= literal == byte;
                        behind
                    }
                    [from, b'-', to, behind @ ..] => {
                        found |= (from.min(to)..=from.max(to)).contains(&byte);
                        behind
                    }
                    [literal, behind @ ..] => {
                        found |= literal == byte;
                        behind
                    }
                };
            };
            found != negated && oracle(behind, after)
        }
        ([b'\\', literal, behind @ ..] | [literal, behind @ ..], [byte, after @ ..]) => {
            literal == byte && oracle(behind, after)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 8 } else { 4000 }, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_glob_matches_what_the_plain_reading_does(pattern in "[ab*?\\[\\]^\\\\-]{0,12}", text in "[ab_-]{1,8}") {
        let glob = Glob::new(pattern.as_bytes()).unwrap();
        prop_assert_eq!(glob.matches(&code(&text)), oracle(pattern.as_bytes(), text.as_bytes()));
    }
}

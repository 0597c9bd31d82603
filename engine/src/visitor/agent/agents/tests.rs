use std::collections::HashSet;

use proptest::prelude::*;

use super::super::agent::{MAX_NAME, MAX_VERSION, fit};
use super::super::cache::GENERATION;
use super::super::overrides::{BROWSERS, DEVICES, SYSTEMS};
use super::super::samples::{BOTS, PEOPLE};
use super::super::{bot_patterns, bots};
use super::*;

mod kinds;

fn tell(user_agent: &str) -> Agent {
    parse::agent(user_agent.as_bytes(), true, &[])
}

fn major(version: &str) -> &str {
    version.split('.').next().unwrap()
}

#[test]
fn humans_have_a_browser_an_os_and_a_device() {
    let mut wrong = Vec::new();
    for (user_agent, browser, version, os, device) in PEOPLE {
        let agent = tell(user_agent);
        let told = (
            agent.bot,
            agent.browser.as_str(),
            major(&agent.browser_version),
            agent.os.as_str(),
            agent.device.as_str(),
        );
        if told != (false, *browser, *version, *os, *device) {
            wrong.push(format!("{told:?}: {user_agent}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn bots_have_a_name_and_nothing_else() {
    let mut wrong = Vec::new();
    for (user_agent, name, version) in BOTS {
        let agent = tell(user_agent);
        let told = (
            agent.bot,
            agent.browser.as_str(),
            major(&agent.browser_version),
        );
        if told != (true, *name, *version) {
            wrong.push(format!("{told:?}: {user_agent}"));
        }
        assert_eq!(
            (agent.os, agent.os_version, agent.device),
            Default::default()
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_samples_are_many_and_each_is_there_once() {
    let people: HashSet<_> = PEOPLE.iter().map(|person| person.0).collect();
    let bots: HashSet<_> = BOTS.iter().map(|bot| bot.0).collect();
    assert_eq!((people.len(), bots.len()), (PEOPLE.len(), BOTS.len()));
    assert!(people.len() >= 60 && bots.len() >= 40);
}

#[test]
fn the_published_client_id_is_reproduced() {
    let agent = tell(PEOPLE[0].0);
    assert_eq!(
        agent,
        Agent {
            bot: false,
            browser: "Chrome".into(),
            browser_version: "104.0.0.0".into(),
            os: "Mac OS X".into(),
            os_version: "10.15.7".into(),
            device: "Computer".into(),
        }
    );
}

#[test]
fn os_names_have_no_version() {
    for (user_agent, os, version) in [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
            "Windows",
            "10",
        ),
        (
            "Mozilla/5.0 (Windows NT 6.1; rv:115.0) Gecko/20100101 Firefox/115.0",
            "Windows",
            "7",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:128.0) Gecko/20100101 Firefox/128.0",
            "Mac OS X",
            "10.15",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko)",
            "Mac OS X",
            "14.5",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            "iOS",
            "17.5.1",
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1",
            "iOS",
            "17.7",
        ),
        (
            "Mozilla/5.0 (Android 14; Mobile; rv:137.0) Gecko/137.0 Firefox/137.0",
            "Android",
            "14",
        ),
        (
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
            "ChromeOS",
            "14541.0.0",
        ),
        (
            "Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/4.0 TV Safari/537.36",
            "Tizen",
            "7.0",
        ),
        (
            "Mozilla/5.0 (PlayStation; PlayStation 5/9.00) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.4 Safari/605.1.15",
            "PlayStation 5",
            "9.00",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36",
            "Linux",
            "",
        ),
    ] {
        let agent = tell(user_agent);
        assert_eq!(
            (agent.os.as_str(), agent.os_version.as_str()),
            (os, version),
            "{user_agent}"
        );
    }
}

#[test]
fn the_names_in_the_tables_are_within_bounds_and_no_mark_is_empty_or_there_twice() {
    let bounded = |name: &str| name.len() <= MAX_NAME && fit(name, MAX_NAME) == name;
    assert!(BROWSERS.iter().chain(SYSTEMS).all(|line| bounded(line.1)));
    assert!(DEVICES.iter().all(|line| bounded(line.1)));
    let tables: [Vec<&str>; 5] = [
        BROWSERS.iter().map(|line| line.0).collect(),
        SYSTEMS.iter().map(|line| line.0).collect(),
        DEVICES.iter().map(|line| line.0).collect(),
        bot_words().collect(),
        bot_patterns::BROWSER_TOKENS.to_vec(),
    ];
    for marks in tables {
        let once: HashSet<_> = marks.iter().collect();
        assert_eq!(once.len(), marks.len());
        assert!(marks.iter().all(|mark| mark.len() >= 3), "{marks:?}");
    }
}

/// Returns the words of all tables that identify bots.
fn bot_words() -> impl Iterator<Item = &'static str> {
    bots::TABLES
        .iter()
        .flat_map(|(words, _)| words.iter().copied())
}

#[test]
fn words_are_in_lower_case_and_none_is_superfluous() {
    for (place, word) in bot_words().enumerate() {
        assert_eq!(word.to_ascii_lowercase(), word);
        let shorter = bot_patterns::NAMES
            .iter()
            .chain(bot_patterns::BOT_PATTERNS)
            .find(|shorter| **shorter != word && word.contains(**shorter));
        assert_eq!(shorter, None, "{word:?}, {place}, is found by it");
    }
}

#[test]
fn nonsense_is_unknown_and_no_bot() {
    let mut agents = Agents::default();
    let long = vec![b'a'; 1 << 20];
    for nonsense in [
        b"-".as_slice(),
        b"\0\x01\x02",
        b"\xff\xfe",
        &long,
        b"4711 / 12",
    ] {
        assert_eq!(*agents.parse(nonsense, &[]), Agent::default());
    }
}

#[test]
fn what_comes_after_the_first_kilobyte_makes_no_difference() {
    let mut agents = Agents::default();
    let chrome = PEOPLE[0].0.as_bytes();
    let mut long = chrome.to_vec();
    long.resize(MAX_LOOKED_AT, b' ');
    long.extend(b"Googlebot/2.1".repeat(100_000));
    assert_eq!(agents.parse(&long, &[]), agents.parse(chrome, &[]));
}

#[test]
fn control_characters_hide_no_bot_and_are_never_kept() {
    let mut agents = Agents::default();
    assert!(agents.parse(b"Goo\x07gle\x1bbot/2.1\r\n", &[]).bot);
    let agent = agents.parse(
        b"Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/13\x004.0",
        &[],
    );
    assert_eq!(
        (agent.browser.as_str(), agent.browser_version.as_str()),
        ("Firefox", "13")
    );
}

#[test]
fn a_pattern_marks_a_bot_from_the_next_visit_on_and_no_longer_than_it_is_there() {
    let mut agents = Agents::default();
    let user_agent = b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 ACME/1.0 Safari/537.36";
    let acme = ["acme".to_owned()];
    for _ in 0..2 {
        assert!(!agents.parse(user_agent, &[]).bot);
        assert!(!agents.parse(user_agent, &[]).bot);
        assert!(agents.parse(user_agent, &acme).bot);
        assert!(agents.parse(user_agent, &acme).bot);
        assert!(!agents.parse(user_agent, &["other".to_owned()]).bot);
    }
}

#[test]
fn a_cached_user_agent_equals_a_parsed_one() {
    let mut agents = Agents::default();
    let all = || {
        PEOPLE
            .iter()
            .map(|person| person.0)
            .chain(BOTS.iter().map(|bot| bot.0))
    };
    for user_agent in all().chain(all()) {
        assert_eq!(*agents.parse(user_agent.as_bytes(), &[]), tell(user_agent));
    }
    assert_eq!(agents.remembered(), PEOPLE.len() + BOTS.len());
}

#[test]
fn the_cache_is_bounded_and_keeps_returning_user_agents() {
    let mut agents = Agents::default();
    let hot = PEOPLE[0].0.as_bytes();
    let first = agents.parse(hot, &[]);
    for number in 0..5 * GENERATION {
        agents.parse(format!("curl/8.{number}").as_bytes(), &[]);
        if number % (GENERATION / 2) == 0 {
            assert!(
                Arc::ptr_eq(&first, &agents.parse(hot, &[])),
                "forgotten after {number}"
            );
        }
    }
    assert!(agents.remembered() <= 2 * GENERATION);
}

#[test]
fn a_truncated_user_agent_differs_from_a_complete_one() {
    let mut agents = Agents::default();
    let program = "a".repeat(MAX_LOOKED_AT);
    assert!(agents.parse(program.as_bytes(), &[]).bot);
    assert!(!agents.parse(format!("{program}b").as_bytes(), &[]).bot);
}

fn check_bounds(agent: &Agent) {
    for (text, max) in [
        (&agent.browser, MAX_NAME),
        (&agent.browser_version, MAX_VERSION),
        (&agent.os, MAX_NAME),
        (&agent.os_version, MAX_VERSION),
        (&agent.device, MAX_NAME),
    ] {
        assert!(text.len() <= max, "{text:?}");
        assert!(
            text.bytes()
                .all(|byte| byte.is_ascii_graphic() || byte == b' '),
            "{text:?}"
        );
    }
}

/// Generates texts of the tables' marks, of pieces of real user agents and of noise, so that every
/// branch is taken.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let mut known: Vec<Vec<u8>> = BROWSERS
        .iter()
        .chain(SYSTEMS)
        .flat_map(|line| [line.0, line.2])
        .chain(DEVICES.iter().map(|line| line.0))
        .chain(bot_words())
        .chain(bot_patterns::BROWSER_TOKENS.iter().copied())
        .map(|mark| mark.as_bytes().to_vec())
        .collect();
    for user_agent in PEOPLE.iter().map(|person| person.0) {
        known.extend(user_agent.split(' ').map(|piece| piece.as_bytes().to_vec()));
    }
    let piece = prop_oneof![
        4 => prop::sample::select(known),
        1 => prop::collection::vec(any::<u8>(), 0..40),
        1 => "[0-9._/ ;()]{0,60}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_parsed_within_bounds(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        check_bounds(&Agents::default().parse(&bytes, &[]));
    }

    #[test]
    fn any_pieces_of_user_agents_are_parsed_within_bounds_and_cached_correctly(bytes in pieces()) {
        let mut agents = Agents::default();
        let told = agents.parse(&bytes, &[]);
        check_bounds(&told);
        prop_assert_eq!(&told, &agents.parse(&bytes, &[]));
        prop_assert_eq!(told, Agents::default().parse(&bytes, &[]));
    }
}

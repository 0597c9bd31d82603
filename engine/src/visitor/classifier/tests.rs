use sha1::{Digest as _, Sha1};

use super::*;

mod hostile;

const SALT: Salt = *b"sixteen bytes it";
const CHROME: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/104.0.0.0 Safari/537.36";
/// The user agent in the mode `anonymized`.
const COARSE: &str = "Chrome/104 (Mac OS X)";

fn policy(ip: PrivacyLevel, agent: PrivacyLevel, referer: PrivacyLevel) -> Policy {
    Policy {
        ip,
        ua: agent,
        referer,
        ..Policy::default()
    }
}

fn full() -> Policy {
    policy(PrivacyLevel::Full, PrivacyLevel::Full, PrivacyLevel::Full)
}

fn said<'a>(ip: &'a str, agent: &'a str, referer: &'a str) -> VisitorHints<'a> {
    VisitorHints {
        ip: Some(ip.as_bytes()),
        agent: Some(agent.as_bytes()),
        referer: Some(referer.as_bytes()),
        country: None,
    }
}

fn sha1(parts: &[&[u8]]) -> [u8; 20] {
    Sha1::digest(parts.concat()).into()
}

fn hex(id: Option<[u8; 20]>) -> String {
    id.into_iter()
        .flatten()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn in_full_mode_the_published_sample_is_reproduced() {
    let mut observer = VisitorClassifier::default();
    let seen = observer.classify(&said("10.8.4.7", CHROME, ""), &full(), &SALT);
    assert_eq!(
        hex(seen.client_id),
        "7fb0070a4cb212b7dc0efce2cd08b017477787ae"
    );
    let agent = &*seen.agent;
    assert_eq!(
        [&agent.browser, &agent.os, &agent.device],
        ["Chrome", "Mac OS X", "Computer"]
    );
    assert_eq!(
        [&agent.browser_version, &agent.os_version],
        ["104.0.0.0", "10.15.7"]
    );
    assert_eq!(&*seen.agent_text, CHROME);
    assert_eq!(seen.ip, Some([10, 8, 4, 7].into()));
}

#[test]
fn everything_uses_only_what_the_privacy_level_allows() {
    let url = "https://user@News.example:80/page?who=me";
    let mut observer = VisitorClassifier::default();
    for ip in PrivacyLevel::ALL {
        for agent in PrivacyLevel::ALL {
            for referer in PrivacyLevel::ALL {
                let seen = observer.classify(
                    &said("10.8.4.7", CHROME, url),
                    &policy(ip, agent, referer),
                    &SALT,
                );
                let modes = format!("{ip:?} {agent:?} {referer:?}");
                let (address, text) = (
                    ["10.8.4.7", "10.8.4.0", ""][ip as usize],
                    [CHROME, COARSE, ""][agent as usize],
                );
                assert_eq!(
                    seen.ip.map(|ip| ip.to_string()).unwrap_or_default(),
                    address,
                    "{modes}"
                );
                assert_eq!(&*seen.agent_text, text, "{modes}");
                let versions = [["104.0.0.0", "10.15.7"], ["104", "10"], ["", ""]][agent as usize];
                assert_eq!(
                    [&*seen.agent.browser_version, &*seen.agent.os_version],
                    versions,
                    "{modes}"
                );
                let kinds = if agent == PrivacyLevel::None {
                    ["", "", ""]
                } else {
                    ["Chrome", "Mac OS X", "Computer"]
                };
                assert_eq!(
                    [&*seen.agent.browser, &*seen.agent.os, &*seen.agent.device],
                    kinds,
                    "{modes}"
                );
                assert_eq!(
                    seen.referer().to_owned(),
                    [url, "news.example", ""][referer as usize],
                    "{modes}"
                );
                assert_eq!(
                    seen.referer_host,
                    ["news.example", "news.example", ""][referer as usize],
                    "{modes}"
                );
                let salt: &[u8] = if (ip, agent) == (PrivacyLevel::Full, PrivacyLevel::Full) {
                    b""
                } else {
                    &SALT
                };
                let id = (ip != PrivacyLevel::None)
                    .then(|| sha1(&[salt, address.as_bytes(), b"&", text.as_bytes()]));
                assert_eq!(seen.client_id, id, "{modes}");
            }
        }
    }
}

#[test]
fn a_visitor_is_the_same_after_a_restart_and_another_with_another_salt() {
    let of = |policy: &Policy, salt: &Salt| {
        VisitorClassifier::default()
            .classify(&said("10.8.4.7", CHROME, ""), policy, salt)
            .client_id
    };
    let plain = Policy::default();
    assert_eq!(of(&plain, &SALT), of(&plain, &SALT));
    assert_ne!(of(&plain, &SALT), of(&plain, &[1; 16]));
    assert_eq!(
        of(&full(), &SALT),
        of(&full(), &[1; 16]),
        "no salt in full mode"
    );
    let salted = |mut policy: Policy, salt: &str| {
        policy.salt = salt.into();
        policy
    };
    let pepper = salted(plain.clone(), "pepper");
    assert_eq!(
        of(&pepper, &SALT),
        of(&pepper, &[1; 16]),
        "the setting goes before the shard's"
    );
    assert_ne!(of(&pepper, &SALT), of(&salted(plain, "paprika"), &SALT));
    assert_eq!(
        of(&salted(full(), "pepper"), &SALT),
        of(&full(), &SALT),
        "no salt in full mode"
    );
}

#[test]
fn neighbors_are_one_visitor_when_anonymized_unless_their_browsers_differ() {
    let mut observer = VisitorClassifier::default();
    let mut id = |ip, agent| {
        observer
            .classify(&said(ip, agent, ""), &Policy::default(), &SALT)
            .client_id
    };
    let newer = CHROME.replace("104.0.0.0", "105.0.0.0");
    assert_eq!(id("10.8.4.7", CHROME), id("10.8.4.200", CHROME));
    assert_ne!(id("10.8.4.7", CHROME), id("10.8.5.7", CHROME));
    assert_ne!(id("10.8.4.7", CHROME), id("10.8.4.7", &newer));
    assert_eq!(id("2001:db8:1::5", CHROME), id("2001:db8:1:ffff::", CHROME));
    assert_eq!(id("::ffff:10.8.4.7", CHROME), id("10.8.4.7", CHROME));
}

#[test]
fn the_stated_country_counts_even_without_an_address() {
    let mut observer = VisitorClassifier::default();
    let mut country = |country: &str, mode| {
        let said = VisitorHints {
            country: Some(country.as_bytes()),
            ..VisitorHints::default()
        };
        observer
            .classify(&said, &policy(mode, mode, mode), &SALT)
            .location
            .country
    };
    assert_eq!(country("de", PrivacyLevel::Full), "DE");
    assert_eq!(country("de", PrivacyLevel::None), "DE");
    assert_eq!(country("Germany", PrivacyLevel::Full), "");
}

#[test]
fn bots_are_detected_at_every_privacy_level() {
    let mut policy = policy(PrivacyLevel::None, PrivacyLevel::None, PrivacyLevel::None);
    policy.bot_patterns = vec!["acme".into()];
    let mut observer = VisitorClassifier::default();
    for mode in PrivacyLevel::ALL {
        policy.ua = mode;
        for (agent, bot) in [
            (
                "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
                true,
            ),
            (CHROME, false),
            ("ACME fetcher", true),
        ] {
            let seen = observer.classify(&said("", agent, ""), &policy, &SALT);
            assert_eq!(seen.agent.bot, bot, "{mode:?} {agent}");
        }
    }
}

#[test]
fn without_hints_nothing_is_known() {
    let mut observer = VisitorClassifier::default();
    let empty = VisitorHints {
        agent: None,
        ..said("", "", "")
    };
    for said in [VisitorHints::default(), empty] {
        let seen = observer.classify(&said, &full(), &SALT);
        assert_eq!(*seen.agent, Agent::default());
        assert_eq!(seen.location, GeoLocation::default());
        assert_eq!((seen.ip, seen.client_id), (None, None));
        assert_eq!(
            (&*seen.agent_text, seen.referer(), &*seen.referer_host),
            ("", "", "")
        );
    }
    assert!(VisitorHints::default().is_nothing());
}

#[test]
fn an_empty_user_agent_is_a_program_s_in_every_mode() {
    let mut observer = VisitorClassifier::default();
    for mode in PrivacyLevel::ALL {
        let seen = observer.classify(&said("", "", ""), &policy(mode, mode, mode), &SALT);
        assert!(seen.agent.bot, "{mode:?}");
        assert_eq!((&*seen.agent.browser, &*seen.agent_text), ("", ""));
    }
}

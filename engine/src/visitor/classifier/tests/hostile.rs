//! Untrusted data of visitors.

use proptest::prelude::*;

use super::*;

/// Everything that can be stored of a visit.
#[track_caller]
fn check_bounds(seen: &Visitor) {
    let (agent, place) = (&seen.agent, &seen.location);
    let names = [
        &agent.browser,
        &agent.browser_version,
        &agent.os,
        &agent.os_version,
        &agent.device,
        &place.country,
        &place.region,
        &place.city,
        &place.isp,
    ];
    let texts = [
        (&*seen.agent_text, MAX_KEPT),
        (seen.referer(), MAX_KEPT),
        (&seen.referer_host, 253),
    ];
    for (text, most) in names
        .into_iter()
        .map(|name| (name.as_str(), 128))
        .chain(texts)
    {
        assert!(text.len() <= most, "{} bytes: {text:?}", text.len());
        assert!(!text.contains(char::is_control), "{text:?}");
    }
}

#[test]
fn a_bad_part_is_unknown_and_the_rest_is_not() {
    let megabyte = "Mozilla/5.0 ".repeat(1 << 20);
    let control = format!("{CHROME}\r\nX-Evil: 1");
    let mut observer = VisitorClassifier::default();
    let mut see = |ip: &[u8], agent: &[u8], referer: &[u8]| {
        let said = VisitorHints {
            ip: Some(ip),
            agent: Some(agent),
            referer: Some(referer),
            country: Some(b"fr"),
        };
        let seen = observer.classify(&said, &full(), &SALT);
        check_bounds(&seen);
        assert_eq!(seen.location.country, "FR");
        seen
    };
    let url = b"https://example.com/";
    for bad in [
        &b"10.8.4.777"[..],
        b"",
        b"unknown",
        megabyte.as_bytes(),
        b"\xff",
        b"10.8.4.7\n",
    ] {
        let seen = see(bad, CHROME.as_bytes(), url);
        assert_eq!((seen.ip, seen.client_id), (None, None));
        assert!(seen.unreadable_ip);
        assert_eq!(
            (&*seen.agent.browser, &*seen.referer_host),
            ("Chrome", "example.com")
        );
    }
    assert!(see(b"", b"Googlebot/2.1\r\n", url).agent.bot);
    for bad in [control.as_bytes(), b"Chrome/\xff", b"\0"] {
        let seen = see(b"10.8.4.7", bad, url);
        assert!(!seen.unreadable_ip);
        assert_eq!(&*seen.agent_text, "");
        assert_eq!(seen.client_id, Some(sha1(&[b"10.8.4.7&"])));
        assert_eq!(seen.referer_host, "example.com");
    }
    for bad in [
        &b"https://example.com/\r\nX-Evil: 1"[..],
        b"https://example.com/\xe9",
        b"https://",
        b"nowhere",
    ] {
        let seen = see(b"10.8.4.7", CHROME.as_bytes(), bad);
        assert_eq!(seen.referer_host, "");
        assert_eq!(&*seen.agent.browser, "Chrome");
    }
    let seen = see(
        b"10.8.4.7",
        megabyte.as_bytes(),
        format!("https://example.com/{megabyte}").as_bytes(),
    );
    assert_eq!(
        (seen.agent_text.len(), seen.referer().len()),
        (MAX_KEPT, MAX_KEPT)
    );
    assert_eq!(
        seen.client_id,
        Some(sha1(&[b"10.8.4.7&", &megabyte.as_bytes()[..MAX_HASHED]]))
    );
}

/// Generates bytes of all kinds: noise, and nearly valid texts.
fn anything() -> impl Strategy<Value = Option<Vec<u8>>> {
    let almost =
        "[0-9a-fA-F:.%/\\[\\]@?#A-Za-z() ;é\u{0}-\u{1f}]{0,60}".prop_map(String::into_bytes);
    let garbage = prop::collection::vec(any::<u8>(), 0..1_500);
    let url = "https?://[a-z0-9.:@é-]{0,40}(/.{0,10})?".prop_map(String::into_bytes);
    let agent = any::<prop::sample::Index>()
        .prop_map(|at| CHROME.as_bytes()[..at.index(CHROME.len())].to_vec());
    prop_oneof![
        Just(None),
        almost.prop_map(Some),
        garbage.prop_map(Some),
        url.prop_map(Some),
        agent.prop_map(Some)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 4 } else { 2_000 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_hints_what_is_kept_is_clean_and_bounded(ip in anything(), agent in anything(), referer in anything(), country in anything(), modes in prop::array::uniform3(0_usize..3)) {
        let said = VisitorHints { ip: ip.as_deref(), agent: agent.as_deref(), referer: referer.as_deref(), country: country.as_deref() };
        let [ip, agent, referer] = modes.map(|mode| PrivacyLevel::ALL[mode]);
        let policy = policy(ip, agent, referer);
        let mut observer = VisitorClassifier::default();
        let seen = observer.classify(&said, &policy, &SALT);
        check_bounds(&seen);
        prop_assert_eq!(seen.client_id, observer.classify(&said, &policy, &SALT).client_id);
    }
}

//! User agents, bot patterns, addresses and referers: the classification of visitors.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shorten_engine::visitor::{Policy, PrivacyLevel, VisitorClassifier, VisitorHints};

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(4, |&byte| byte == b'\n');
    let (user_agent, ip, referer) = (parts.next(), parts.next(), parts.next());
    let patterns = parts
        .next()
        .map(String::from_utf8_lossy)
        .unwrap_or_default();
    let hints = VisitorHints {
        agent: user_agent,
        ip,
        referer,
        country: None,
    };
    let mut classifier = VisitorClassifier::default();
    for level in PrivacyLevel::ALL {
        let policy = Policy {
            ip: level,
            ua: level,
            referer: level,
            bot_patterns: vec![patterns.to_ascii_lowercase()],
            ..Policy::default()
        };
        let visitor = classifier.classify(&hints, &policy, &[7; 16]);
        let again = classifier.classify(&hints, &policy, &[7; 16]);
        assert_eq!(visitor.client_id, again.client_id);
        assert_eq!(visitor.agent, again.agent);
        let agent = &visitor.agent;
        for (name, most) in [
            (&agent.browser, 40),
            (&agent.browser_version, 24),
            (&agent.os, 40),
            (&agent.os_version, 24),
            (&agent.device, 40),
        ] {
            let printable = name.bytes().all(|byte| (b' '..=b'~').contains(&byte));
            assert!(name.len() <= most && printable, "{name:?}");
        }
        assert!(visitor.agent_text.len() <= 512 && visitor.referer().len() <= 512);
        assert!(!visitor.agent_text.contains(char::is_control));
        assert!(!visitor.referer().contains(char::is_control));
        if level == PrivacyLevel::None {
            assert!(visitor.ip.is_none() && visitor.client_id.is_none());
            assert!(visitor.agent_text.is_empty() && visitor.referer().is_empty());
        }
    }
});

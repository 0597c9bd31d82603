use super::*;
use crate::settings::Strategy;
use crate::url::Rules;
use crate::visitor::{Policy, PrivacyLevel};

#[test]
fn the_defaults_are_what_the_definitions_say() {
    let mut settings = Settings {
        strategy: Strategy::Pool,
        counter_start: 1,
        pool_min: 1,
        pool_max: 1,
        url: Rules {
            schemes: vec![],
            max_length: 1,
            base_url: None,
        },
        expired_retention: 1,
        cluster_filter: false,
        visit_days: 1,
        visit_hours: 1,
        visit_log_maxlen: 1,
        visitor: Policy {
            ip: PrivacyLevel::None,
            ua: PrivacyLevel::None,
            referer: PrivacyLevel::None,
            salt: "salt".into(),
            bot_patterns: vec!["bot".into()],
        },
        geoip_db: "file".into(),
    };
    for definition in DEFINITIONS {
        settings.set(definition.name, definition.default).unwrap();
        assert_eq!(
            Settings::default().get(definition.name).as_deref(),
            Some(definition.default),
            "{}",
            definition.name
        );
    }
    assert_eq!(settings, Settings::default());
    assert_eq!(settings.check(), Ok(()));
}

#[test]
fn what_is_set_is_read_back() {
    let mut settings = Settings::default();
    for (name, text, read) in [
        ("strategy", "POOL", "pool"),
        ("cluster-filter", "NO", "no"),
        ("counter-start", "0", "0"),
        ("counter-start", "218340105584895", "218340105584895"),
        ("pool-min", "0", "0"),
        ("POOL-MAX", "10000000", "10000000"),
        (
            "allowed-schemes",
            "  HTTPS,ftp , git+ssh https",
            "https ftp git+ssh",
        ),
        ("max-url-length", "65536", "65536"),
        ("base-url", "https://Sho.rt/s/", "https://Sho.rt/s/"),
        ("base-url", "", ""),
        ("expired-retention", "315360000", "315360000"),
        ("visit-days", "400", "400"),
        ("visit-hours", "0", "0"),
        ("visit-log-maxlen", "1000000000", "1000000000"),
        ("visit-salt", "pepper", "pepper"),
        ("visit-ip-mode", "FULL", "full"),
        ("visit-ua-mode", "none", "none"),
        ("visit-referer-mode", "Anonymized", "anonymized"),
        ("visit-referer-mode", "Anonymised", "anonymized"),
        ("geoip-db", "/tmp/geo.mmdb", "/tmp/geo.mmdb"),
        ("bot-patterns", " Acme , acme,My Robot", "acme,my robot"),
    ] {
        settings.set(name, text).unwrap();
        assert_eq!(settings.get(name).as_deref(), Some(read), "{name}");
        settings.set(name, read).unwrap();
        assert_eq!(settings.get(name).as_deref(), Some(read), "{name}");
    }
    assert_eq!(settings.get("nothing"), None);
}

#[test]
fn a_bad_value_is_refused_with_a_reason_and_changes_nothing() {
    let mut settings = Settings::default();
    for (name, text, reason) in [
        (
            "strategy",
            "random",
            "strategy must be counter, hash or pool, got 'random'",
        ),
        (
            "counter-start",
            "218340105584896",
            "counter-start must be an integer between 0 and 218340105584895, got '218340105584896'",
        ),
        (
            "pool-min",
            "-1",
            "pool-min must be an integer between 0 and 10000000, got '-1'",
        ),
        (
            "pool-max",
            "10000001",
            "pool-max must be an integer between 0 and 10000000, got '10000001'",
        ),
        (
            "pool-max",
            "",
            "pool-max must be an integer between 0 and 10000000, got ''",
        ),
        (
            "pool-max",
            "+1",
            "pool-max must be an integer between 0 and 10000000, got '+1'",
        ),
        (
            "pool-max",
            "99999999999999999999",
            "pool-max must be an integer between 0 and 10000000, got '99999999999999999999'",
        ),
        (
            "max-url-length",
            "0",
            "max-url-length must be an integer between 1 and 65536, got '0'",
        ),
        (
            "max-url-length",
            "2kb",
            "max-url-length must be an integer between 1 and 65536, got '2kb'",
        ),
        (
            "expired-retention",
            "315360001",
            "expired-retention must be an integer between 0 and 315360000, got '315360001'",
        ),
        (
            "allowed-schemes",
            " , ",
            "allowed-schemes must contain at least one URL scheme, such as https, got ' , '",
        ),
        (
            "allowed-schemes",
            "https 1x",
            "allowed-schemes must be a list of URL schemes, such as http https, got 'https 1x'",
        ),
        (
            "allowed-schemes",
            "https://",
            "allowed-schemes must be a list of URL schemes, such as http https, got 'https://'",
        ),
        (
            "allowed-schemes",
            "http Shorten",
            "allowed-schemes must not contain shorten, which is the prefix of shard keys, got 'http Shorten'",
        ),
        (
            "cluster-filter",
            "1",
            "cluster-filter must be yes or no, got '1'",
        ),
        (
            "base-url",
            "https://sho.rt",
            "base-url must end with a path that a code can be appended to, such as /, got 'https://sho.rt'",
        ),
    ] {
        assert_eq!(settings.set(name, text).unwrap_err(), reason);
    }
    assert!(
        settings
            .set("base-url", "x")
            .unwrap_err()
            .starts_with("base-url must be an http or https URL")
    );
    assert!(
        settings
            .set("speed", "1")
            .unwrap_err()
            .starts_with("unknown setting 'speed'; valid settings: strategy, ")
    );
    assert_eq!(settings, Settings::default());
}

#[test]
fn schemes_that_run_script_can_never_be_allowed() {
    let mut settings = Settings::default();
    for scheme in ["javascript", "VBScript", "data", "blob", "filesystem"] {
        let reason = settings
            .set("allowed-schemes", &format!("https {scheme}"))
            .unwrap_err();
        let lower = scheme.to_ascii_lowercase();
        let start = format!("allowed-schemes must not contain {lower}, which ");
        assert!(reason.starts_with(&start), "{reason}");
    }
    assert_eq!(settings, Settings::default());
    settings
        .set("allowed-schemes", "mailto tel file app")
        .unwrap();
}

#[test]
fn the_pool_s_marks_must_be_in_order_unless_there_is_no_pool() {
    let check = |min, max| {
        Settings {
            pool_min: min,
            pool_max: max,
            ..Settings::default()
        }
        .check()
    };
    assert_eq!(check(10, 10), Ok(()));
    assert_eq!(check(10, 0), Ok(()));
    assert_eq!(
        check(11, 10).unwrap_err(),
        "pool-min 11 must not exceed pool-max 10"
    );
}

#[test]
fn a_strategy_is_known_by_its_name_in_any_case() {
    for strategy in Strategy::ALL {
        assert_eq!(Strategy::parse(strategy.as_str()), Some(strategy));
        assert_eq!(
            Strategy::parse(strategy.as_str().to_uppercase().as_bytes()),
            Some(strategy)
        );
    }
    assert_eq!(Strategy::parse("counters"), None);
}

//! Settings in CONFIG and redis.conf, which servers support for modules since 7.0.

use shorten_testkit::{EXAMPLE, Server, requires, version};

const DEFAULTS: [(&str, &str); 18] = [
    ("strategy", "counter"),
    ("counter-start", "1000"),
    ("pool-min", "1000"),
    ("pool-max", "10000"),
    ("allowed-schemes", "http https"),
    ("max-url-length", "2048"),
    ("base-url", ""),
    ("expired-retention", "0"),
    ("cluster-filter", "yes"),
    ("visit-days", "60"),
    ("visit-hours", "48"),
    ("visit-log-maxlen", "0"),
    ("visit-salt", ""),
    ("visit-ip-mode", "anonymized"),
    ("visit-ua-mode", "anonymized"),
    ("visit-referer-mode", "anonymized"),
    ("geoip-db", ""),
    ("bot-patterns", ""),
];

#[test]
fn a_server_without_module_settings_uses_load_arguments() {
    if version().has_module_config() {
        return;
    }
    let server = Server::builder().module_args("strategy pool").start();
    let mut client = server.client();
    client.error(&["CONFIG", "SET", "shorten.strategy", "hash"]);
    assert_eq!(client.text(&["SHORTEN", EXAMPLE]).len(), 6);
}

#[test]
fn config_get_shows_every_setting_with_its_default() {
    requires!(since(7, 0), "CONFIG for modules");
    let server = Server::start();
    let mut client = server.client();
    let settings = client.fields(&["CONFIG", "GET", "shorten.*"]);
    for (name, value) in DEFAULTS {
        let name = format!("shorten.{name}");
        assert_eq!(
            settings.get(&name).map(shorten_testkit::text_of).as_deref(),
            Some(value),
            "{name}"
        );
    }
    assert_eq!(settings.len(), DEFAULTS.len(), "{settings:?}");
}

#[test]
fn config_set_takes_effect_at_once_and_is_read_back() {
    requires!(since(7, 0), "CONFIG for modules");
    let server = Server::start();
    let mut client = server.client();
    for (name, value) in [
        ("strategy", "hash"),
        ("strategy", "pool"),
        ("strategy", "counter"),
        ("counter-start", "5"),
        ("pool-max", "20000"),
        ("pool-min", "2000"),
        ("allowed-schemes", "https"),
        ("max-url-length", "100"),
        ("base-url", "https://sho.rt/"),
        ("expired-retention", "60"),
        ("cluster-filter", "no"),
        ("visit-ip-mode", "full"),
        ("visit-ip-mode", "anonymized"),
    ] {
        let name = format!("shorten.{name}");
        client.ok(&["CONFIG", "SET", &name, value]);
        assert_eq!(
            client.texts(&["CONFIG", "GET", &name]),
            [name.as_str(), value]
        );
    }
    assert_eq!(
        client.text(&["SHORTEN", "https://example.com/"]),
        "https://sho.rt/5"
    );
    client.refused("BADURL", &["SHORTEN", "http://example.com/"]);
    client.refused(
        "BADURL",
        &[
            "SHORTEN",
            &format!("https://example.com/{}", "x".repeat(100)),
        ],
    );
    client.ok(&["CONFIG", "SET", "shorten.strategy", "HASH"]);
    client.ok(&["CONFIG", "SET", "shorten.base-url", ""]);
    assert_eq!(
        client.text(&["SHORTEN", "https://example.com/hash"]).len(),
        8
    );
}

#[test]
fn anonymised_is_a_second_spelling_of_anonymized() {
    requires!(since(7, 0), "CONFIG for modules");
    let mut server = Server::builder()
        .module_args("visit-ua-mode Anonymised")
        .config("shorten.visit-referer-mode", "anonymised")
        .start();
    let mut client = server.client();
    client.ok(&["CONFIG", "SET", "shorten.visit-ip-mode", "none"]);
    client.ok(&["CONFIG", "SET", "shorten.visit-ip-mode", "ANONYMISED"]);
    client.ok(&["CONFIG", "SET", "shorten.visit-days", "7"]);
    for _ in 0..2 {
        let mut client = server.client();
        for part in ["ip", "ua", "referer"] {
            let name = format!("shorten.visit-{part}-mode");
            assert_eq!(
                client.texts(&["CONFIG", "GET", &name]),
                [name.as_str(), "anonymized"]
            );
        }
        server.restart_rewritten();
    }
}

#[test]
fn settings_under_their_names_before_the_first_release_are_unknown() {
    requires!(since(7, 0), "CONFIG for modules");
    let server = Server::start();
    let mut client = server.client();
    for name in ["ip-mode", "ua-mode", "referer-mode"] {
        client.error(&["CONFIG", "SET", &format!("shorten.{name}"), "full"]);
    }
}

#[test]
fn a_bad_value_is_refused_with_a_reason_and_the_old_value_stays() {
    requires!(since(7, 0), "CONFIG for modules");
    let server = Server::start();
    let mut client = server.client();
    for (name, value) in [
        ("strategy", "random"),
        ("counter-start", "-1"),
        ("counter-start", "x"),
        ("counter-start", "218340105584896"),
        ("pool-min", "-1"),
        ("pool-max", "10000001"),
        ("pool-max", "-1"),
        ("allowed-schemes", ""),
        ("allowed-schemes", "ht/tp"),
        ("allowed-schemes", "shorten"),
        ("allowed-schemes", "https javascript"),
        ("allowed-schemes", "mailto blob"),
        ("max-url-length", "0"),
        ("max-url-length", "65537"),
        ("base-url", "sho.rt"),
        ("base-url", "ftp://sho.rt/"),
        ("base-url", "https:/sho.rt/"),
        ("base-url", "https:sho.rt/"),
        ("base-url", "https:\\\\sho.rt/"),
        ("base-url", "https://sho.rt/?x="),
        ("base-url", "https://sho.rt/#x"),
        ("base-url", "https://sho.rt/a b"),
        ("expired-retention", "-1"),
        ("expired-retention", "soon"),
        ("cluster-filter", "maybe"),
    ] {
        let full = format!("shorten.{name}");
        let error = client.refused("ERR", &["CONFIG", "SET", &full, value]);
        let reason = error.split_once(" - ").map_or("", |(_, reason)| reason);
        assert!(
            error.contains(name) && reason.len() > 10,
            "{name} {value}: {error}"
        );
        let default = DEFAULTS.iter().find(|(known, _)| *known == name).unwrap().1;
        assert_eq!(client.texts(&["CONFIG", "GET", &full]), [&full, default]);
    }
}

#[test]
fn redis_conf_overrides_load_arguments() {
    requires!(since(7, 0), "settings of modules in redis.conf");
    let server = Server::builder()
        .module_args("strategy hash max-url-length 500")
        .config("shorten.strategy", "pool")
        .config("shorten.allowed-schemes", "\"https ftp\"")
        .start();
    let mut client = server.client();
    assert_eq!(
        client.texts(&["CONFIG", "GET", "shorten.strategy"])[1],
        "pool"
    );
    assert_eq!(
        client.texts(&["CONFIG", "GET", "shorten.max-url-length"])[1],
        "500"
    );
    assert_eq!(client.text(&["SHORTEN", "ftp://example.com/"]).len(), 6);
}

#[test]
fn a_bad_value_in_redis_conf_stops_the_start_with_a_reason() {
    requires!(since(7, 0), "settings of modules in redis.conf");
    let log = Server::builder()
        .config("shorten.strategy", "random")
        .refuses_to_start();
    assert!(log.contains("strategy"), "{log}");
}

#[test]
fn config_rewrite_keeps_what_was_set() {
    requires!(since(7, 0), "CONFIG for modules");
    let server = Server::start();
    let mut client = server.client();
    client.ok(&["CONFIG", "SET", "shorten.allowed-schemes", "https gopher"]);
    client.ok(&["CONFIG", "SET", "shorten.base-url", "https://sho.rt/"]);
    client.ok(&["CONFIG", "REWRITE"]);
    let file = std::fs::read_to_string(server.data().join("server.conf")).unwrap();
    assert!(
        file.contains("shorten.allowed-schemes \"https gopher\""),
        "{file}"
    );
    assert!(file.contains("shorten.base-url"), "{file}");
}

#[test]
fn the_refill_respects_a_lowered_pool_max() {
    requires!(since(7, 0), "CONFIG for modules");
    let server = Server::builder()
        .module_args("pool-min 10 pool-max 100")
        .start();
    let mut client = server.client();
    client.ok(&["CONFIG", "SET", "shorten.strategy", "pool"]);
    let size = |client: &mut shorten_testkit::Client| client.int(&["CODEPOOL", "SIZE"]);
    shorten_testkit::wait_until(
        "it fills",
        shorten_testkit::SOON,
        || size(&mut client),
        |size| *size == 100,
    );
    client.ok(&["CONFIG", "SET", "shorten.pool-max", "200"]);
    assert_eq!(client.int(&["CODEPOOL", "FILL"]), 100);
    client.ok(&["CONFIG", "SET", "shorten.pool-max", "50"]);
    assert_eq!(client.int(&["CODEPOOL", "FILL"]), 0);
}

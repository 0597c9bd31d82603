//! The arguments after the module's path in `loadmodule`, on every server.

use shorten_testkit::{Client, EXAMPLE, Server, base62, requires, text_of, version};

#[test]
fn arguments_become_the_settings() {
    let server = Server::builder()
        .module_args("strategy pool pool-max 100000")
        .start();
    let mut client = server.client();
    assert_eq!(client.text(&["SHORTEN", EXAMPLE]).len(), 6);
    let info = client.fields(&["CODEPOOL", "INFO"]);
    assert_eq!(info["max"], redis::Value::Int(100_000));
}

#[test]
fn every_setting_can_be_given() {
    let server = Server::builder()
        .module_args(
            "STRATEGY hash counter-start 5000 pool-min 1 pool-max 2 allowed-schemes \"http ftp\" \
             max-url-length 100 base-url https://sho.rt/ expired-retention 60",
        )
        .start();
    let mut client = server.client();
    assert_eq!(
        client.text(&["SHORTEN", "ftp://example.com/", "STRATEGY", "COUNTER"]),
        format!("https://sho.rt/{}", base62(5000))
    );
    client.refused("BADURL", &["SHORTEN", "https://example.com/"]);
}

#[test]
fn a_bad_argument_stops_the_load_and_is_logged() {
    for (arguments, word) in [
        ("strategy random", "strategy"),
        ("counter-start x", "counter-start"),
        ("counter-start -1", "counter-start"),
        ("counter-start 99999999999999999999", "counter-start"),
        ("pool-max 10000001", "pool-max"),
        ("max-url-length 0", "max-url-length"),
        ("allowed-schemes \"\"", "allowed-schemes"),
        ("base-url not-a-url", "base-url"),
        ("expired-retention soon", "expired-retention"),
        ("nonsense 1", "nonsense"),
        ("strategy", "strategy"),
        ("strategy pool strategy hash", "strategy"),
    ] {
        let log = Server::builder().module_args(arguments).refuses_to_start();
        let said = log
            .lines()
            .any(|line| line.contains(word) && !line.contains("loadmodule"));
        assert!(said, "{arguments}: nothing about {word} in\n{log}");
    }
}

/// Returns all settings in order. Empty if the server does not support module settings.
fn settings(client: &mut Client) -> Vec<(String, String)> {
    let settings = client.fields(&["CONFIG", "GET", "shorten.*"]);
    let mut settings: Vec<_> = settings
        .into_iter()
        .map(|(name, value)| (name, text_of(&value)))
        .collect();
    settings.sort();
    settings
}

#[test]
fn arguments_accepted_at_first_start_survive_config_rewrite() {
    for arguments in [
        r#"allowed-schemes "http https myapp""#,
        r#"allowed-schemes http https myapp strategy hash"#,
        r#"allowed-schemes "  http   https " pool-max 5000"#,
        r#"base-url "" strategy pool"#,
        r#"base-url "" visit-salt "" geoip-db "" bot-patterns """#,
        r#"strategy pool base-url """#,
        r#"visit-salt "salt and pepper" bot-patterns "acme bot, Other" geoip-db "/nowhere/geo ip""#,
        "visit-salt back\\slash\\ bot-patterns é\u{a0}ü",
        r#"shorten.base-url https://sho.rt/s/ SHORTEN.visit-salt "a b" Strategy HASH"#,
    ] {
        let mut server = Server::builder().module_args(arguments).start();
        let before = settings(&mut server.client());
        assert_eq!(before.is_empty(), !version().has_module_config());
        for _ in 0..2 {
            server.restart_rewritten();
            assert_eq!(settings(&mut server.client()), before, "{arguments}");
        }
    }
}

#[test]
fn a_value_that_config_rewrite_would_change_is_refused_with_advice() {
    requires!(since(7, 0), "settings of modules in redis.conf");
    for value in [
        r#""a  b""#,
        r#"" a""#,
        r#""a ""#,
        r#""a\tb""#,
        r#""a\nport 1""#,
        r#""a\x00b""#,
        r#""it's""#,
        r#"'say "x"'"#,
        r#""a strategy b""#,
        r#""a shorten.Pool-Max""#,
        "pool-min",
    ] {
        for name in ["visit-salt", "geoip-db"] {
            let log = Server::builder()
                .module_args(&format!("{name} {value} strategy hash"))
                .refuses_to_start();
            let advice = format!("shorten.{name}");
            let said = log
                .lines()
                .any(|line| line.contains("invalid load argument") && line.contains(&advice));
            assert!(said, "{name} {value}:\n{log}");
        }
    }
}

#[test]
fn lines_of_redis_conf_survive_config_rewrite_with_any_value() {
    requires!(since(7, 0), "settings of modules in redis.conf");
    let mut server = Server::builder().module_args("visit-salt given").start();
    for value in [
        "",
        " ",
        " a",
        "a ",
        "a  b",
        "a\tb",
        "a\nport 1",
        "it's",
        "say \"x\"",
        "\"",
        "'",
        "\\",
        "a\\",
        "\\x41",
        "é\u{a0}\u{1f600}",
        "a strategy b",
        "strategy",
        "#",
        "$1",
        "%s",
        "\r\n",
        "a\0b",
    ] {
        let mut client = server.client();
        client.ok(&["CONFIG", "SET", "shorten.visit-salt", value]);
        let patterns = format!("abc{value}def");
        client.ok(&["CONFIG", "SET", "shorten.bot-patterns", &patterns]);
        // Neither value is allowed with the other's default.
        client.ok(&[
            "CONFIG",
            "SET",
            "shorten.pool-min",
            "20000",
            "shorten.pool-max",
            "30000",
        ]);
        client.ok(&[
            "CONFIG",
            "SET",
            "shorten.allowed-schemes",
            "https gopher myapp",
        ]);
        client.ok(&["CONFIG", "SET", "shorten.base-url", "https://sho.rt/a'b/"]);
        let before = settings(&mut client);
        assert!(before.contains(&("shorten.visit-salt".into(), value.into())));
        drop(client);
        server.restart_rewritten();
        assert_eq!(settings(&mut server.client()), before, "{value:?}");
    }
}

#[test]
fn the_module_reports_its_name_and_version() {
    let server = Server::start();
    let modules = format!("{:?}", server.client().cmd(&["MODULE", "LIST"]));
    assert!(
        modules.contains("\"shorten\"") || modules.contains("'shorten'"),
        "{modules}"
    );
    let part = |text: &str| text.parse::<u32>().unwrap();
    let version = 10_000 * part(env!("CARGO_PKG_VERSION_MAJOR"))
        + 100 * part(env!("CARGO_PKG_VERSION_MINOR"))
        + part(env!("CARGO_PKG_VERSION_PATCH"));
    assert!(modules.contains(&format!("int({version})")), "{modules}");
    let error = server.client().error(&["MODULE", "UNLOAD", "shorten"]);
    assert!(
        error.contains("data type"),
        "a module with a data type stays: {error}"
    );
}

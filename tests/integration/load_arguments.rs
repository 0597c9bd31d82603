//! What may follow the module's path in `loadmodule`, on every server.

use crate::harness::{EXAMPLE, Server, base62};

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
fn a_bad_argument_stops_the_load_and_the_log_says_why() {
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

#[test]
fn the_module_names_itself_and_its_version() {
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

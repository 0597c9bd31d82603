//! ACL key patterns hold for every name a command touches, wherever it stands in the command.

use crate::harness::{Client, EXAMPLE, Server};

/// A connection as a new user who may run everything on keys of these patterns.
fn user(server: &Server, patterns: &[&str]) -> Client {
    let rules = [
        &["ACL", "SETUSER", "someone", "on", ">secret", "+@all"],
        patterns,
    ];
    server.client().ok(&rules.concat());
    let mut client = server.client();
    client.ok(&["AUTH", "someone", "secret"]);
    client
}

#[test]
fn an_alias_needs_write_permission_on_the_code() {
    requires!(since(7, 0), "the ACL calls of modules");
    let server = Server::start();
    let mut client = user(&server, &["~https://example.com/*", "~promo-*"]);
    let url = "https://example.com/";
    for alias in [
        &["ALIAS", "admin"][..],
        &["alias", "admin"],
        &["NOTE", "text", "ALIAS", "admin"],
        // The first ALIAS is a note's text.
        &["NOTE", "ALIAS", "ALIAS", "admin"],
        &["NOTE", "promo-1", "ALIAS", "admin", "EX", "100"],
    ] {
        client.refused("NOPERM", &[&["SHORTEN", url], alias].concat());
        assert_eq!(server.client().int(&["LINK.COUNT"]), 0, "{alias:?}");
    }
    assert_eq!(
        client.text(&["SHORTEN", url, "ALIAS", "promo-1"]),
        "promo-1"
    );
    client.text(&["SHORTEN", url]);
    let mut reader = user(&server, &["resetkeys", "~https://*", "%R~*"]);
    reader.refused("NOPERM", &["SHORTEN", url, "ALIAS", "mine"]);
}

#[test]
fn an_alias_is_a_key_of_its_command_for_getkeys() {
    requires!(since(7, 0), "key specs");
    let server = Server::start();
    let mut client = server.client();
    let command = ["SHORTEN", EXAMPLE, "EX", "5", "ALIAS", "x"];
    let keys = client.texts(&[&["COMMAND", "GETKEYS"][..], &command].concat());
    assert_eq!(keys, [EXAMPLE, "x"]);
}

#[test]
fn a_shards_key_in_front_does_not_stand_for_what_the_shard_holds() {
    requires!(since(7, 0), "the ACL calls of modules");
    let server = Server::start();
    let mut admin = server.client();
    let code = admin.text(&["SHORTEN", EXAMPLE]);
    let key = admin.text(&["LINK.KEY", &code]);
    let url_key = admin.text(&["LINK.KEY", EXAMPLE]);
    let before = admin.digest();
    let mut client = user(&server, &["~shorten:*", "~promo-*"]);
    let code = code.as_str();
    for command in [
        vec!["SHORTEN", &url_key, EXAMPLE],
        vec!["LINK.FIND", &url_key, EXAMPLE],
        vec!["RESOLVE", &key, code],
        vec!["VISIT", &key, code],
        vec!["LINK.INFO", &key, code],
        vec!["LINK.STATS", &key, code],
        vec!["LINK.SET", &key, code, "https://example.org/"],
        vec!["LINK.EXPIRE", &key, code, "10"],
        vec!["LINK.PERSIST", &key, code],
        vec!["LINK.DEL", &key, code],
    ] {
        client.refused("NOPERM", &command);
        assert_eq!(admin.digest(), before, "{command:?}");
    }
    // With the right to both it works.
    let key = admin.text(&["LINK.KEY", "promo-1"]);
    client.ok(&["LINK.SET", &key, "promo-1", EXAMPLE]);
    assert_eq!(client.text(&["VISIT", &key, "promo-1"]), EXAMPLE);
}

#[test]
fn reading_needs_read_permission_and_writing_write_permission_in_the_keyed_form() {
    requires!(since(7, 0), "permissions to read or to write");
    let server = Server::start();
    let mut admin = server.client();
    admin.text(&["SHORTEN", EXAMPLE, "ALIAS", "x"]);
    let key = admin.text(&["LINK.KEY", "x"]);
    let mut reader = user(&server, &["~shorten:*", "%R~x"]);
    assert_eq!(reader.text(&["RESOLVE", &key, "x"]), EXAMPLE);
    reader.refused("NOPERM", &["VISIT", &key, "x"]);
    reader.refused("NOPERM", &["LINK.DEL", &key, "x"]);
    let mut writer = user(&server, &["resetkeys", "~shorten:*", "%W~x"]);
    writer.refused("NOPERM", &["RESOLVE", &key, "x"]);
    assert_eq!(writer.int(&["LINK.DEL", &key, "x"]), 1);
}

#[test]
fn a_script_has_the_permissions_of_its_caller() {
    requires!(since(7, 0), "the ACL calls of modules");
    let server = Server::start();
    let mut admin = server.client();
    let code = admin.text(&["SHORTEN", EXAMPLE]);
    let key = admin.text(&["LINK.KEY", &code]);
    let script = "return redis.call('RESOLVE', KEYS[1], ARGV[1])";
    assert_eq!(admin.text(&["EVAL", script, "1", &key, &code]), EXAMPLE);
    let mut client = user(&server, &["~shorten:*"]);
    let error = client.error(&["EVAL", script, "1", &key, &code]);
    assert!(error.to_lowercase().contains("no permissions"), "{error}");
}

#[test]
fn a_refused_name_is_in_the_acl_log() {
    requires!(since(7, 0), "the ACL calls of modules");
    let server = Server::start();
    let mut admin = server.client();
    let key = admin.text(&["LINK.KEY", "admin"]);
    let mut client = user(&server, &["~shorten:*"]);
    client.refused("NOPERM", &["RESOLVE", &key, "admin"]);
    let log = format!("{:?}", admin.items(&["ACL", "LOG"]));
    assert!(log.contains("admin") && log.contains("someone"), "{log}");
}

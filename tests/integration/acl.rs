//! Permissions: key patterns for codes and URLs, and command categories.

use shorten_testkit::{Client, EXAMPLE, Server, requires};

/// Returns a connection as a new user with these ACL rules.
fn user(server: &Server, rules: &[&str]) -> Client {
    server
        .client()
        .ok(&[&["ACL", "SETUSER", "someone", "on", ">secret"], rules].concat());
    let mut client = server.client();
    client.ok(&["AUTH", "someone", "secret"]);
    client
}

#[test]
fn key_patterns_control_which_codes_and_urls_a_user_may_use() {
    let server = Server::start();
    let mut admin = server.client();
    for alias in ["news-1", "sale-1"] {
        admin.text(&["SHORTEN", EXAMPLE, "ALIAS", alias]);
    }
    let mut client = user(&server, &["~news-*", "~https://example.com/*", "+@all"]);
    assert_eq!(client.text(&["RESOLVE", "news-1"]), EXAMPLE);
    client.refused("NOPERM", &["RESOLVE", "sale-1"]);
    client.refused("NOPERM", &["LINK.DEL", "sale-1"]);
    client.text(&["SHORTEN", "https://example.com/mine"]);
    client.refused("NOPERM", &["SHORTEN", "https://example.org/theirs"]);
    client.refused("NOPERM", &["LINK.FIND", "https://example.org/theirs"]);
    assert_eq!(client.int(&["LINK.DEL", "news-1"]), 1);
}

#[test]
fn a_redirector_needs_only_resolve_and_visit() {
    let server = Server::start();
    server.client().text(&["SHORTEN", EXAMPLE]);
    let mut client = user(&server, &["~*", "+resolve", "+visit"]);
    assert_eq!(client.text(&["RESOLVE", "g8"]), EXAMPLE);
    assert_eq!(client.text(&["VISIT", "g8"]), EXAMPLE);
    client.refused("NOPERM", &["SHORTEN", EXAMPLE]);
    client.refused("NOPERM", &["LINK.DEL", "g8"]);
}

#[test]
fn read_and_write_categories_are_enforced() {
    let server = Server::start();
    server.client().text(&["SHORTEN", EXAMPLE]);
    requires!(since(7, 2), "ACL categories for modules' commands");
    let mut client = user(&server, &["~*", "+@read"]);
    assert_eq!(client.text(&["RESOLVE", "g8"]), EXAMPLE);
    client.fields(&["LINK.INFO", "g8"]);
    client.refused("NOPERM", &["VISIT", "g8"]);
    client.refused("NOPERM", &["SHORTEN", EXAMPLE]);
}

#[test]
fn the_category_shorten_holds_the_public_commands() {
    requires!(since(7, 4), "ACL categories of modules");
    let server = Server::start();
    let mut names = server.client().texts(&["ACL", "CAT", "shorten"]);
    names.sort();
    for name in [
        "shorten",
        "resolve",
        "visit",
        "link.find",
        "link.info",
        "link.stats",
        "link.set",
        "link.del",
        "link.expire",
    ] {
        assert!(
            names.iter().any(|known| known == name),
            "{name} is not in {names:?}"
        );
    }
    for name in ["link.apply", "link.load"] {
        assert!(
            !names.iter().any(|known| known == name),
            "{name} is internal: {names:?}"
        );
    }
    let mut client = user(&server, &["~*", "+@shorten"]);
    assert_eq!(client.text(&["SHORTEN", EXAMPLE]), "g8");
    assert_eq!(client.text(&["VISIT", "g8"]), EXAMPLE);
    assert_eq!(client.int(&["CODEPOOL", "SIZE"]), 0);
    client.refused("NOPERM", &["SET", "x", "y"]);
}

#[test]
fn the_internal_commands_are_admin_and_dangerous() {
    requires!(since(7, 2), "ACL categories for modules' commands");
    let server = Server::start();
    let mut admin = server.client();
    let key = admin.text(&["LINK.KEY", "x"]);
    for category in ["@admin", "@dangerous"] {
        let mut client = user(
            &server,
            &[
                "reset",
                "on",
                ">secret",
                "~*",
                "+@all",
                &format!("-{category}"),
            ],
        );
        client.refused("NOPERM", &["LINK.APPLY", &key, "x"]);
        client.refused("NOPERM", &["LINK.LOAD", &key, "x"]);
        assert_eq!(client.text(&["SHORTEN", EXAMPLE]), "g8");
    }
}

#[test]
fn the_internal_commands_refuse_foreign_payloads() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    let before = client.digest();
    let key = client.text(&["LINK.KEY", "x"]);
    for command in ["LINK.APPLY", "LINK.LOAD"] {
        for payload in ["", "x", "\0", "\u{1}\u{63}\u{3}", &"y".repeat(1000)] {
            client.error(&[command, &key, payload]);
        }
        for key in [
            "g8",
            "other",
            "shorten:{nonsense!}",
            "shorten:{}",
            "shorten:{000000000}",
        ] {
            client.error(&[command, key, "x"]);
        }
    }
    assert_eq!(client.digest(), before);
    assert_eq!(client.int(&["LINK.COUNT"]), 1);
}

//! The index of URLs: which link LINK.FIND and SHORTEN return for a URL.

use shorten_testkit::{EXAMPLE, Server};

const OTHER: &str = "https://example.org/other";

#[test]
fn alias_expiry_limit_note_and_new_always_create_a_new_link() {
    let server = Server::start();
    let mut client = server.client();
    assert_eq!(client.text(&["SHORTEN", EXAMPLE]), "g8");
    for options in [
        &["NEW"][..],
        &["EX", "100"],
        &["MAXVISITS", "5"],
        &["NOTE", "n"],
        &["ALIAS", "x"],
    ] {
        let code = client.text(&[&["SHORTEN", EXAMPLE], options].concat());
        assert_ne!(code, "g8", "{options:?}");
        assert_eq!(
            client.text(&["SHORTEN", EXAMPLE]),
            "g8",
            "the first keeps the entry, after {options:?}"
        );
    }
}

#[test]
fn only_generated_permanent_links_without_limit_or_note_are_indexed() {
    let server = Server::start();
    let mut client = server.client();
    for options in [
        &["EX", "100"][..],
        &["MAXVISITS", "5"],
        &["NOTE", "n"],
        &["ALIAS", "x"],
    ] {
        client.text(&[&["SHORTEN", EXAMPLE], options].concat());
        client.nil(&["LINK.FIND", EXAMPLE]);
    }
    client.ok(&["LINK.SET", "y", EXAMPLE]);
    client.nil(&["LINK.FIND", EXAMPLE]);
    let code = client.text(&["SHORTEN", EXAMPLE, "NEW"]);
    assert_eq!(client.text(&["LINK.FIND", EXAMPLE]), code);
}

#[test]
fn another_destination_removes_the_index_entry_permanently() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    client.ok(&["LINK.SET", "g8", OTHER]);
    client.nil(&["LINK.FIND", EXAMPLE]);
    client.nil(&["LINK.FIND", OTHER]);
    client.ok(&["LINK.SET", "g8", EXAMPLE]);
    client.nil(&["LINK.FIND", EXAMPLE]);
    assert_eq!(client.text(&["SHORTEN", EXAMPLE]), "g9");
}

#[test]
fn an_expiry_removes_the_index_entry_permanently() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    client.int(&["LINK.EXPIRE", "g8", "100"]);
    client.nil(&["LINK.FIND", EXAMPLE]);
    client.int(&["LINK.PERSIST", "g8"]);
    client.nil(&["LINK.FIND", EXAMPLE]);
    assert_eq!(client.text(&["SHORTEN", EXAMPLE]), "g9");
    client.ok(&["LINK.SET", "g9", EXAMPLE, "EX", "100"]);
    client.nil(&["LINK.FIND", EXAMPLE]);
}

#[test]
fn a_limit_removes_the_index_entry_permanently() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    client.ok(&["LINK.SET", "g8", EXAMPLE, "MAXVISITS", "5"]);
    client.nil(&["LINK.FIND", EXAMPLE]);
    assert_eq!(client.text(&["SHORTEN", EXAMPLE]), "g9");
}

#[test]
fn setting_the_same_destination_keeps_the_index_entry() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    client.ok(&["LINK.SET", "g8", EXAMPLE]);
    assert_eq!(client.text(&["LINK.FIND", EXAMPLE]), "g8");
}

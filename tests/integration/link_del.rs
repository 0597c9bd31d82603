//! LINK.DEL: the link is removed, and its number is not reissued.

use shorten_testkit::{EXAMPLE, Server};

#[test]
fn it_answers_1_then_0_and_the_code_is_nil() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    assert_eq!(client.int(&["LINK.DEL", "g8"]), 1);
    assert_eq!(client.int(&["LINK.DEL", "g8"]), 0);
    client.nil(&["RESOLVE", "g8"]);
    client.nil(&["LINK.INFO", "g8"]);
    client.nil(&["LINK.FIND", EXAMPLE]);
    assert_eq!(client.int(&["LINK.COUNT"]), 0);
}

#[test]
fn an_empty_shard_without_state_is_removed() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "x"]);
    assert_eq!(client.int(&["DBSIZE"]), 1);
    assert_eq!(client.int(&["LINK.DEL", "x"]), 1);
    assert_eq!(client.int(&["DBSIZE"]), 0);
}

#[test]
fn a_deleted_alias_may_be_made_again() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "x"]);
    client.int(&["LINK.DEL", "x"]);
    client.text(&["SHORTEN", "https://example.com/", "ALIAS", "x"]);
    assert_eq!(client.text(&["RESOLVE", "x"]), "https://example.com/");
}

#[test]
fn thousands_of_deletions_free_their_memory() {
    let server = Server::start();
    let mut client = server.client();
    let shorten: Vec<_> = (0..20_000)
        .map(|n| {
            vec![
                "SHORTEN".into(),
                format!("https://example.com/{n}/{}", "x".repeat(200)),
            ]
        })
        .collect();
    let bytes_before = client.stat("shorten_memory_bytes");
    let codes: Vec<_> = client
        .pipeline(&shorten)
        .into_iter()
        .map(|reply| shorten_testkit::text_of(&reply.unwrap()))
        .collect();
    let full = client.stat("shorten_memory_bytes");
    assert!(full - bytes_before > 500_000, "{bytes_before}, then {full}");
    let delete: Vec<_> = codes
        .into_iter()
        .map(|code| vec!["LINK.DEL".into(), code])
        .collect();
    assert!(
        client
            .pipeline(&delete)
            .into_iter()
            .all(|reply| reply == Ok(redis::Value::Int(1)))
    );
    let empty = client.stat("shorten_memory_bytes");
    assert!(
        empty < full / 2,
        "{full} bytes with 20,000 links, still {empty} without"
    );
    assert_eq!(client.stat("shorten_links"), 0);
}

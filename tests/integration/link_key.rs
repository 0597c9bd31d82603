//! LINK.KEY: the key of a link's shard.

use shorten_testkit::{EXAMPLE, Server, shard_key, slot, urls};

#[test]
fn it_names_the_canonical_shard_of_codes_and_urls() {
    let server = Server::start();
    let mut client = server.client();
    for code in ["g8", "g9", "0", "spring-sale", "ZZZZZZZZ"] {
        assert_eq!(
            client.text(&["LINK.KEY", code]),
            shard_key(slot(code)),
            "{code}"
        );
    }
    for url in urls(100).iter().map(String::as_str).chain([
        EXAMPLE,
        "https://example.com/{}/x",
        "https://e.example/}{",
    ]) {
        assert_eq!(
            client.text(&["LINK.KEY", url]),
            shard_key(slot(url)),
            "{url}"
        );
    }
    assert_eq!(client.int(&["DBSIZE"]), 0);
}

#[test]
fn links_are_stored_in_the_key_that_it_names() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "x"]);
    assert_eq!(
        client.texts(&["KEYS", "*"]),
        [client.text(&["LINK.KEY", "x"])]
    );
    let key = client.text(&["LINK.KEY", "x"]);
    assert_eq!(client.text(&["TYPE", &key]), "linkshard");
    assert!(client.int(&["MEMORY", "USAGE", &key]) > 50);
}

#[test]
fn what_is_neither_code_nor_url_is_an_error() {
    let server = Server::start();
    let mut client = server.client();
    for word in ["", "a b", "\0"] {
        client.error(&["LINK.KEY", word]);
    }
}

//! LINK.FIND: the indexed code of a URL, without creating a link.

use shorten_testkit::{EXAMPLE, Server};

#[test]
fn it_answers_the_code_that_shorten_would() {
    let server = Server::start();
    let mut client = server.client();
    client.nil(&["LINK.FIND", EXAMPLE]);
    for strategy in ["COUNTER", "HASH", "POOL"] {
        let url = format!("https://example.com/{strategy}");
        let code = client.text(&["SHORTEN", &url, "STRATEGY", strategy]);
        assert_eq!(client.text(&["LINK.FIND", &url]), code);
    }
}

#[test]
fn it_creates_nothing() {
    let server = Server::start();
    let mut client = server.client();
    client.nil(&["LINK.FIND", EXAMPLE]);
    assert_eq!(client.int(&["DBSIZE"]), 0);
    assert_eq!(client.text(&["SHORTEN", EXAMPLE]), "g8");
}

#[test]
fn what_is_no_url_is_not_found() {
    let server = Server::start();
    let mut client = server.client();
    let urls: &[&[u8]] = &[b"", b"not a url", b"\xff\0", &[b'x'; 100_000]];
    for url in urls {
        client.nil(&[b"LINK.FIND", *url]);
    }
}

#[test]
fn it_works_on_a_replica() {
    let master = Server::start();
    let replica = Server::builder().replica_of(&master).start();
    master.client().text(&["SHORTEN", EXAMPLE]);
    master.same_as(&replica);
    assert_eq!(replica.client().text(&["LINK.FIND", EXAMPLE]), "g8");
    replica.client().nil(&["LINK.FIND", "https://example.com/"]);
}

//! Shards moved about by the server's own commands: DUMP and RESTORE, MIGRATE, COPY.

use shorten_testkit::{Client, EXAMPLE, STILL, Server, links, populate, scan};

fn keys(client: &mut Client) -> Vec<String> {
    client.texts(&["KEYS", "shorten:*"])
}

#[test]
fn shards_dumped_and_restored_on_another_server_are_equal() {
    let (here, there) = (
        Server::builder().module_args(STILL).start(),
        Server::builder().module_args(STILL).start(),
    );
    let (mut from, mut to) = (here.client(), there.client());
    populate(&mut from);
    for key in keys(&mut from) {
        let payload = from.bytes(&["DUMP", &key]);
        to.ok(&[b"RESTORE".as_slice(), key.as_bytes(), b"0", &payload]);
    }
    assert_eq!(from.digest(), to.digest());
    assert_eq!(links(&mut from), links(&mut to));
}

#[test]
fn shards_migrate_between_servers() {
    let (here, there) = (
        Server::builder().module_args(STILL).start(),
        Server::builder().module_args(STILL).start(),
    );
    let (mut from, mut to) = (here.client(), there.client());
    populate(&mut from);
    let (before, digest) = (links(&mut from), from.digest());
    let port = there.port().to_string();
    for key in keys(&mut from) {
        from.ok(&["MIGRATE", "127.0.0.1", &port, &key, "0", "10000"]);
    }
    assert_eq!(from.int(&["DBSIZE"]), 0);
    assert_eq!((to.digest(), links(&mut to)), (digest, before));
}

#[test]
fn a_copied_shard_is_equal_and_independent() {
    let server = Server::builder().module_args(STILL).start();
    let mut client = server.client();
    populate(&mut client);
    for key in keys(&mut client) {
        assert_eq!(client.int(&["COPY", &key, &key, "DB", "1"]), 1);
    }
    let before = links(&mut client);
    client.ok(&["SELECT", "1"]);
    assert_eq!(links(&mut client), before);
    for code in scan(&mut client, &[]) {
        client.int(&["LINK.DEL", &code]);
    }
    client.ok(&["SELECT", "0"]);
    assert_eq!(links(&mut client), before);
}

#[test]
fn a_shard_copied_to_another_slots_key_is_an_error() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "x"]);
    let (from, to) = (
        client.text(&["LINK.KEY", "x"]),
        client.text(&["LINK.KEY", "y"]),
    );
    client.int(&["COPY", &from, &to]);
    client.error(&["RESOLVE", "y"]);
    let payload = client.bytes(&["DUMP", &from]);
    // Refused at once, or not believed afterwards.
    let _ = client.try_cmd(&[
        b"RESTORE".as_slice(),
        to.as_bytes(),
        b"0",
        &payload,
        b"REPLACE",
    ]);
    client.error(&["RESOLVE", "y"]);
    assert_eq!(client.text(&["RESOLVE", "x"]), EXAMPLE);
}

#[test]
fn a_shard_renamed_to_another_slots_key_is_an_error() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "x"]);
    let (from, to) = (
        client.text(&["LINK.KEY", "x"]),
        client.text(&["LINK.KEY", "y"]),
    );
    client.ok(&["RENAME", &from, &to]);
    client.nil(&["RESOLVE", "x"]);
    client.error(&["RESOLVE", "y"]);
    client.error(&["SHORTEN", "https://example.org/other", "ALIAS", "y"]);
    client.ok(&["RENAME", &to, &from]);
    assert_eq!(client.text(&["RESOLVE", "x"]), EXAMPLE);
}

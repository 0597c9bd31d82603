//! Redirects while the server refuses writes: VISIT is refused and counts nothing, RESOLVE works.

use std::fs;

use redis::Value;

use shorten_testkit::{Client, EXAMPLE, SOON, Server, wait_until};

/// Checks that VISIT is refused with this error and that RESOLVE works. Once writes are accepted
/// again, the visit is recorded with AT.
fn visit_is_refused(client: &mut Client, word: &str) {
    let digest = client.digest();
    client.refused(word, &["VISIT", "g8"]);
    assert_eq!(client.text(&["RESOLVE", "g8"]), EXAMPLE);
    client.refused(word, &["VISIT", "g8", "UA", "curl/8.0"]);
    assert_eq!(client.digest(), digest);
}

#[test]
fn resolve_works_where_too_few_replicas_block_visit() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    client.ok(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
    visit_is_refused(&mut client, "NOREPLICAS");
    client.ok(&["CONFIG", "SET", "min-replicas-to-write", "0"]);
    assert_eq!(
        client.text(&["VISIT", "g8", "AT", "1790000000000"]),
        EXAMPLE
    );
    let stats = client.fields(&["LINK.STATS", "g8"]);
    assert_eq!(stats["total"], Value::Int(1));
}

#[test]
fn resolve_works_where_a_disk_error_blocks_visit() {
    let server = Server::builder().config("save", "3600 1").start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    // A folder blocks the path of the file.
    fs::create_dir_all(server.data().join("dump.rdb/full")).unwrap();
    client.cmd(&["BGSAVE"]);
    wait_until(
        "the save has failed",
        SOON,
        || client.info("persistence").remove("rdb_last_bgsave_status"),
        |status| status.as_deref() == Some("err"),
    );
    visit_is_refused(&mut client, "MISCONF");
    client.ok(&["CONFIG", "SET", "stop-writes-on-bgsave-error", "no"]);
    assert_eq!(client.text(&["VISIT", "g8"]), EXAMPLE);
}

#[test]
fn resolve_works_on_a_replica_that_refuses_visit() {
    let master = Server::start();
    let replica = Server::builder().replica_of(&master).start();
    master.client().text(&["SHORTEN", EXAMPLE]);
    master.same_as(&replica);
    visit_is_refused(&mut replica.client(), "READONLY");
}

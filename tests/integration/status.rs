//! STATUS: what SHORTEN did, in the same call.

use redis::Value;

use shorten_testkit::{Client, EXAMPLE, SOON, Server, shard_key, slot, wait_until};

/// The answer of a call with STATUS, as two texts.
#[track_caller]
fn told(client: &mut Client, call: &[&str]) -> [String; 2] {
    let texts = client.texts(call);
    texts.try_into().expect("two elements")
}

#[test]
fn shorten_tells_whether_it_made_the_link() {
    let server = Server::start();
    let mut client = server.client();
    assert_eq!(
        told(&mut client, &["SHORTEN", EXAMPLE, "STATUS"]),
        ["g8", "created"]
    );
    for call in [
        &["SHORTEN", EXAMPLE, "STATUS"][..],
        &["SHORTEN", EXAMPLE, "STRATEGY", "HASH", "STATUS"],
    ] {
        assert_eq!(told(&mut client, call), ["g8", "existing"]);
    }
    for own in [
        &["NEW"][..],
        &["EX", "100"],
        &["MAXVISITS", "2"],
        &["NOTE", "n"],
        &["ALIAS", "x"],
    ] {
        let call = [&["SHORTEN", EXAMPLE, "STATUS"], own].concat();
        assert_eq!(told(&mut client, &call)[1], "created", "{own:?}");
    }
    assert_eq!(client.int(&["LINK.COUNT"]), 6);
    client.int(&["LINK.DEL", "g8"]);
    assert_eq!(
        told(&mut client, &["SHORTEN", EXAMPLE, "STATUS"])[1],
        "created",
        "no other link is found by its URL"
    );
}

#[test]
fn an_alias_in_use_is_refused_with_status_too_even_for_its_own_url() {
    let server = Server::start();
    let mut client = server.client();
    let call = ["SHORTEN", EXAMPLE, "ALIAS", "x", "STATUS"];
    assert_eq!(told(&mut client, &call), ["x", "created"]);
    let digest = client.digest();
    client.refused("CODETAKEN", &call);
    assert_eq!(client.digest(), digest);
}

#[test]
fn a_link_of_an_expired_alias_is_created_anew() {
    let server = Server::builder().module_args("expired-retention 0").start();
    let mut client = server.client();
    let call = ["SHORTEN", EXAMPLE, "ALIAS", "x", "PX", "1", "STATUS"];
    assert_eq!(told(&mut client, &call), ["x", "created"]);
    wait_until(
        "the link expires",
        SOON,
        || client.cmd(&["RESOLVE", "x"]),
        |reply| *reply == Value::Nil,
    );
    assert_eq!(told(&mut client, &call), ["x", "created"]);
}

#[test]
fn status_answers_the_short_url_where_shorten_does() {
    let server = Server::builder()
        .module_args("base-url https://sho.rt/")
        .start();
    let mut client = server.client();
    for status in ["created", "existing"] {
        assert_eq!(
            told(&mut client, &["SHORTEN", EXAMPLE, "STATUS"]),
            ["https://sho.rt/g8", status]
        );
    }
}

#[test]
fn without_the_word_shorten_answers_a_string_alone() {
    let server = Server::start();
    let mut client = server.client();
    for _ in 0..2 {
        let code = client.cmd(&["SHORTEN", EXAMPLE]);
        assert_eq!(code, Value::BulkString(b"g8".to_vec()));
    }
}

#[test]
fn the_keyed_form_takes_the_word() {
    let server = Server::start();
    let mut client = server.client();
    let shorten = ["SHORTEN", &shard_key(slot(EXAMPLE)), EXAMPLE, "STATUS"];
    assert_eq!(told(&mut client, &shorten), ["g8", "created"]);
    assert_eq!(told(&mut client, &shorten), ["g8", "existing"]);
}

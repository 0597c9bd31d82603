//! Both forms of every command, on the right node and on the wrong one.

use redis::Value;

use crate::load::everything;
use shorten_testkit::cluster::{Cluster, Router};
use shorten_testkit::{Client, requires, shard_key, slot, text_of};

const URL: &str = "https://example.com/some/page";

/// Every command with a bare form, about the code or URL that is given.
fn about<'a>(url: &'a str, code: &'a str) -> Vec<Vec<&'a str>> {
    vec![
        vec!["SHORTEN", url],
        vec!["shorten", url, "STRATEGY", "POOL", "NEW"],
        vec!["RESOLVE", code],
        vec!["Visit", code],
        vec!["LINK.FIND", url],
        vec!["LINK.INFO", code],
        vec!["LINK.STATS", code],
        vec!["link.set", code, "https://example.com/other"],
        vec!["LINK.EXPIRE", code, "100"],
        vec!["LINK.PERSIST", code],
        vec!["LINK.DEL", code],
    ]
}

/// The keyed form of a command.
fn keyed<'a>(command: &[&'a str], key: &'a str) -> Vec<&'a str> {
    [&[command[0], key], &command[1..]].concat()
}

/// The module's commands that take a code or URL as their key, as the server lists them.
fn commands_with_a_key(client: &mut Client) -> Vec<String> {
    let names = client.texts(&["COMMAND", "LIST", "FILTERBY", "MODULE", "shorten"]);
    let mut keyed: Vec<String> = names
        .into_iter()
        .filter(|name| {
            let info = client.items(&["COMMAND", "INFO", name]).remove(0);
            let Value::Array(info) = info else {
                panic!("{name}: {info:?}");
            };
            let is_internal = format!("{:?}", info[2]).contains("admin");
            info[3] == Value::Int(1) && !is_internal
        })
        .collect();
    keyed.sort();
    keyed
}

#[test]
fn both_forms_are_tried_of_every_command_that_the_server_lists_with_a_key() {
    requires!(since(7, 0), "COMMAND LIST");
    let cluster = Cluster::start();
    let mut tried: Vec<String> = about(URL, "g8")
        .iter()
        .map(|command| command[0].to_ascii_lowercase())
        .collect();
    tried.sort();
    tried.dedup();
    assert_eq!(tried, commands_with_a_key(&mut cluster.client(0)));
}

#[test]
fn every_command_in_both_forms_answers_on_the_right_node_and_moved_on_the_others() {
    let cluster = Cluster::start();
    let mut router = Router::new(&cluster);
    for round in 0..20 {
        let url = format!("{URL}/{round}");
        let code = router.text(&["SHORTEN", &url]);
        let (home, key) = (slot(&url), shard_key(slot(&url)));
        assert_eq!(slot(&code), home);
        let owner = cluster.owner(home);
        let mut right = cluster.client(owner);
        for command in about(&url, &code) {
            let keyed = keyed(&command, &key);
            for nth in (0..3).filter(|nth| *nth != owner) {
                let mut wrong = cluster.client(nth);
                let moved = format!("MOVED {home} 127.0.0.1:{}", cluster.port(owner));
                assert_eq!(wrong.error(&command), moved, "{command:?}");
                assert_eq!(wrong.error(&keyed), moved, "{keyed:?}");
            }
            let form = if round % 2 == 0 { &command } else { &keyed };
            assert_ne!(right.cmd(form), Value::Nil, "{form:?}");
        }
        assert_eq!(right.cmd(&["RESOLVE", &code]), Value::Nil, "deleted");
    }
}

#[test]
fn a_keyed_form_with_another_shards_key_is_refused_and_changes_nothing() {
    let cluster = Cluster::start();
    let mut router = Router::new(&cluster);
    let code = router.text(&["SHORTEN", URL]);
    let foreign = shard_key(slot(&code) ^ 1);
    let mut client = cluster.client(cluster.owner(slot(&code) ^ 1));
    for command in about(URL, &code) {
        let error = client.refused("ERR", &keyed(&command, &foreign));
        assert!(error.contains(&shard_key(slot(&code))), "{error}");
    }
    assert_eq!(router.text(&["RESOLVE", &code]), URL);
    assert_eq!(everything(&cluster).len(), 1);
}

#[test]
fn an_alias_is_made_by_link_set_and_by_shorten_only_where_it_lies_with_its_url() {
    let cluster = Cluster::start();
    let mut router = Router::new(&cluster);
    let error = router
        .call(&["SHORTEN", URL, "ALIAS", "promo"])
        .unwrap_err();
    assert!(
        error.starts_with("CROSSSLOT ") && error.contains("LINK.SET promo"),
        "{error}"
    );
    assert_eq!(router.text(&["LINK.SET", "promo", URL]), "OK");
    assert_eq!(router.text(&["RESOLVE", "promo"]), URL);
    assert_eq!(router.cmd(&["LINK.SET", "promo", URL, "NX"]), Value::Nil);
    let aligned = (0..).map(|n| format!("promo-{n}"));
    let aligned = aligned
        .into_iter()
        .find(|alias| slot(alias) == slot(URL))
        .unwrap();
    assert_eq!(router.text(&["SHORTEN", URL, "ALIAS", &aligned]), aligned);
    let error = router
        .call(&["SHORTEN", URL, "ALIAS", &aligned])
        .unwrap_err();
    assert!(error.starts_with("CODETAKEN "), "{error}");
    assert_eq!(everything(&cluster).len(), 2);
}

/// A client of the node that has `URL`'s slot, its shard's key, and a code there.
fn at_home(cluster: &Cluster) -> (Client, String, String) {
    let mut client = cluster.client(cluster.owner(slot(URL)));
    let code = client.text(&["SHORTEN", URL]);
    (client, shard_key(slot(URL)), code)
}

#[test]
fn transactions_and_pipelines_take_both_forms() {
    let cluster = Cluster::start();
    let (mut client, key, code) = at_home(&cluster);
    client.ok(&["MULTI"]);
    for command in [
        vec!["RESOLVE", &code],
        vec!["VISIT", &key, &code],
        vec!["SHORTEN", &key, URL],
        vec!["LINK.EXPIRE", &code, "100"],
    ] {
        assert_eq!(client.text(&command), "QUEUED");
    }
    let expected = [URL, URL, &code, "1"].map(String::from);
    assert_eq!(client.texts(&["EXEC"]), expected);
    let replies = client.pipeline(&[
        vec!["RESOLVE", &code],
        vec!["RESOLVE", &key, &code],
        vec!["RESOLVE", &key, "elsewhere"],
    ]);
    assert_eq!(text_of(replies[0].as_ref().unwrap()), URL);
    assert_eq!(replies[0], replies[1]);
    assert!(replies[2].is_err());
}

#[test]
fn status_tells_the_same_in_both_forms_in_transactions_and_in_scripts() {
    let cluster = Cluster::start();
    let mut router = Router::new(&cluster);
    let mut told = |call: &[&str]| match router.cmd(call) {
        Value::Array(pair) => pair,
        other => panic!("{call:?}: {other:?}"),
    };
    let bulk = |text: &str| Value::BulkString(text.into());
    let code = text_of(&told(&["SHORTEN", URL, "STATUS"])[0]);
    let (key, none) = (shard_key(slot(URL)), shard_key(slot("none")));
    let shorten = ["SHORTEN", URL, "STATUS"];
    let visit = ["VISIT", &code, "STATUS"];
    let existing = vec![bulk(&code), bulk("existing")];
    let active = vec![bulk(URL), bulk("active")];
    let unknown = vec![Value::Nil, bulk("unknown")];
    assert_eq!(told(&shorten), existing);
    assert_eq!(told(&keyed(&shorten, &key)), existing);
    assert_eq!(told(&visit), active);
    assert_eq!(told(&keyed(&visit, &key)), active);
    assert_eq!(told(&["VISIT", "none", "STATUS"]), unknown);
    assert_eq!(told(&["VISIT", &none, "none", "STATUS"]), unknown);
    let mut client = cluster.client(cluster.owner(slot(URL)));
    client.ok(&["MULTI"]);
    assert_eq!(client.text(&shorten), "QUEUED");
    assert_eq!(client.text(&keyed(&visit, &key)), "QUEUED");
    let expected = [existing, active].map(Value::Array);
    assert_eq!(client.items(&["EXEC"]), expected);
    let script = "return {redis.call('SHORTEN', KEYS[1], ARGV[1], 'STATUS'), \
                          redis.call('VISIT', KEYS[1], ARGV[2], 'STATUS')}";
    assert_eq!(
        client.items(&["EVAL", script, "1", &key, URL, &code]),
        expected
    );
}

#[test]
fn scripts_and_functions_that_declare_the_shards_key_work() {
    let cluster = Cluster::start();
    let (mut client, key, code) = at_home(&cluster);
    let calls = "return {redis.call('RESOLVE', KEYS[1], ARGV[1]), redis.call('VISIT', KEYS[1], ARGV[1]), redis.call('SHORTEN', KEYS[1], ARGV[2])}";
    let expected = [URL, URL, &code].map(String::from);
    assert_eq!(
        client.texts(&["EVAL", calls, "1", &key, &code, URL]),
        expected
    );
    // The bare code hashes to the same slot, so it may be declared as well.
    assert_eq!(
        client.text(&["EVAL", "return redis.call('RESOLVE', KEYS[1])", "1", &code]),
        URL
    );
    let wrong = (0..3).find(|nth| *nth != cluster.owner(slot(URL))).unwrap();
    cluster
        .client(wrong)
        .refused("MOVED", &["EVAL", calls, "1", &key, &code, URL]);
    requires!(since(7, 0), "FUNCTION");
    let library = format!(
        "#!lua name=links\nredis.register_function('links', function(KEYS, ARGV) {calls} end)"
    );
    client.text(&["FUNCTION", "LOAD", &library]);
    assert_eq!(
        client.texts(&["FCALL", "links", "1", &key, &code, URL]),
        expected
    );
}

#[test]
fn commands_that_walk_over_a_node_are_refused_in_transactions_and_scripts() {
    let cluster = Cluster::start();
    let (mut client, key, code) = at_home(&cluster);
    let walks: [&[&str]; 6] = [
        &["LINK.SCAN", "0"],
        &["LINK.COUNT"],
        &["CODEPOOL", "FILL", "10"],
        &["CODEPOOL", "TAKE"],
        &["CODEPOOL", "SIZE"],
        &["CODEPOOL", "CLEAR"],
    ];
    for walk in walks {
        client.ok(&["MULTI"]);
        client.text(&["RESOLVE", &code]);
        // Refused when it is queued or when it runs: either way nothing happens.
        let queued = client.try_cmd(walk);
        let ran = client.try_cmd(&["EXEC"]);
        let refused = queued.is_err()
            || matches!(&ran, Ok(Value::Array(all)) if matches!(all[1], Value::ServerError(_)));
        assert!(refused || ran.is_err(), "{walk:?}: {queued:?}, {ran:?}");
        let words: Vec<String> = walk.iter().map(|word| format!("'{word}'")).collect();
        let script = format!("return redis.call({})", words.join(","));
        let error = client.error(&["EVAL", &script, "1", &key]);
        assert!(error.contains("not allowed in MULTI or scripts"), "{error}");
        assert!(client.try_cmd(walk).is_ok(), "alone it works");
    }
}

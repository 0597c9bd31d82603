//! STATUS: what SHORTEN and VISIT did, and why VISIT answers nil, in the same call.

use redis::Value;

use shorten_testkit::{Client, EXAMPLE, SOON, STILL, Server, shard_key, slot, text_of, wait_until};

const BOT: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

const PERSON: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";

/// The answer of a call with STATUS; the URL is empty for nil.
#[track_caller]
fn told(client: &mut Client, call: &[&str]) -> [String; 2] {
    pair(&client.items(call))
}

#[track_caller]
fn pair(items: &[Value]) -> [String; 2] {
    let [answer, status] = items else {
        panic!("not two elements: {items:?}")
    };
    let answer = match answer {
        Value::Nil => String::new(),
        url => text_of(url),
    };
    [answer, text_of(status)]
}

/// Makes an expired link `over`, an exhausted link `used` and one that is both, `both`. They need a
/// server that keeps expired links.
fn ended(client: &mut Client) {
    for (code, options) in [
        ("over", &["PX", "1"][..]),
        ("used", &["MAXVISITS", "1"]),
        ("both", &["MAXVISITS", "1"]),
    ] {
        client.text(&[&["SHORTEN", EXAMPLE, "ALIAS", code], options].concat());
    }
    for code in ["used", "both"] {
        assert_eq!(client.text(&["VISIT", code]), EXAMPLE);
    }
    client.ok(&["LINK.SET", "both", EXAMPLE, "PX", "1"]);
    for code in ["over", "both"] {
        wait_until(
            "the link expires",
            SOON,
            || text_of(&client.fields(&["LINK.INFO", code])["state"]),
            |state| state == "expired",
        );
    }
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
fn visit_tells_why_a_code_leads_nowhere() {
    let server = Server::builder().module_args(STILL).start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    ended(&mut client);
    let counted = ["shorten_visits", "shorten_bot_visits"];
    let before = counted.map(|field| client.stat(field));
    let digest = client.digest();
    let long = "x".repeat(65);
    for agent in [PERSON, BOT] {
        for (code, status) in [
            ("over", "expired"),
            ("used", "exhausted"),
            ("both", "expired"),
            ("unknown", "unknown"),
            ("", "unknown"),
            ("a b", "unknown"),
            (&long, "unknown"),
        ] {
            let call = ["VISIT", code, "UA", agent, "STATUS"];
            assert_eq!(told(&mut client, &call), ["", status], "{code} by {agent}");
        }
    }
    assert_eq!(client.digest(), digest, "nothing was counted");
    assert_eq!(counted.map(|field| client.stat(field)), before);
    for agent in [PERSON, BOT] {
        let call = ["VISIT", "g8", "UA", agent, "STATUS"];
        assert_eq!(told(&mut client, &call), [EXAMPLE, "active"]);
    }
    let after = counted.map(|field| client.stat(field));
    assert_eq!(after, before.map(|count| count + 1), "these were");
}

#[test]
fn the_last_visit_is_active_and_the_next_exhausted() {
    let server = Server::start();
    let mut client = server.client();
    let code = client.text(&["SHORTEN", EXAMPLE, "MAXVISITS", "1"]);
    let call = ["VISIT", &code, "STATUS"];
    assert_eq!(told(&mut client, &call), [EXAMPLE, "active"]);
    assert_eq!(told(&mut client, &call), ["", "exhausted"]);
}

#[test]
fn a_link_that_was_removed_after_its_expiry_is_unknown() {
    let server = Server::builder().module_args("expired-retention 0").start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "over", "PX", "1"]);
    wait_until(
        "the link is removed",
        SOON,
        || client.int(&["LINK.COUNT"]),
        |links| *links == 0,
    );
    assert_eq!(
        told(&mut client, &["VISIT", "over", "STATUS"]),
        ["", "unknown"]
    );
}

#[test]
fn without_the_word_both_answer_a_string_or_nil_alone() {
    let server = Server::builder().module_args(STILL).start();
    let mut client = server.client();
    ended(&mut client);
    for _ in 0..2 {
        let code = client.cmd(&["SHORTEN", EXAMPLE]);
        assert_eq!(code, Value::BulkString(b"g8".to_vec()));
    }
    let url = client.cmd(&["VISIT", "g8"]);
    assert_eq!(url, Value::BulkString(EXAMPLE.into()));
    for code in ["over", "used", "both", "unknown", "a b"] {
        client.nil(&["VISIT", code]);
    }
}

#[test]
fn the_word_stands_anywhere_among_the_options_once() {
    let server = Server::start();
    let mut client = server.client();
    let shorten = ["SHORTEN", EXAMPLE, "EX", "100", "NEW", "NOTE", "STATUS"];
    for at in [2, 4, 5, 7] {
        let mut call = shorten.to_vec();
        call.insert(at, "sTaTuS");
        let [code, status] = told(&mut client, &call);
        assert_eq!(status, "created", "{call:?}");
        let note = &client.fields(&["LINK.INFO", &code])["note"];
        assert_eq!(text_of(note), "STATUS", "a value is no option");
    }
    let visit = ["VISIT", "x", "IP", "192.0.2.1", "UA", "STATUS", "AT", "1"];
    client.ok(&["LINK.SET", "x", EXAMPLE]);
    for at in [2, 4, 6, 8] {
        let mut call = visit.to_vec();
        call.insert(at, "status");
        assert_eq!(told(&mut client, &call), [EXAMPLE, "active"], "{call:?}");
    }
    let digest = client.digest();
    for call in [
        &["SHORTEN", EXAMPLE, "STATUS", "STATUS"][..],
        &["SHORTEN", EXAMPLE, "STATUS", "NEW", "status"],
        &["SHORTEN", EXAMPLE, "STATUS", "yes"],
        &["SHORTEN", EXAMPLE, "NOTE", "STATUS", "STATUS", "STATUS"],
        &["VISIT", "x", "STATUS", "STATUS"],
        &["VISIT", "x", "STATUS", "AT", "1", "status"],
        &["VISIT", "x", "STATUS", "yes"],
        &["VISIT", "x", "UA", "STATUS", "STATUS", "STATUS"],
        &["VISIT", "x", "STATUS", "UA"],
    ] {
        let error = client.refused("ERR", call);
        assert_eq!(error, "ERR syntax error", "{call:?}");
    }
    assert_eq!(client.digest(), digest);
}

#[test]
fn the_keyed_form_takes_the_word() {
    let server = Server::start();
    let mut client = server.client();
    let key = |subject: &str| shard_key(slot(subject));
    let shorten = ["SHORTEN", &key(EXAMPLE), EXAMPLE, "STATUS"];
    assert_eq!(told(&mut client, &shorten), ["g8", "created"]);
    assert_eq!(told(&mut client, &shorten), ["g8", "existing"]);
    let visit = ["VISIT", &key("g8"), "g8", "STATUS"];
    assert_eq!(told(&mut client, &visit), [EXAMPLE, "active"]);
    let visit = ["VISIT", &key("none"), "none", "STATUS", "AT", "1"];
    assert_eq!(told(&mut client, &visit), ["", "unknown"]);
}

#[test]
fn resp2_and_resp3_answer_the_same_array_also_in_multi() {
    let server = Server::start();
    for mut client in [server.client(), server.client3()] {
        client.ok(&["FLUSHALL"]);
        client.ok(&["MULTI"]);
        for call in [
            &["SHORTEN", EXAMPLE, "STATUS", "ALIAS", "x"][..],
            &["VISIT", "x", "STATUS"],
            &["VISIT", "none", "STATUS"],
        ] {
            assert_eq!(client.text(call), "QUEUED");
        }
        let bulk = |text: &str| Value::BulkString(text.into());
        let expected = [
            [bulk("x"), bulk("created")],
            [bulk(EXAMPLE), bulk("active")],
            [Value::Nil, bulk("unknown")],
        ];
        let expected = expected.map(|pair| Value::Array(pair.into()));
        assert_eq!(client.items(&["EXEC"]), expected);
    }
}

#[test]
fn scripts_of_both_protocols_get_the_array() {
    let server = Server::start();
    for mut client in [server.client(), server.client3()] {
        for protocol in [2, 3] {
            client.ok(&["FLUSHALL"]);
            // RESP3's null is Lua's nil, RESP2's is false: `not` is true of both.
            let script = format!(
                "redis.setresp({protocol})
                 local made = redis.call('SHORTEN', ARGV[1], 'STATUS', 'ALIAS', 'x')
                 local seen = redis.call('VISIT', 'x', 'STATUS')
                 local none = redis.call('VISIT', 'none', 'STATUS')
                 return {{made[1], made[2], seen[1], seen[2], tostring(not none[1]), none[2]}}"
            );
            assert_eq!(
                client.texts(&["EVAL", &script, "0", EXAMPLE]),
                ["x", "created", EXAMPLE, "active", "true", "unknown"]
            );
        }
    }
}

#[test]
fn a_call_with_status_leaves_the_same_on_replicas_and_after_a_restart() {
    let mut master = Server::builder().module_args(STILL).aof("always").start();
    let replica = Server::builder()
        .module_args(STILL)
        .replica_of(&master)
        .start();
    let mut client = master.client();
    told(&mut client, &["SHORTEN", EXAMPLE, "STATUS"]);
    told(&mut client, &["VISIT", "g8", "STATUS", "UA", BOT]);
    client.int(&["LINK.EXPIRE", "g8", "100"]);
    master.same_as(&replica);
    let digest = client.digest();
    master.restart();
    assert_eq!(master.client().digest(), digest);
}

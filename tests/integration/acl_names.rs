//! Permissions for names that are not the first argument: an alias, and the code or URL after a
//! shard key.

use std::fs;
use std::io::Write as _;

use redis::Value;

use shorten_testkit::{Client, EXAMPLE, Server, requires, text_of};

const URL: &str = "https://example.com/";
const OTHER: &str = "https://example.org/";

/// Returns a connection as a new user with these ACL rules and permission for every command.
fn user(server: &Server, name: &str, rules: &[&str]) -> Client {
    server
        .client()
        .ok(&[&["ACL", "SETUSER", name, "on", ">secret", "+@all"], rules].concat());
    let mut client = server.client();
    client.ok(&["AUTH", name, "secret"]);
    client
}

/// Returns the key of the shard of a code or URL.
fn key(client: &mut Client, name: &str) -> String {
    client.text(&["LINK.KEY", name])
}

#[test]
fn an_alias_needs_its_own_write_permission() {
    requires!(since(7, 0), "key specs");
    let server = Server::start();
    let mut client = user(&server, "someone", &["~https://example.com/*", "~promo-*"]);
    let refused: &[&[&str]] = &[
        &["SHORTEN", URL, "ALIAS", "admin"],
        &["SHORTEN", URL, "alias", "admin"],
        &[
            "SHORTEN",
            URL,
            "EX",
            "100",
            "MAXVISITS",
            "3",
            "Alias",
            "admin",
        ],
        &[
            "SHORTEN", URL, "NOTE", "promo-1", "ALIAS", "admin", "EX", "9",
        ],
        &["LINK.SET", "admin", URL],
        &["SHORTEN", OTHER, "ALIAS", "promo-1"],
    ];
    for command in refused {
        client.refused("NOPERM", command);
    }
    server.client().nil(&["RESOLVE", "admin"]);
    let alias = ["SHORTEN", URL, "ALIAS", "promo-1", "NOTE", "ALIAS"];
    assert_eq!(client.text(&alias), "promo-1");
    assert_eq!(client.text(&["SHORTEN", URL]), "g8");
}

#[test]
fn permission_to_read_a_code_does_not_allow_it_as_an_alias() {
    requires!(since(7, 0), "permissions to read and to write");
    let server = Server::start();
    let mut reader = user(&server, "reader", &["~https://*", "%R~promo-*"]);
    reader.refused("NOPERM", &["SHORTEN", URL, "ALIAS", "promo-1"]);
    let mut writer = user(&server, "writer", &["~https://*", "%W~promo-*"]);
    assert_eq!(
        writer.text(&["SHORTEN", URL, "ALIAS", "promo-1"]),
        "promo-1"
    );
    writer.refused("NOPERM", &["RESOLVE", "promo-1"]);
    assert_eq!(reader.text(&["RESOLVE", "promo-1"]), URL);
}

#[test]
fn a_selector_for_another_command_does_not_allow_an_alias() {
    requires!(since(7, 0), "selectors");
    let server = Server::start();
    server.client().text(&["SHORTEN", URL, "ALIAS", "admin"]);
    let rules = ["-@all", "+shorten", "~https://*", "(+resolve ~*)"];
    let mut client = user(&server, "someone", &rules);
    assert_eq!(client.text(&["RESOLVE", "admin"]), URL);
    client.refused("NOPERM", &["SHORTEN", URL, "ALIAS", "other"]);
    let admin_key = key(&mut server.client(), "admin");
    server.client().ok(&[
        "ACL",
        "SETUSER",
        "someone",
        "(+link.del ~promo-* ~shorten:*)",
    ]);
    client.refused("NOPERM", &["LINK.DEL", &admin_key, "admin"]);
}

#[test]
fn a_note_that_reads_alias_hides_no_alias() {
    requires!(since(7, 0), "key specs");
    let server = Server::start();
    // A server that takes the first ALIAS for the keyword treats the second one as the key.
    let mut client = user(&server, "someone", &["~https://*", "~ALIAS", "~a-*"]);
    let notes: [&[u8]; 3] = [b"ALIAS", b"alias", b"Alias\0and more"];
    for note in notes {
        let command = [
            b"SHORTEN",
            URL.as_bytes(),
            b"NOTE",
            note,
            b"ALIAS",
            b"admin",
        ];
        client.refused("NOPERM", &command);
        let command = [b"SHORTEN", URL.as_bytes(), b"NOTE", note, b"ALIAS", b"a-1"];
        assert_eq!(client.text(&command), "a-1");
        assert_eq!(client.int(&["LINK.DEL", "a-1"]), 1);
        let shard = key(&mut client, URL);
        let command = [
            b"SHORTEN",
            shard.as_bytes(),
            URL.as_bytes(),
            b"NOTE",
            note,
            b"ALIAS",
            b"admin",
        ];
        client.refused("NOPERM", &command);
    }
    server.client().nil(&["RESOLVE", "admin"]);
}

#[test]
fn a_note_that_reads_alias_is_a_note() {
    let server = Server::start();
    let mut client = server.client();
    let code = client.text(&["SHORTEN", URL, "NOTE", "ALIAS", "EX", "5"]);
    assert_eq!(
        text_of(&client.fields(&["LINK.INFO", &code])["note"]),
        "ALIAS"
    );
    assert_eq!(
        client.text(&["SHORTEN", URL, "NOTE", "ALIAS", "ALIAS", "x"]),
        "x"
    );
    client.refused("ERR", &["SHORTEN", URL, "ALIAS"]);
    client.refused("ERR", &["SHORTEN", URL, "NOTE", "ALIAS", "ALIAS"]);
    // Users with key patterns put NOTE last, where the server cannot take its value for the
    // keyword.
    let mut client = user(&server, "someone", &["~https://*"]);
    client.text(&["SHORTEN", URL, "EX", "5", "NOTE", "ALIAS"]);
}

/// Returns every link command in its keyed form, for this code and URL.
fn keyed(client: &mut Client, code: &str, url: &str) -> Vec<Vec<String>> {
    let commands: &[(&str, &str, &[&str])] = &[
        ("RESOLVE", code, &[]),
        ("VISIT", code, &["IP", "203.0.113.9"]),
        ("LINK.INFO", code, &[]),
        ("LINK.STATS", code, &["BY", "day"]),
        ("LINK.SET", code, &[URL, "XX"]),
        ("LINK.EXPIRE", code, &["1000"]),
        ("LINK.PERSIST", code, &[]),
        ("LINK.FIND", url, &[]),
        ("SHORTEN", url, &["STRATEGY", "HASH"]),
        ("LINK.DEL", code, &[]),
    ];
    commands
        .iter()
        .map(|(name, subject, rest)| {
            let shard = key(client, subject);
            let head = [*name, &shard, *subject].map(str::to_owned);
            let rest = rest.iter().map(|word| (*word).to_owned());
            head.into_iter().chain(rest).collect()
        })
        .collect()
}

#[test]
fn the_keyed_form_needs_the_rights_of_the_bare_form() {
    requires!(since(7, 0), "asking the server for rights");
    let server = Server::start();
    let mut admin = server.client();
    for code in ["secret", "promo-1"] {
        admin.text(&["SHORTEN", OTHER, "ALIAS", code]);
    }
    let before = admin.digest();
    let rules = ["~shorten:*", "~promo-*", "~https://example.com/*"];
    let mut client = user(&server, "someone", &rules);
    for command in keyed(&mut admin, "secret", OTHER) {
        client.refused("NOPERM", &command);
        let script = "return redis.call(unpack(ARGV))";
        let call = ["EVAL", script, "1", &command[1]].map(str::to_owned);
        client.error(&[&call[..], &command].concat());
    }
    assert_eq!(admin.digest(), before);
    for command in keyed(&mut admin, "promo-1", URL) {
        client.cmd(&command);
    }
    // Permission for the shard key is required too.
    let mut client = user(&server, "other", &["~promo-*"]);
    let shard = key(&mut admin, "promo-1");
    client.refused("NOPERM", &["RESOLVE", &shard, "promo-1"]);
    client.nil(&["RESOLVE", "promo-1"]);
}

#[test]
fn keyed_readers_need_read_permission_and_keyed_writers_write_permission() {
    requires!(since(7, 0), "permissions to read and to write");
    let server = Server::start();
    let mut admin = server.client();
    admin.text(&["SHORTEN", EXAMPLE, "ALIAS", "x"]);
    let shard = key(&mut admin, "x");
    let mut reader = user(&server, "reader", &["~shorten:*", "%R~x"]);
    assert_eq!(reader.text(&["RESOLVE", &shard, "x"]), EXAMPLE);
    for command in [
        &["VISIT", &shard, "x"][..],
        &["LINK.DEL", &shard, "x"],
        &["LINK.EXPIRE", &shard, "x", "9"],
    ] {
        reader.refused("NOPERM", command);
    }
    let mut writer = user(&server, "writer", &["~shorten:*", "%W~x"]);
    writer.refused("NOPERM", &["RESOLVE", &shard, "x"]);
    assert_eq!(writer.int(&["LINK.DEL", &shard, "x"]), 1);
}

#[test]
fn scripts_and_transactions_have_the_rights_of_their_user() {
    requires!(since(7, 0), "asking the server for rights");
    let server = Server::start();
    let mut admin = server.client();
    admin.text(&["SHORTEN", URL, "ALIAS", "secret"]);
    let shard = key(&mut admin, "secret");
    let mut client = user(&server, "someone", &["~shorten:*", "~https://*", "~ALIAS"]);
    let alias = "return redis.call('SHORTEN', KEYS[1], 'NOTE', 'ALIAS', 'ALIAS', 'admin')";
    let resolve = "return redis.call('RESOLVE', KEYS[1], 'secret')";
    for (script, name) in [(alias, URL), (resolve, &shard)] {
        let error = client.error(&["EVAL", script, "1", name]);
        assert!(error.contains("No permissions"), "{error}");
        client.ok(&["MULTI"]);
        client.text(&["EVAL", script, "1", name]);
        let replies = client.items(&["EXEC"]);
        assert!(matches!(replies[0], Value::ServerError(_)), "{replies:?}");
    }
    client.ok(&["MULTI"]);
    client.text(&["RESOLVE", &shard, "secret"]);
    let replies = client.items(&["EXEC"]);
    assert!(matches!(replies[0], Value::ServerError(_)), "{replies:?}");
    // The same scripts, run by a user with all keys.
    assert_eq!(admin.text(&["EVAL", resolve, "1", &shard]), URL);
    assert_eq!(admin.text(&["EVAL", alias, "1", URL]), "admin");
}

#[test]
fn a_refusal_is_in_the_servers_acl_log() {
    requires!(since(7, 0), "asking the server for rights");
    let server = Server::start();
    let shard = key(&mut server.client(), "secret");
    let mut client = user(&server, "someone", &["~shorten:*"]);
    client.refused("NOPERM", &["RESOLVE", &shard, "secret"]);
    let log = server.client().items(&["ACL", "LOG"]);
    let entry: Vec<String> = match &log[0] {
        Value::Array(fields) => fields.iter().map(text_of_any).collect(),
        Value::Map(fields) => fields
            .iter()
            .flat_map(|(name, value)| [text_of_any(name), text_of_any(value)])
            .collect(),
        other => panic!("{other:?}"),
    };
    for word in ["key", "secret", "someone"] {
        assert!(entry.iter().any(|field| field == word), "{entry:?}");
    }
}

/// Returns a field of the ACL log as text. Some fields are numbers.
fn text_of_any(value: &Value) -> String {
    match value {
        Value::BulkString(_) | Value::SimpleString(_) => text_of(value),
        other => format!("{other:?}"),
    }
}

#[test]
fn replicated_commands_skip_permission_checks() {
    requires!(since(7, 0), "asking the server for rights");
    let master = Server::start();
    let replica = Server::builder().replica_of(&master).start();
    let mut reader = replica.client();
    user(&replica, "reader", &["~*"]);
    reader.ok(&["ACL", "SETUSER", "default", "resetkeys"]);
    let mut admin = master.client();
    let shard = key(&mut admin, "x");
    admin.text(&["SHORTEN", URL, "ALIAS", "x"]);
    admin.ok(&["LINK.SET", &shard, "x", OTHER]);
    master.same_as(&replica);
    reader.refused("NOPERM", &["RESOLVE", "x"]);
    reader.ok(&["AUTH", "reader", "secret"]);
    assert_eq!(reader.text(&["RESOLVE", &shard, "x"]), OTHER);
}

#[test]
fn commands_from_an_aof_skip_permission_checks() {
    requires!(since(7, 0), "asking the server for rights");
    let mut server = Server::builder()
        .aof("always")
        .config("user", "default on nopass +@all")
        .start();
    let shard = key(&mut server.client(), "x");
    server.client().refused("NOPERM", &["SHORTEN", URL]);
    server.kill9();
    // Written as another module could write it.
    let files = fs::read_dir(server.data().join("appendonlydir")).unwrap();
    let log = files
        .map(|file| file.unwrap().path())
        .find(|path| path.to_string_lossy().ends_with(".incr.aof"))
        .unwrap();
    let mut log = fs::File::options().append(true).open(log).unwrap();
    for arguments in [&["SELECT", "0"][..], &["LINK.SET", &shard, "x", URL]] {
        let mut packed = redis::Cmd::new();
        packed.arg(arguments);
        log.write_all(&packed.get_packed_command()).unwrap();
    }
    drop(log);
    server.restart();
    let mut client = user(&server, "reader", &["~*"]);
    assert_eq!(client.text(&["RESOLVE", "x"]), URL);
}

#[test]
fn arguments_that_are_no_keys_need_no_key_permission() {
    let server = Server::start();
    let mut client = user(&server, "someone", &["~promo-*"]);
    client.text(&["LINK.KEY", "secret"]);
    client.int(&["CODEPOOL", "SIZE"]);
    client.int(&["LINK.COUNT"]);
    client.items(&["LINK.SCAN", "0"]);
    // Only the code is a key among LINK.SET's arguments.
    client.ok(&["LINK.SET", "promo-1", OTHER]);
}

//! The shapes of replies under RESP2 and RESP3.

use redis::Value;

use shorten_testkit::{EXAMPLE, Server, fields_of, requires};

#[test]
fn maps_under_resp3_are_flat_arrays_under_resp2() {
    requires!(since(7, 0), "maps in replies of modules");
    let server = Server::start();
    let (mut two, mut three) = (server.client(), server.client3());
    two.text(&["SHORTEN", EXAMPLE]);
    for command in [&["LINK.INFO", "g8"][..], &["CODEPOOL", "INFO"]] {
        let (flat, map) = (two.cmd(command), three.cmd(command));
        assert!(matches!(flat, Value::Array(_)), "{command:?}: {flat:?}");
        assert!(matches!(map, Value::Map(_)), "{command:?}: {map:?}");
        assert_eq!(fields_of(flat), fields_of(map), "{command:?}");
    }
}

#[test]
fn other_replies_have_the_same_shape_under_both_protocols() {
    let server = Server::start();
    let (mut two, mut three) = (server.client(), server.client3());
    two.text(&["SHORTEN", EXAMPLE]);
    for command in [
        &["SHORTEN", EXAMPLE][..],
        &["RESOLVE", "g8"],
        &["RESOLVE", "nothing"],
        &["VISIT", "g8"],
        &["LINK.FIND", EXAMPLE],
        &["LINK.SET", "g8", EXAMPLE],
        &["LINK.SET", "g8", EXAMPLE, "NX"],
        &["LINK.EXPIRE", "none", "10"],
        &["LINK.SCAN", "0"],
        &["LINK.COUNT"],
        &["LINK.KEY", "g8"],
        &["CODEPOOL", "SIZE"],
        &["CODEPOOL", "HELP"],
    ] {
        assert_eq!(two.cmd(command), three.cmd(command), "{command:?}");
    }
    assert!(matches!(two.cmd(&["RESOLVE", "g8"]), Value::BulkString(_)));
    assert!(matches!(
        two.cmd(&["SHORTEN", EXAMPLE, "NEW"]),
        Value::BulkString(_)
    ));
}

#[test]
fn a_wrong_number_of_arguments_gives_the_servers_standard_error() {
    let server = Server::start();
    let mut client = server.client();
    for command in [
        &["SHORTEN"][..],
        &["RESOLVE"],
        &["LINK.SET", "x"],
        &["LINK.COUNT", "x"],
        &["LINK.EXPIRE", "x"],
    ] {
        let error = client.refused("ERR", command).to_lowercase();
        let name = command[0].to_lowercase();
        assert!(
            error.contains("wrong number of arguments") && error.contains(&name),
            "{command:?}: {error}"
        );
    }
}

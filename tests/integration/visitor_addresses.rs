//! IP addresses in the formats that proxies use, and unparsable ones.

use redis::Value;

use shorten_testkit::{EXAMPLE, Server};

#[test]
fn addresses_are_parsed_in_the_formats_that_proxies_use() {
    let server = Server::builder()
        .module_args("visit-log-maxlen 100 visit-ip-mode full")
        .start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    let written = [
        "203.0.113.9",
        "203.0.113.9:51234",
        "203.0.113.9, 10.0.0.1",
        " 203.0.113.9 ,10.0.0.1, 10.0.0.2",
        "\"203.0.113.9:51234\"",
        "::ffff:203.0.113.9",
        "[::ffff:203.0.113.9]:443",
        "203.0.113.9%1",
        "for=203.0.113.9;proto=https, for=10.0.0.1",
        "For=\"203.0.113.9:51234\"",
    ];
    for ip in written {
        client.text(&["VISIT", "g8", "IP", ip]);
        let stats = client.fields(&["LINK.STATS", "g8"]);
        assert_eq!(stats["visitors"], Value::Int(1), "{ip}");
    }
    for ip in [
        "2001:db8::1",
        "[2001:DB8::1]",
        "[2001:db8::1]:443",
        "\"[2001:db8::1%eth0]:443\"",
        "2001:db8::1%eth0, 10.0.0.1",
        "for=\"[2001:db8::1]\"",
    ] {
        client.text(&["VISIT", "g8", "IP", ip]);
        let stats = client.fields(&["LINK.STATS", "g8"]);
        assert_eq!(stats["visitors"], Value::Int(2), "{ip}");
    }
    assert_eq!(client.stat("shorten_unreadable_addresses"), 0);
}

#[test]
fn an_unparsable_address_is_counted_in_info_and_the_visit_still_counts() {
    let server = Server::start();
    let replica = Server::builder().replica_of(&server).start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    let unreadable: &[&[u8]] = &[
        b"999.1.2.3",
        b"unknown",
        b"unknown, 203.0.113.9",
        b"",
        b"-",
        b"localhost",
        b"[2001:db8::1",
        b"10.8.4.7/24",
        b"for=_hidden",
        b"\xff\xfe",
        b"10.8.4.7\r\n",
    ];
    for ip in unreadable {
        client.text(&[b"VISIT".as_slice(), b"g8", b"IP", ip]);
    }
    client.text(&["VISIT", "g8"]);
    client.text(&["VISIT", "g8", "IP", "203.0.113.9"]);
    client.nil(&["VISIT", "unknown", "IP", "999.1.2.3"]);
    let counted = i64::try_from(unreadable.len()).unwrap();
    assert_eq!(client.stat("shorten_unreadable_addresses"), counted);
    let stats = client.fields(&["LINK.STATS", "g8"]);
    assert_eq!(
        (&stats["humans"], &stats["visitors"]),
        (&Value::Int(counted + 2), &Value::Int(1))
    );
    server.same_as(&replica);
    assert_eq!(
        replica.client().stat("shorten_unreadable_addresses"),
        0,
        "each process counts its own commands"
    );
}

#[test]
fn an_address_that_the_settings_discard_is_not_parsed() {
    let server = Server::builder().module_args("visit-ip-mode none").start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    client.text(&["VISIT", "g8", "IP", "999.1.2.3"]);
    assert_eq!(client.stat("shorten_unreadable_addresses"), 0);
}

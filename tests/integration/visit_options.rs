//! Invalid options of the caller are errors. Data that a visitor sends is never an error.

use redis::Value;

use shorten_testkit::{EXAMPLE, Server, now_ms};

/// Values that are no numbers or out of range.
const NO_NUMBERS: [&str; 13] = [
    "abc",
    "",
    "-1",
    "+1",
    "01",
    " 1",
    "1 ",
    "1.5",
    "1e3",
    "0x10",
    "nan",
    "9223372036854775808",
    "99999999999999999999",
];

#[test]
fn an_invalid_option_value_is_an_error_that_names_the_option() {
    let server = Server::builder()
        .module_args("visit-log-maxlen 100")
        .start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    client.text(&["VISIT", "g8"]);
    let (digest, visits) = (client.digest(), client.stat("shorten_visits"));
    let tomorrow = (now_ms() + 86_400_000).to_string();
    let micros = (now_ms() * 1000).to_string();
    let mut wrong: Vec<(Vec<&str>, &str, &str)> = Vec::new();
    for (command, option) in [
        (&["VISIT", "g8"][..], "AT"),
        (&["LINK.STATS", "g8", "BY", "day"], "FROM"),
        (&["LINK.STATS", "g8", "BY", "hour"], "TO"),
        (&["LINK.STATS", "g8", "BY", "os"], "TOP"),
        (&["LINK.SET", "g8", EXAMPLE], "CREATED"),
        (&["LINK.SET", "g8", EXAMPLE], "VISITS"),
        (&["LINK.SET", "g8", EXAMPLE], "MAXVISITS"),
    ] {
        wrong.extend(NO_NUMBERS.map(|value| (command.to_vec(), option, value)));
    }
    for (command, option, value) in [
        (&["VISIT", "g8"][..], "AT", "0"),
        (&["VISIT", "g8"], "AT", &tomorrow),
        (&["VISIT", "g8"], "AT", &micros),
        (&["VISIT", "g8"], "COUNTRY", "xyz"),
        (&["VISIT", "g8"], "COUNTRY", "Germany"),
        (&["VISIT", "g8"], "COUNTRY", "D"),
        (&["VISIT", "g8"], "COUNTRY", ""),
        (&["VISIT", "g8"], "COUNTRY", "D1"),
        (&["LINK.STATS", "g8"], "BY", "moon"),
        (&["LINK.STATS", "g8", "BY", "day"], "TOP", "0"),
        (&["LINK.SET", "g8", EXAMPLE], "VISITS", "281474976710656"),
    ] {
        wrong.push((command.to_vec(), option, value));
    }
    for (command, option, value) in &wrong {
        let command = [&command[..], &[option, value]].concat();
        let error = client.refused("ERR", &command);
        assert!(
            error.contains(option) && error.contains(&format!("'{value}'")),
            "{command:?}: {error}"
        );
    }
    assert_eq!(client.digest(), digest);
    assert_eq!(client.stat("shorten_visits"), visits);
    assert_eq!(client.int(&["XLEN", "shorten:visits"]), 1);
    // It is an error whether the link exists or not.
    client.refused("ERR", &["VISIT", "unknown", "AT", "0"]);
    client.refused("ERR", &["VISIT", "unknown", "COUNTRY", "xyz"]);
}

#[test]
fn at_accepts_times_up_to_five_minutes_ahead() {
    let server = Server::start();
    let replica = Server::builder().replica_of(&server).start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    let last = |client: &mut shorten_testkit::Client| {
        client.fields(&["LINK.STATS", "g8"]).remove("last-visit")
    };
    let soon = now_ms() + 240_000;
    for at in [1, soon - 1, soon] {
        assert_eq!(
            client.text(&["VISIT", "g8", "AT", &at.to_string()]),
            EXAMPLE
        );
        assert_eq!(last(&mut client), Some(Value::Int(at)));
    }
    let error = client.refused(
        "ERR",
        &["VISIT", "g8", "AT", &(now_ms() + 400_000).to_string()],
    );
    assert!(error.contains("300 s ahead"), "{error}");
    server.same_as(&replica);
}

//! What the server tells of the commands: COMMAND INFO, GETKEYS and DOCS, by which clients route and redis-cli hints.

use redis::Value;

use shorten_testkit::{Client, EXAMPLE, Fields, Server, fields_of, requires, text_of, version};

/// Name, arity, a flag it must have, the position of its key (0: none).
const COMMANDS: [(&str, i64, &str, i64); 16] = [
    ("shorten", -2, "denyoom", 1),
    ("resolve", -2, "readonly", 1),
    ("visit", -2, "write", 1),
    ("codepool", -2, "", 0),
    ("link.find", -2, "readonly", 1),
    ("link.info", -2, "readonly", 1),
    ("link.stats", -2, "readonly", 1),
    ("link.set", -3, "denyoom", 1),
    ("link.del", -2, "write", 1),
    ("link.expire", -3, "write", 1),
    ("link.persist", -2, "write", 1),
    ("link.scan", -2, "readonly", 0),
    ("link.count", 1, "readonly", 0),
    ("link.key", 2, "readonly", 0),
    ("link.apply", 3, "write", 1),
    ("link.load", 3, "write", 1),
];

/// One element of COMMAND INFO.
fn about(client: &mut Client, name: &str) -> Vec<Value> {
    match client.items(&["COMMAND", "INFO", name]).pop() {
        Some(Value::Array(fields)) => fields,
        other => panic!("{name}: {other:?}"),
    }
}

fn words(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) | Value::Set(items) => items.iter().map(text_of).collect(),
        other => panic!("not a list: {other:?}"),
    }
}

#[test]
fn command_info_tells_arity_flags_and_the_place_of_the_key() {
    let server = Server::start();
    let mut client = server.client();
    for (name, arity, flag, key) in COMMANDS {
        let about = about(&mut client, name);
        assert_eq!(text_of(&about[0]), name);
        // 6.2 knows no arity of modules' commands: they check it themselves.
        let arity = if version().since(7, 0) { arity } else { -1 };
        assert_eq!(about[1], Value::Int(arity), "{name}");
        let flags = words(&about[2]);
        assert!(
            flag.is_empty() || flags.iter().any(|known| known == flag),
            "{name} has {flags:?}"
        );
        let places = (&about[3], &about[4], &about[5]);
        assert_eq!(
            places,
            (&Value::Int(key), &Value::Int(key), &Value::Int(key)),
            "{name}"
        );
    }
}

#[test]
fn only_what_adds_links_is_denied_at_maxmemory() {
    let server = Server::start();
    let mut client = server.client();
    for (name, _, _, _) in COMMANDS {
        let denied = words(&about(&mut client, name)[2]).contains(&"denyoom".to_owned());
        let adds = ["shorten", "link.set"].contains(&name);
        // CODEPOOL FILL is judged by the subcommand where the server knows subcommands, else by the call itself.
        assert!(denied == adds || name == "codepool", "{name}");
    }
}

#[test]
fn writers_and_readers_are_never_mistaken_for_each_other() {
    let server = Server::start();
    let mut client = server.client();
    for (name, _, _, _) in COMMANDS {
        let flags = words(&about(&mut client, name)[2]);
        let reads = flags.contains(&"readonly".to_owned());
        let writes = flags.contains(&"write".to_owned());
        assert!(!(reads && writes), "{name}: {flags:?}");
    }
}

#[test]
fn getkeys_finds_the_code_or_the_url() {
    let server = Server::start();
    let mut client = server.client();
    for command in [
        &["SHORTEN", EXAMPLE, "EX", "10"][..],
        &["RESOLVE", "g8"],
        &["VISIT", "g8"],
        &["LINK.FIND", EXAMPLE],
        &["LINK.INFO", "g8"],
        &["LINK.SET", "g8", EXAMPLE, "NX"],
        &["LINK.DEL", "g8"],
        &["LINK.EXPIRE", "g8", "10"],
        &["LINK.PERSIST", "g8"],
    ] {
        let keys = client.texts(&[&["COMMAND", "GETKEYS"], command].concat());
        assert_eq!(keys, command[1..2], "{command:?}");
    }
}

#[test]
fn codepool_has_subcommands() {
    requires!(since(7, 0), "subcommands of modules");
    let server = Server::start();
    let mut client = server.client();
    let Value::Array(subcommands) = &about(&mut client, "codepool")[9] else {
        panic!("no subcommands")
    };
    let mut names: Vec<_> = subcommands
        .iter()
        .map(|subcommand| match subcommand {
            Value::Array(fields) => text_of(&fields[0]),
            other => panic!("{other:?}"),
        })
        .collect();
    names.sort();
    let expected = [
        "clear", "fill", "help", "info", "release", "reserved", "size", "take",
    ]
    .map(|name| format!("codepool|{name}"));
    assert_eq!(names, expected);
    let fill = words(&about(&mut client, "codepool|fill")[2]);
    assert!(
        fill.contains(&"write".to_owned()) && fill.contains(&"denyoom".to_owned()),
        "{fill:?}"
    );
}

/// The documentation of one command, by the field's name.
fn docs(client: &mut Client, name: &str) -> Fields {
    let mut docs = client.fields(&["COMMAND", "DOCS", name]);
    fields_of(
        docs.remove(name)
            .unwrap_or_else(|| panic!("no docs of {name}: {docs:?}")),
    )
}

/// The names and tokens of arguments, all levels of them.
fn arguments(value: &Value, found: &mut Vec<String>) {
    let Value::Array(list) = value else {
        panic!("not a list: {value:?}")
    };
    for argument in list {
        let fields = fields_of(argument.clone());
        found.push(text_of(&fields["name"]).to_lowercase());
        found.extend(fields.get("token").map(text_of));
        if let Some(inner) = fields.get("arguments") {
            arguments(inner, found);
        }
    }
}

/// The module's version, in its three parts.
fn of_the_module() -> Vec<u32> {
    let parts = env!("CARGO_PKG_VERSION").split('.');
    parts.map(|part| part.parse().unwrap()).collect()
}

#[test]
fn command_docs_tell_summary_since_complexity_and_arguments() {
    requires!(since(7, 0), "COMMAND DOCS");
    let server = Server::start();
    let mut client = server.client();
    for (name, _, _, _) in COMMANDS {
        let docs = docs(&mut client, name);
        assert!(text_of(&docs["summary"]).len() >= 15, "{name}: {docs:?}");
        let since = text_of(&docs["since"]);
        let parts: Vec<u32> = since.split('.').map(|part| part.parse().unwrap()).collect();
        assert!(
            parts.len() == 3 && parts <= of_the_module(),
            "{name}: {docs:?}"
        );
        if name != "codepool" {
            assert!(
                text_of(&docs["complexity"]).starts_with("O("),
                "{name}: {docs:?}"
            );
        }
        if !["codepool", "link.count"].contains(&name) {
            let mut found = Vec::new();
            arguments(&docs["arguments"], &mut found);
            assert!(!found.is_empty(), "{name}");
        }
    }
    for name in ["link.apply", "link.load"] {
        let summary = text_of(&docs(&mut client, name)["summary"]).to_lowercase();
        assert!(summary.contains("internal"), "{name}: {summary}");
    }
}

#[test]
fn redis_cli_hints_name_every_option() {
    requires!(since(7, 0), "COMMAND DOCS");
    let server = Server::start();
    let mut client = server.client();
    for (name, tokens) in [
        (
            "shorten",
            &[
                "ALIAS",
                "STRATEGY",
                "COUNTER",
                "HASH",
                "POOL",
                "NEW",
                "EX",
                "PX",
                "EXAT",
                "PXAT",
                "MAXVISITS",
                "NOTE",
                "STATUS",
            ][..],
        ),
        ("visit", &["IP", "UA", "REFERER", "COUNTRY", "AT", "STATUS"]),
        (
            "link.set",
            &[
                "NX",
                "XX",
                "EX",
                "PX",
                "EXAT",
                "PXAT",
                "PERSIST",
                "KEEPTTL",
                "MAXVISITS",
                "NOTE",
                "CREATED",
                "VISITS",
            ],
        ),
        ("link.scan", &["MATCH", "COUNT"]),
    ] {
        let mut found = Vec::new();
        arguments(&docs(&mut client, name)["arguments"], &mut found);
        for token in tokens {
            assert!(
                found.iter().any(|known| known == token),
                "{name} lacks {token}: {found:?}"
            );
        }
    }
}

//! Commands and replies as redis-cli reads and prints them.

use redis::Value;

/// Splits a command line by the rules of redis-cli: words, "quoted with \x41 escapes" and
/// 'verbatim'.
#[track_caller]
pub(super) fn words(line: &str) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    let mut bytes = line.trim().bytes().peekable();
    while bytes.peek().is_some() {
        let mut word = Vec::new();
        match bytes.peek() {
            Some(b'"') => {
                bytes.next();
                loop {
                    match bytes.next() {
                        Some(b'"') => break,
                        Some(b'\\') => word.push(escaped(&mut bytes, line)),
                        Some(byte) => word.push(byte),
                        None => panic!("a quote is not closed: {line}"),
                    }
                }
            }
            Some(b'\'') => {
                bytes.next();
                word.extend(bytes.by_ref().take_while(|&byte| byte != b'\''));
            }
            _ => {
                while let Some(byte) = bytes.next_if(|&byte| byte != b' ') {
                    word.push(byte);
                }
            }
        }
        words.push(word);
        while bytes.next_if_eq(&b' ').is_some() {}
    }
    words
}

#[track_caller]
fn escaped(bytes: &mut impl Iterator<Item = u8>, line: &str) -> u8 {
    match bytes.next() {
        Some(b'n') => b'\n',
        Some(b'r') => b'\r',
        Some(b't') => b'\t',
        Some(b'x') => {
            let digits: String = bytes.take(2).map(char::from).collect();
            u8::from_str_radix(&digits, 16).unwrap_or_else(|_| panic!("no escape: {line}"))
        }
        Some(byte) => byte,
        None => panic!("nothing follows a backslash: {line}"),
    }
}

/// A reply as `redis-cli` prints it on a terminal.
pub(super) fn shown(reply: &Result<Value, String>) -> String {
    match reply {
        Ok(value) => format(value, ""),
        Err(error) => format!("(error) {error}"),
    }
}

fn format(value: &Value, prefix: &str) -> String {
    match value {
        Value::Nil => "(nil)".into(),
        Value::Int(number) => format!("(integer) {number}"),
        Value::Okay => "OK".into(),
        Value::SimpleString(text) => text.clone(),
        Value::BulkString(bytes) => quoted(bytes),
        Value::Array(items) if items.is_empty() => "(empty array)".into(),
        Value::Set(items) if items.is_empty() => "(empty set)".into(),
        Value::Map(pairs) if pairs.is_empty() => "(empty hash)".into(),
        Value::Array(items) => list(items, ')', prefix),
        Value::Set(items) => list(items, '~', prefix),
        Value::Map(pairs) => map(pairs, prefix),
        Value::ServerError(error) => format!("(error) {error}"),
        other => panic!("redis-cli's form of {other:?} is not known here"),
    }
}

fn list(items: &[Value], mark: char, prefix: &str) -> String {
    let width = items.len().to_string().len();
    let inner = format!("{prefix}{}", " ".repeat(width + 2));
    let lines = items
        .iter()
        .enumerate()
        .map(|(index, item)| format!("{:>width$}{mark} {}", index + 1, format(item, &inner)));
    lines.collect::<Vec<_>>().join(&format!("\n{prefix}"))
}

fn map(pairs: &[(Value, Value)], prefix: &str) -> String {
    let width = pairs.len().to_string().len();
    let inner = format!("{prefix}{}", " ".repeat(width + 2));
    let lines = pairs.iter().enumerate().map(|(index, (name, value))| {
        let gap = if takes_lines(value) {
            format!("\n{inner}")
        } else {
            String::new()
        };
        let (name, value) = (format(name, &inner), format(value, &inner));
        format!("{:>width$}# {name} => {gap}{value}", index + 1)
    });
    lines.collect::<Vec<_>>().join(&format!("\n{prefix}"))
}

/// Whether a reply takes more than one line.
fn takes_lines(value: &Value) -> bool {
    match value {
        Value::Array(items) | Value::Set(items) => {
            items.len() > 1 || items.first().is_some_and(takes_lines)
        }
        Value::Map(pairs) => {
            pairs.len() > 1 || pairs.first().is_some_and(|(_, it)| takes_lines(it))
        }
        _ => false,
    }
}

fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => text.extend(['\\', char::from(byte)]),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            b' '..=b'~' => text.push(char::from(byte)),
            other => text.push_str(&format!("\\x{other:02x}")),
        }
    }
    text.push('"');
    text
}

#[test]
fn replies_look_as_in_redis_cli() {
    let text = |text: &str| Value::BulkString(text.into());
    let reply = Value::Map(vec![
        (text("a\"\n"), Value::Int(1)),
        (
            text("b"),
            Value::Map(vec![(text("c"), Value::Nil), (text("e"), Value::Okay)]),
        ),
        (text("f"), Value::Map(vec![(text("g"), Value::Nil)])),
        (text("d"), Value::Array(Vec::new())),
    ]);
    let lines = [
        r#"1# "a\"\n" => (integer) 1"#,
        r#"2# "b" => "#,
        r#"   1# "c" => (nil)"#,
        r#"   2# "e" => OK"#,
        r#"3# "f" => 1# "g" => (nil)"#,
        r#"4# "d" => (empty array)"#,
    ];
    assert_eq!(shown(&Ok(reply)), lines.join("\n"));
    let reply = Value::Array(vec![text("0"), Value::Array(vec![text("x"), Value::Okay])]);
    let lines = ["1) \"0\"", "2) 1) \"x\"", "   2) OK"];
    assert_eq!(shown(&Ok(reply)), lines.join("\n"));
    assert_eq!(
        words(r#"a "b \x41\"" 'c d' e"#),
        [&b"a"[..], b"b A\"", b"c d", b"e"]
    );
}

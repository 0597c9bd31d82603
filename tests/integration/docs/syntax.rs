//! A command's syntax line from the arguments in COMMAND DOCS, as redis.io prints it.

use redis::Value;

use shorten_testkit::{Fields, fields_of, text_of};

/// Width of the syntax block, in columns.
const WIDTH: usize = 80;

/// The syntax of a command, broken into lines.
pub(super) fn syntax(name: &str, docs: &Fields) -> String {
    let mut line = name.to_uppercase().replace('|', " ");
    let mut text = String::new();
    for argument in arguments(docs) {
        let part = one(&argument);
        if line.len() + 1 + part.len() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = format!("  {part}");
        } else {
            line.push(' ');
            line.push_str(&part);
        }
    }
    text + &line
}

/// The arguments of a command or of an argument, in order.
pub(super) fn arguments(docs: &Fields) -> Vec<Fields> {
    match docs.get("arguments") {
        None => Vec::new(),
        Some(Value::Array(list)) => list.iter().cloned().map(fields_of).collect(),
        Some(other) => panic!("not a list: {other:?}"),
    }
}

/// Returns every keyword at any depth.
pub(super) fn tokens(docs: &Fields) -> Vec<String> {
    let mut tokens = Vec::new();
    for argument in arguments(docs) {
        tokens.extend(argument.get("token").map(text_of));
        tokens.extend(self::tokens(&argument));
    }
    tokens
}

fn one(argument: &Fields) -> String {
    let has = |flag: &str| match argument.get("flags") {
        Some(Value::Array(flags) | Value::Set(flags)) => {
            flags.iter().any(|known| text_of(known) == flag)
        }
        _ => false,
    };
    let parts = || arguments(argument).iter().map(one).collect::<Vec<_>>();
    let token = argument.get("token").map(text_of);
    let kind = text_of(&argument["type"]);
    let value = match kind.as_str() {
        "oneof" if token.is_none() && has("optional") => parts().join(" | "),
        "oneof" => format!("<{}>", parts().join(" | ")),
        "block" => parts().join(" "),
        "pure-token" => token.clone().expect("a keyword"),
        _ => text_of(&argument["name"]),
    };
    let mut text = match token {
        Some(token) if kind != "pure-token" => format!("{token} {value}"),
        _ => value,
    };
    if has("multiple") {
        text = format!("{text} [{text} ...]");
    }
    if has("optional") {
        text = format!("[{text}]");
    }
    text
}

//! Replies as the tests compare them.

use std::collections::BTreeMap;

use redis::Value;

/// The fields of a map, by name.
pub type Fields = BTreeMap<String, Value>;

/// The text of a string reply of any kind, or the digits of an integer.
#[track_caller]
#[must_use]
pub fn text_of(value: &Value) -> String {
    match value {
        Value::BulkString(bytes) => String::from_utf8(bytes.clone()).expect("valid UTF-8"),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => text.clone(),
        Value::Okay => "OK".into(),
        Value::Int(number) => number.to_string(),
        other => panic!("not a string: {other:?}"),
    }
}

/// The items of an array or a set. Panics if the reply is something else.
#[track_caller]
#[must_use]
pub fn items_of(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) | Value::Set(items) => items,
        other => panic!("not an array: {other:?}"),
    }
}

/// The fields of a map, or of the flat array that stands for it under RESP2.
#[track_caller]
#[must_use]
pub fn fields_of(value: Value) -> Fields {
    match value {
        Value::Map(pairs) => pairs
            .into_iter()
            .map(|(name, value)| (text_of(&name), value))
            .collect(),
        Value::Array(items) => {
            assert!(
                items.len().is_multiple_of(2),
                "a flat map has an even length: {items:?}"
            );
            items
                .chunks(2)
                .map(|pair| (text_of(&pair[0]), pair[1].clone()))
                .collect()
        }
        other => panic!("not a map: {other:?}"),
    }
}

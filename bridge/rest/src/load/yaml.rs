//! YAML 1.2 (core schema) as the tree that JSON would be: keys are texts, anchors are copied, `<<` is merged.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Number, Value};

/// Levels of maps and lists, in block and in braces each.
const DEEPEST: usize = 64;

/// Values that aliases stand for, counted for each use: an alias can double what it names, again and again.
const MOST_COPIES: usize = 500_000;

enum Open {
    List(Vec<Value>, usize),
    Map(Map<String, Value>, Option<String>, usize),
}

/// Reads one document.
///
/// # Errors
/// What is wrong with it, with its line.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
    };
    let mut open: Vec<Open> = Vec::new();
    let mut anchors: HashMap<usize, (Value, usize)> = HashMap::new();
    let mut root: Option<Value> = None;
    let mut copies = 0_usize;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, _) = event.map_err(|error| error.to_string())?;
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, _) => {
                let value = match style {
                    ScalarStyle::Plain if !takes_key(&open) => plain(&text),
                    _ => Value::String(text.into_owned()),
                };
                (value, anchor)
            }
            Event::SequenceStart(_, anchor, _) => {
                open.push(Open::List(Vec::new(), anchor));
                continue;
            }
            Event::MappingStart(_, anchor, _) => {
                open.push(Open::Map(Map::new(), None, anchor));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(items, anchor)) => (Value::Array(items), anchor),
                Some(Open::Map(members, _, anchor)) => (Value::Object(members), anchor),
                None => continue,
            },
            Event::Alias(id) => {
                let (value, size) = anchors
                    .get(&id)
                    .ok_or_else(|| "an alias within what it names".to_owned())?;
                copies = copies.saturating_add(*size);
                if copies > MOST_COPIES {
                    return Err(format!(
                        "its aliases stand for more than {MOST_COPIES} values"
                    ));
                }
                (value.clone(), 0)
            }
            // The rest frames documents; a second one is not looked at.
            Event::DocumentEnd if root.is_some() => break,
            _ => continue,
        };
        if anchor != 0 {
            let size = size(&value);
            anchors.insert(anchor, (value.clone(), size));
        }
        match open.last_mut() {
            None => root = Some(value),
            Some(Open::List(items, _)) => items.push(value),
            Some(Open::Map(members, key, _)) => match key.take() {
                None => *key = Some(key_text(value)),
                Some(key) if key == "<<" => merge(members, value),
                Some(key) => {
                    members.insert(key, value);
                }
            },
        }
    }
    root.ok_or_else(|| "it is empty".to_owned())
}

fn takes_key(open: &[Open]) -> bool {
    matches!(open.last(), Some(Open::Map(_, None, _)))
}

fn key_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// `<<: *other`: members that are not there yet.
fn merge(members: &mut Map<String, Value>, value: Value) {
    match value {
        Value::Object(others) => {
            for (key, value) in others {
                members.entry(key).or_insert(value);
            }
        }
        Value::Array(items) => items.into_iter().for_each(|item| merge(members, item)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Values within a value, itself among them. Its depth is bounded by the parser.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(members) => members.values().map(size).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0_usize,
    }
}

/// A plain scalar by the core schema (YAML 1.2.2 §10.3.2).
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return Value::String(text.to_owned());
    }
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    if let Ok(whole) = unsigned.parse::<i64>() {
        return whole.into();
    }
    if let Ok(whole) = unsigned.parse::<u64>() {
        return whole.into();
    }
    let radix = |prefix: &str, radix: u32| {
        let digits = digits.strip_prefix(prefix)?;
        u64::from_str_radix(digits, radix).ok()
    };
    if let Some(whole) = radix("0x", 16).or_else(|| radix("0o", 8)) {
        return whole.into();
    }
    let numeric = digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'-' | b'+'));
    let double = numeric.then(|| unsigned.parse::<f64>().ok()).flatten();
    match double.and_then(Number::from_f64) {
        Some(number) => Value::Number(number),
        None => Value::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn yaml_is_the_json_it_would_be() {
        let text = "a: &x {on: yes, 200: ok, n: 012}\nb:\n  <<: *x\n  n: 1.5\nc: [*x, ~, 'true', 2026-11-20, 0x1f, -3, 1e3, .5]\nd: |\n  t\n";
        let x = json!({"on": "yes", "200": "ok", "n": 12});
        assert_eq!(
            parse(text),
            Ok(json!({
                "a": x, "b": {"on": "yes", "200": "ok", "n": 1.5},
                "c": [x, null, "true", "2026-11-20", 31, -3, 1000.0, 0.5], "d": "t\n",
            }))
        );
    }

    #[test]
    fn doubling_aliases_are_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned();
        for at in 1..12 {
            let before = at - 1;
            let uses = vec![format!("*a{before}"); 8].join(", ");
            text.push_str(&format!("a{at}: &a{at} [{uses}]\n"));
        }
        assert!(parse(&text).is_err());
    }
}

//! JSON for people: what fits stands in one line, so that a row of a table is a line.

use serde_json::Value;

use crate::printable;

/// Writes `value` in lines of at most `width` columns where its parts allow it, without a line break at the end.
///
/// ```text
/// {
///   "$class": "flex.messaging.io.ArrayCollection",
///   "source": [
///     {"$class": "samples.Product", "id": 1, "name": "Ball"},
///     {"$class": "samples.Product", "id": 2, "name": "Rope"}
///   ]
/// }
/// ```
pub(crate) fn layout(value: &Value, width: usize) -> String {
    let mut out = String::new();
    write(&mut out, value, 0, 0, width);
    out
}

/// The width that output has by default: a typed row of half a dozen members fits.
pub(crate) const WIDTH: usize = 180;

/// `before` columns stand in the line already, `depth` is the indentation of the line.
fn write(out: &mut String, value: &Value, before: usize, depth: usize, width: usize) {
    if let Some(line) = in_one_line(value, width.saturating_sub(before + depth * INDENT)) {
        out.push_str(&line);
        return;
    }
    match value {
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                begin_line(out, index, depth + 1);
                write(out, item, 1, depth + 1, width);
            }
            end_line(out, depth);
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                begin_line(out, index, depth + 1);
                let name = printable::json(Value::String(name.clone()).to_string());
                out.push_str(&name);
                out.push_str(": ");
                write(out, member, name.len() + 3, depth + 1, width);
            }
            end_line(out, depth);
            out.push('}');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.push_str(&printable::json(value.to_string()));
        }
    }
}

const INDENT: usize = 2;

fn begin_line(out: &mut String, index: usize, depth: usize) {
    if index > 0 {
        out.push(',');
    }
    end_line(out, depth);
}

fn end_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', depth * INDENT));
}

/// The value in one line of at most `width` bytes; gives up as soon as it is longer, so that a large value is not
/// written once for each of its levels.
fn in_one_line(value: &Value, width: usize) -> Option<String> {
    let mut line = String::new();
    append(&mut line, value, width).then_some(line)
}

fn append(line: &mut String, value: &Value, width: usize) -> bool {
    match value {
        Value::Array(items) => {
            line.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(line, index);
                if !append(line, item, width) {
                    return false;
                }
            }
            line.push(']');
        }
        Value::Object(members) => {
            line.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                separate(line, index);
                line.push_str(&printable::json(Value::String(name.clone()).to_string()));
                line.push_str(": ");
                if !append(line, member, width) {
                    return false;
                }
            }
            line.push('}');
        }
        // A long text is not copied to find out that it does not fit.
        Value::String(text) if text.len() > width => return false,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            line.push_str(&printable::json(value.to_string()));
        }
    }
    line.len() <= width
}

fn separate(line: &mut String, index: usize) {
    if index > 0 {
        line.push_str(", ");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::layout;

    #[test]
    fn what_fits_stands_in_one_line() {
        assert_eq!(
            layout(&json!({"id": 1, "tags": ["a", "b"]}), 80),
            r#"{"id": 1, "tags": ["a", "b"]}"#
        );
    }

    #[test]
    fn what_does_not_fit_has_a_line_for_each_part() {
        let rows = json!({"rows": [{"id": 1, "name": "Ball"}, {"id": 2, "name": "Rope"}]});
        let expected = "{\n  \"rows\": [\n    {\"id\": 1, \"name\": \"Ball\"},\n    {\"id\": 2, \"name\": \"Rope\"}\n  ]\n}";
        assert_eq!(layout(&rows, 40), expected);
    }

    #[test]
    fn texts_and_names_are_escaped() {
        assert_eq!(layout(&json!({"a\"b": "c\n"}), 80), r#"{"a\"b": "c\n"}"#);
        for width in [0, 80] {
            let text = layout(&json!({"a\u{9b}": ["c\u{202e}"]}), width);
            assert!(!text.contains(['\u{9b}', '\u{202e}']), "{text}");
        }
    }

    #[test]
    fn laid_out_text_reads_back_as_the_same_value() {
        let value =
            json!({"a": [1, -0.0, 1.5, null, true, {"b": []}, {}], "long": "x".repeat(200)});
        for width in [0, 10, 40, 400] {
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(&layout(&value, width)).unwrap(),
                value
            );
        }
    }
}

//! The usual slips of YAML, found before its parser gives up with a sentence that helps nobody.
//!
//! Works on lines and knows block scalars by their indentation. What it does not recognise it leaves to the parser.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Place, Severity};

/// Looks for slips in one file's text.
pub(super) fn scan(file: &Arc<str>, source: &str) -> Vec<Diagnostic> {
    let mut scan = Scan {
        file,
        found: Vec::new(),
    };
    // Indentation of the key whose block scalar we are in.
    let mut block: Option<usize> = None;
    let mut start = 0;
    for raw in source.split_inclusive('\n') {
        let line = raw.trim_end_matches(['\n', '\r']);
        let indent = line.len() - line.trim_start_matches(' ').len();
        let content = &line[indent..];
        if let Some(outer) = block {
            if content.is_empty() || indent > outer {
                start += raw.len();
                continue;
            }
            block = None;
        }
        if !content.is_empty() && !content.starts_with('#') {
            if opens_block(content) {
                // `- sql: |`: the key stands further right than the dash.
                let dashes = content.len() - content.trim_start_matches(['-', ' ']).len();
                block = Some(indent + dashes);
                if !content.starts_with('-') {
                    block = Some(indent);
                }
            }
            scan.line(content, start + indent);
        }
        start += raw.len();
    }
    scan.found
}

struct Scan<'a> {
    file: &'a Arc<str>,
    found: Vec<Diagnostic>,
}

impl Scan<'_> {
    /// One line outside of block scalars; `at` is its first byte.
    fn line(&mut self, content: &str, at: usize) {
        let dashes = content.len() - content.trim_start_matches("- ").len();
        let entry = &content[dashes..];
        let at = at + dashes;
        if let Some(rest) = entry.strip_prefix("*:") {
            self.star(at, rest);
        }
        let value_at = match key_end(entry) {
            Some(end) => end + (entry[end..].len() - entry[end..].trim_start().len()),
            None => 0,
        };
        let value = &entry[value_at..];
        if !value.starts_with('{') {
            return;
        }
        let Some(end) = closing(value) else {
            // It goes on in the next line.
            self.braces(&strip_comment(value)[1..], at + value_at + 1, 0);
            return;
        };
        if text_goes_on(&value[end + 1..]) {
            let text = strip_comment(value);
            self.brace_text(at + value_at..at + value_at + text.len(), text);
            return;
        }
        self.braces(&value[1..end], at + value_at + 1, 0);
    }

    /// The inside of one pair of braces.
    fn braces(&mut self, inside: &str, at: usize, depth: usize) {
        // The parser refuses what is much deeper.
        if depth > 64 {
            return;
        }
        for (offset, entry) in split(inside) {
            let entry_at = at + offset;
            if let Some(rest) = entry.strip_prefix("*:") {
                self.star(entry_at, rest);
                continue;
            }
            let Some(colon) = key_end(entry) else {
                continue;
            };
            let value = entry[colon..].trim_start();
            let value_at = entry_at + entry.len() - value.len();
            let value = value.trim_end();
            if let Some(inside) = value.strip_prefix('{') {
                match closing(value) {
                    Some(end) if text_goes_on(&value[end + 1..]) => {
                        let span = value_at..value_at + value.len();
                        self.brace_text(span, value);
                    }
                    Some(end) => self.braces(&value[1..end], value_at + 1, depth + 1),
                    None => self.braces(inside, value_at + 1, depth + 1),
                }
                continue;
            }
            let span = value_at..value_at + value.len();
            let key = entry[..colon].trim_end_matches([':', ' ']);
            if value.starts_with("${") {
                self.report(
                    110,
                    span,
                    "in braces `${…}` needs quotes".into(),
                    format!("write `{key}: \"{value}\"`"),
                );
            } else if value.starts_with('=') {
                if value.matches('(').count() > value.matches(')').count() {
                    self.report(
                        109,
                        span,
                        format!(
                            "in braces a comma ends the value; put `{key}:` on a line of its own"
                        ),
                        String::new(),
                    );
                } else if value.contains('?') {
                    self.report(
                        103,
                        span,
                        "in braces an expression with `?` needs quotes".into(),
                        format!("write `{key}: \"{value}\"`, or put `{key}:` on a line of its own"),
                    );
                }
            } else if is_type(value) {
                self.report(
                    103,
                    span,
                    format!(
                        "in braces a type with `[]` or `?` needs quotes: `{{{key}: \"{value}\"}}`"
                    ),
                    "or write it on a line of its own".into(),
                );
            }
        }
    }

    fn brace_text(&mut self, span: std::ops::Range<usize>, text: &str) {
        self.report(
            108,
            span,
            "a text that begins with `{` needs quotes".into(),
            format!("write \"{text}\""),
        );
    }

    fn star(&mut self, at: usize, rest: &str) {
        self.report(
            110,
            at..at + 1,
            "`*` needs quotes as a key".into(),
            format!("write `\"*\":{}`", strip_comment(rest)),
        );
    }

    fn report(&mut self, code: u16, span: std::ops::Range<usize>, message: String, help: String) {
        self.found.push(Diagnostic {
            code: Code(code),
            severity: Severity::Error,
            message,
            place: Place {
                file: Arc::clone(self.file),
                span,
            },
            help,
        });
    }
}

/// Whether a line ends by opening a block scalar.
fn opens_block(content: &str) -> bool {
    let content = strip_comment(content);
    let Some(last) = content.split([' ', '\t']).next_back() else {
        return false;
    };
    let before = content[..content.len() - last.len()].trim_end();
    last.starts_with(['|', '>'])
        && last.len() <= 3
        && last[1..]
            .chars()
            .all(|character| matches!(character, '+' | '-' | '1'..='9'))
        && (before.ends_with(':') || before.ends_with('-') || before.is_empty())
}

/// Where the value behind `key:` begins to be looked for: the byte after the colon of a plain or quoted key.
pub(super) fn key_end(entry: &str) -> Option<usize> {
    if entry.starts_with(['"', '\'']) {
        let quote = entry.chars().next()?;
        let close = entry[1..].find(quote)? + 2;
        return entry[close..].starts_with(':').then_some(close + 1);
    }
    if entry.starts_with(['{', '[']) {
        return None;
    }
    entry
        .match_indices(':')
        .map(|(at, _)| at + 1)
        .find(|end| entry[*end..].is_empty() || entry[*end..].starts_with(' '))
}

/// The byte of the brace that closes the one at the beginning; `None` on lines that it does not close.
fn closing(value: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (at, character) in value.char_indices() {
        if let Some(open) = quote {
            if escaped {
                escaped = false;
            } else if character == '\\' && open == '"' {
                escaped = true;
            } else if character == open {
                quote = None;
            }
            continue;
        }
        match character {
            '"' | '\'' if opens_quote(&value[..at]) => quote = Some(character),
            '{' => depth += 1,
            '}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether a text stands behind a closing brace, which no map has there.
fn text_goes_on(behind: &str) -> bool {
    let behind = behind.trim();
    !behind.is_empty() && !behind.starts_with(['#', ',', ']', '}'])
}

/// A quote opens a scalar only where one begins.
fn opens_quote(before: &str) -> bool {
    before
        .trim_end()
        .chars()
        .next_back()
        .is_none_or(|character| matches!(character, '{' | '[' | ',' | ':'))
}

/// Entries of a flow collection, by commas outside of braces and quotes, each with its offset and without spaces before it.
fn split(inside: &str) -> Vec<(usize, &str)> {
    let mut entries = Vec::new();
    let mut depth = 0i32;
    let mut quote: Option<char> = None;
    let mut start = 0;
    let mut push = |start: usize, end: usize| {
        let entry = &inside[start..end];
        let trimmed = entry.trim_start();
        entries.push((start + entry.len() - trimmed.len(), trimmed));
    };
    for (at, character) in inside.char_indices() {
        match (quote, character) {
            (Some(open), _) => {
                if character == open {
                    quote = None;
                }
            }
            (None, '"' | '\'') if opens_quote(&inside[..at]) => quote = Some(character),
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => depth -= 1,
            (None, ',') if depth <= 0 => {
                push(start, at);
                start = at + 1;
            }
            (None, _) => {}
        }
    }
    push(start, inside.len());
    entries
}

/// `int[]`, `string?`, `string(1..80)[..5]?`: a type word with brackets or a question mark behind it.
fn is_type(value: &str) -> bool {
    let name = value.trim_end_matches(|character: char| {
        !character.is_whitespace() && !character.is_alphanumeric()
    });
    let word_end = value
        .find(|character: char| !(character.is_alphanumeric() || character == '_'))
        .unwrap_or(value.len());
    if word_end == 0 || word_end == value.len() || name.is_empty() {
        return false;
    }
    let mut rest = &value[word_end..];
    if let Some(inner) = rest.strip_prefix('(') {
        let Some(end) = inner.find(')') else {
            return false;
        };
        rest = &inner[end + 1..];
    }
    let mut marked = false;
    loop {
        if let Some(more) = rest.strip_prefix('?') {
            rest = more;
        } else if let Some(more) = rest.strip_prefix('[') {
            let Some(end) = more.find(']') else {
                return false;
            };
            rest = &more[end + 1..];
        } else {
            break;
        }
        marked = true;
    }
    marked && (rest.is_empty() || rest.starts_with(' '))
}

fn strip_comment(line: &str) -> &str {
    line.find(" #").map_or(line, |at| &line[..at]).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(source: &str) -> Vec<(u16, String)> {
        scan(&"x.yaml".into(), source)
            .into_iter()
            .map(|found| (found.code.0, source[found.place.span].to_owned()))
            .collect()
    }

    #[test]
    fn each_slip_is_found_at_its_place() {
        assert_eq!(
            codes("args: {ids: int[], n: int}\n"),
            [(103, "int[]".into())]
        );
        assert_eq!(
            codes("args: {city: string(1..)?}\n"),
            [(103, "string(1..)?".into())]
        );
        assert_eq!(
            codes("  message: {x} is gone # so\n"),
            [(108, "{x} is gone".into())]
        );
        assert_eq!(
            codes("f: {code: E, message: {x} is gone, detail: {y}}\n"),
            [(108, "{x} is gone".into())]
        );
        assert_eq!(
            codes("f: {code: E, args: {ids: int[],\n  n: {x} is gone, m: 1}}\n"),
            [(103, "int[]".into()), (108, "{x} is gone, m: 1}}".into())]
        );
        assert_eq!(
            codes("v: {a: =join(x, ','), b: 1}\n"),
            [(109, "=join(x".into())]
        );
        assert_eq!(codes("  *: any\n"), [(110, "*".into())]);
        assert_eq!(
            codes("s: {mysql: x, password: ${KEY}}\n"),
            [(110, "${KEY}".into())]
        );
    }

    #[test]
    fn what_is_right_is_left_alone() {
        for source in [
            "sql: |\n  SELECT '{x} is' -- {a: int[]}\n  *: any\nargs: {id: int}\n",
            "args: {ids: \"int[]\", city: 'string?'}\n",
            "message: \"{x} is gone\"\n",
            "f: {a: {b: 1}, c: {d: {e: 1}},\n  g: {h: 1}}\n",
            "of: {name: name, newest: added_at desc}\n",
            "- {id: 1, at: 2026-11-20T09:30:00Z}\n",
            "fault: {code: E-17, data: {retryAfter: 3600}}   # the client's\n",
            "password: ${SHOP}\n",
            "v: {a: =lower(x), b: '=x ?? y'}\n",
            "value: {items: =reply.rows, total: =reply.total}\n",
        ] {
            assert_eq!(codes(source), [], "{source}");
        }
    }
}

//! From bytes of a text to bytes of the file it was read from.

use std::ops::Range;
use std::sync::Arc;

use super::{Diagnostic, Place, Problem, Severity};
use crate::file::yaml::{Scalar, Style};

/// Where the bytes of one text stand in its file. Block scalars lose their indentation and quoted ones their
/// escapes, so that places within the text need this map to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    file: Arc<str>,
    /// Byte of the text, byte of the file: up to the next piece both go on side by side. Ascending.
    pieces: Vec<(usize, usize)>,
    /// Lengths of text and file, exclusive ends.
    ends: (usize, usize),
}

impl Places {
    /// Walks the file's source along the text of `scalar`.
    pub fn of(scalar: &Scalar, source: &str) -> Self {
        let span = scalar.place.span.clone();
        let source = source.get(..span.end.min(source.len())).unwrap_or_default();
        let pieces = match scalar.style {
            Style::Literal | Style::Folded => block(&scalar.text, source, span.start),
            Style::Plain => flow(&scalar.text, source, span.start, None),
            Style::Single => flow(&scalar.text, source, span.start + 1, Some('\'')),
            Style::Double => flow(&scalar.text, source, span.start + 1, Some('"')),
        };
        Self {
            file: Arc::clone(&scalar.place.file),
            pieces,
            ends: (scalar.text.len(), span.end),
        }
    }

    /// The place in the file of a part of the text.
    pub fn place(&self, span: &Range<usize>) -> Place {
        let start = self.byte(span.start);
        // The end belongs to the last byte, so that a span never reaches over the next line's indentation.
        let end = if span.end > span.start {
            (self.byte(span.end - 1) + 1).min(self.ends.1)
        } else {
            start
        };
        Place {
            file: Arc::clone(&self.file),
            span: start..end.max(start),
        }
    }

    fn byte(&self, at: usize) -> usize {
        let at = at.min(self.ends.0);
        let piece = self.pieces.partition_point(|(text, _)| *text <= at);
        let (text, file) = piece
            .checked_sub(1)
            .and_then(|piece| self.pieces.get(piece))
            .copied()
            .unwrap_or((0, self.ends.1));
        (file + (at - text)).min(self.ends.1)
    }
}

impl Problem {
    /// The problem as a diagnostic of the file in which its text stands.
    pub fn at(self, places: &Places) -> Diagnostic {
        Diagnostic {
            code: self.code,
            severity: Severity::Error,
            message: self.message,
            place: places.place(&self.span),
            help: self.help,
        }
    }
}

/// Plain and quoted scalars: escapes and folded line ends.
fn flow(text: &str, source: &str, start: usize, quote: Option<char>) -> Vec<(usize, usize)> {
    let mut pieces = vec![(0, start)];
    let mut file = start;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let rest = source.get(file..).unwrap_or_default();
        let Some(there) = rest.chars().next() else {
            break;
        };
        if matches!(there, ' ' | '\t' | '\r' | '\n')
            && rest.trim_start_matches([' ', '\t', '\r']).starts_with('\n')
        {
            // A line end: one or more in the file stand for one space or some line feeds in the text.
            let skipped = rest.len() - rest.trim_start().len();
            file += skipped;
            while character == '\n' && characters.next_if(|(_, next)| *next == '\n').is_some() {}
            let next = characters.peek().map_or(text.len(), |(next, _)| *next);
            pieces.push((next, file));
            continue;
        }
        if quote == Some('"') && there == '\\' {
            let length = escape_length(rest);
            file += length;
            // `\` before a line end joins the lines: nothing of the text belongs to it.
            if length == 1 {
                continue;
            }
            pieces.push((at + character.len_utf8(), file));
            continue;
        }
        if quote == Some('\'') && rest.starts_with("''") {
            file += 2;
            pieces.push((at + 1, file));
            continue;
        }
        file += there.len_utf8();
        if there.len_utf8() != character.len_utf8() {
            pieces.push((at + character.len_utf8(), file));
        }
    }
    pieces
}

/// `\n`, `\x41`, `\u00e4`, `\U0001F600`.
fn escape_length(rest: &str) -> usize {
    let length = match rest.as_bytes().get(1) {
        Some(b'x') => 4,
        Some(b'u') => 6,
        Some(b'U') => 10,
        Some(_) => 2,
        None => 1,
    };
    length.min(rest.len())
}

/// Block scalars: every line of the text is the tail of a line of the file.
fn block(text: &str, source: &str, start: usize) -> Vec<(usize, usize)> {
    // The span begins at the indicator or at the first line, as the parser likes; both are found by the lines.
    let first = source.get(start..).unwrap_or_default();
    let mut file = if first.starts_with(['|', '>']) {
        start + first.find('\n').map_or(first.len(), |end| end + 1)
    } else {
        source[..start.min(source.len())]
            .rfind('\n')
            .map_or(0, |end| end + 1)
    };
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let Some(rest) = source.get(file..).filter(|rest| !rest.is_empty()) else {
            break;
        };
        let line = rest.split_inclusive('\n').next().unwrap_or(rest);
        let content = line.trim_end_matches(['\n', '\r']);
        let wanted = text[at..].split('\n').next().unwrap_or_default();
        if content.trim().is_empty() {
            // An empty line: a line feed of the text, if there is one here.
            if wanted.is_empty() {
                pieces.push((at, file + content.len()));
                at += 1;
            }
        } else if content.len() >= wanted.len() && content.ends_with(wanted) {
            pieces.push((at, file + content.len() - wanted.len()));
            at += wanted.len() + 1;
        } else {
            // A folded line: several lines of the file are one of the text.
            let part = content.trim_start();
            if let Some(found) = text[at..].find(part) {
                pieces.push((at + found, file + content.len() - part.len()));
                at += found + part.len() + 1;
            }
        }
        file += line.len();
    }
    if pieces.is_empty() {
        pieces.push((0, file));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::yaml::{self, NodeValue};

    /// The place of the word `here` in the value of the first key, by its place in the text.
    fn found(source: &str) -> Vec<usize> {
        let NodeValue::Map(entries) = yaml::parse(&"x.yaml".into(), source).node.unwrap().value
        else {
            panic!("no map");
        };
        let NodeValue::Scalar(scalar) = &entries[0].1.value else {
            panic!("no scalar");
        };
        let places = Places::of(scalar, source);
        scalar
            .text
            .match_indices("here")
            .map(|(at, _)| places.place(&(at..at + 4)).span.start)
            .collect()
    }

    #[test]
    fn places_within_every_style_are_exact() {
        for source in [
            "a: it is here\n",
            "a: it\n   is\n   here and here\nb: 1\n",
            "a: 'it''s here'\n",
            "a: \"x\\n\\u00e4 here, \\\"here\\\"\"\n",
            "a: |\n  SELECT x\n    FROM y\n\n  WHERE here\n\n\n  AND here\nb: 2\n",
            "a: |-\n\n  one\n    here\n",
            "a: >\n  SELECT\n  here\n\n  and here\n",
            "a: ä ö here\n",
            "a:\n  here\n",
        ] {
            let expected: Vec<usize> = source.match_indices("here").map(|(at, _)| at).collect();
            assert_eq!(found(source), expected, "{source}");
        }
    }
}

//! Words, numbers, texts and signs of an expression, with their places.

use std::ops::Range;

use crate::diagnostic::Problem;

/// The most bytes of one expression; no sensible one comes near.
const MAX_LENGTH: usize = 16_384;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind<'a>,
    pub(super) span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind<'a> {
    /// A name or keyword.
    Name(&'a str),
    /// Digits, with a point and a sign perhaps.
    Number(&'a str),
    /// A text without its quotes, `''` made one.
    Text(String),
    /// One of the signs.
    Sign(&'static str),
    /// Behind the last.
    End,
}

/// Signs, the longer ones first.
const SIGNS: [&str; 13] = [
    "??", "==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ",", ".",
];

/// Splits `text`. The last token is [`TokenKind::End`].
pub(super) fn tokens<'a>(
    text: &'a str,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Token<'a>>, Problem> {
    if text.len() > MAX_LENGTH {
        return Err(Problem::new(
            505,
            0..text.len(),
            format!("an expression has at most {MAX_LENGTH} bytes"),
        ));
    }
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = if first.is_alphabetic() || first == '_' {
            let length = name_length(rest);
            (TokenKind::Name(&rest[..length]), length)
        } else if let Some(length) = number_length(rest) {
            (TokenKind::Number(&rest[..length]), length)
        } else if first == '\'' {
            let (content, length) = quoted(rest, '\'').ok_or_else(|| open(at, text.len()))?;
            (TokenKind::Text(content), length)
        } else if first == '"' {
            let (content, length) = quoted(rest, '"').ok_or_else(|| open(at, text.len()))?;
            problems.push(Problem::new(
                502,
                at..at + length,
                format!("texts stand in single quotes; write `'{content}'`"),
            ));
            (TokenKind::Text(content), length)
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            (TokenKind::Sign(sign), sign.len())
        } else if let Some((wrong, right)) = FOREIGN
            .into_iter()
            .find(|(wrong, _)| rest.starts_with(wrong))
        {
            problems.push(Problem::new(
                502,
                at..at + wrong.len(),
                format!("`{wrong}` is written `{right}`"),
            ));
            let kind = match right {
                "==" => TokenKind::Sign("=="),
                name => TokenKind::Name(name),
            };
            (kind, wrong.len())
        } else {
            return Err(Problem::new(
                505,
                at..at + first.len_utf8(),
                format!("`{first}` has no meaning in an expression"),
            )
            .help("there are paths, texts in single quotes, numbers, functions, `== != < <= > >=`, `and or not in is given` and `??`; no arithmetic"));
        };
        tokens.push(Token {
            kind,
            span: at..at + length,
        });
        at += length;
    }
    tokens.push(Token {
        kind: TokenKind::End,
        span: text.len()..text.len(),
    });
    Ok(tokens)
}

/// How other languages write it, and how it is written here.
const FOREIGN: [(&str, &str); 4] = [("=", "=="), ("&&", "and"), ("||", "or"), ("!", "not")];

/// The length of the name that `text` begins with: a letter or `_`, then letters, digits, `_`, `$`, `-`.
pub(crate) fn name_length(text: &str) -> usize {
    text.char_indices()
        .find(|&(at, c)| {
            let inside = c.is_alphanumeric() || matches!(c, '_' | '$' | '-');
            let first = c.is_alphabetic() || c == '_';
            !(if at == 0 { first } else { inside })
        })
        .map_or(text.len(), |(at, _)| at)
}

/// The length of the number that `text` begins with; `1..9` begins with `1`.
pub(crate) fn number_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        bytes
            .iter()
            .skip(from)
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(sign);
    if whole == 0 {
        return None;
    }
    let end = sign + whole;
    if bytes.get(end) != Some(&b'.') {
        return Some(end);
    }
    match digits(end + 1) {
        0 => Some(end),
        fraction => Some(end + 1 + fraction),
    }
}

/// The text in quotes that `text` begins with, and its whole length.
pub(crate) fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut content = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != quote {
            content.push(c);
            continue;
        }
        if chars.peek().is_none_or(|&(_, next)| next != quote) {
            return Some((content, at + 1));
        }
        chars.next();
        content.push(quote);
    }
    None
}

fn open(from: usize, to: usize) -> Problem {
    Problem::new(505, from..to, "this text has no closing quote")
        .help("a quote within a text is written twice: `'it''s'`")
}

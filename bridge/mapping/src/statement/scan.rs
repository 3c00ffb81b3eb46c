//! The scanner: an SQL text as tokens, by the rules of its database.
//!
//! It knows just so much of SQL as is needed to tell a value's place (`:name`) from everything that looks like
//! one: strings, quoted names, comments, casts, assignments, array slices. Every byte of the text belongs to
//! exactly one token, so that what is not replaced passes unchanged.

use std::ops::Range;

use super::Dialect;
use crate::diagnostic::Problem;

/// A token and its bytes in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Bytes of the text.
    pub span: Range<usize>,
}

/// The kinds of token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// White space without a line break.
    Space,
    /// One line break.
    Break,
    /// A comment: to the end of the line, or a block.
    Comment,
    /// A string, dollar-quoted or plain.
    Quoted,
    /// A name in quotes, backticks or brackets.
    QuotedName,
    /// A word or a number.
    Word,
    /// The place of a value.
    Place(Place),
    /// Any other character or operator.
    Sign,
}

/// `:name`, `:order.customer.id`, `:contains(text)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The function's name and its bytes.
    pub function: Option<Range<usize>>,
    /// The path's bytes, dots included.
    pub path: Range<usize>,
}

/// Tokens of a text; they cover it without a gap.
///
/// # Errors
/// A string, quoted name or comment that never ends (B0415).
pub fn scan(text: &str, dialect: Dialect) -> Result<Vec<Token>, Problem> {
    let mut scanner = Scanner {
        text,
        dialect,
        at: 0,
        brackets: 0,
        operand: false,
    };
    let mut tokens = Vec::new();
    while scanner.at < text.len() {
        let start = scanner.at;
        let kind = scanner.token()?;
        match kind {
            TokenKind::Space | TokenKind::Break | TokenKind::Comment => {}
            TokenKind::Quoted | TokenKind::QuotedName | TokenKind::Word | TokenKind::Place(_) => {
                scanner.operand = true;
            }
            TokenKind::Sign => {
                scanner.operand = matches!(text.as_bytes().get(start), Some(b')' | b']'));
            }
        }
        tokens.push(Token {
            kind,
            span: start..scanner.at,
        });
    }
    Ok(tokens)
}

struct Scanner<'a> {
    text: &'a str,
    dialect: Dialect,
    at: usize,
    /// Depth of `[`, where a colon after an operand is a slice's.
    brackets: usize,
    /// Whether the last token that counts can end an operand.
    operand: bool,
}

impl Scanner<'_> {
    fn token(&mut self) -> Result<TokenKind, Problem> {
        let start = self.at;
        let Some(first) = self.peek(0) else {
            return Ok(TokenKind::Space);
        };
        match first {
            b'\n' => {
                self.at += 1;
                Ok(TokenKind::Break)
            }
            b' ' | b'\t' | b'\r' | 0x0b | 0x0c => {
                self.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | 0x0b | 0x0c));
                Ok(TokenKind::Space)
            }
            b'-' if self.peek(1) == Some(b'-') && self.dashes_begin_comment() => {
                Ok(self.line_comment())
            }
            b'#' if self.dialect == Dialect::MySql => Ok(self.line_comment()),
            b'/' if self.peek(1) == Some(b'*') => self.block_comment(),
            b'\'' => {
                let backslash = self.dialect == Dialect::MySql;
                self.quoted(start, b'\'', backslash, "string")?;
                Ok(TokenKind::Quoted)
            }
            b'"' => {
                let string = self.dialect == Dialect::MySql;
                self.quoted(start, b'"', string, if string { "string" } else { "name" })?;
                Ok(if string {
                    TokenKind::Quoted
                } else {
                    TokenKind::QuotedName
                })
            }
            b'`' if self.dialect != Dialect::Postgres => {
                self.quoted(start, b'`', false, "name")?;
                Ok(TokenKind::QuotedName)
            }
            b'[' if self.dialect == Dialect::Sqlite => self.bracketed(),
            b'$' if self.dialect == Dialect::Postgres => self.dollar(),
            b':' => Ok(self.colon()),
            _ if is_word_start(first) || first.is_ascii_digit() => self.word(),
            _ => {
                match first {
                    b'[' => self.brackets += 1,
                    b']' => self.brackets = self.brackets.saturating_sub(1),
                    _ => {}
                }
                self.at += 1;
                Ok(TokenKind::Sign)
            }
        }
    }

    /// MySQL takes `--` for a comment only before white space; `5--3` is 8 there.
    fn dashes_begin_comment(&self) -> bool {
        self.dialect != Dialect::MySql || self.peek(2).is_none_or(|byte| byte.is_ascii_whitespace())
    }

    fn line_comment(&mut self) -> TokenKind {
        self.skip_while(|byte| byte != b'\n');
        TokenKind::Comment
    }

    /// Block comments nest in PostgreSQL alone.
    fn block_comment(&mut self) -> Result<TokenKind, Problem> {
        let start = self.at;
        self.at += 2;
        let mut depth = 1_usize;
        while depth > 0 {
            match (self.peek(0), self.peek(1)) {
                (Some(b'*'), Some(b'/')) => {
                    self.at += 2;
                    depth -= 1;
                }
                (Some(b'/'), Some(b'*')) if self.dialect == Dialect::Postgres => {
                    self.at += 2;
                    depth += 1;
                }
                (Some(_), _) => self.at += 1,
                (None, _) => return Err(endless(start, "comment", "*/")),
            }
        }
        Ok(TokenKind::Comment)
    }

    /// From the opening quote to the closing one; a doubled quote is a quote.
    fn quoted(
        &mut self,
        start: usize,
        quote: u8,
        backslash: bool,
        what: &str,
    ) -> Result<(), Problem> {
        self.at += 1;
        loop {
            match self.peek(0) {
                Some(b'\\') if backslash => self.at += 2,
                Some(byte) if byte == quote => {
                    self.at += 1;
                    if self.peek(0) != Some(quote) {
                        return Ok(());
                    }
                    self.at += 1;
                }
                Some(_) => self.at += 1,
                None => {
                    self.at = self.text.len();
                    return Err(endless(
                        start,
                        what,
                        char::from(quote).encode_utf8(&mut [0; 4]),
                    ));
                }
            }
        }
    }

    /// SQLite takes `[name]`, which knows no escape.
    fn bracketed(&mut self) -> Result<TokenKind, Problem> {
        let start = self.at;
        self.skip_while(|byte| byte != b']');
        if self.peek(0).is_none() {
            return Err(endless(start, "name", "]"));
        }
        self.at += 1;
        Ok(TokenKind::QuotedName)
    }

    /// `$tag$ … $tag$`, or a sign.
    fn dollar(&mut self) -> Result<TokenKind, Problem> {
        let start = self.at;
        let rest = self.rest();
        let tag = rest
            .bytes()
            .skip(1)
            .take_while(|&byte| is_word(byte))
            .count();
        let closes = rest.as_bytes().get(tag + 1) == Some(&b'$');
        let starts_with_digit = rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        if !closes || starts_with_digit {
            self.at += 1;
            return Ok(TokenKind::Sign);
        }
        let mark = rest.get(..tag + 2).unwrap_or("$$");
        let body = rest.get(tag + 2..).unwrap_or_default();
        let Some(end) = body.find(mark) else {
            return Err(endless(start, "string", mark));
        };
        self.at += mark.len() + end + mark.len();
        Ok(TokenKind::Quoted)
    }

    /// `::`, `:=`, a slice's colon, or the place of a value.
    fn colon(&mut self) -> TokenKind {
        match self.peek(1) {
            Some(b':' | b'=') => {
                self.at += 2;
                TokenKind::Sign
            }
            Some(next) if is_name_start(next) && !(self.brackets > 0 && self.operand) => {
                self.at += 1;
                let first = self.path();
                let called = self.peek(0) == Some(b'(')
                    && !self
                        .text
                        .get(first.clone())
                        .unwrap_or_default()
                        .contains('.');
                if called && let Some(place) = self.called(first.clone()) {
                    return TokenKind::Place(place);
                }
                TokenKind::Place(Place {
                    function: None,
                    path: first,
                })
            }
            _ => {
                self.at += 1;
                TokenKind::Sign
            }
        }
    }

    /// `(path)` behind a function's name; white space may stand inside.
    fn called(&mut self, function: Range<usize>) -> Option<Place> {
        let back = self.at;
        self.at += 1;
        self.skip_while(|byte| byte == b' ');
        if self.peek(0).is_some_and(is_name_start) {
            let path = self.path();
            self.skip_while(|byte| byte == b' ');
            if self.peek(0) == Some(b')') {
                self.at += 1;
                return Some(Place {
                    function: Some(function),
                    path,
                });
            }
        }
        self.at = back;
        None
    }

    /// Names with dots between.
    fn path(&mut self) -> Range<usize> {
        let start = self.at;
        self.skip_while(is_name);
        while self.peek(0) == Some(b'.') && self.peek(1).is_some_and(is_name_start) {
            self.at += 1;
            self.skip_while(is_name);
        }
        start..self.at
    }

    /// A word or number; in PostgreSQL `E'…'` is a string with backslashes.
    fn word(&mut self) -> Result<TokenKind, Problem> {
        let start = self.at;
        self.skip_while(is_word);
        let escaped = self.dialect == Dialect::Postgres
            && self.peek(0) == Some(b'\'')
            && matches!(self.text.get(start..self.at), Some("e" | "E"));
        if escaped {
            self.quoted(start, b'\'', true, "string")?;
            return Ok(TokenKind::Quoted);
        }
        Ok(TokenKind::Word)
    }

    fn skip_while(&mut self, fits: impl Fn(u8) -> bool) {
        while self.peek(0).is_some_and(&fits) {
            self.at += 1;
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }
}

/// Bytes above 0x7f belong to letters of other scripts, which all three databases take in names.
fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit()
}

/// In SQL a name of the mapping is letters, digits and `_`.
fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn is_name(byte: u8) -> bool {
    is_name_start(byte) || byte.is_ascii_digit()
}

fn endless(start: usize, what: &str, end: &str) -> Problem {
    Problem::new(
        415,
        start..start + 1,
        format!("the {what} that begins here never ends"),
    )
    .help(format!("close it with `{end}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str, dialect: Dialect) -> Vec<&str> {
        scan(text, dialect)
            .unwrap()
            .into_iter()
            .filter(|token| matches!(token.kind, TokenKind::Place(_)))
            .map(|token| &text[token.span])
            .collect()
    }

    #[test]
    fn strings_names_and_comments_hide_what_looks_like_a_place() {
        let text =
            "SELECT ':a', \":b\", $x$ :c $x$, $$ :d $$, E'\\' :e', :f -- :g\n/* :h /* :i */ :j */";
        assert_eq!(places(text, Dialect::Postgres), [":f"]);
        assert_eq!(
            places("SELECT '\\' :a', `:b`, \":c\" # :d\n, :e", Dialect::MySql),
            [":e"]
        );
        assert_eq!(
            places("SELECT [:a], ':b''', `:c`, \":d\", :e", Dialect::Sqlite),
            [":e"]
        );
    }

    #[test]
    fn casts_assignments_and_slices_are_no_places() {
        assert_eq!(
            places(
                "SELECT a::int, :b::int, a[1:n], f(x := :c)",
                Dialect::Postgres
            ),
            [":b", ":c"]
        );
        assert_eq!(
            places("SELECT a[b:c], a[:lo:hi], t[:n]", Dialect::Postgres),
            [":lo", ":n"]
        );
        assert_eq!(
            places("SELECT @x := :y, '12':z", Dialect::MySql),
            [":y", ":z"]
        );
    }

    #[test]
    fn backslash_ends_a_plain_string_outside_of_mysql() {
        assert_eq!(places("SELECT 'a\\', :b", Dialect::Postgres), [":b"]);
        assert_eq!(places("SELECT 'a\\', :b", Dialect::Sqlite), [":b"]);
        assert!(scan("SELECT 'a\\', :b", Dialect::MySql).is_err());
    }

    #[test]
    fn mysql_comments_need_white_space_behind_the_dashes() {
        assert_eq!(places("SELECT 5--:a\n, :b", Dialect::MySql), [":a", ":b"]);
        assert_eq!(places("SELECT 5--:a\n, :b", Dialect::Postgres), [":b"]);
    }

    #[test]
    fn paths_and_functions_are_one_token() {
        assert_eq!(
            places(
                "x = :order.customer.id AND n LIKE :contains( text ) AND :a .b",
                Dialect::Postgres
            ),
            [":order.customer.id", ":contains( text )", ":a"]
        );
    }

    #[test]
    fn what_never_ends_is_told_with_its_beginning() {
        for (text, dialect) in [
            ("SELECT 'a", Dialect::Sqlite),
            ("SELECT /* a /* b */", Dialect::Postgres),
            ("SELECT $a$ b $c$", Dialect::Postgres),
            ("SELECT [a", Dialect::Sqlite),
            ("SELECT 'a\\", Dialect::MySql),
        ] {
            let problem = scan(text, dialect).unwrap_err();
            assert_eq!((problem.code.0, problem.span.start), (415, 7), "{text}");
        }
    }

    #[test]
    fn an_unclosed_block_comment_nests_in_postgres_only() {
        assert!(scan("SELECT 1 /* a /* b */", Dialect::MySql).is_ok());
    }
}

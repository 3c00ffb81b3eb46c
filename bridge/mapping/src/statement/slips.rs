//! What was meant as the place of a value and is none: names in strings, templates of other languages, placeholders of
//! drivers.

use super::Dialect;
use super::clauses::Part;
use super::emit::{Emission, path};
use super::scan::{Token, TokenKind};
use crate::diagnostic::Problem;

impl Emission<'_> {
    /// B0402: a name in a string that the mapping knows was meant as a place.
    pub(super) fn quoted(&mut self, token: &Token) {
        let content = self.text.get(token.span.clone()).unwrap_or_default();
        for (at, _) in content.match_indices(':') {
            let rest = content.get(at + 1..).unwrap_or_default();
            let length = rest
                .bytes()
                .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                .count();
            let Some(name) = rest.get(..length).filter(|name| {
                name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            }) else {
                continue;
            };
            if self.names.find(&path(name)).is_err() {
                continue;
            }
            let start = token.span.start + at;
            let pattern = content.contains('%');
            let problem = Problem::new(
                402,
                start..start + 1 + length,
                format!("`:{name}` stands in a string and is not replaced"),
            );
            self.problems.push(problem.help(if pattern {
                format!("write `LIKE :contains({name})`")
            } else {
                format!("write `:{name}` without the quotes")
            }));
        }
    }

    /// B0403: `{category}`, `{{category}}`, `[[AND …]]`.
    pub(super) fn template(&mut self, token: &Token, parts: &[Part<'_>], index: usize) {
        let adjacent = |offset: usize| {
            let part = parts.get(index + offset)?;
            let before = parts.get(index + offset - 1)?;
            (before.token.span.end == part.token.span.start).then_some(part)
        };
        let content = self.text.get(token.span.clone()).unwrap_or_default();
        let rest = self.text.get(token.span.start..).unwrap_or_default();
        let repeated = index
            .checked_sub(1)
            .and_then(|at| parts.get(at))
            .is_some_and(|before| (before.sign("{") || before.sign("[")) && before.text == content);
        if repeated {
            return;
        }
        let curly = content == "{"
            && adjacent(1).is_some_and(|next| next.sign("{") || next.token.kind == TokenKind::Word)
            && rest
                .split('\n')
                .next()
                .is_some_and(|line| line.contains('}'));
        let array = index
            .checked_sub(1)
            .and_then(|at| parts.get(at))
            .is_some_and(|before| before.is("ARRAY") || before.sign(","));
        let square = (content == "[" && adjacent(1).is_some_and(|next| next.sign("[")) && !array)
            || content.starts_with("[[");
        if !curly && !square {
            return;
        }
        let close = if curly { '}' } else { ']' };
        let end = rest.find(close).map_or(1, |at| {
            at + 1
                + usize::from(
                    rest.get(at + 1..)
                        .is_some_and(|next| next.starts_with(close)),
                )
        });
        let inside = rest
            .get(..end)
            .unwrap_or_default()
            .trim_matches(['{', '}', '[', ']', ' ']);
        let name = if inside
            .chars()
            .all(|letter| letter.is_alphanumeric() || "_.".contains(letter))
            && !inside.is_empty()
        {
            inside
        } else {
            "category"
        };
        self.problems.push(
            Problem::new(
                403,
                token.span.start..token.span.start + end,
                format!("values enter SQL as `:{name}`, nothing is put into its text"),
            )
            .help(format!(
                "an optional line ends in `-- when: {name} is given`"
            )),
        );
    }

    /// B0419: `?`, `$1`, `@name` of the driver.
    pub(super) fn driver_placeholder(&mut self, token: &Token, parts: &[Part<'_>], index: usize) {
        let content = self.text.get(token.span.clone()).unwrap_or_default();
        let word = parts.get(index + 1).filter(|next| {
            next.token.span.start == token.span.end && next.token.kind == TokenKind::Word
        });
        let taken = match self.dialect {
            Dialect::Postgres => content == "$" && word.is_some(),
            Dialect::MySql => content == "?",
            Dialect::Sqlite => content == "?" || (matches!(content, "$" | "@") && word.is_some()),
        };
        if taken {
            let end = word.map_or(token.span.end, |word| word.token.span.end);
            let written = self.text.get(token.span.start..end).unwrap_or_default();
            self.problems.push(
                Problem::new(419, token.span.start..end, format!("`{written}` is a placeholder of the database, which the gateway numbers itself"))
                    .help("write the argument's name: `:name`"),
            );
        }
    }
}

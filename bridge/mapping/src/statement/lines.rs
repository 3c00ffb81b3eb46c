//! Optional lines: `-- when: condition` at a line's end, and blocks from `-- when: condition` to `-- end`.

use std::ops::Range;
use std::sync::Arc;

use super::scan::{Token, TokenKind};
use crate::diagnostic::Problem;
use crate::expression::{self, Expression};

/// The lines of a text and the conditions they stand under.
pub(super) struct Lines {
    /// In the order of the text.
    pub lines: Vec<Line>,
    /// Each condition once.
    pub conditions: Vec<Condition>,
}

/// A line; a string or comment with line breaks does not end it.
pub(super) struct Line {
    /// Its tokens without its mark, its line break included; empty for a line that is only a mark.
    pub tokens: Range<usize>,
    /// It stands where all of these conditions hold.
    pub guards: Vec<usize>,
}

/// The condition of marks.
pub(super) struct Condition {
    /// As written.
    pub text: Arc<str>,
    /// Parsed.
    pub expression: Expression,
    /// The byte of the text where it begins, for problems.
    pub start: usize,
}

/// What a comment at a line's end says.
enum Mark {
    When(Range<usize>),
    End,
}

/// Finds the marks.
pub(super) fn lines(text: &str, tokens: &[Token], problems: &mut Vec<Problem>) -> Lines {
    let mut found = Lines {
        lines: Vec::new(),
        conditions: Vec::new(),
    };
    let mut block: Option<(Option<usize>, Range<usize>)> = None;
    let mut start = 0;
    while start < tokens.len() {
        let line = tokens.get(start..).unwrap_or_default();
        let length = line
            .iter()
            .position(|token| token.kind == TokenKind::Break)
            .map_or(line.len(), |at| at + 1);
        let end = start + length;
        let line = line.get(..length).unwrap_or_default();
        let comment = line
            .iter()
            .rposition(|token| token.kind == TokenKind::Comment);
        let mark = comment.and_then(|at| Some((at, line.get(at)?, mark(text, line.get(at)?)?)));
        let alone = line.iter().all(|token| {
            matches!(
                token.kind,
                TokenKind::Space | TokenKind::Break | TokenKind::Comment
            )
        });
        let guards = || {
            block
                .iter()
                .filter_map(|(guard, _)| *guard)
                .collect::<Vec<_>>()
        };
        match mark {
            None => found.lines.push(Line {
                tokens: start..end,
                guards: guards(),
            }),
            Some((_, token, Mark::When(condition))) if alone => {
                if let Some((_, open)) = &block {
                    problems.push(
                        Problem::new(418, token.span.clone(), "a block stands in no other block")
                            .help(format!(
                                "close the block of line {} with `-- end` first",
                                line_number(text, open.start)
                            )),
                    );
                }
                let guard = found.condition(text, condition, problems);
                block = Some((guard, token.span.clone()));
            }
            Some((_, token, Mark::End)) => {
                if !alone {
                    problems.push(Problem::new(
                        418,
                        token.span.clone(),
                        "`-- end` stands on a line of its own",
                    ));
                } else if block.take().is_none() {
                    problems.push(
                        Problem::new(418, token.span.clone(), "`-- end` closes no block")
                            .help("a block begins with a line that is only `-- when: condition`"),
                    );
                }
            }
            Some((at, token, Mark::When(condition))) => {
                let content = line.get(..at).unwrap_or_default();
                if begins_order(text, content) {
                    problems.push(
                        Problem::new(
                            411,
                            token.span.clone(),
                            "choices of ORDER BY stand in `order`, not in marked lines",
                        )
                        .help("write `order: {by: =sort, of: {name: name, price: price}}`"),
                    );
                }
                let mut all = guards();
                all.extend(found.condition(text, condition, problems));
                // The mark and the space before it go; the line break is kept for the texts that have the line.
                let mut cut = at;
                if cut > 0
                    && line
                        .get(cut - 1)
                        .is_some_and(|token| token.kind == TokenKind::Space)
                {
                    cut -= 1;
                }
                found.lines.push(Line {
                    tokens: start..start + cut,
                    guards: all.clone(),
                });
                found.lines.push(Line {
                    tokens: start + at + 1..end,
                    guards: all,
                });
            }
        }
        start = end;
    }
    if let Some((_, open)) = block {
        problems.push(
            Problem::new(418, open, "the block that begins here never ends")
                .help("close it with a line `-- end`"),
        );
    }
    found
}

impl Lines {
    /// The index of a condition, parsed if it is new.
    fn condition(
        &mut self,
        text: &str,
        at: Range<usize>,
        problems: &mut Vec<Problem>,
    ) -> Option<usize> {
        let source = text.get(at.clone()).unwrap_or_default();
        if let Some(known) = self
            .conditions
            .iter()
            .position(|known| &*known.text == source)
        {
            return Some(known);
        }
        match expression::condition(source) {
            Ok(expression) => {
                self.conditions.push(Condition {
                    text: source.into(),
                    expression,
                    start: at.start,
                });
                Some(self.conditions.len() - 1)
            }
            Err(_) if !text.trim_end().contains('\n') => {
                problems.push(
                    Problem::new(
                        409,
                        at,
                        "`>` joins lines, so the mark swallows the rest of the text",
                    )
                    .help("write `sql: |`"),
                );
                None
            }
            Err(faults) => {
                problems.extend(faults.into_iter().map(|fault| fault.shifted(at.start)));
                None
            }
        }
    }
}

fn mark(text: &str, comment: &Token) -> Option<Mark> {
    let content = text.get(comment.span.clone())?.strip_prefix("--")?;
    let trimmed = content.trim();
    if trimmed == "end" {
        return Some(Mark::End);
    }
    let condition = trimmed.strip_prefix("when:")?;
    let after =
        comment.span.start + 2 + (content.len() - content.trim_start().len()) + "when:".len();
    let start = after + (condition.len() - condition.trim_start().len());
    Some(Mark::When(start..start + condition.trim().len()))
}

fn begins_order(text: &str, line: &[Token]) -> bool {
    let mut words = line
        .iter()
        .filter(|token| !matches!(token.kind, TokenKind::Space | TokenKind::Comment))
        .map(|token| text.get(token.span.clone()).unwrap_or_default());
    words
        .next()
        .is_some_and(|word| word.eq_ignore_ascii_case("order"))
        && words
            .next()
            .is_some_and(|word| word.eq_ignore_ascii_case("by"))
}

fn line_number(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|&byte| byte == b'\n').count() + 1
}

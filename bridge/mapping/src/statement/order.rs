//! `order`: the ORDER BY that the gateway writes, of result columns alone.

use std::fmt::Write as _;
use std::sync::Arc;

use super::Dialect;
use super::cases::{spell, unknown_name};
use super::names::{Holds, StatementNames};
use crate::diagnostic::Problem;
use crate::expression::{Expression, ExpressionNode};
use crate::rows::{Column, same_name};

/// `order`: the ORDER BY that the gateway writes.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Always this one.
    Fixed(Vec<OrderColumn>),
    /// One of several, by an argument that is a set of words.
    Choice {
        /// The expression whose word chooses.
        by: Expression,
        /// The columns behind each word.
        of: Vec<(Arc<str>, Vec<OrderColumn>)>,
        /// A bool that turns every direction round.
        descending: Option<Expression>,
        /// What follows; a column without a direction goes the way of the one before it.
        then: Vec<OrderColumn>,
    },
}

/// A result column and its direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderColumn {
    /// The result column, as written.
    pub column: Arc<str>,
    /// `Some(true)` for `desc`, `Some(false)` for `asc`, `None` where nothing is said.
    pub descending: Option<bool>,
}

/// Which of the orders is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderChoice<'a> {
    /// The word of `by`; `None` for a fixed order.
    pub word: Option<&'a str>,
    /// `descending`.
    pub descending: bool,
}

/// Why there is no such ORDER BY.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The mapping's author: B0425.
    #[error("`order` names `{column}`, which is no result column; there are {columns}")]
    UnknownColumn {
        /// As written.
        column: Arc<str>,
        /// The result columns, for people.
        columns: String,
    },
    /// Ours: arguments are checked before.
    #[error("`order` has no word `{0}`")]
    UnknownWord(String),
}

/// What `order` says that cannot be; its author finds the place in the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderProblem {
    /// In the text of `by`.
    By(Problem),
    /// In the text of `descending`.
    Descending(Problem),
    /// `by` may be this word, and `of` does not say its column (B0413).
    Lacks(Problem),
    /// `of` has this word, which `by` never is.
    Never(Arc<str>, Problem),
}

impl OrderColumn {
    /// Reads `price`, `price desc`, `customer.name asc`.
    ///
    /// # Errors
    /// Nothing but a direction (B0426).
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let trimmed = text.trim();
        let (column, descending) = match trimmed.rsplit_once(char::is_whitespace) {
            Some((column, word)) if word.eq_ignore_ascii_case("desc") => {
                (column.trim_end(), Some(true))
            }
            Some((column, word)) if word.eq_ignore_ascii_case("asc") => {
                (column.trim_end(), Some(false))
            }
            Some(_) | None => (trimmed, None),
        };
        if column.is_empty() || column.contains(['(', ')', ',', ';', '"', '\'', '`']) {
            return Err(Problem::new(426, 0..text.len(), format!("`{trimmed}` is no result column"))
                .help("write the name of a result column, and `asc` or `desc` behind it; give an expression a name in the text with AS"));
        }
        Ok(Self {
            column: column.into(),
            descending,
        })
    }
}

impl Order {
    /// Checks the choice against what its names can be.
    pub fn check(&self, names: &dyn StatementNames) -> Vec<OrderProblem> {
        let Self::Choice {
            by, of, descending, ..
        } = self
        else {
            return Vec::new();
        };
        let mut problems = Vec::new();
        match holds(by, names) {
            Ok(Some(Holds::Words(words))) => {
                for word in words
                    .iter()
                    .filter(|word| !of.iter().any(|(known, _)| known == *word))
                {
                    let source = word_of(by);
                    problems.push(OrderProblem::Lacks(
                        Problem::new(
                            413,
                            by.span.clone(),
                            format!("{source} may be `{word}`, and `of` does not say its column"),
                        )
                        .help(format!("add `{word}: COLUMN` to `of`")),
                    ));
                }
                for (word, _) in of.iter().filter(|(word, _)| !words.contains(word)) {
                    problems.push(OrderProblem::Never(
                        Arc::clone(word),
                        Problem::new(
                            413,
                            0..0,
                            format!("`of` has `{word}`, and {} is never that", word_of(by)),
                        )
                        .help(format!("it is one of {}", words.join(", "))),
                    ));
                }
            }
            Ok(_) => problems.push(OrderProblem::By(
                Problem::new(
                    427,
                    by.span.clone(),
                    "`by` chooses among words, so it names an argument that is a set of words",
                )
                .help("declare it so: `sort: name | price = name`"),
            )),
            Err(problem) => problems.push(OrderProblem::By(problem)),
        }
        if let Some(descending) = descending {
            match holds(descending, names) {
                Ok(Some(Holds::Bool)) => {}
                Ok(_)
                    if matches!(
                        descending.node,
                        ExpressionNode::Compare(..)
                            | ExpressionNode::Not(_)
                            | ExpressionNode::Given(..)
                            | ExpressionNode::In(..)
                    ) => {}
                Ok(_) => problems.push(OrderProblem::Descending(
                    Problem::new(
                        427,
                        descending.span.clone(),
                        "`descending` is true or false",
                    )
                    .help("declare it so: `desc: bool = false`"),
                )),
                Err(problem) => problems.push(OrderProblem::Descending(problem)),
            }
        }
        problems
    }

    /// The ORDER BY for a choice, beginning with these words.
    ///
    /// `columns` are the result columns; where none are known yet, names stand as they are written.
    ///
    /// # Errors
    /// A column that is none, a word that is none.
    pub fn text(
        &self,
        dialect: Dialect,
        choice: OrderChoice<'_>,
        columns: &[Column],
    ) -> Result<String, OrderError> {
        let mut text = String::from("ORDER BY ");
        for (index, (column, descending)) in self.directed(choice)?.into_iter().enumerate() {
            if index > 0 {
                text.push_str(", ");
            }
            quote(&mut text, dialect, label(&column.column, columns)?);
            if descending {
                text.push_str(" DESC");
            }
        }
        Ok(text)
    }

    /// The columns of a choice, each with whether it descends.
    pub(super) fn directed(
        &self,
        choice: OrderChoice<'_>,
    ) -> Result<Vec<(&OrderColumn, bool)>, OrderError> {
        let (main, then) = self.columns(choice)?;
        let mut before = false;
        let follows = std::iter::repeat_n(false, main.len()).chain(std::iter::repeat(true));
        Ok(main
            .iter()
            .chain(then)
            .zip(follows)
            .map(|(column, follows)| {
                before = column.descending.unwrap_or(follows && before);
                (column, before != choice.descending)
            })
            .collect())
    }

    /// All columns behind a word; of a fixed order all.
    pub fn columns_of(&self, word: Option<&str>) -> Vec<&OrderColumn> {
        let choice = OrderChoice {
            word,
            descending: false,
        };
        match self.columns(choice) {
            Ok((main, then)) => main.iter().chain(then).collect(),
            Err(_) => Vec::new(),
        }
    }

    /// Every word of the choice, or one `None` for a fixed order.
    pub fn words(&self) -> Vec<Option<&str>> {
        match self {
            Self::Fixed(_) => vec![None],
            Self::Choice { of, .. } => of.iter().map(|(word, _)| Some(&**word)).collect(),
        }
    }

    /// The columns of the first order, for `group`.
    pub fn first_columns(&self) -> Vec<&OrderColumn> {
        match self {
            Self::Fixed(columns) => columns.iter().collect(),
            Self::Choice { of, then, .. } => of
                .iter()
                .take(1)
                .flat_map(|(_, columns)| columns)
                .chain(then)
                .collect(),
        }
    }

    fn columns(
        &self,
        choice: OrderChoice<'_>,
    ) -> Result<(&[OrderColumn], &[OrderColumn]), OrderError> {
        match self {
            Self::Fixed(columns) => Ok((columns, &[])),
            Self::Choice { of, then, .. } => {
                let word = choice.word.unwrap_or_default();
                of.iter()
                    .find(|(known, _)| &**known == word)
                    .map(|(_, columns)| (columns.as_slice(), then.as_slice()))
                    .ok_or_else(|| OrderError::UnknownWord(word.to_owned()))
            }
        }
    }
}

fn holds(expression: &Expression, names: &dyn StatementNames) -> Result<Option<Holds>, Problem> {
    let ExpressionNode::Path(path) = &expression.node else {
        return Ok(None);
    };
    match names.find(path) {
        Ok(known) => Ok(Some(known.holds)),
        Err(unknown) => Err(unknown_name(
            expression.span.clone(),
            &spell(path),
            "",
            unknown.suggestion,
        )),
    }
}

fn word_of(by: &Expression) -> String {
    match &by.node {
        ExpressionNode::Path(path) => format!("`{}`", spell(path)),
        _ => "`by`".to_owned(),
    }
}

/// The label of a result column, as the database has it.
pub(super) fn label<'a>(written: &'a str, columns: &'a [Column]) -> Result<&'a str, OrderError> {
    if columns.is_empty() {
        return Ok(written);
    }
    columns
        .iter()
        .find(|column| &*column.name == written)
        .or_else(|| {
            columns
                .iter()
                .find(|column| same_name(&column.name, written))
        })
        .map(|column| &*column.name)
        .ok_or_else(|| OrderError::UnknownColumn {
            column: written.into(),
            columns: columns
                .iter()
                .map(|column| &*column.name)
                .collect::<Vec<_>>()
                .join(", "),
        })
}

/// A quoted name: SQLite takes an unknown one for a string, so it must be known to be a column.
pub(super) fn quote(text: &mut String, dialect: Dialect, name: &str) {
    let quote = match dialect {
        Dialect::Postgres | Dialect::Sqlite => '"',
        Dialect::MySql => '`',
    };
    let _ = write!(
        text,
        "{quote}{}{quote}",
        name.replace(quote, &format!("{quote}{quote}"))
    );
}

//! What can go wrong between a statement and its rows, in words that all databases share.

use std::borrow::Cow;
use std::sync::Arc;

use footbridge_amf::WriteError;
use sqlx::error::DatabaseError;

/// A statement that did not do what it should.
///
/// `message` is for the log and for `check`: it may repeat what the database said, and is never shown to clients.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct SqlError {
    /// What happened.
    pub kind: SqlErrorKind,
    /// The SQLSTATE, for SQLite its extended result code.
    pub code: Option<String>,
    /// Where in the text, in bytes, as far as the database tells.
    pub position: Option<usize>,
    /// What the database or we say of it.
    pub message: String,
}

/// The kinds of [`SqlError`].
#[derive(Clone, Debug, PartialEq)]
pub enum SqlErrorKind {
    /// A unique key stands already. The caller's doing.
    Duplicate,
    /// A foreign key points nowhere, or is pointed at. The caller's doing.
    Reference,
    /// A check or not-null constraint does not hold. The caller's doing.
    Check,
    /// Two transactions were in each other's way; running again may succeed.
    Serialization,
    /// The statement took longer than its deadline.
    Timeout,
    /// No connection was to be had, or it broke.
    Unavailable,
    /// The database does not understand the text. The mapping's fault.
    Syntax,
    /// A text that should only read changes something. The mapping's fault: it says `writes: true`.
    ReadOnly,
    /// A value does not fit its parameter. The caller's doing.
    Argument {
        /// The placeholder, from 0.
        index: usize,
    },
    /// A column's value cannot be sent as it is declared, or not at all. The mapping's fault.
    Unreadable {
        /// The member or column.
        column: Arc<str>,
    },
    /// The statement's columns are not those it had when it was described: describe it again.
    Changed,
    /// More rows than allowed.
    TooManyRows {
        /// How many are.
        limit: usize,
    },
    /// No row, where one was asked for.
    None,
    /// A second row, where one was asked for.
    Many,
    /// The answer cannot be written.
    Write(WriteError),
    /// Anything else that the database said.
    Other,
}

impl SqlError {
    /// An error of our own making.
    pub(crate) fn new(kind: SqlErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: None,
            position: None,
            message: message.into(),
        }
    }

    /// A column that cannot be sent; `what` goes on after its name.
    pub(crate) fn unreadable(column: &Arc<str>, what: impl std::fmt::Display) -> Self {
        Self::new(
            SqlErrorKind::Unreadable {
                column: Arc::clone(column),
            },
            format!("column `{column}` {what}"),
        )
    }

    /// A value that does not fit its parameter.
    pub(crate) fn argument(index: usize, what: impl std::fmt::Display) -> Self {
        Self::new(
            SqlErrorKind::Argument { index },
            format!("parameter {} {what}", index + 1),
        )
    }

    /// The same without words of the database that may repeat values, for logs.
    ///
    /// MySQL quotes a key that is there already, PostgreSQL what is no number, and triggers say what they like; of what concerns a
    /// statement's text and the way to the server nothing comes from a call.
    pub fn without_values(&self) -> Cow<'_, str> {
        let may_quote = match &self.kind {
            SqlErrorKind::Duplicate
            | SqlErrorKind::Reference
            | SqlErrorKind::Check
            | SqlErrorKind::Other => true,
            SqlErrorKind::Serialization
            | SqlErrorKind::Timeout
            | SqlErrorKind::Unavailable
            | SqlErrorKind::Syntax
            | SqlErrorKind::ReadOnly
            | SqlErrorKind::Argument { .. }
            | SqlErrorKind::Unreadable { .. }
            | SqlErrorKind::Changed
            | SqlErrorKind::TooManyRows { .. }
            | SqlErrorKind::None
            | SqlErrorKind::Many
            | SqlErrorKind::Write(_) => false,
        };
        match &self.code {
            Some(code) if may_quote => format!("the database says {code}").into(),
            Some(_) | None => self.message.as_str().into(),
        }
    }

    /// What stands in the way of a connection, whatever the server calls it.
    pub(crate) fn at_connect(error: sqlx::Error) -> Self {
        Self {
            kind: SqlErrorKind::Unavailable,
            ..Self::from_sqlx(error, "")
        }
    }

    /// The deadline has passed.
    pub(crate) fn timeout() -> Self {
        Self::new(SqlErrorKind::Timeout, "the statement passed its deadline")
    }

    /// Whether the connection is of no more use, and nothing was done on it.
    pub(crate) fn lost(&self) -> bool {
        self.kind == SqlErrorKind::Unavailable
    }

    /// What sqlx says, in our words. `text` is the statement, for the place in it.
    pub(crate) fn from_sqlx(error: sqlx::Error, text: &str) -> Self {
        match error {
            sqlx::Error::Database(error) => Self::from_database(error.as_ref(), text),
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Protocol(_) => Self::new(SqlErrorKind::Unavailable, error.to_string()),
            sqlx::Error::RowNotFound => Self::new(SqlErrorKind::None, error.to_string()),
            other => Self::new(SqlErrorKind::Other, other.to_string()),
        }
    }

    fn from_database(error: &dyn DatabaseError, text: &str) -> Self {
        let code = error.code().map(Cow::into_owned);
        let message = error.message().to_owned();
        let (kind, position) = if let Some(error) =
            error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
        {
            (
                postgres(error.code(), &message),
                postgres_position(error, text),
            )
        } else if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
            (
                mysql(error.number(), error.code().unwrap_or_default()),
                near(&message, "near '", "' at line", text),
            )
        } else {
            let number = code
                .as_deref()
                .and_then(|code| code.parse().ok())
                .unwrap_or(1);
            (
                sqlite(number, &message),
                near(&message, "near \"", "\": ", text),
            )
        };
        Self {
            kind,
            code,
            position,
            message,
        }
    }
}

impl From<WriteError> for SqlError {
    fn from(error: WriteError) -> Self {
        Self::new(SqlErrorKind::Write(error.clone()), error.to_string())
    }
}

/// By SQLSTATE (PostgreSQL, appendix A).
fn postgres(code: &str, message: &str) -> SqlErrorKind {
    match code {
        "23505" | "23P01" => SqlErrorKind::Duplicate,
        "23503" | "23001" => SqlErrorKind::Reference,
        "23502" | "23514" | "23000" => SqlErrorKind::Check,
        "40001" | "40P01" => SqlErrorKind::Serialization,
        "57014" | "55P03" | "25P03" => SqlErrorKind::Timeout,
        "57P01" | "57P02" | "57P03" | "57P05" | "53300" => SqlErrorKind::Unavailable,
        "25006" => SqlErrorKind::ReadOnly,
        // The table was altered.
        "26000" => SqlErrorKind::Changed,
        "0A000" if message.contains("cached plan") => SqlErrorKind::Changed,
        _ if code.starts_with("08") => SqlErrorKind::Unavailable,
        _ if code.starts_with("42") => SqlErrorKind::Syntax,
        _ => SqlErrorKind::Other,
    }
}

/// By error number (MySQL and MariaDB), then by class of SQLSTATE.
fn mysql(number: u16, state: &str) -> SqlErrorKind {
    match number {
        1022 | 1062 | 1169 | 1586 | 1859 => SqlErrorKind::Duplicate,
        1216 | 1217 | 1451 | 1452 => SqlErrorKind::Reference,
        1048 | 1364 | 3819 | 4025 => SqlErrorKind::Check,
        1205 | 1213 | 1020 => SqlErrorKind::Serialization,
        1317 | 1969 | 3024 => SqlErrorKind::Timeout,
        1040 | 1053 | 1129 | 1203 | 1226 | 1927 | 2006 | 2013 | 4031 => SqlErrorKind::Unavailable,
        1290 | 1792 | 1836 => SqlErrorKind::ReadOnly,
        1243 => SqlErrorKind::Changed,
        _ if state.starts_with("08") => SqlErrorKind::Unavailable,
        _ if state.starts_with("23") => SqlErrorKind::Check,
        _ if state.starts_with("42") => SqlErrorKind::Syntax,
        _ => SqlErrorKind::Other,
    }
}

/// By extended result code (SQLite, "Result and Error Codes").
fn sqlite(code: u32, message: &str) -> SqlErrorKind {
    match code {
        1555 | 2067 | 2579 => SqlErrorKind::Duplicate,
        787 => SqlErrorKind::Reference,
        275 | 1299 | 3091 => SqlErrorKind::Check,
        _ => match code & 0xff {
            5 | 6 => SqlErrorKind::Serialization,
            8 => SqlErrorKind::ReadOnly,
            9 => SqlErrorKind::Timeout,
            10 | 11 | 13 | 14 | 26 => SqlErrorKind::Unavailable,
            1 if message.contains("syntax error")
                || message.starts_with("no such ")
                || message.starts_with("ambiguous ")
                || message.starts_with("incomplete input")
                || message.starts_with("unrecognized token")
                || message.contains(" has no column ") =>
            {
                SqlErrorKind::Syntax
            }
            _ => SqlErrorKind::Other,
        },
    }
}

/// PostgreSQL counts characters from 1; a position in a function's own text is no place of ours.
fn postgres_position(error: &sqlx::postgres::PgDatabaseError, text: &str) -> Option<usize> {
    match error.position()? {
        sqlx::postgres::PgErrorPosition::Original(at) => {
            let characters = at.checked_sub(1)?;
            let position = text.char_indices().nth(characters).map(|(byte, _)| byte);
            Some(position.unwrap_or(text.len()))
        }
        sqlx::postgres::PgErrorPosition::Internal { .. } => None,
    }
}

/// The other two quote what stands at the place; it counts where it stands in the text exactly once.
fn near(message: &str, before: &str, after: &str, text: &str) -> Option<usize> {
    let start = message.find(before)? + before.len();
    let rest = message.get(start..)?;
    let quoted = rest.get(..rest.rfind(after)?)?;
    if quoted.is_empty() {
        return Some(text.len());
    }
    let position = text.find(quoted)?;
    let mut found = text.match_indices(quoted);
    found.next();
    found.next().is_none().then_some(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlstates_become_our_kinds() {
        assert_eq!(postgres("23505", ""), SqlErrorKind::Duplicate);
        assert_eq!(postgres("42P01", ""), SqlErrorKind::Syntax);
        assert_eq!(postgres("08006", ""), SqlErrorKind::Unavailable);
        assert_eq!(postgres("P0001", ""), SqlErrorKind::Other);
        assert_eq!(mysql(1062, "23000"), SqlErrorKind::Duplicate);
        assert_eq!(mysql(1644, "45001"), SqlErrorKind::Other);
        assert_eq!(sqlite(2067, ""), SqlErrorKind::Duplicate);
        assert_eq!(sqlite(261, ""), SqlErrorKind::Serialization);
    }

    #[test]
    fn what_a_database_quotes_of_a_call_is_for_no_log() {
        let said = |kind, code: Option<&str>, message: &str| SqlError {
            code: code.map(str::to_owned),
            ..SqlError::new(kind, message)
        };
        for (kind, code, message) in [
            (
                SqlErrorKind::Duplicate,
                "23000",
                "Duplicate entry 'ann' for key 'PRIMARY'",
            ),
            (
                SqlErrorKind::Other,
                "22P02",
                "invalid input syntax for type integer: \"ann\"",
            ),
            (SqlErrorKind::Other, "P0001", "ann is not allowed"),
        ] {
            let error = said(kind, Some(code), message);
            assert_eq!(error.without_values(), format!("the database says {code}"));
        }
        let text = "relation \"prodct\" does not exist";
        assert_eq!(
            said(SqlErrorKind::Syntax, Some("42P01"), text).without_values(),
            text
        );
        let own = "more than 10 rows";
        assert_eq!(
            said(SqlErrorKind::TooManyRows { limit: 10 }, None, own).without_values(),
            own
        );
    }

    #[test]
    fn a_quoted_place_counts_only_where_it_is_unique() {
        let message = "near \"FORM\": syntax error";
        assert_eq!(near(message, "near \"", "\": ", "SELECT 1 FORM t"), Some(9));
        assert_eq!(near(message, "near \"", "\": ", "FORM FORM"), None);
    }
}

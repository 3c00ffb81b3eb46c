//! Stored procedures and functions: what the catalogue says of them, and what a call gives.

use std::sync::Arc;
use std::time::Instant;

use footbridge_mapping::data::{Data, Record};
use footbridge_mapping::rows::ColumnKind;
use jiff::tz::TimeZone;

use crate::error::{SqlError, SqlErrorKind};

/// A procedure or function, as the database's catalogue describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcedureInfo {
    /// Its name as it was asked for.
    pub name: Arc<str>,
    /// Its parameters in order; the columns of a table that it returns are none.
    pub parameters: Vec<ProcedureParameter>,
    /// Whether it is a function.
    pub function: bool,
    /// What its own rows are.
    pub(crate) returns: Returns,
    /// Its name with all quotes.
    pub(crate) quoted: String,
}

/// A parameter of a procedure.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcedureParameter {
    /// Its name; `argument1` where it has none.
    pub name: Arc<str>,
    /// Which way its value goes.
    pub mode: ParameterMode,
    /// What it holds.
    pub kind: ColumnKind,
    /// Whether it may be left out.
    pub has_default: bool,
    /// Its type in the database's own words, which come from its catalogue.
    pub(crate) of: String,
    pub(crate) named: bool,
}

/// What the rows of a call are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Returns {
    /// Nothing that counts.
    Nothing,
    /// One row of values that go out.
    Values,
    /// A result set, or several.
    Sets,
    /// Names of cursors, each a result set.
    Cursors,
}

/// Which way a parameter's value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterMode {
    /// Into the procedure.
    In,
    /// Out of it.
    Out,
    /// Both.
    InOut,
}

/// One call of a procedure.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Values by parameter; what is not here has its default.
    pub with: &'a [(Arc<str>, Data)],
    /// Whether it may change anything.
    pub writes: bool,
    /// Rows of all its sets; one more is [`TooManyRows`](crate::SqlErrorKind::TooManyRows).
    pub max_rows: usize,
    /// The zone in which instants are bound and read where the database keeps none.
    pub zone: &'a TimeZone,
    /// When it ends at the latest; `None` for the backend's own time-out.
    pub deadline: Option<Instant>,
}

/// What a call gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Called {
    /// Values that went out, by parameter; of a function its value, by its name.
    pub out: Record,
    /// Its result sets, in order, each a list of objects.
    pub sets: Vec<Vec<Data>>,
}

impl ParameterMode {
    pub(crate) fn goes_in(self) -> bool {
        matches!(self, Self::In | Self::InOut)
    }

    pub(crate) fn goes_out(self) -> bool {
        matches!(self, Self::Out | Self::InOut)
    }
}

impl ProcedureInfo {
    /// Refuses values for what goes in nowhere, and the lack of what has no default.
    pub(crate) fn check(&self, call: &Call<'_>) -> Result<(), SqlError> {
        let mistaken = |what: String| Err(SqlError::new(SqlErrorKind::Other, what));
        for (name, _) in call.with {
            let known = self.parameters.iter().any(|parameter| {
                parameter.mode.goes_in() && parameter.name.eq_ignore_ascii_case(name)
            });
            if !known {
                return mistaken(format!("`{}` takes no parameter `{name}`", self.name));
            }
        }
        for parameter in &self.parameters {
            let needed = parameter.mode == ParameterMode::In && !parameter.has_default;
            if needed && call.value(parameter).is_none() {
                return mistaken(format!(
                    "`{}` needs its parameter `{}`",
                    self.name, parameter.name
                ));
            }
        }
        Ok(())
    }
}

impl Call<'_> {
    /// What is given for a parameter.
    pub(crate) fn value(&self, parameter: &ProcedureParameter) -> Option<&Data> {
        self.with
            .iter()
            .find(|(name, _)| parameter.name.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .filter(|value| **value != Data::Omit)
    }
}

/// There is no procedure of this name.
pub(crate) fn unknown(name: &str) -> SqlError {
    SqlError::new(
        SqlErrorKind::Syntax,
        format!("the database has no procedure `{name}`, or does not show it to this user"),
    )
}

//! Values of a statement beside what the database wants in their places.

use super::StatementOf;
use crate::compile::backends::product;
use crate::diagnostic::Diagnostic;
use crate::rows::{ColumnKind, Described};
use crate::slot::{Scalar, Type};
use crate::statement::Variant;

impl StatementOf<'_> {
    /// Values whose declared type is another kind of thing than the database wants (B0428): they are converted at every
    /// call, and some will not be.
    pub(super) fn bound(&self, variant: &Variant, described: &Described) -> Vec<Diagnostic> {
        let declared = self
            .sql
            .statement
            .variants
            .iter()
            .position(|other| std::ptr::eq(other, variant) || other.text == variant.text)
            .and_then(|index| self.sql.declared.get(index));
        let Some(declared) = declared else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for ((bind, declared), wanted) in variant
            .binds
            .iter()
            .zip(declared)
            .zip(&described.parameters)
        {
            let (Some(given), Some(wanted)) = (declared.map(given), wanted_kind(wanted)) else {
                continue;
            };
            if given.is_none_or(|given| given == wanted) {
                continue;
            }
            let Some(declared) = declared else {
                continue;
            };
            found.push(
                Diagnostic::warning(
                    428,
                    &self.sql.places.text.place(&bind.span),
                    format!(
                        "`:{}` is `{}`, and {} wants {} here",
                        bind.path,
                        Type::Scalar(*declared),
                        product(self.sql.statement.dialect),
                        wanted.name()
                    ),
                )
                .help(format!(
                    "declare it as the type that the column has, or say the type in the text: `CAST(:{} AS …)`",
                    bind.path
                )),
            );
        }
        found
    }
}

/// Kinds of values that are converted into each other only now and then.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Number,
    Text,
    Bool,
    Date,
    Bytes,
}

impl Family {
    fn name(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Bool => "a truth value",
            Self::Date => "a date",
            Self::Bytes => "bytes",
        }
    }
}

fn given(scalar: Scalar) -> Option<Family> {
    match scalar {
        Scalar::String | Scalar::Secret => Some(Family::Text),
        Scalar::Int | Scalar::Number | Scalar::Decimal | Scalar::Long => Some(Family::Number),
        Scalar::Bool => Some(Family::Bool),
        Scalar::Date | Scalar::Day => Some(Family::Date),
        Scalar::Bytes => Some(Family::Bytes),
        Scalar::Time | Scalar::Xml => None,
    }
}

fn wanted_kind(kind: &ColumnKind) -> Option<Family> {
    match kind {
        ColumnKind::Bool => Some(Family::Bool),
        ColumnKind::Int | ColumnKind::Long | ColumnKind::Decimal | ColumnKind::Number => {
            Some(Family::Number)
        }
        ColumnKind::Text => Some(Family::Text),
        ColumnKind::Bytes => Some(Family::Bytes),
        ColumnKind::Day | ColumnKind::LocalTimestamp | ColumnKind::Timestamp => Some(Family::Date),
        ColumnKind::List(inner) => wanted_kind(inner),
        ColumnKind::Time
        | ColumnKind::Json
        | ColumnKind::Xml
        | ColumnKind::Uuid
        | ColumnKind::Other(_)
        | ColumnKind::Unknown => None,
    }
}

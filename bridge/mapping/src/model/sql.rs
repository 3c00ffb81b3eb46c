//! Steps that run on a database: statements and procedures.

use std::sync::{Arc, PoisonError, RwLock};

use super::{Backend, SqlPaging, TypeScope};
use crate::diagnostic::{Place, Places};
use crate::rows::{Described, RowPlan};
use crate::statement::Statement;
use crate::tree::Tree;

/// `sql` and its keys.
#[derive(Debug)]
pub struct SqlStep {
    /// The database.
    pub backend: Arc<Backend>,
    /// The texts.
    pub statement: Statement,
    /// Declared types of what is bound, for texts that the server cannot type: by [`Variant`](crate::statement::Variant) and placeholder.
    pub declared: Vec<Vec<Option<crate::slot::Scalar>>>,
    /// Changed rows, else the fault `count`.
    pub expect: Option<u64>,
    /// `group`: columns whose equal values make neighbouring rows one object.
    pub group: Vec<Arc<str>>,
    /// How the reply is read: rows, one row, a scalar.
    pub reading: Reading,
    /// `page`: the rows come in pages.
    pub page: Option<SqlPaging>,
    /// The service's types, with the preset and names of this backend where the service says none.
    pub scope: Arc<TypeScope>,
    /// Where it stands in the mapping file.
    pub places: SqlPlaces,
    /// What the database told of each variant.
    pub prepared: PreparedTexts,
}

/// Places of a `sql` step, for what its database says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlPlaces {
    /// From bytes of the statement's text to bytes of the file.
    pub text: Places,
    /// `returns`, or the name of the step where it says none.
    pub returns: Place,
    /// The entries of `group`.
    pub group: Vec<Place>,
    /// `order`, or the name of the step.
    pub order: Place,
}

/// A text as the database takes it, and what it gives.
#[derive(Debug)]
pub struct Prepared {
    /// The variant's text; where the server could not infer a parameter's type, with its cast put in.
    pub text: Arc<str>,
    /// Parameters and columns.
    pub described: Described,
    /// How its rows become objects; `None` for a text without columns.
    pub plan: Option<RowPlan>,
}

/// What is known of a statement's variants once their database has answered: filled at load where it can be
/// reached, else at first use.
#[derive(Debug, Default)]
pub struct PreparedTexts(RwLock<Vec<Option<Arc<Prepared>>>>);

impl PreparedTexts {
    /// What is known of the variant of this index.
    pub fn of(&self, variant: usize) -> Option<Arc<Prepared>> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(variant)?
            .clone()
    }

    /// Keeps what was found out, and gives it back.
    pub fn keep(&self, variant: usize, prepared: Prepared) -> Arc<Prepared> {
        let mut texts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if texts.len() <= variant {
            texts.resize(variant + 1, None);
        }
        let prepared = Arc::new(prepared);
        texts[variant] = Some(Arc::clone(&prepared));
        prepared
    }

    /// Forgets it, since the database's tables have changed.
    pub fn forget(&self, variant: usize) {
        if let Some(text) = self
            .0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .get_mut(variant)
        {
            *text = None;
        }
    }
}

/// What a statement's result is read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// `T[]`, or nothing said: all rows.
    Rows,
    /// `T`: exactly one, else the faults `none` and `many`.
    Row,
    /// `T?`: one or null.
    RowOrNull,
    /// A scalar of one row's only column, else `none`, `many`.
    Scalar,
    /// A scalar or null where there is no row.
    ScalarOrNull,
    /// The only column of all rows.
    Scalars,
    /// `void`: whatever comes is dropped.
    Nothing,
}

/// `procedure` and its keys.
#[derive(Debug)]
pub struct ProcedureStep {
    /// The database.
    pub backend: Arc<Backend>,
    /// Its name, as written.
    pub procedure: Arc<str>,
    /// Its arguments by parameter name.
    pub with: Vec<(Arc<str>, Tree)>,
    /// Names of its result sets, in order.
    pub sets: Vec<Arc<str>>,
    /// `group`.
    pub group: Vec<Arc<str>>,
    /// Whether it may change anything; `writes: false` says that it only reads.
    pub writes: bool,
    /// As in [`SqlStep`].
    pub scope: Arc<TypeScope>,
    /// Where its name stands, and each entry of `with`.
    pub places: ProcedurePlaces,
}

/// Places of a `procedure` step, for what its database says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcedurePlaces {
    /// The procedure's name.
    pub name: Place,
    /// The names of `with`, in its order; where nothing is written, the procedure's name.
    pub with: Vec<Place>,
}

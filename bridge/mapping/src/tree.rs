//! Trees: constants and expressions in the shape of the value they make (`docs/mapping/values.md`).

use std::sync::Arc;

use crate::data::Data;
use crate::expression::Expression;

/// A value to be made at run time.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// A constant.
    Constant(Data),
    /// `=expression`.
    Expression(Expression),
    /// A list; items that become [`Data::Omit`] are left out.
    List(Vec<Self>),
    /// An object; members that become [`Data::Omit`] are left out.
    Object(Vec<(Arc<str>, Self)>),
}

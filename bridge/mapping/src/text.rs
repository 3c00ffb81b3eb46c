//! Texts with `{expression}` in them: fault messages and details, later paths.

use std::sync::Arc;

use crate::expression::Expression;

/// A text, parsed once.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// Its parts, in order.
    pub parts: Vec<TextPart>,
}

/// A part of a [`Text`].
#[derive(Clone, Debug, PartialEq)]
pub enum TextPart {
    /// As written.
    Literal(Arc<str>),
    /// `{expression}`.
    Expression(Expression),
}

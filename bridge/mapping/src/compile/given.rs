//! What is given to clients: a `secret` only comes in, so no value, message or data gives it back.

use std::sync::Arc;

use super::Compiler;
use super::names::{self, Names};
use crate::expression::ExpressionNode;
use crate::expression::{self, Expression, Path};
use crate::file::yaml::{Node, NodeValue, Scalar};
use crate::model::TypeScope;
use crate::slot;

impl Compiler<'_> {
    /// Looks through a tree that is answered. Names have been checked already. `scope` is given where no `returns`
    /// says which fields of an object are sent.
    pub(super) fn check_given(
        &mut self,
        node: &Node,
        names: &Names<'_>,
        scope: Option<&TypeScope>,
    ) {
        match &node.value {
            NodeValue::Absent => {}
            NodeValue::Scalar(scalar) => {
                if let Some(text) = scalar.text.strip_prefix('=')
                    && let Ok(expression) = expression::parse(text)
                {
                    self.check_given_expression(scalar, &expression, names, scope);
                }
            }
            NodeValue::List(items) => {
                for node in items {
                    self.check_given(node, names, scope);
                }
            }
            NodeValue::Map(entries) => {
                for (key, value) in entries {
                    if value.value == NodeValue::Absent {
                        let path = Path {
                            root: Arc::clone(&key.text),
                            parts: Vec::new(),
                        };
                        let named = Expression {
                            node: ExpressionNode::Path(path),
                            span: 0..key.text.len(),
                        };
                        self.check_given_expression(key, &named, names, scope);
                    } else {
                        self.check_given(value, names, scope);
                    }
                }
            }
        }
    }

    /// The same for one expression, which stands in `scalar`.
    pub(super) fn check_given_expression(
        &mut self,
        scalar: &Scalar,
        expression: &Expression,
        names: &Names<'_>,
        scope: Option<&TypeScope>,
    ) {
        let Ok(given) = expression::check(expression, names) else {
            return;
        };
        if names::scalar(&given) == Some(slot::Scalar::Secret) {
            self.error_help(
                341,
                &scalar.place,
                "a `secret` only comes in; nothing gives it back",
                "give back something that was made of it: `session.token`, or what the backend answers",
            );
        } else if let Some((name, field)) = scope.and_then(|scope| scope.secret_within(&given)) {
            self.error_help(
                341,
                &scalar.place,
                format!("`{name}` holds the secret `{field}`, which only comes in"),
                format!(
                    "write `returns: {name}`, which leaves it out, or name the fields that are sent"
                ),
            );
        }
    }
}

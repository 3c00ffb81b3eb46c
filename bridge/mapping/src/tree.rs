//! Trees: constants and expressions in the shape of the value they make (`docs/mapping/values.md`).

use std::sync::Arc;

use crate::data::{Data, Record};
use crate::expression::{EvaluationError, Expression, Scope, evaluate as expression};

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

/// The value of `tree`. A tree that is `omit` itself is null.
///
/// # Errors
/// As [`evaluate`](crate::expression::evaluate).
pub fn evaluate(tree: &Tree, scope: &dyn Scope) -> Result<Data, EvaluationError> {
    match value(tree, scope)? {
        Data::Omit => Ok(Data::Null),
        data => Ok(data),
    }
}

fn value(tree: &Tree, scope: &dyn Scope) -> Result<Data, EvaluationError> {
    match tree {
        Tree::Constant(data) => Ok(data.clone()),
        Tree::Expression(node) => expression(node, scope),
        Tree::List(items) => {
            let mut list = Vec::with_capacity(items.len());
            for item in items {
                match value(item, scope)? {
                    Data::Omit => {}
                    data => list.push(data),
                }
            }
            Ok(Data::List(list.into()))
        }
        Tree::Object(members) => {
            let mut record = Record::default();
            for (name, member) in members {
                match value(member, scope)? {
                    Data::Omit => {}
                    data => {
                        record.members.insert(name.clone(), data);
                    }
                }
            }
            Ok(Data::Object(Arc::new(record)))
        }
    }
}

impl Tree {
    /// Calls `visit` with every expression in it.
    pub fn expressions<'t>(&'t self, visit: &mut dyn FnMut(&'t Expression)) {
        match self {
            Self::Constant(_) => {}
            Self::Expression(expression) => visit(expression),
            Self::List(items) => items.iter().for_each(|item| item.expressions(visit)),
            Self::Object(members) => members
                .iter()
                .for_each(|(_, member)| member.expressions(visit)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing;

    impl Scope for Nothing {
        fn root(&self, _: &str) -> Option<Data> {
            None
        }

        fn lookup(&self, _: &str, _: &str) -> Option<Data> {
            None
        }

        fn zone(&self) -> &jiff::tz::TimeZone {
            static UTC: jiff::tz::TimeZone = jiff::tz::TimeZone::UTC;
            &UTC
        }
    }

    #[test]
    fn what_is_omitted_is_left_out() {
        let omit = || Tree::Expression(crate::expression::parse("x ?? omit").expect("it is right"));
        let one = || Tree::Constant(Data::Int(1));
        let tree = Tree::Object(vec![
            ("a".into(), omit()),
            ("b".into(), Tree::List(vec![omit(), one()])),
        ]);
        let Ok(Data::Object(record)) = evaluate(&tree, &Nothing) else {
            panic!("a tree of an object is an object");
        };
        assert_eq!(record.members.len(), 1);
        assert_eq!(record.members["b"], Data::List([Data::Int(1)].into()));
        assert_eq!(evaluate(&omit(), &Nothing), Ok(Data::Null));
    }
}

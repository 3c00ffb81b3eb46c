//! What must hold for any bytes: the bodies of the fuzz targets, which also run as property tests.

use footbridge_mapping::expression::{self, Path};
use footbridge_mapping::slot;
use footbridge_mapping::statement::{self, Dialect, Holds, Known, StatementNames, Unknown};

/// Names by their length, so that any text meets every kind.
struct ByLength;

impl StatementNames for ByLength {
    fn find(&self, path: &Path) -> Result<Known, Unknown> {
        let holds = match path.root.len() % 6 {
            0 => Holds::List,
            1 => Holds::Scalar,
            2 => Holds::Bool,
            3 => Holds::Words(["name".into(), "price".into()].into()),
            4 => Holds::Object,
            _ => return Err(Unknown::default()),
        };
        Ok(Known {
            holds,
            nullable: path.root.len() > 6,
            type_name: "string".to_owned(),
        })
    }
}

/// The scanner's tokens cover any text, and what becomes of it can be traced back.
pub(crate) fn statement(text: &str) {
    for dialect in [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite] {
        if let Ok(tokens) = statement::scan(text, dialect) {
            let mut end = 0;
            for token in &tokens {
                assert_eq!(token.span.start, end, "a gap in {text:?}");
                assert!(
                    text.get(token.span.clone()).is_some(),
                    "half a letter in {text:?}"
                );
                end = token.span.end;
            }
            assert_eq!(end, text.len(), "a rest of {text:?}");
        }
        match statement::compile(text, dialect, &ByLength) {
            Ok(statement) => {
                assert!(statement.variants.len() <= statement::MOST_TEXTS);
                for variant in &statement.variants {
                    for at in 0..=variant.text.len() {
                        assert!(
                            variant.place(at) <= text.len(),
                            "{at} of {:?} is outside",
                            variant.text
                        );
                    }
                    let sizes = vec![3; variant.lists.len()];
                    let sized = variant.for_list_sizes(&sizes).expect("three items fit");
                    assert_eq!(sized.counts.len(), variant.binds.len());
                }
            }
            Err(problems) => {
                assert!(!problems.is_empty());
                for problem in problems {
                    assert!(
                        text.get(problem.span.clone()).is_some(),
                        "{problem:?} points outside of {text:?}"
                    );
                }
            }
        }
    }
}

/// Whatever is read as an expression has places inside its text.
pub(crate) fn expression(text: &str) {
    for parsed in [expression::parse(text), expression::condition(text)] {
        match parsed {
            Ok(expression) => assert!(text.get(expression.span.clone()).is_some(), "{text:?}"),
            Err(problems) => {
                for problem in problems {
                    assert!(
                        text.get(problem.span.clone()).is_some(),
                        "{problem:?} points outside of {text:?}"
                    );
                }
            }
        }
    }
}

/// Whatever is wrong with a slot has its place inside its text.
pub(crate) fn slot(text: &str) {
    for problem in slot::parse(text).err().into_iter().flatten() {
        assert!(
            text.get(problem.span.clone()).is_some(),
            "{problem:?} points outside of {text:?}"
        );
    }
}

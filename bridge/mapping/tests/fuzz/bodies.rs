//! What must hold for any bytes: the bodies of the fuzz targets, which also run as property tests.

use std::sync::Arc;

use footbridge_mapping::data::{Data, Record};
use footbridge_mapping::expression::{self, Path, Scope};
use footbridge_mapping::slot;
use footbridge_mapping::statement::{self, Dialect, Holds, Known, StatementNames, Unknown};
use jiff::tz::TimeZone;

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

/// A value of each kind, by the length of its name.
impl Scope for ByLength {
    fn root(&self, name: &str) -> Option<Data> {
        let list = |items: &[Data]| Data::List(items.into());
        Some(match name.len() % 12 {
            0 => return None,
            1 => Data::Null,
            2 => Data::Bool(true),
            3 => Data::Int(i64::MIN),
            4 => Data::Number(f64::NAN),
            5 => Data::Decimal("-12.50".into()),
            6 => Data::text("2026-11-20"),
            7 => Data::Date(f64::INFINITY),
            8 => Data::Number(1e300),
            9 => Data::Bytes((*b"x").into()),
            10 => list(&[Data::Null, list(&[Data::text("a")]), Data::Int(1)]),
            _ => Data::Object(Arc::new(Record {
                alias: None,
                members: [
                    (Arc::from("a"), Data::Int(1)),
                    (Arc::from("b_c"), Data::Null),
                ]
                .into_iter()
                .collect(),
            })),
        })
    }

    fn lookup(&self, _: &str, key: &str) -> Option<Data> {
        (key == "a").then_some(Data::Int(1))
    }

    fn zone(&self) -> &TimeZone {
        static UTC: TimeZone = TimeZone::UTC;
        &UTC
    }
}

/// Whatever is read as an expression has places inside its text, and a value or an error.
pub(crate) fn expression(text: &str) {
    for parsed in [expression::parse(text), expression::condition(text)] {
        match parsed {
            Ok(expression) => {
                assert!(text.get(expression.span.clone()).is_some(), "{text:?}");
                drop(expression::evaluate(&expression, &ByLength));
            }
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

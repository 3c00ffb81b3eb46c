//! Golden plans: each `tests/rows/*.rows` says a reply, its types and the columns of a result; beside it stands how
//! rows become objects, or what is wrong. `UPDATE=1 cargo test` writes the expected files anew.
//!
//! Lines: `returns SLOT`, `package NAME`, `names camel`, `preset coldfusion`, `group a, b`, `alias Type class`,
//! `field Type.name SLOT`, `rest Type any`, `order COLUMN, …`, `sql TEXT`, `column NAME KIND`.

mod golden;

use std::fmt::Write as _;
use std::sync::Arc;

use footbridge_mapping::expression;
use footbridge_mapping::model::{Names, Rest, TypeBody, TypeScope};
use footbridge_mapping::rows::{
    self, CellRule, Column, ColumnKind, Field, Preset, RowPlan, Wanted,
};
use footbridge_mapping::slot;
use footbridge_mapping::statement::{
    self, Dialect, Known, Order, OrderColumn, StatementNames, Unknown,
};
use jiff::tz::TimeZone;

struct NoNames;

impl StatementNames for NoNames {
    fn find(&self, _: &expression::Path) -> Result<Known, Unknown> {
        Err(Unknown::default())
    }
}

fn kind(word: &str) -> ColumnKind {
    match word {
        "bool" => ColumnKind::Bool,
        "int" => ColumnKind::Int,
        "long" => ColumnKind::Long,
        "decimal" => ColumnKind::Decimal,
        "number" => ColumnKind::Number,
        "text" => ColumnKind::Text,
        "day" => ColumnKind::Day,
        "timestamp" => ColumnKind::Timestamp,
        "json" => ColumnKind::Json,
        "list" => ColumnKind::List(Box::new(ColumnKind::Int)),
        "" => ColumnKind::Unknown,
        other => panic!("no kind {other}"),
    }
}

fn explain(source: &str) -> String {
    let mut returns = None;
    let mut scope = TypeScope::default();
    let mut bodies: Vec<(Arc<str>, TypeBody)> = Vec::new();
    let mut group: Vec<Arc<str>> = Vec::new();
    let mut order = None;
    let mut sql = "SELECT a FROM t".to_owned();
    let mut columns = Vec::new();
    let mut body = |name: &str, change: &mut dyn FnMut(&mut TypeBody)| {
        let index = bodies
            .iter()
            .position(|(known, _)| **known == *name)
            .unwrap_or_else(|| {
                bodies.push((name.into(), TypeBody::default()));
                bodies.len() - 1
            });
        change(&mut bodies[index].1);
    };
    for line in source
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let (key, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match key {
            "returns" => returns = Some(slot::parse(rest).unwrap()),
            "package" => scope.package = Some(rest.into()),
            "names" => {
                scope.names = if rest == "camel" {
                    Names::Camel
                } else {
                    Names::Upper
                }
            }
            "preset" => {
                scope.preset = if rest == "coldfusion" {
                    Preset::ColdFusion
                } else {
                    Preset::DotNet
                }
            }
            "group" => group = rest.split(',').map(|key| Arc::from(key.trim())).collect(),
            "order" => {
                order = Some(Order::Fixed(
                    rest.split(',')
                        .map(|column| OrderColumn::parse(column).unwrap())
                        .collect(),
                ));
            }
            "alias" => {
                let (name, class) = rest.split_once(' ').unwrap();
                let class = (class != "none").then(|| Arc::from(class));
                scope.aliases.insert(name.into(), class);
            }
            "field" => {
                let (path, text) = rest.split_once(' ').unwrap();
                let (type_name, field) = path.split_once('.').unwrap();
                let slot = slot::parse(text).unwrap();
                body(type_name, &mut |body| {
                    body.fields.insert(field.into(), slot.clone());
                });
            }
            "rest" => {
                let (type_name, text) = rest.split_once(' ').unwrap();
                let rest = match text {
                    "hide" => Rest::Closed,
                    slot => Rest::Open(slot::parse(slot).unwrap()),
                };
                body(type_name, &mut |body| body.rest = rest.clone());
            }
            "sql" => rest.clone_into(&mut sql),
            "column" => {
                let (name, word) = rest.rsplit_once(' ').unwrap_or((rest, ""));
                columns.push(Column {
                    name: name.trim().into(),
                    kind: kind(word),
                });
            }
            other => panic!("no line {other}"),
        }
    }
    scope.types = bodies
        .into_iter()
        .map(|(name, body)| (name, Arc::new(body)))
        .collect();
    let mut statement = statement::compile(&sql, Dialect::Postgres, &NoNames).unwrap();
    if let Some(order) = order {
        statement = statement.with_order(order).unwrap();
    }
    let mut out = format!("{:?}\n", rows::reading(returns.as_ref()));
    let planned = rows::plan(
        &Wanted {
            returns: returns.as_ref(),
            scope: &scope,
            group: &group,
            zone: &TimeZone::UTC,
            text: Some((&statement, &statement.variants[0])),
        },
        &columns,
    );
    let problems = match planned {
        Ok(planned) => {
            match planned.plan {
                Some(plan) => write_plan(&mut out, &plan, &columns, 0),
                None => out.push_str("no rows\n"),
            }
            planned.warnings
        }
        Err(problems) => problems,
    };
    for problem in problems {
        let _ = writeln!(
            out,
            "{:?} {} at {:?}: {}; {}",
            problem.severity, problem.code, problem.at, problem.message, problem.help
        );
    }
    out
}

fn write_plan(out: &mut String, plan: &RowPlan, columns: &[Column], depth: usize) {
    let indent = "  ".repeat(depth);
    let dynamic = if plan.class.dynamic { " dynamic" } else { "" };
    let keys: Vec<_> = plan.keys.iter().map(|&key| &*columns[key].name).collect();
    let keys = if keys.is_empty() {
        String::new()
    } else {
        format!(" by {}", keys.join(", "))
    };
    let _ = writeln!(out, "{indent}class `{}`{dynamic}{keys}", plan.class.alias);
    for (index, field) in plan.fields.iter().enumerate() {
        let name = plan
            .class
            .sealed
            .get(index)
            .map_or("(dynamic)", String::as_str);
        match field {
            Field::Cell { column, rule } => {
                let _ = writeln!(
                    out,
                    "{indent}  {name}: column {}{}",
                    columns[*column].name,
                    said(rule)
                );
            }
            Field::Object(inner) => {
                let _ = writeln!(out, "{indent}  {name}: object");
                write_plan(out, inner, columns, depth + 2);
            }
            Field::List(inner, shape) => {
                let _ = writeln!(out, "{indent}  {name}: list {shape:?}");
                write_plan(out, inner, columns, depth + 2);
            }
            Field::Constant(constant) => {
                let _ = writeln!(out, "{indent}  {name}: {constant:?}");
            }
            Field::Null => {
                let _ = writeln!(out, "{indent}  {name}: null");
            }
        }
    }
}

fn said(rule: &CellRule) -> String {
    let declared = rule
        .declared
        .map_or_else(String::new, |declared| format!(" as {declared:?}"));
    let shape = rule
        .shape
        .map_or_else(String::new, |shape| format!(" shaped {shape:?}"));
    format!(
        "{declared}{shape}, null: {:?}, called {}",
        rule.null, rule.name
    )
}

#[test]
fn every_reply_becomes_the_plan_beside_it() {
    golden::all_fit("rows", "rows", explain);
}

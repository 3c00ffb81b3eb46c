//! The plan of an operation in words: steps, texts with their values, replies.

use std::fmt::Write as _;
use std::sync::Arc;

use footbridge_gateway::documents::Documents;
use footbridge_mapping::argument;
use footbridge_mapping::data::{Data, convert};
use footbridge_mapping::expression::{self, Part, Path, Scope as _};
use footbridge_mapping::model::{
    Argument, FaultRule, Kind, Operation, Plan, ProcedureStep, Reading, SqlStep, Step,
};
use footbridge_mapping::statement::{Dialect, Order, OrderChoice, Variant};
use footbridge_mapping::tree;

use super::known::{Known, shown};
use super::pages::Pages;
use super::{rest, soap};

/// What the operation does with these arguments, without running anything.
pub(super) fn explain(operation: &Operation, data: &[Data], documents: &Documents) -> String {
    let mut out = String::new();
    let Plan::Step(step) = &operation.plan else {
        return out;
    };
    let bound = match argument::bind(&operation.arguments, data, &operation.scope, &step.zone) {
        Ok(bound) => bound,
        Err(error) => {
            write(
                &mut out,
                format_args!("\nthe arguments do not fit: Client.BadArguments, {error}\n"),
            );
            return out;
        }
    };
    let known = Known::new(&operation.arguments, bound, &operation.scope, &step.zone);
    let view = View {
        shown: known.masked(&operation.arguments),
        known,
        documents,
    };
    if !operation.arguments.is_empty() {
        out.push_str("\narguments\n");
        for Argument { name, slot } in &operation.arguments {
            let value = view
                .shown
                .root(name)
                .as_ref()
                .map(shown)
                .unwrap_or_default();
            write(&mut out, format_args!("  {name}: {slot}   is {value}\n"));
        }
    }
    explain_step(&mut out, step, &view, "");
    out
}

/// What decides, and what of it is shown.
struct View<'k> {
    known: Known<'k>,
    /// Secrets masked.
    shown: Known<'k>,
    documents: &'k Documents,
}

impl View<'_> {
    fn within(&self, item: &Arc<str>) -> Self {
        Self {
            known: self.known.within(item),
            shown: self.shown.within(item),
            documents: self.documents,
        }
    }
}

fn explain_step(out: &mut String, step: &Step, view: &View<'_>, indent: &str) {
    let reply = step.returns.as_ref().map(ToString::to_string);
    match &step.kind {
        Kind::Value(_) => write(
            out,
            format_args!("\n{indent}a value, made from arguments\n"),
        ),
        Kind::ValueFile(_) => write(out, format_args!("\n{indent}a recorded answer\n")),
        Kind::Fault(FaultRule::Fault { code, .. }) => {
            write(out, format_args!("\n{indent}always the fault {code}\n"));
        }
        Kind::Fault(FaultRule::Value(_)) => write(out, format_args!("\n{indent}a value\n")),
        Kind::Operation {
            service, operation, ..
        } => {
            write(
                out,
                format_args!("\n{indent}the operation {service}.{operation}\n"),
            );
        }
        Kind::Soap(soap) => {
            let request = soap::request(step, soap, view.documents, &view.shown, indent);
            out.push_str(&request);
            return;
        }
        Kind::Rest(request) => {
            let request = rest::request(step, request, view.documents, &view.shown, indent);
            out.push_str(&request);
            return;
        }
        Kind::Proxy(_) => write(
            out,
            format_args!("\n{indent}a request of the client's own\n"),
        ),
        Kind::Procedure(procedure) => explain_procedure(out, procedure, view, indent),
        Kind::Sql(sql) => explain_sql(out, step, sql, view, indent),
        Kind::Steps(steps) => {
            for (step, waits) in steps.steps.iter().zip(&steps.waits) {
                let names: Vec<_> = waits
                    .iter()
                    .filter_map(|&index| Some(&*steps.steps.get(index)?.name))
                    .collect();
                let when = if names.is_empty() {
                    "at once".to_owned()
                } else {
                    format!("after {}", names.join(", "))
                };
                write(out, format_args!("\n{indent}step {}, {when}", step.name));
                explain_step(out, step, view, &format!("{indent}  "));
            }
        }
        Kind::Transaction {
            backend,
            steps,
            retry,
            ..
        } => {
            let again = if *retry > 0 {
                format!(", again up to {retry} times")
            } else {
                String::new()
            };
            write(
                out,
                format_args!("\n{indent}a transaction on {}{again}\n", backend.name),
            );
            for step in steps {
                let each = step
                    .each
                    .as_ref()
                    .map(|each| format!(", for each `{}`", each.name))
                    .unwrap_or_default();
                let when = if step.when.is_some() {
                    ", if its `when` holds"
                } else {
                    ""
                };
                write(
                    out,
                    format_args!("\n{indent}step {}{each}{when}", step.name),
                );
                let indent = format!("{indent}  ");
                match &step.each {
                    Some(each) => explain_step(out, step, &view.within(&each.name), &indent),
                    None => explain_step(out, step, view, &indent),
                }
            }
        }
    }
    if let Some(reply) = reply {
        let from = if step.value.is_some() {
            ", made by `value`"
        } else {
            ""
        };
        write(
            out,
            format_args!("{indent}reply: {reply}{from}{}\n", reading(step)),
        );
    } else if step.value.is_some() {
        write(out, format_args!("{indent}reply: made by `value`\n"));
    }
}

fn explain_procedure(out: &mut String, step: &ProcedureStep, view: &View<'_>, indent: &str) {
    write(
        out,
        format_args!(
            "\n{indent}the procedure {} on {}\n",
            step.procedure, step.backend.name
        ),
    );
    for (name, value) in &step.with {
        let value = match tree::evaluate(value, &view.shown) {
            Ok(value) => shown(&value),
            Err(error) => error.to_string(),
        };
        write(out, format_args!("{indent}  {name} = {value}\n"));
    }
    if !step.sets.is_empty() {
        write(
            out,
            format_args!("{indent}  its result sets: {}\n", step.sets.join(", ")),
        );
    }
}

/// How a statement's rows become the reply, where the slot alone does not say it.
fn reading(step: &Step) -> &'static str {
    let Kind::Sql(sql) = &step.kind else {
        return "";
    };
    let is_shaped = step
        .returns
        .as_ref()
        .is_some_and(|slot| slot.shape.is_some());
    match sql.reading {
        Reading::Rows if is_shaped => " (all rows)",
        Reading::Rows => " (all rows: RecordSet in AMF0, ArrayCollection in AMF3)",
        Reading::Row => " (exactly one row)",
        Reading::RowOrNull => " (one row, or null)",
        Reading::Scalar => " (one value of one row)",
        Reading::ScalarOrNull => " (one value, or null)",
        Reading::Scalars => " (the only column of all rows)",
        Reading::Nothing => " (null, whatever comes)",
    }
}

fn explain_sql(out: &mut String, step: &Step, sql: &SqlStep, view: &View<'_>, indent: &str) {
    let does = if sql.statement.writes {
        "writes"
    } else {
        "reads"
    };
    let product = match sql.statement.dialect {
        Dialect::Postgres => "PostgreSQL",
        Dialect::MySql => "MySQL or MariaDB",
        Dialect::Sqlite => "SQLite",
    };
    let texts = sql.statement.variants.len();
    let which = if texts > 1 {
        format!(", one of {texts} texts")
    } else {
        String::new()
    };
    write(
        out,
        format_args!(
            "\n{indent}sql on {}, {product}, {does}{which}\n",
            sql.backend.name
        ),
    );

    let decidable = sql
        .statement
        .conditions
        .iter()
        .flat_map(expression::names)
        .all(|(root, _)| view.known.knows(root));
    if !decidable {
        write(
            out,
            format_args!("{indent}which of them is decided by what other steps give:\n"),
        );
        for (index, variant) in sql.statement.variants.iter().enumerate() {
            write(
                out,
                format_args!("{indent}{}\n", sql.statement.case(variant)),
            );
            explain_text(out, step, sql, index, variant, view, indent);
        }
        return;
    }
    match sql
        .statement
        .variant(|condition| expression::holds(condition, &view.known))
    {
        Ok(Some((index, variant))) => explain_text(out, step, sql, index, variant, view, indent),
        Ok(None) => write(
            out,
            format_args!("{indent}no text is made for these arguments\n"),
        ),
        Err(error) => write(
            out,
            format_args!("{indent}a condition cannot be answered: {error}\n"),
        ),
    }
}

fn explain_text(
    out: &mut String,
    step: &Step,
    sql: &SqlStep,
    index: usize,
    variant: &Variant,
    view: &View<'_>,
    indent: &str,
) {
    let prepared = sql.prepared.of(index);
    let base = prepared
        .as_ref()
        .map_or(&variant.text, |prepared| &prepared.text);
    let columns = prepared
        .as_ref()
        .map(|prepared| prepared.described.columns.as_slice())
        .unwrap_or_default();
    let (word, descending) = order(sql, &view.known);
    let choice = OrderChoice {
        word: word.as_deref(),
        descending,
    };
    // Where rows are counted while they are read, no LIMIT is put.
    let cap = (!sql.statement.writes && sql.reading == Reading::Rows).then_some(step.max_rows);
    let pages = Pages {
        sql,
        base,
        columns,
        choice,
        bound: variant.binds.len(),
    };
    let only = sql.page.as_ref().filter(|paging| paging.only.is_some());
    match only {
        Some(paging) => pages.only(out, paging, &view.known, indent),
        None => match sql.statement.text(index, base, choice, columns, cap) {
            Ok(text) => write_text(out, &text, indent),
            Err(error) => write(out, format_args!("{indent}  {error}\n")),
        },
    }
    for (number, bind) in (1..).zip(&variant.binds) {
        let placeholder = placeholder(sql.statement.dialect, number);
        let value = match &*bind.path.root {
            // Nobody has called, so there is nothing yet.
            "call" | "identity" | "session" => path_text(&bind.path),
            root if view.shown.is_item(root) => format!("{} of each", path_text(&bind.path)),
            root if view.shown.knows(root) => match expression::follow(&bind.path, &view.shown) {
                Ok(value) => shown(&value),
                Err(error) => error.to_string(),
            },
            root => format!("what step {root} gives"),
        };
        let function = bind
            .function
            .map(|function| format!(", as {}", function.name()))
            .unwrap_or_default();
        write(
            out,
            format_args!("{indent}  {placeholder} = {value}{function}\n"),
        );
    }
    if let Some(paging) = &sql.page {
        pages.further(out, paging, &view.known, indent);
    }
}

/// A text, without the lines that are empty.
pub(super) fn write_text(out: &mut String, text: &str, indent: &str) {
    let lines = text.lines().map(str::trim_end);
    for line in lines.filter(|line| !line.is_empty()) {
        write(out, format_args!("{indent}  {line}\n"));
    }
}

/// The place of a value in a text.
pub(super) fn placeholder(dialect: Dialect, number: usize) -> String {
    match dialect {
        Dialect::Postgres => format!("${number}"),
        Dialect::MySql => format!("? number {number}"),
        Dialect::Sqlite => format!("?{number}"),
    }
}

fn path_text(path: &Path) -> String {
    let mut text = path.root.to_string();
    for part in &path.parts {
        match part {
            Part::Name(name) => text.extend([".", name]),
            Part::Index(index) => text.push_str(&format!("[{index}]")),
            Part::Each => text.push_str("[]"),
        }
    }
    text
}

/// The word and the direction that the arguments choose.
fn order(sql: &SqlStep, known: &Known<'_>) -> (Option<Arc<str>>, bool) {
    match &sql.statement.order {
        Some(Order::Choice { by, descending, .. }) => {
            let word = expression::evaluate(by, known)
                .ok()
                .and_then(|word| convert::to_text(&word));
            let descending = descending
                .as_ref()
                .is_some_and(|bool| expression::holds(bool, known).unwrap_or(false));
            (word, descending)
        }
        Some(Order::Fixed(_)) | None => (None, false),
    }
}

pub(super) fn write(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    out.write_fmt(arguments)
        .expect("writing to a text does not fail");
}

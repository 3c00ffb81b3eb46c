//! Procedures and functions of PostgreSQL, with cursors that they hand out.

use std::fmt::Write as _;
use std::sync::Arc;

use footbridge_mapping::data::Data;
use footbridge_mapping::rows::ColumnKind;
use sqlx::Row as _;
use sqlx::postgres::PgArguments;

use super::{Link, Postgres};
use crate::engine::Engine as _;
use crate::error::SqlError;
use crate::procedure::{
    self, Call, Called, ParameterMode, ProcedureInfo, ProcedureParameter, Returns,
};
use crate::query::Query;
use crate::run;

/// All of one name, the schema of the search path that comes first before the others.
const CATALOGUE: &str = "SELECT quote_ident(n.nspname) || '.' || quote_ident(p.proname) AS quoted,
    p.prokind::text AS kind, p.proretset AS set, format_type(p.prorettype, NULL) AS returns,
    p.proargnames AS names, p.proargmodes::text[] AS modes, p.pronargdefaults::int4 AS defaults,
    ARRAY(SELECT format_type(a.t, NULL)
          FROM unnest(COALESCE(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS a(t, i)
          ORDER BY a.i) AS types
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE p.proname IN ($2, lower($2)) AND p.prokind IN ('f', 'p')
  AND CASE WHEN $1 = '' THEN n.nspname = ANY(current_schemas(true)) ELSE n.nspname IN ($1, lower($1)) END
ORDER BY p.proname = $2 DESC, array_position(current_schemas(true), n.nspname), p.oid";

/// Asks the catalogue. Of several with one name the one that takes the given parameters.
pub(super) async fn describe(
    link: &mut Link,
    name: &str,
    given: &[&str],
) -> Result<ProcedureInfo, SqlError> {
    let (schema, plain) = name.split_once('.').unwrap_or(("", name));
    let rows = sqlx::query(CATALOGUE)
        .bind(schema)
        .bind(plain)
        .fetch_all(&mut link.connection)
        .await
        .map_err(|error| SqlError::from_sqlx(error, CATALOGUE))?;
    let mut infos = Vec::with_capacity(rows.len());
    for row in &rows {
        infos.push(info(name, row).map_err(|error| SqlError::from_sqlx(error, CATALOGUE))?);
    }
    let fits = |info: &ProcedureInfo| {
        let takes = |name: &&str| {
            info.parameters.iter().any(|parameter| {
                parameter.mode.goes_in() && parameter.name.eq_ignore_ascii_case(name)
            })
        };
        let enough = info.parameters.iter().all(|parameter| {
            parameter.mode != ParameterMode::In
                || parameter.has_default
                || given
                    .iter()
                    .any(|name| parameter.name.eq_ignore_ascii_case(name))
        });
        given.iter().all(takes) && enough
    };
    match infos.iter().position(fits) {
        Some(at) => Ok(infos.swap_remove(at)),
        None => infos
            .into_iter()
            .next()
            .ok_or_else(|| procedure::unknown(name)),
    }
}

fn info(name: &str, row: &sqlx::postgres::PgRow) -> Result<ProcedureInfo, sqlx::Error> {
    let function = row.try_get::<String, _>("kind")? == "f";
    let returns: String = row.try_get("returns")?;
    let names: Option<Vec<String>> = row.try_get("names")?;
    let modes: Option<Vec<String>> = row.try_get("modes")?;
    let types: Vec<String> = row.try_get("types")?;
    let defaults = usize::try_from(row.try_get::<i32, _>("defaults")?).unwrap_or(0);
    let mut parameters = Vec::with_capacity(types.len());
    for (at, of) in types.into_iter().enumerate() {
        let mode = match modes
            .as_ref()
            .and_then(|modes| modes.get(at))
            .map(String::as_str)
        {
            Some("o") => ParameterMode::Out,
            Some("b") => ParameterMode::InOut,
            Some("t") => continue,
            Some(_) | None => ParameterMode::In,
        };
        let own = names
            .as_ref()
            .and_then(|names| names.get(at))
            .filter(|name| !name.is_empty());
        parameters.push(ProcedureParameter {
            name: own.map_or_else(
                || format!("argument{}", at + 1).into(),
                |name| Arc::from(name.as_str()),
            ),
            mode,
            kind: kind_of(&of),
            has_default: false,
            named: own.is_some(),
            of,
        });
    }
    // The last ones that go in have the defaults.
    parameters
        .iter_mut()
        .rev()
        .filter(|parameter| parameter.mode.goes_in())
        .take(defaults)
        .for_each(|parameter| parameter.has_default = true);
    let returns = match (row.try_get("set")?, &*returns) {
        (_, "refcursor") => Returns::Cursors,
        (true, _) => Returns::Sets,
        (false, "void") if function => Returns::Nothing,
        (false, _) => Returns::Values,
    };
    Ok(ProcedureInfo {
        name: Arc::from(name),
        parameters,
        function,
        returns,
        quoted: row.try_get("quoted")?,
    })
}

/// By the names of `format_type`.
fn kind_of(of: &str) -> ColumnKind {
    if let Some(element) = of.strip_suffix("[]") {
        return ColumnKind::List(Box::new(kind_of(element)));
    }
    match of.split('(').next().unwrap_or(of) {
        "boolean" => ColumnKind::Bool,
        "smallint" | "integer" => ColumnKind::Int,
        "bigint" | "oid" => ColumnKind::Long,
        "real" | "double precision" => ColumnKind::Number,
        "numeric" => ColumnKind::Decimal,
        "text" | "character varying" | "character" | "name" | "citext" | "refcursor" => {
            ColumnKind::Text
        }
        "bytea" => ColumnKind::Bytes,
        "date" => ColumnKind::Day,
        "time without time zone" | "time with time zone" | "interval" => ColumnKind::Time,
        "timestamp without time zone" => ColumnKind::LocalTimestamp,
        "timestamp with time zone" => ColumnKind::Timestamp,
        "uuid" => ColumnKind::Uuid,
        "json" | "jsonb" => ColumnKind::Json,
        "xml" => ColumnKind::Xml,
        other => ColumnKind::Other(Arc::from(other)),
    }
}

/// The text of a call and its values. Types of the catalogue stand as casts, so that overloads are told apart.
fn text(info: &ProcedureInfo, call: &Call<'_>) -> (Arc<str>, Vec<Data>) {
    let mut text = if info.function {
        "SELECT * FROM "
    } else {
        "CALL "
    }
    .to_owned();
    text.push_str(&info.quoted);
    text.push('(');
    let mut binds = Vec::new();
    let named = info.parameters.iter().all(|parameter| parameter.named);
    let mut first = true;
    for parameter in &info.parameters {
        let value = call.value(parameter);
        let left_out = match parameter.mode {
            // A procedure's OUT parameters have a place in its call, a function's have none.
            ParameterMode::Out => info.function,
            ParameterMode::In | ParameterMode::InOut => value.is_none() && parameter.has_default,
        };
        if left_out {
            continue;
        }
        if !std::mem::take(&mut first) {
            text.push_str(", ");
        }
        if named {
            push_quoted(&mut text, &parameter.name);
            text.push_str(" => ");
        }
        if parameter.mode.goes_in() {
            binds.push(value.cloned().unwrap_or(Data::Null));
            write!(text, "${}::{}", binds.len(), parameter.of)
                .expect("writing to a string does not fail");
        } else {
            text.push_str("NULL::");
            text.push_str(&parameter.of);
        }
    }
    text.push(')');
    (text.into(), binds)
}

fn push_quoted(out: &mut String, name: &str) {
    out.push('"');
    out.push_str(&name.replace('"', "\"\""));
    out.push('"');
}

/// Calls it. Where it hands out cursors, whoever calls has begun a transaction.
pub(super) async fn call(
    engine: &Postgres,
    link: &mut Link,
    info: &ProcedureInfo,
    call: &Call<'_>,
) -> Result<Called, SqlError> {
    info.check(call)?;
    let (text, binds) = text(info, call);
    let query = Query {
        text: &text,
        binds: &binds,
        declared: &[],
        columns: &[],
        page: None,
        writes: call.writes,
        max_rows: call.max_rows,
        zone: call.zone,
        deadline: call.deadline,
    };
    let known = engine.describe(link, &text, &[]).await?;
    let arguments = engine.bind(&known, &query)?;
    let steps = Postgres::steps(link, &known.preparation.text, arguments);
    let mut sets = run::sets::<Postgres>(steps, &query).await?;
    let mut called = Called::default();
    let rows = match info.returns {
        Returns::Nothing => return Ok(called),
        Returns::Sets => {
            sets.truncate(1);
            called.sets = sets;
            return Ok(called);
        }
        Returns::Values | Returns::Cursors => sets.into_iter().next().unwrap_or_default(),
    };
    let mut left = call.max_rows;
    for row in rows {
        let Data::Object(record) = row else { continue };
        for (name, value) in &record.members {
            let Some(cursor) = cursor(info, name, value) else {
                called.out.members.insert(Arc::clone(name), value.clone());
                continue;
            };
            let mut text = "FETCH ALL FROM ".to_owned();
            push_quoted(&mut text, cursor);
            let text = Arc::from(text);
            let query = Query {
                text: &text,
                binds: &[],
                max_rows: left,
                ..query
            };
            // Another cursor may have this name the next time, so nothing of it is kept.
            let steps = super::steps(link, &text, PgArguments::default(), false);
            for set in run::sets::<Postgres>(steps, &query).await? {
                left = left.saturating_sub(set.len());
                called.sets.push(set);
            }
        }
    }
    Ok(called)
}

/// Whether any of its values is a cursor.
pub(super) fn hands_out_cursors(info: &ProcedureInfo) -> bool {
    info.returns == Returns::Cursors
        || info
            .parameters
            .iter()
            .any(|parameter| parameter.mode.goes_out() && parameter.of == "refcursor")
}

fn cursor<'v>(info: &ProcedureInfo, name: &str, value: &'v Data) -> Option<&'v str> {
    let is_cursor = info.returns == Returns::Cursors
        || info
            .parameters
            .iter()
            .any(|parameter| parameter.of == "refcursor" && *parameter.name == *name);
    match value {
        Data::Text(text) if is_cursor => Some(text),
        _ => None,
    }
}

//! Procedures and functions of MySQL and MariaDB. What goes out comes back in variables of the session.

use std::fmt::Write as _;
use std::sync::Arc;

use footbridge_mapping::data::Data;
use footbridge_mapping::rows::ColumnKind;
use sqlx::Row as _;

use super::{Link, MySql};
use crate::engine::Engine as _;
use crate::error::SqlError;
use crate::procedure::{
    self, Call, Called, ParameterMode, ProcedureInfo, ProcedureParameter, Returns,
};
use crate::query::Query;
use crate::run;

const ROUTINE: &str =
    "SELECT CAST(routine_schema AS CHAR), CAST(routine_name AS CHAR), CAST(routine_type AS CHAR)
FROM information_schema.routines
WHERE routine_schema = COALESCE(?, DATABASE()) AND routine_name = ?
ORDER BY routine_type DESC LIMIT 1";

const PARAMETERS: &str =
    "SELECT CAST(parameter_mode AS CHAR), CAST(parameter_name AS CHAR), CAST(data_type AS CHAR),
    CAST(dtd_identifier AS CHAR)
FROM information_schema.parameters
WHERE specific_schema = ? AND specific_name = ? AND routine_type = ? AND ordinal_position > 0
ORDER BY ordinal_position";

/// Asks the catalogue.
pub(super) async fn describe(link: &mut Link, name: &str) -> Result<ProcedureInfo, SqlError> {
    let (schema, plain) = match name.split_once('.') {
        Some((schema, plain)) => (Some(schema), plain),
        None => (None, name),
    };
    let failed = |error| SqlError::from_sqlx(error, "");
    let routine: Option<(String, String, String)> = sqlx::query_as(ROUTINE)
        .bind(schema)
        .bind(plain)
        .fetch_optional(&mut link.connection)
        .await
        .map_err(failed)?;
    let Some((schema, plain, kind)) = routine else {
        return Err(procedure::unknown(name));
    };
    let rows = sqlx::query(PARAMETERS)
        .bind(&schema)
        .bind(&plain)
        .bind(&kind)
        .fetch_all(&mut link.connection)
        .await
        .map_err(failed)?;
    let mut parameters = Vec::with_capacity(rows.len());
    for row in &rows {
        parameters.push(parameter(row).map_err(failed)?);
    }
    let function = kind.eq_ignore_ascii_case("function");
    let mut quoted = String::new();
    push_quoted(&mut quoted, &schema);
    quoted.push('.');
    push_quoted(&mut quoted, &plain);
    Ok(ProcedureInfo {
        name: Arc::from(name),
        parameters,
        function,
        returns: if function {
            Returns::Values
        } else {
            Returns::Sets
        },
        quoted,
    })
}

fn parameter(row: &sqlx::mysql::MySqlRow) -> Result<ProcedureParameter, sqlx::Error> {
    let mode: Option<String> = row.try_get(0)?;
    let name: String = row.try_get(1)?;
    let kind: String = row.try_get(2)?;
    let of: String = row.try_get(3)?;
    Ok(ProcedureParameter {
        name: name.into(),
        mode: match mode.as_deref() {
            Some("OUT") => ParameterMode::Out,
            Some("INOUT") => ParameterMode::InOut,
            Some(_) | None => ParameterMode::In,
        },
        kind: kind_of(&kind, &of),
        has_default: false,
        of,
        named: true,
    })
}

fn kind_of(kind: &str, of: &str) -> ColumnKind {
    match kind.to_ascii_lowercase().as_str() {
        "tinyint" if of.eq_ignore_ascii_case("tinyint(1)") => ColumnKind::Bool,
        "tinyint" | "smallint" | "mediumint" | "int" | "year" => ColumnKind::Int,
        "bigint" => ColumnKind::Long,
        "decimal" => ColumnKind::Decimal,
        "float" | "double" => ColumnKind::Number,
        "bit" | "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => {
            ColumnKind::Bytes
        }
        "date" => ColumnKind::Day,
        "time" => ColumnKind::Time,
        "datetime" => ColumnKind::LocalTimestamp,
        "timestamp" => ColumnKind::Timestamp,
        "json" => ColumnKind::Json,
        "geometry" | "point" | "linestring" | "polygon" => ColumnKind::Other(Arc::from(kind)),
        _ => ColumnKind::Text,
    }
}

fn push_quoted(out: &mut String, name: &str) {
    out.push('`');
    out.push_str(&name.replace('`', "``"));
    out.push('`');
}

/// How a session's variable is read back as its parameter's type: variables keep numbers and texts, nothing else.
fn read_back(parameter: &ProcedureParameter, variable: &str) -> String {
    match parameter.kind {
        ColumnKind::Decimal | ColumnKind::Day | ColumnKind::Time => {
            let of = parameter.of.to_ascii_lowercase();
            format!(
                "CAST({variable} AS {})",
                of.replace("unsigned", "").replace("zerofill", "").trim()
            )
        }
        ColumnKind::LocalTimestamp | ColumnKind::Timestamp => {
            let digits = parameter
                .of
                .split_once('(')
                .map_or("", |(_, digits)| digits);
            let digits = digits.trim_end_matches(')');
            let digits = if digits.is_empty() { "0" } else { digits };
            format!("CAST({variable} AS DATETIME({digits}))")
        }
        ColumnKind::Bool
        | ColumnKind::Int
        | ColumnKind::Long
        | ColumnKind::Number
        | ColumnKind::Text
        | ColumnKind::Bytes
        | ColumnKind::Json
        | ColumnKind::Xml
        | ColumnKind::Uuid
        | ColumnKind::List(_)
        | ColumnKind::Other(_)
        | ColumnKind::Unknown => variable.to_owned(),
    }
}

/// Calls it.
pub(super) async fn call(
    engine: &MySql,
    link: &mut Link,
    info: &ProcedureInfo,
    call: &Call<'_>,
) -> Result<Called, SqlError> {
    info.check(call)?;
    let mut text = if info.function { "SELECT " } else { "CALL " }.to_owned();
    text.push_str(&info.quoted);
    text.push('(');
    let mut binds = Vec::new();
    let mut set = String::new();
    let mut set_binds = Vec::new();
    let mut back = String::new();
    for (at, parameter) in info.parameters.iter().enumerate() {
        if at > 0 {
            text.push_str(", ");
        }
        let value = call.value(parameter).cloned().unwrap_or(Data::Null);
        if parameter.mode == ParameterMode::In {
            text.push('?');
            binds.push(value);
            continue;
        }
        let variable = format!("@footbridge_{at}");
        text.push_str(&variable);
        set.push_str(if set.is_empty() { "SET " } else { ", " });
        set.push_str(&variable);
        set.push_str(" = ?");
        set_binds.push(value);
        back.push_str(if back.is_empty() { "SELECT " } else { ", " });
        back.push_str(&read_back(parameter, &variable));
        back.push_str(" AS ");
        push_quoted(&mut back, &parameter.name);
    }
    text.push(')');
    if info.function {
        write!(text, " AS `{}`", info.name.replace('`', "``"))
            .expect("writing to a string does not fail");
    }
    if !set.is_empty() {
        query(engine, link, set, &set_binds, call).await?;
    }
    let mut sets = query(engine, link, text, &binds, call).await?;
    let mut called = Called::default();
    if info.function {
        let row = sets.into_iter().flatten().next();
        if let Some(Data::Object(record)) = row {
            called.out = (*record).clone();
        }
        return Ok(called);
    }
    // The last is the end of the call itself.
    sets.pop();
    called.sets = sets;
    if !back.is_empty() {
        let rows = query(engine, link, back, &[], call).await?;
        if let Some(Data::Object(record)) = rows.into_iter().flatten().next() {
            called.out = (*record).clone();
            truths(info, &mut called);
        }
    }
    Ok(called)
}

/// A variable keeps a boolean as a number.
fn truths(info: &ProcedureInfo, called: &mut Called) {
    for parameter in &info.parameters {
        if parameter.kind != ColumnKind::Bool {
            continue;
        }
        if let Some(value) = called.out.members.get_mut(&parameter.name)
            && let Data::Int(number @ (0 | 1)) = value
        {
            *value = Data::Bool(*number == 1);
        }
    }
}

async fn query(
    engine: &MySql,
    link: &mut Link,
    text: String,
    binds: &[Data],
    call: &Call<'_>,
) -> Result<Vec<Vec<Data>>, SqlError> {
    let text = Arc::from(text);
    let query = Query {
        text: &text,
        binds,
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
    let steps = MySql::steps(link, &text, arguments);
    run::sets::<MySql>(steps, &query).await
}

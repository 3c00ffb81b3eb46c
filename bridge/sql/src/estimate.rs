//! What a plan says of the number of rows: that of PostgreSQL for the result, those of MySQL and MariaDB for the tables that are read one
//! within the other.

use footbridge_mapping::data::{Data, convert};
use footbridge_mapping::statement::Dialect;

use crate::json;

/// The number of rows that a plan expects, rounded; `None` where it does not say, or counts other rows than those of the result. `plan` is the
/// only value of a text by [`planned`](footbridge_mapping::statement::estimate::planned).
pub fn estimated_rows(dialect: Dialect, plan: &Data) -> Option<u64> {
    let read;
    let plan = match plan {
        // MySQL and MariaDB send it as text.
        Data::Text(text) => {
            read = json::collect(text).ok()?;
            &read
        }
        other => other,
    };
    let rows = match dialect {
        Dialect::Postgres => number(&plan.items()?.first()?.member("Plan").member("Plan Rows"))?,
        Dialect::MySql => mysql(plan)?,
        Dialect::Sqlite => return None,
    };
    // From f64 saturates, and makes nothing of what is no number.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturating is what is meant"
    )]
    Some(rows.round() as u64)
}

fn mysql(plan: &Data) -> Option<f64> {
    // Version 2 of MySQL's format.
    for result in [plan.clone(), plan.member("query_plan")] {
        if let Some(rows) = number(&result.member("estimated_rows")) {
            return Some(rows);
        }
    }
    let mut tables = Vec::new();
    let mut left = vec![plan.member("query_block")];
    while let Some(step) = left.pop() {
        let Data::Object(step) = &step else {
            return None;
        };
        let mut inner = 0;
        for (name, value) in &step.members {
            match &**name {
                "table" => tables.push(value.clone()),
                "nested_loop" => left.extend(value.items()?.iter().rev().cloned()),
                name if PASSED.contains(&name) => left.push(value.clone()),
                _ => continue,
            }
            inner += 1;
        }
        // Grouping and its like have names of their own: what they make of the rows they do not say.
        if inner != 1 {
            return None;
        }
    }
    // MySQL says what comes out of each table and those before it.
    if let Some(rows) = number(&tables.last()?.member("rows_produced_per_join")) {
        return Some(rows);
    }
    tables.iter().try_fold(1.0, |rows, table| {
        let read = number(&table.member("rows"))?;
        let kept = number(&table.member("filtered"))?;
        Some(rows * read * kept / 100.0)
    })
}

/// Steps that give as many rows as they get.
const PASSED: [&str; 5] = [
    "ordering_operation",
    "read_sorted_file",
    "filesort",
    "temporary_table",
    "block-nl-join",
];

fn number(value: &Data) -> Option<f64> {
    convert::to_number(value).filter(|number| number.is_finite() && *number >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(dialect: Dialect, plan: &str) -> Option<u64> {
        estimated_rows(dialect, &Data::text(plan))
    }

    #[test]
    fn postgresql_says_it_of_the_result() {
        let plan = r#"[{"Plan": {"Node Type": "Aggregate", "Plan Rows": 7, "Plans": [{"Plan Rows": 5000}]}}]"#;
        assert_eq!(rows(Dialect::Postgres, plan), Some(7));
        assert_eq!(rows(Dialect::Postgres, "[]"), None);
    }

    #[test]
    fn mariadb_says_it_of_each_table() {
        let joined = r#"{"query_block": {"select_id": 1, "nested_loop": [
            {"table": {"table_name": "e", "rows": 49, "filtered": 50}},
            {"table": {"table_name": "c", "rows": 15, "filtered": 100}}]}}"#;
        assert_eq!(rows(Dialect::MySql, joined), Some(368));
        let sorted = r#"{"query_block": {"select_id": 1, "nested_loop": [{"read_sorted_file": {"filesort": {
            "sort_key": "t.a", "table": {"rows": 10, "filtered": 100}}}}]}}"#;
        assert_eq!(rows(Dialect::MySql, sorted), Some(10));
        let buffered = r#"{"query_block": {"nested_loop": [{"table": {"rows": 10, "filtered": 100}},
            {"block-nl-join": {"table": {"rows": 4, "filtered": 25}, "buffer_type": "flat"}}]}}"#;
        assert_eq!(rows(Dialect::MySql, buffered), Some(10));
    }

    #[test]
    fn mysql_says_it_of_the_last_table() {
        let joined = r#"{"query_block": {"select_id": 1, "cost_info": {"query_cost": "9.1"}, "nested_loop": [
            {"table": {"rows_examined_per_scan": 49, "rows_produced_per_join": 49, "filtered": "100.00"}},
            {"table": {"rows_examined_per_scan": 15, "rows_produced_per_join": 735, "filtered": "100.00"}}]}}"#;
        assert_eq!(rows(Dialect::MySql, joined), Some(735));
        let second =
            r#"{"query": "…", "query_plan": {"operation": "Table scan", "estimated_rows": 12.4}}"#;
        assert_eq!(rows(Dialect::MySql, second), Some(12));
    }

    #[test]
    fn a_plan_that_gathers_or_finds_nothing_says_no_number() {
        for plan in [
            r#"{"query_block": {"grouping_operation": {"table": {"rows": 10, "filtered": 100}}}}"#,
            r#"{"query_block": {"union_result": {"query_specifications": []}}}"#,
            r#"{"query_block": {"select_id": 1, "message": "Impossible WHERE"}}"#,
            r#"{"query_block": {"select_id": 1, "table": {"message": "Impossible WHERE"}}}"#,
            r#"{"query_block": {"table": {"rows": -1, "filtered": 100}}}"#,
            "{}",
            "no JSON",
        ] {
            assert_eq!(rows(Dialect::MySql, plan), None, "{plan}");
        }
    }
}

//! The table: ten mixed columns, the same rows in every database.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail, ensure};
use footbridge_amf::Graph;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

/// Rows of the table.
pub const ROWS: usize = 10_000;

/// Columns that are fetched.
pub const COLUMNS: &str = "id, serial, price, name, note, active, sold_at, sold_on, score, uid";

/// A database that the benchmark runs on.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name in the table of results.
    pub name: &'static str,
    /// The kind of backend in a mapping.
    pub kind: &'static str,
    /// Its address.
    pub address: String,
}

/// SQLite in `folder`, and the servers that the environment names.
///
/// # Errors
/// A path that is no text.
pub fn targets(folder: &std::path::Path) -> Result<Vec<Target>> {
    let file = folder.join("sample.db");
    let mut targets = vec![Target {
        name: "SQLite",
        kind: "sqlite",
        address: file
            .to_str()
            .context("the temporary folder is no text")?
            .to_owned(),
    }];
    for (name, kind, variable) in [
        ("PostgreSQL", "postgres", "FOOTBRIDGE_TEST_POSTGRES"),
        ("MariaDB", "mysql", "FOOTBRIDGE_TEST_MARIADB"),
    ] {
        match std::env::var(variable) {
            Ok(address) => targets.push(Target {
                name,
                kind,
                address,
            }),
            Err(_) => eprintln!("{name} is left out: {variable} is not set"),
        }
    }
    Ok(targets)
}

impl Target {
    /// The address for a driver.
    pub fn url(&self) -> String {
        if self.kind == "sqlite" {
            format!("sqlite://{}?mode=rwc", self.address)
        } else {
            self.address.clone()
        }
    }

    /// Makes the table anew.
    ///
    /// # Errors
    /// What the database says.
    pub async fn fill(&self) -> Result<()> {
        let statements = self.statements();
        match self.kind {
            "sqlite" => {
                let mut connection = sqlx::SqliteConnection::connect(&self.url()).await?;
                connection.execute("PRAGMA journal_mode = WAL").await?;
                for statement in statements {
                    connection.execute(AssertSqlSafe(statement)).await?;
                }
            }
            "postgres" => {
                let mut connection = sqlx::PgConnection::connect(&self.url()).await?;
                for statement in statements {
                    connection.execute(AssertSqlSafe(statement)).await?;
                }
            }
            "mysql" => {
                let mut connection = sqlx::MySqlConnection::connect(&self.url()).await?;
                for statement in statements {
                    connection.execute(AssertSqlSafe(statement)).await?;
                }
            }
            other => bail!("no database of kind {other}"),
        }
        Ok(())
    }

    fn statements(&self) -> Vec<String> {
        let (timestamp, uuid) = match self.kind {
            "postgres" => ("TIMESTAMPTZ", "UUID"),
            "mysql" => ("DATETIME", "CHAR(36)"),
            _ => ("TIMESTAMP", "UUID"),
        };
        let mut statements = vec![
            "DROP TABLE IF EXISTS bench_sample".to_owned(),
            format!(
                "CREATE TABLE bench_sample (id INTEGER PRIMARY KEY, serial BIGINT NOT NULL, price DECIMAL(12,2) NOT NULL, \
                 name VARCHAR(40) NOT NULL, note TEXT, active BOOLEAN NOT NULL, sold_at {timestamp} NOT NULL, \
                 sold_on DATE NOT NULL, score DOUBLE PRECISION NOT NULL, uid {uuid} NOT NULL)"
            ),
        ];
        for start in (0..ROWS).step_by(500) {
            let mut text = String::from("INSERT INTO bench_sample VALUES ");
            for index in start..start + 500 {
                let row = Row::of(index);
                let zone = if self.kind == "postgres" { "+00" } else { "" };
                let note = row
                    .note
                    .map_or_else(|| "NULL".to_owned(), |note| format!("'{note}'"));
                let _ = write!(
                    text,
                    "{}({}, {}, {}, '{}', {note}, {}, '{}{zone}', '{}', {:?}, '{}')",
                    if index == start { "" } else { ", " },
                    row.id,
                    row.serial,
                    row.price,
                    row.name,
                    row.active,
                    row.sold_at,
                    row.sold_on,
                    row.score,
                    row.uid
                );
            }
            statements.push(text);
        }
        statements
    }

    /// A project folder with one service over this database.
    ///
    /// # Errors
    /// What the file system says.
    pub fn project(&self, folder: &std::path::Path) -> Result<()> {
        let mappings = folder.join("mappings");
        std::fs::create_dir_all(&mappings)?;
        let (address, password) = self.without_password();
        std::fs::write(
            mappings.join("gateway.yaml"),
            format!(
                "gateway: bench\nlisten:\n  - http: 127.0.0.1:0\nbackends:\n  bench:\n    {}: {address}\n{password}\
                 limits: {{reply: 512MiB}}\ndefaults: {{roles: public, max-rows: 1000000, timeout: 60s}}\n",
                self.kind
            ),
        )?;
        std::fs::write(
            mappings.join("rows.yaml"),
            format!(
                "service: bench.RowService\nbackend: bench\noperations:\n  getRows:\n    sql: SELECT {COLUMNS} FROM bench_sample\n    \
                 order: id\n    returns: Sample[]\n  getRow:\n    args: {{id: int}}\n    sql: SELECT {COLUMNS} FROM bench_sample WHERE id = :id\n    \
                 returns: Sample?\n  getMany:\n    sql: {}\n    returns: Sample[]\n",
                many()
            ),
        )?;
        Ok(())
    }

    /// Passwords stand beside addresses in a mapping, and never in clear.
    fn without_password(&self) -> (String, String) {
        let Some((scheme, rest)) = self.address.split_once("://") else {
            return (self.address.clone(), String::new());
        };
        let Some((user, host)) = rest.split_once('@') else {
            return (self.address.clone(), String::new());
        };
        match user.split_once(':') {
            Some((user, _)) => (
                format!("{scheme}://{user}@{host}"),
                "    password: ${FOOTBRIDGE_BENCH_PASSWORD}\n".to_owned(),
            ),
            None => (self.address.clone(), String::new()),
        }
    }

    /// What [`Target::project`] calls `FOOTBRIDGE_BENCH_PASSWORD`.
    pub fn password(&self) -> Option<&str> {
        let (_, rest) = self.address.split_once("://")?;
        let (user, _) = rest.split_once('@')?;
        Some(user.split_once(':')?.1)
    }
}

/// How often [`many`] gives each row.
pub const TIMES: usize = 40;

/// All rows many times over.
pub fn many() -> String {
    let mut numbers = String::from("SELECT 1 AS n");
    for number in 2..=TIMES {
        let _ = write!(numbers, " UNION ALL SELECT {number}");
    }
    format!("SELECT {COLUMNS} FROM bench_sample CROSS JOIN ({numbers}) AS numbers")
}

/// One row, as it is written into the table.
struct Row {
    id: usize,
    serial: usize,
    price: String,
    name: String,
    note: Option<String>,
    active: bool,
    sold_at: String,
    sold_on: String,
    score: f64,
    uid: String,
}

impl Row {
    fn of(index: usize) -> Self {
        let minute = index % (28 * 24 * 60);
        let (day, hour, minute) = (minute / 1440 + 1, minute / 60 % 24, minute % 60);
        Self {
            id: index,
            serial: index * 1_000_003,
            price: format!("{}.{:02}", index * 37 % 100_000, index % 100),
            name: format!("product {}", index % 977),
            note: (!index.is_multiple_of(10))
                .then(|| format!("stands on shelf {index} beside the door")),
            active: index.is_multiple_of(3),
            sold_at: format!("2026-02-{day:02} {hour:02}:{minute:02}:30"),
            sold_on: format!("2026-02-{day:02}"),
            score: f64::from(u32::try_from(index).unwrap_or_default()) / 8.0 + 0.125,
            uid: format!("{:08x}-0000-4000-8000-{:012x}", index * 31, index * 7_919),
        }
    }
}

/// Compares the rows of an answer with what was written into the table.
///
/// # Errors
/// The first difference.
pub fn compare(
    answer: &Graph<'_>,
    rows: &[footbridge_amf::Value<'_>],
    expected: impl IntoIterator<Item = usize>,
) -> Result<()> {
    let mut count = 0;
    for (value, index) in rows.iter().zip(expected) {
        let got = crate::client::texts(answer, value)?;
        let row = Row::of(index);
        let number = |value: f64| format!("{value}");
        let seconds = {
            let day: f64 = row.sold_on[8..].parse()?;
            (day - 1.0) * 86_400.0
        };
        let time: Vec<f64> = row.sold_at[11..]
            .split(':')
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        let february = 1_769_904_000.0;
        let want = [
            row.id.to_string(),
            row.serial.to_string(),
            row.price,
            row.name,
            row.note.unwrap_or_else(|| "null".to_owned()),
            row.active.to_string(),
            number((february + seconds + time[0] * 3600.0 + time[1] * 60.0 + time[2]) * 1000.0),
            number((february + seconds) * 1000.0),
            number(row.score),
            row.uid,
        ];
        ensure!(got == want, "row {index} is\n{got:?}, expected\n{want:?}");
        count += 1;
    }
    ensure!(
        count == rows.len(),
        "{} rows came, {count} were compared",
        rows.len()
    );
    Ok(())
}

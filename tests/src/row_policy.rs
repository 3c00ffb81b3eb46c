//! The row policy on a database: each caller sees the rows of its roles, in every form of text, whole and by pages.

use std::error::Error;

use serde_json::{Value as Json, json};

use crate::gateway::{Gateway, migrate};
use crate::http::request;
use crate::project::{Backend, Engine, Project};
use crate::record_set::{Delivery, RecordSet};
use crate::root;

/// Who calls, by its roles, and the rows of the project `tests/policy` that it sees.
const CALLERS: [(&str, &str, &[i64]); 7] = [
    ("7", "customer", &[1, 3, 4, 7, 9]),
    ("8", "customer", &[2, 8]),
    ("10", "customer", &[]),
    ("8", "auditor", &[2, 4, 5, 6, 9]),
    ("7", "auditor,customer", &[1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ("9", "auditor,customer", &[2, 4, 5, 6, 8, 9]),
    ("7", "clerk", &[1, 2, 3, 4, 5, 6, 7, 8, 9]),
];

/// What the rows are in order of for pages: the greatest amounts first.
const BY_AMOUNT: [i64; 9] = [4, 5, 9, 6, 8, 2, 1, 3, 7];

/// Calls everything that reads, as each of the callers.
///
/// # Errors
/// Where a caller sees a row that is not its own, or lacks one that is.
pub fn play(shop: &Backend) -> Result<(), Box<dyn Error>> {
    let project = Project::copy(&root().join("tests/policy"), shop)?;
    match shop.engine {
        // Made by `serve`.
        Engine::Sqlite => {}
        Engine::Postgres | Engine::Mariadb => migrate(&project)?,
    }
    let gateway = Gateway::start(&project)?;
    for (id, roles, seen) in CALLERS {
        let caller = Caller::enter(&gateway, id, roles)?;
        caller
            .look(seen)
            .map_err(|error| format!("{id}, {roles}: {error}\n{}", gateway.said()))?;
    }
    Ok(())
}

struct Caller<'g> {
    gateway: &'g Gateway,
    cookie: String,
}

impl<'g> Caller<'g> {
    fn enter(gateway: &'g Gateway, id: &str, roles: &str) -> Result<Self, Box<dyn Error>> {
        let mut caller = Self {
            gateway,
            cookie: String::new(),
        };
        let (_, cookie) = caller.ask("enter", &json!([id, roles]))?;
        let cookie = cookie.ok_or("a login gives no cookie")?;
        caller.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(caller)
    }

    /// The answer, and the cookie that came with it.
    fn ask(
        &self,
        operation: &str,
        arguments: &Json,
    ) -> Result<(Json, Option<String>), Box<dyn Error>> {
        let response = request(
            self.gateway.address(),
            "POST",
            &format!("/api/t.Bank/{operation}"),
            &[
                ("Content-Type", "application/json"),
                ("Cookie", &self.cookie),
            ],
            arguments.to_string().as_bytes(),
        )?;
        if response.status != 200 {
            let said = String::from_utf8_lossy(&response.body);
            return Err(format!("{operation}: {}: {said}", response.status).into());
        }
        let cookie = response.header("set-cookie").map(str::to_owned);
        Ok((serde_json::from_slice(&response.body)?, cookie))
    }

    fn sees(&self, operation: &str, arguments: &Json, rows: &[i64]) -> Result<(), Box<dyn Error>> {
        let (answer, _) = self.ask(operation, arguments)?;
        same(operation, &ids(&answer)?, rows)
    }

    fn look(&self, seen: &[i64]) -> Result<(), Box<dyn Error>> {
        for operation in ["whole", "starred", "chosen", "cached", "cached"] {
            self.sees(operation, &json!([]), seen)?;
        }
        let labelled = |rows: &[i64]| -> Vec<i64> {
            let seen = rows.iter().filter(|id| seen.contains(id));
            seen.copied().collect()
        };
        self.sees("chosen", &json!(["rent"]), &labelled(&[1, 2, 7]))?;
        self.sees("chosen", &json!(["a'b"]), &labelled(&[3]))?;
        self.sees("chosen", &json!(["x' OR '1'='1"]), &[])?;
        self.by_number(seen)?;
        self.by_keys(&labelled(&BY_AMOUNT))
    }

    /// Pages by argument: the rows before a page, and all of them, are counted among those that are seen.
    fn by_number(&self, seen: &[i64]) -> Result<(), Box<dyn Error>> {
        let mut read = Vec::new();
        for number in 1..=seen.len() / 2 + 1 {
            let (page, _) = self.ask("number", &json!([number]))?;
            if page["total"].as_f64() != json!(seen.len()).as_f64() {
                return Err(format!("{} rows are counted", page["total"]).into());
            }
            read.extend(ids(&page["items"])?);
        }
        same("number", &read, seen)
    }

    /// A record set: its other pages are asked for without the cookie, and are those of who made it.
    fn by_keys(&self, seen: &[i64]) -> Result<(), Box<dyn Error>> {
        self.sees("behind", &json!([]), seen)?;
        for delivery in [Delivery::FetchAll { size: 2 }, Delivery::OnDemand] {
            let mut set = RecordSet::call_with(
                self.gateway,
                &[("Cookie", &self.cookie)],
                "t.Bank.behind",
                &[],
            )?;
            if set.rows().count() < set.len() {
                set.read(self.gateway, delivery)?;
            }
            let read: Vec<_> = set.rows().map(|row| whole(&row[0])).collect();
            same("behind", &read, seen)?;
        }
        Ok(())
    }
}

fn same(operation: &str, read: &[i64], seen: &[i64]) -> Result<(), Box<dyn Error>> {
    if read == seen {
        return Ok(());
    }
    Err(format!("{operation}: read {read:?}, and there are {seen:?}").into())
}

fn ids(rows: &Json) -> Result<Vec<i64>, Box<dyn Error>> {
    let rows = rows.as_array().ok_or_else(|| format!("no list: {rows}"))?;
    Ok(rows.iter().map(|row| whole(&row["id"])).collect())
}

/// A number of a row, 0 for anything else.
fn whole(number: &Json) -> i64 {
    let text = number.as_f64().map(|number| format!("{number:.0}"));
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}

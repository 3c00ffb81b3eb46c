//! Pages by argument whose total is what the database's planner believes.

use std::error::Error;
use std::ops::RangeInclusive;

use footbridge_remoting::Encoding;
use serde_json::json;

use crate::call::{Address, Call, call};
use crate::gateway::{Gateway, migrate};
use crate::project::{Backend, Engine, Project};
use crate::root;

/// Asks for pages of the project `tests/estimates`, of which all rows are 400, and half of them even.
///
/// # Errors
/// Where a total was counted though more pages follow, or is none that can be.
pub fn play(shop: &Backend) -> Result<(), Box<dyn Error>> {
    let project = Project::of(&root().join("tests/estimates"), shop)?;
    migrate(&project)?;
    let gateway = Gateway::start(&project)?;
    // PostgreSQL takes an unknown condition for true of few rows, MariaDB for true of all.
    let even = match shop.engine {
        Engine::Postgres => 30..=199,
        Engine::Mariadb => 201..=1_600,
        Engine::Sqlite => return Err("SQLite estimates nothing".into()),
    };
    for (operation, arguments, rows, total) in [
        ("all", json!([1]), 30, 100..=1_600),
        // The last page, and one that is the only one: there the number is known.
        ("all", json!([14]), 10, 400..=400),
        ("all", json!([1, 380]), 20, 20..=20),
        ("all", json!([1, 400]), 0, 0..=0),
        // Behind the end there are no more than were passed over.
        ("all", json!([15]), 0, 100..=420),
        ("even", json!([1]), 30, even),
        ("even", json!([7]), 20, 200..=200),
    ] {
        asked(&gateway, operation, &arguments, rows, &total)
            .map_err(|error| format!("{operation}{arguments}: {error}\n{}", gateway.said()))?;
    }
    Ok(())
}

fn asked(
    gateway: &Gateway,
    operation: &str,
    arguments: &serde_json::Value,
    rows: usize,
    total: &RangeInclusive<u64>,
) -> Result<(), Box<dyn Error>> {
    let page = call(
        gateway,
        &Call {
            encoding: Encoding::Amf3,
            address: Address::Classic(format!("t.Guesses.{operation}")),
            arguments: arguments.as_array().cloned().unwrap_or_default(),
        },
    )?;
    let page = &page["onResult"];
    let items = page["items"]["source"].as_array().ok_or("no rows")?;
    let said = page["total"].as_u64().ok_or("no total")?;
    if items.len() != rows || !total.contains(&said) {
        let came = items.len();
        return Err(format!("{came} rows of {said}; expected are {rows} of {total:?}").into());
    }
    Ok(())
}

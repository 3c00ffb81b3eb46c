//! Record sets read to their last row, in every way in which their clients read them.

use std::error::Error;

use footbridge_remoting::Encoding;
use serde_json::{Value as Json, json};

use crate::call::{Address, Call, call};
use crate::gateway::{Gateway, migrate};
use crate::project::{Backend, Engine, Project};
use crate::record_set::{Delivery, RecordSet};
use crate::root;

/// The ways, by name.
pub const DELIVERIES: [(&str, Delivery); 5] = [
    ("ondemand", Delivery::OnDemand),
    (
        "page",
        Delivery::Page {
            size: 25,
            prefetch: 0,
        },
    ),
    (
        "page-and-ahead",
        Delivery::Page {
            size: 10,
            prefetch: 2,
        },
    ),
    ("fetchall", Delivery::FetchAll { size: 25 }),
    ("fetchall-by-ones", Delivery::FetchAll { size: 1 }),
];

/// Reads every record set of the project `tests/pages` on a database, and holds its rows against the whole list that a client without record
/// sets gets.
///
/// # Errors
/// Where a row is missing, comes twice, or stands elsewhere.
pub fn play(shop: &Backend, delivery: Delivery) -> Result<(), Box<dyn Error>> {
    let project = Project::of(&root().join("tests/pages"), shop)?;
    migrate(&project)?;
    let gateway = Gateway::start(&project)?;
    for (operation, arguments) in [
        ("byId", vec![]),
        ("byName", vec![]),
        ("byPrice", vec![json!(7)]),
        ("byTime", vec![]),
        ("byRatio", vec![]),
        ("chosen", vec![json!("price"), json!(true)]),
        (
            "chosen",
            vec![
                json!("name"),
                json!(true),
                json!((20..90).collect::<Vec<_>>()),
            ],
        ),
        ("counted", vec![]),
    ] {
        let name = format!("t.Events.{operation}");
        let whole = ids_of_all(&gateway, &name, &arguments)?;
        let mut set = RecordSet::call(&gateway, &name, &arguments)
            .map_err(|error| format!("{operation}: {error}"))?;
        set.read(&gateway, delivery)
            .map_err(|error| format!("{operation}: {error}\n{}", gateway.said()))?;
        let at = (set.columns.iter().position(|name| name == "id")).ok_or("there is no id")?;
        let read: Vec<_> = set.rows().map(|row| row[at].as_f64()).collect();
        if read != whole {
            return Err(format!("{operation}: read {read:?}, and there are {whole:?}").into());
        }
        if set.questions == 0 {
            return Err(format!("{operation}: nothing was asked for").into());
        }
    }
    cased(&gateway, shop.engine)
}

/// An order whose keys are equal in pairs where the database does not look at case.
fn cased(gateway: &Gateway, engine: Engine) -> Result<(), Box<dyn Error>> {
    let set = RecordSet::call(gateway, "t.Events.cased", &[]);
    match (engine, set) {
        (Engine::Sqlite | Engine::Postgres, Ok(_)) => Ok(()),
        (Engine::Mariadb, Err(error)) if error.to_string().contains("Server.BadReply") => Ok(()),
        (_, Ok(_)) => Err("cased: half of a pair would be on no page".into()),
        (_, Err(error)) => Err(format!("cased: {error}\n{}", gateway.said()).into()),
    }
}

fn ids_of_all(
    gateway: &Gateway,
    name: &str,
    arguments: &[Json],
) -> Result<Vec<Option<f64>>, Box<dyn Error>> {
    let whole = Call {
        encoding: Encoding::Amf3,
        address: Address::Classic(name.to_owned()),
        arguments: arguments.to_vec(),
    };
    let answer = call(gateway, &whole)?;
    let rows = answer["onResult"]["source"]
        .as_array()
        .ok_or_else(|| format!("no list: {answer}"))?;
    Ok(rows.iter().map(|row| row["id"].as_f64()).collect())
}

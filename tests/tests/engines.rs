//! Plays the golden calls on PostgreSQL and MariaDB: those of the samples with the same mappings, one line of `gateway.yaml`
//! changed, those about what each database has of its own, pages, estimates, and the row policy.

use std::error::Error;

use footbridge_tests::database;
use footbridge_tests::estimates;
use footbridge_tests::golden::Case;
use footbridge_tests::pages;
use footbridge_tests::project::{Backend, Engine};
use footbridge_tests::row_policy;
use libtest_mimic::{Arguments, Failed, Trial};

type Make = fn(&str) -> Result<Backend, Box<dyn Error>>;

fn main() {
    let arguments = Arguments::from_args();
    let cases = Case::all().expect("tests/calls can be read");
    let mut trials = Vec::new();
    for case in &cases {
        for engine in &case.on {
            let make = match engine {
                Engine::Sqlite => continue,
                Engine::Postgres => database::postgres,
                Engine::Mariadb => database::mariadb,
            };
            let case = case.clone();
            let database = format!("case_{}", case.name.replace('-', "_"));
            let name = format!("{}::{}", engine.kind(), case.name);
            trials.push(Trial::test(name, move || {
                let shop = make(&database)?;
                case.play(&shop).map_err(Failed::from)
            }));
        }
    }
    let engines = [
        (Engine::Postgres, database::postgres as Make),
        (Engine::Mariadb, database::mariadb),
    ];
    for (name, delivery) in pages::DELIVERIES {
        for (engine, make) in engines {
            let database = format!("pages_{}", name.replace('-', "_"));
            let name = format!("{}::pages::{name}", engine.kind());
            trials.push(Trial::test(name, move || {
                let shop = make(&database)?;
                pages::play(&shop, delivery).map_err(Failed::from)
            }));
        }
    }
    for (engine, make) in engines {
        trials.push(Trial::test(
            format!("{}::estimates", engine.kind()),
            move || {
                let shop = make("estimates")?;
                estimates::play(&shop).map_err(Failed::from)
            },
        ));
    }
    for (engine, make) in engines {
        trials.push(Trial::test(
            format!("{}::row_policy", engine.kind()),
            move || {
                let shop = make("row_policy")?;
                row_policy::play(&shop).map_err(Failed::from)
            },
        ));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

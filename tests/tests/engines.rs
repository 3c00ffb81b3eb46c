//! Plays the golden calls of the samples on PostgreSQL and MariaDB: the same mappings, one line of `gateway.yaml` changed.

use footbridge_tests::database;
use footbridge_tests::golden::Case;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let cases = Case::all().expect("tests/calls can be read");
    let mut trials = Vec::new();
    for case in cases.into_iter().filter(Case::is_about_samples) {
        for (engine, make) in [
            ("postgres", database::postgres as fn(&str) -> _),
            ("mariadb", database::mariadb),
        ] {
            let case = case.clone();
            let database = format!("case_{}", case.name.replace('-', "_"));
            trials.push(Trial::test(format!("{engine}::{}", case.name), move || {
                let shop = make(&database)?;
                case.play(&shop).map_err(Failed::from)
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

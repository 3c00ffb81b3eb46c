//! Plays the golden calls on SQLite, each as a test of its own.

use footbridge_tests::golden::Case;
use footbridge_tests::pages;
use footbridge_tests::project::{Backend, Engine};
use footbridge_tests::row_policy;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let cases = Case::all().expect("tests/calls can be read");
    let mut trials: Vec<_> = cases
        .into_iter()
        .filter(|case| case.on.contains(&Engine::Sqlite))
        .map(|case| {
            Trial::test(case.name.clone(), move || {
                case.play(&Backend::sqlite()).map_err(Failed::from)
            })
        })
        .collect();
    for (name, delivery) in pages::DELIVERIES {
        trials.push(Trial::test(format!("pages::{name}"), move || {
            pages::play(&Backend::sqlite(), delivery).map_err(Failed::from)
        }));
    }
    trials.push(Trial::test("row_policy", || {
        row_policy::play(&Backend::sqlite()).map_err(Failed::from)
    }));
    libtest_mimic::run(&arguments, trials).exit();
}

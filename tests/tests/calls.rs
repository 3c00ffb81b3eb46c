//! Plays the golden calls on SQLite, each as a test of its own.

use footbridge_tests::golden::Case;
use footbridge_tests::project::{Backend, Engine};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let cases = Case::all().expect("tests/calls can be read");
    let trials = cases
        .into_iter()
        .filter(|case| case.on.contains(&Engine::Sqlite))
        .map(|case| {
            Trial::test(case.name.clone(), move || {
                case.play(&Backend::sqlite()).map_err(Failed::from)
            })
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}

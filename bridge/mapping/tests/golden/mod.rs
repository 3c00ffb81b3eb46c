//! Golden files: what is made of each file of a folder stands beside it.

use std::path::Path;

/// Compares what `explain` makes of each file of `tests/FOLDER` that ends in `.EXTENSION` with the `.expected` beside
/// it, and writes that anew where `UPDATE` is in the environment.
///
/// # Panics
/// If something differs, with all that does, or the folder has no such file.
pub(crate) fn all_fit(folder: &str, extension: &str, explain: impl Fn(&str) -> String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(folder);
    let mut seen = 0;
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|found| found != extension) {
            continue;
        }
        seen += 1;
        let got = explain(&std::fs::read_to_string(&path).unwrap());
        let beside = path.with_extension("expected");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&beside, &got).unwrap();
            continue;
        }
        let expected = std::fs::read_to_string(&beside).unwrap_or_default();
        if got != expected {
            wrong.push(format!(
                "{}\nexpected:\n{expected}\ngot:\n{got}",
                path.display()
            ));
        }
    }
    assert!(seen > 0, "no files in {}", folder.display());
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

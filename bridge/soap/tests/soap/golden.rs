//! Files that say what should come out. `FOOTBRIDGE_GOLDEN=write` writes them anew.

use std::path::Path;

/// Compares with the file, or makes it.
pub(crate) fn check(path: &Path, actual: &str, failures: &mut Vec<String>) {
    if std::env::var("FOOTBRIDGE_GOLDEN").is_ok_and(|mode| mode == "write") {
        std::fs::write(path, actual).expect("the golden file can be written");
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if expected != actual {
        failures.push(format!(
            "{}\n--- expected\n{expected}\n--- came\n{actual}",
            path.display()
        ));
    }
}

//! The table of results: what a measure prints for each database that there is.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::sample::{Target, targets};

/// Prints a table with a column for the database and these, its rows measured by `one`, which is given a database and an
/// empty folder of its own.
///
/// # Errors
/// What `one` fails with, and the name of the database.
pub(crate) async fn table(
    columns: &[&str],
    one: impl AsyncFn(&Target, &Path) -> Result<()>,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    println!("| database | {} |", columns.join(" | "));
    println!("|{}", " --- |".repeat(columns.len() + 1));
    for target in targets(folder.path())? {
        one(&target, &folder.path().join(target.kind))
            .await
            .with_context(|| target.name)?;
    }
    Ok(())
}

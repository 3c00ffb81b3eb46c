//! Migrations: `migrations/…/0001_name.sql`, run once each, in order, and remembered in the database.

use std::path::Path;

use sqlx::migrate::{Migrate, MigrateError, Migrator};

use crate::error::{SqlError, SqlErrorKind};

/// Runs what has not run yet.
pub(crate) async fn run<C: Migrate>(folder: &Path, connection: &mut C) -> Result<(), SqlError> {
    if !folder.is_dir() {
        return Err(SqlError::new(
            SqlErrorKind::Other,
            format!("there is no folder {} of migrations", folder.display()),
        ));
    }
    let migrator = Migrator::new(folder).await.map_err(failed)?;
    migrator
        .run_direct(None, connection, false)
        .await
        .map_err(failed)
}

fn failed(error: MigrateError) -> SqlError {
    match error {
        MigrateError::Execute(error) => SqlError::from_sqlx(error, ""),
        MigrateError::ExecuteMigration(error, number) => {
            let mut error = SqlError::from_sqlx(error, "");
            error.message = format!("migration {number}: {}", error.message);
            error
        }
        other => SqlError::new(SqlErrorKind::Other, other.to_string()),
    }
}

//! Databases to ask about texts without touching the project's own.

use std::path::Path;
use std::sync::Arc;

use anyhow::anyhow;
use footbridge_mapping::model::{Backend, BackendKind, DatabaseSettings, Mapping};
use footbridge_mapping::statement::Dialect;
use footbridge_sql::Databases;

/// The databases of a mapping, where SQLite ones with migrations are new ones in a temporary place.
pub(crate) async fn open(mapping: &Mapping, dir: &Path) -> anyhow::Result<Databases> {
    let backends: Vec<_> = mapping.gateway.backends.values().map(in_memory).collect();
    let databases = Databases::of(&backends, &Databases::default(), dir)?;
    for backend in &backends {
        let Some(database) = databases
            .get(&backend.name)
            .filter(|_| is_made_here(backend))
        else {
            continue;
        };
        let done = database.migrate().await;
        done.map_err(|error| anyhow!("the migrations of `{}` fail: {error}", backend.name))?;
    }
    Ok(databases)
}

/// Whether a backend's tables come from its migrations alone: then they can be made anywhere.
pub(crate) fn is_made_here(backend: &Backend) -> bool {
    backend.database().is_some_and(|settings| {
        settings.dialect == Dialect::Sqlite && settings.migrations.is_some()
    })
}

/// A copy of a backend whose SQLite database is made from its migrations; others as they are.
fn in_memory(backend: &Arc<Backend>) -> Arc<Backend> {
    let Some(settings) = backend.database().filter(|_| is_made_here(backend)) else {
        return Arc::clone(backend);
    };
    let kind = BackendKind::Database(DatabaseSettings {
        dialect: settings.dialect,
        address: ":memory:".to_owned(),
        password: None,
        write: None,
        migrations: settings.migrations.clone(),
        pool: settings.pool,
        write_pool: settings.write_pool,
    });
    Arc::new(Backend {
        name: Arc::clone(&backend.name),
        place: backend.place.clone(),
        kind,
        timeout: backend.timeout,
        preset: backend.preset,
        zone: backend.zone.clone(),
        required: backend.required,
    })
}

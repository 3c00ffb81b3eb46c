//! What a mapping says of its backends.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::HttpBackend;
use crate::diagnostic::Place;
use crate::rows::Preset;
use crate::statement::Dialect;

/// One entry of `backends`.
#[derive(Debug, PartialEq)]
pub struct Backend {
    /// Its name.
    pub name: Arc<str>,
    /// Where the entry stands.
    pub place: Place,
    /// What answers.
    pub kind: BackendKind,
    /// Statements and calls end after this; 10 seconds.
    pub timeout: Duration,
    /// How its values look where no slot says it.
    pub preset: Preset,
    /// The zone of values without one.
    pub zone: TimeZone,
    /// Readiness fails without it.
    pub required: bool,
}

/// The kinds of backend.
#[derive(Debug, PartialEq)]
pub enum BackendKind {
    /// PostgreSQL, MySQL, MariaDB, SQLite.
    Database(DatabaseSettings),
    /// REST services with or without an OpenAPI document, SOAP services.
    Http(Box<HttpBackend>),
}

impl Backend {
    /// What it says as a database.
    pub fn database(&self) -> Option<&DatabaseSettings> {
        match &self.kind {
            BackendKind::Database(settings) => Some(settings),
            BackendKind::Http(_) => None,
        }
    }

    /// What it says as a service that is reached by HTTP.
    pub fn http(&self) -> Option<&HttpBackend> {
        match &self.kind {
            BackendKind::Http(http) => Some(http),
            BackendKind::Database(_) => None,
        }
    }
}

/// What a database backend says.
#[derive(PartialEq)]
pub struct DatabaseSettings {
    /// Its SQL.
    pub dialect: Dialect,
    /// Its address, secrets expanded; for SQLite a file relative to the project folder, or `:memory:`.
    pub address: String,
    /// The password, expanded.
    pub password: Option<String>,
    /// The address and password of `write`, where it differs.
    pub write: Option<(String, Option<String>)>,
    /// Folder of migrations, relative to the project folder.
    pub migrations: Option<Arc<str>>,
    /// Most connections for reading; 10.
    pub pool: u32,
    /// Most connections for writing; 10, 1 for SQLite.
    pub write_pool: u32,
}

impl std::fmt::Debug for DatabaseSettings {
    /// Without address and password, which may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseSettings")
            .field("dialect", &self.dialect)
            .finish_non_exhaustive()
    }
}

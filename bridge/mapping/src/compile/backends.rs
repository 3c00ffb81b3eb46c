//! `backends` of all files.

use std::path::{Component, Path};
use std::sync::Arc;
use std::time::Duration;

use indexmap::map::Entry as MapEntry;
use jiff::tz::TimeZone;

use super::Compiler;
use crate::diagnostic::{Place, did_you_mean};
use crate::file::backend::{BackendFile, WriteFile};
use crate::file::read::{Entry, Named};
use crate::file::yaml::Scalar;
use crate::model::{Backend, BackendKind, DatabaseSettings, HttpKind, Names};
use crate::rows::Preset;
use crate::statement::Dialect;

/// A backend and what it says itself, for "the nearest of service, backend, gateway".
#[derive(Clone, Debug)]
pub(super) struct KnownBackend {
    pub(super) backend: Arc<Backend>,
    pub(super) preset: Option<Preset>,
    pub(super) zone: Option<TimeZone>,
    pub(super) names: Option<Names>,
    pub(super) max_rows: Option<usize>,
}

/// How a dialect is called in sentences.
pub(super) fn product(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "PostgreSQL",
        Dialect::MySql => "MySQL",
        Dialect::Sqlite => "SQLite",
    }
}

impl KnownBackend {
    /// Its SQL; `None` where it is no database.
    pub(super) fn dialect(&self) -> Option<Dialect> {
        self.backend.database().map(|settings| settings.dialect)
    }

    /// What it is, for sentences.
    pub(super) fn what(&self) -> &'static str {
        match &self.backend.kind {
            BackendKind::Database(settings) => product(settings.dialect),
            BackendKind::Http(http) => match http.description {
                HttpKind::Rest => "a REST service",
                HttpKind::OpenApi { .. } => "a REST service with a document",
                HttpKind::Wsdl(_) => "a SOAP service",
            },
        }
    }
}

impl<'a> Compiler<'a> {
    pub(super) fn read_backends(&mut self, files: impl Iterator<Item = &'a Named<BackendFile>>) {
        for Named(read, unreadable) in files {
            let names = unreadable.iter().map(|name| Arc::clone(&name.text));
            self.faulty_backends.extend(names);
            self.read_named_backends(read);
        }
    }

    fn read_named_backends(&mut self, files: &[(Scalar, BackendFile)]) {
        for (name, file) in files {
            let Some(known) = self.backend(name, file) else {
                self.faulty_backends.insert(Arc::clone(&name.text));
                continue;
            };
            match self.backends.entry(Arc::clone(&name.text)) {
                MapEntry::Vacant(free) => {
                    free.insert(known);
                }
                MapEntry::Occupied(taken) => {
                    let first = taken.get().backend.place.clone();
                    let message = format!(
                        "the backend `{}` stands already in {}",
                        name.text,
                        self.line(&name.place, &first)
                    );
                    self.error(106, &name.place, message);
                }
            }
        }
    }

    fn backend(&mut self, name: &Scalar, file: &BackendFile) -> Option<KnownBackend> {
        if let Some(http) = self.http_backend(name, file) {
            return http;
        }
        let kinds = [
            (Dialect::Postgres, "postgres", file.postgres.as_ref()),
            (Dialect::MySql, "mysql", file.mysql.as_ref()),
            (Dialect::Sqlite, "sqlite", file.sqlite.as_ref()),
        ];
        if file.faulty && file.postgres.is_none() && file.mysql.is_none() && file.sqlite.is_none() {
            return None;
        }
        let (dialect, address) =
            self.one_kind(&name.place, &format!("the backend `{}`", name.text), kinds)?;
        self.no_http_keys(file);
        self.time(file.timeout.as_ref());
        let address = self.database_address(dialect, address);
        if let Some(migrations) = &file.migrations {
            self.downward(&migrations.value, &migrations.value.text);
        }
        let password = match &file.password {
            Some(password) if dialect == Dialect::Sqlite => {
                self.error(207, &password.key, "an SQLite database has no password");
                None
            }
            // What cannot be expanded is told; the backend goes on, so that its users are not blamed for it.
            Some(password) => Some(self.password(&password.value).unwrap_or_default()),
            None => None,
        };
        let mut write_pool = if dialect == Dialect::Sqlite { 1 } else { 10 };
        let mut write = None;
        if let Some(Entry { key, value }) = &file.write {
            write = self.write(key, value, dialect);
            if let Some(pool) = &value.pool {
                write_pool = pool.value.value;
            }
        } else if let Some(pool) = &file.pool
            && dialect != Dialect::Sqlite
        {
            write_pool = pool.value.value;
        }
        for pool in [
            file.pool.as_ref(),
            file.write
                .as_ref()
                .and_then(|write| write.value.pool.as_ref()),
        ]
        .into_iter()
        .flatten()
        {
            if pool.value.value == 0 {
                self.error(
                    118,
                    &pool.value.scalar.place,
                    "a pool has room for one connection at least",
                );
            }
        }
        let settings = DatabaseSettings {
            dialect,
            address: address.unwrap_or_default(),
            password,
            write,
            migrations: file
                .migrations
                .as_ref()
                .map(|folder| Arc::clone(&folder.value.text)),
            pool: file.pool.as_ref().map_or(10, |pool| pool.value.value),
            write_pool,
        };
        Some(self.backend_with(name, file, BackendKind::Database(settings)))
    }

    /// A backend of any kind, with the keys that all kinds have.
    pub(super) fn backend_with(
        &self,
        name: &Scalar,
        file: &BackendFile,
        kind: BackendKind,
    ) -> KnownBackend {
        let preset = file.preset.as_ref().map(|preset| preset.value.value);
        let zone = file.zone.as_ref().map(|zone| zone.value.value.clone());
        let timeout = file.timeout.as_ref().map(|timeout| timeout.value.value);
        let required = file.required.as_ref().map(|required| required.value.value);
        KnownBackend {
            backend: Arc::new(Backend {
                name: Arc::clone(&name.text),
                place: name.place.clone(),
                kind,
                timeout: timeout.unwrap_or(Duration::from_secs(10)),
                preset: preset.unwrap_or(self.defaults.preset),
                zone: zone.clone().unwrap_or_else(|| self.defaults.zone.clone()),
                required: required.unwrap_or(false),
            }),
            preset,
            zone,
            names: file.names.as_ref().map(|names| names.value.value),
            max_rows: file.max_rows.as_ref().map(|rows| rows.value.value),
        }
    }

    fn write(
        &mut self,
        key: &Place,
        file: &WriteFile,
        dialect: Dialect,
    ) -> Option<(String, Option<String>)> {
        let kinds = [
            (Dialect::Postgres, "postgres", file.postgres.as_ref()),
            (Dialect::MySql, "mysql", file.mysql.as_ref()),
            (Dialect::Sqlite, "sqlite", file.sqlite.as_ref()),
        ];
        let (written, address) = self.one_kind(key, "`write`", kinds)?;
        if written != dialect {
            self.error(
                207,
                key,
                format!(
                    "`write` is {}, and the backend itself is {}",
                    product(written),
                    product(dialect)
                ),
            );
            return None;
        }
        let address = self.database_address(dialect, address)?;
        let password = match &file.password {
            Some(password) => Some(self.password(&password.value)?),
            None => None,
        };
        Some((address, password))
    }

    fn one_kind<'f>(
        &mut self,
        place: &Place,
        what: &str,
        kinds: [(Dialect, &str, Option<&'f Entry<Scalar>>); 3],
    ) -> Option<(Dialect, &'f Scalar)> {
        let written: Vec<_> = kinds
            .into_iter()
            .filter_map(|(dialect, name, entry)| entry.map(|entry| (dialect, name, entry)))
            .collect();
        match written.as_slice() {
            [] => {
                self.error_help(
                    207,
                    place,
                    format!("{what} says not what it is"),
                    "write `postgres: ADDRESS`, `mysql: ADDRESS`, `sqlite: FILE`, `rest: URL`, `openapi: FILE` or `wsdl: FILE`",
                );
                None
            }
            [(dialect, _, entry)] => Some((*dialect, &entry.value)),
            [(_, first, _), (_, second, entry), ..] => {
                let message = format!("{what} has one kind; it has `{first}` and `{second}`");
                self.error(207, &entry.key, message);
                None
            }
        }
    }

    /// An address that its driver can read, as far as its beginning goes. What secrets made of it is not shown.
    fn database_address(&mut self, dialect: Dialect, address: &Scalar) -> Option<String> {
        let expanded = self.address(address)?;
        let schemes: &[&str] = match dialect {
            Dialect::Postgres => &["postgres://", "postgresql://"],
            Dialect::MySql => &["mysql://", "mariadb://"],
            Dialect::Sqlite => &[],
        };
        let foreign = match dialect {
            Dialect::Sqlite => expanded.contains("://"),
            Dialect::Postgres | Dialect::MySql => {
                !schemes.iter().any(|scheme| expanded.starts_with(scheme))
            }
        };
        if !foreign {
            return match dialect {
                Dialect::Sqlite
                    if !self.downward(
                        address,
                        expanded.strip_prefix("sqlite:").unwrap_or(&expanded),
                    ) =>
                {
                    None
                }
                Dialect::Sqlite | Dialect::Postgres | Dialect::MySql => Some(expanded),
            };
        }
        let wanted = match dialect {
            Dialect::Sqlite => {
                "the name of a file, relative to the project folder, or `:memory:`".to_owned()
            }
            Dialect::Postgres | Dialect::MySql => format!("`{}user@host/database`", schemes[0]),
        };
        self.error_help(
            210,
            &address.place,
            format!("this is no address of a {} database", product(dialect)),
            format!("write {wanted}"),
        );
        None
    }

    /// A path that says where it leads: down from the project folder, or absolute. What secrets made of it is not shown.
    pub(super) fn downward(&mut self, written: &Scalar, path: &str) -> bool {
        let downward = !Path::new(path)
            .components()
            .any(|part| part == Component::ParentDir);
        if !downward {
            self.error_help(
                210,
                &written.place,
                "a path does not go up by `..`",
                "write one below the project folder, or an absolute one",
            );
        }
        downward
    }

    /// The SQL of a backend on which a `key` runs.
    pub(super) fn dialect_of(
        &mut self,
        backend: &KnownBackend,
        here: &Scalar,
        key: &str,
    ) -> Option<Dialect> {
        let dialect = backend.dialect();
        if dialect.is_none() {
            let message = format!(
                "`{}` is {}; `{key}` needs a backend of kind postgres, mysql or sqlite",
                backend.backend.name,
                backend.what()
            );
            self.error(202, &here.place, message);
        }
        dialect
    }

    /// A backend by name.
    pub(super) fn known_backend(&mut self, name: &Scalar) -> Option<KnownBackend> {
        if let Some(known) = self.backends.get(&name.text) {
            return Some(known.clone());
        }
        // What is wrong with it has been told where it stands.
        if self.faulty_backends.contains(&name.text) {
            return None;
        }
        let meant = match crate::diagnostic::suggestion(&name.text, self.backends.keys()) {
            Some(meant) => {
                let at = self
                    .backends
                    .get(meant.as_str())
                    .map_or_else(String::new, |known| self.at(&known.backend.place));
                format!("; did you mean `{meant}` ({at})?")
            }
            None => did_you_mean::<&str>(&name.text, []),
        };
        let message = format!("no backend is named `{}`{meant}", name.text);
        self.error(201, &name.place, message);
        None
    }
}

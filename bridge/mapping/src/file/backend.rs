//! `backends`: what the gateway can reach.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::read::{Parsed, keys};
use super::yaml::Scalar;
use crate::model::Names;
use crate::rows::Preset;

keys! {
    /// A backend: its kind is the key that names its address.
    pub struct BackendFile is "a backend" {
        /// Address of a PostgreSQL database: `postgres://user@host/database`.
        postgres "postgres": Scalar,
        /// Address of a MySQL or MariaDB database: `mysql://user@host/database`.
        mysql "mysql": Scalar,
        /// File of an SQLite database, relative to the project folder, or `:memory:`.
        sqlite "sqlite": Scalar,
        /// The password, `${NAME}` or `${file:path}`.
        password "password": Scalar,
        /// Where statements that write go, if that is another server or user.
        write "write": WriteFile,
        /// Folder of migrations, relative to the project folder.
        migrations "migrations": Scalar,
        /// Most connections; 10.
        pool "pool": Parsed<u32>,
        /// Statements end after this; 10s.
        timeout "timeout": Parsed<Duration>,
        /// How its values look where no type says it.
        preset "preset": Parsed<Preset>,
        /// The zone of times that name none.
        zone "zone": Parsed<TimeZone>,
        /// What column names become.
        names "names": Parsed<Names>,
        /// Rows beyond this are a fault; 10000.
        max_rows "max-rows": Parsed<usize>,
        /// Readiness fails without it.
        required "required": Parsed<bool>,
    }
    later [
        "rest", "openapi", "wsdl", "amf", "sqlserver", "odbc", "url", "service", "port", "mtom", "catalog", "patches",
        "auth", "headers", "ca", "redirects", "proxy", "queue", "breaker",
    ]
}

keys! {
    /// Where statements that write go.
    pub struct WriteFile is "`write`" {
        /// Address of a PostgreSQL database.
        postgres "postgres": Scalar,
        /// Address of a MySQL or MariaDB database.
        mysql "mysql": Scalar,
        /// File of an SQLite database.
        sqlite "sqlite": Scalar,
        /// The password, `${NAME}` or `${file:path}`.
        password "password": Scalar,
        /// Most connections; 10, for SQLite 1.
        pool "pool": Parsed<u32>,
    }
    later []
}

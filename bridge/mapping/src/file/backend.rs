//! `backends`: what the gateway can reach.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::http::{AuthFile, BreakerFile, PatchFile};
use super::read::{Items, Named, Parsed, keys};
use super::words::Size;
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
        /// Address of a REST service: `https://host/base`.
        rest "rest": Scalar,
        /// OpenAPI or Swagger document: a file in `schemas/`, or a URL.
        openapi "openapi": Scalar,
        /// WSDL: a file in `wsdl/`, or a URL.
        wsdl "wsdl": Scalar,
        /// The address, in place of the document's.
        url "url": Scalar,
        /// The service, where a WSDL has several.
        service "service": Scalar,
        /// The port of a WSDL; the first of SOAP 1.1.
        port "port": Scalar,
        /// Bytes travel beside the envelope (MTOM); false.
        mtom "mtom": Parsed<bool>,
        /// Local documents in place of addresses that a WSDL names.
        catalog "catalog": Named<Scalar>,
        /// Repairs of texts in a WSDL and what it imports.
        patches "patches": Items<PatchFile>,
        /// How the gateway proves who calls.
        auth "auth": AuthFile,
        /// HTTP headers of every request.
        headers "headers": Named<Scalar>,
        /// A PEM file of authorities in place of the system's.
        ca "ca": Scalar,
        /// How many redirects are followed, within the same origin; 0.
        redirects "redirects": Parsed<u32>,
        /// Address of a proxy, or `environment`; none.
        proxy "proxy": Scalar,
        /// Calls that wait for a connection; 64.
        queue "queue": Parsed<u32>,
        /// After so many faults it is left alone for a while.
        breaker "breaker": BreakerFile,
        /// A connection stands within this; 2s.
        connect "connect": Parsed<Duration>,
        /// Between two pieces of an answer no more than this; 10s.
        idle "idle": Parsed<Duration>,
        /// Bytes of an answer, decompressed; 10MiB.
        max_reply "max-reply": Parsed<Size>,
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
    later [ "amf", "sqlserver", "odbc" ]
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

//! A service file, and files of shared parts.

use std::time::Duration;

use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::backend::BackendFile;
use super::faults::FaultsFile;
use super::http::PublishFile;
use super::operation::{AuditFile, OperationFile, RolesFile};
use super::proxy::ProxyFile;
use super::read::{Items, Named, Parsed, Perhaps, TreeNode, keys};
use super::rows::RowsFile;
use super::words::Computed;
use super::yaml::Scalar;
use crate::model::Names;
use crate::rows::Preset;
use crate::slot::Slot;
use crate::units::Rate;

/// Fields of types, by the type's name.
pub type TypesFile = Named<Named<Parsed<Slot>>>;

keys! {
    /// One service: operations under one name.
    pub struct ServiceFile is "a service" {
        /// The service of a classic call; the destination of a Flex message.
        service "service": Scalar,
        /// Other names of it.
        also "also": Items<Scalar>,
        /// Flex destinations beside its own name.
        destinations "destinations": Items<Scalar>,
        /// The backend of every operation that names none.
        backend "backend": Scalar,
        /// Operations of the backend's description that are opened: `all`, or globs with roles, and `except`.
        publish "publish": PublishFile,
        /// HTTP headers of every request to the service's backend; null is left out.
        headers "headers": Named<TreeNode>,
        /// Header blocks of every envelope to the service's backend, by part.
        soap_headers "soap-headers": Named<TreeNode>,
        /// The package of class aliases, or `none`; the service's name without its last part.
        package "package": Scalar,
        /// Class aliases of single types, or `none`.
        aliases "aliases": Named<Scalar>,
        /// Fields of types.
        types "types": TypesFile,
        /// The value of one field chooses the class.
        variants "variants": Named<VariantsFile>,
        /// Closed tables for `lookup`.
        tables "tables": Named<Named<TreeNode>>,
        /// Backends, seen by all files.
        backends "backends": Named<BackendFile>,
        /// Operations by name.
        operations "operations": Named<Perhaps<OperationFile>>,
        /// What becomes of faults, after the operation's own rules.
        faults "faults": FaultsFile,
        /// Who may call: `public`, `users`, `internal` or a list of roles.
        roles "roles": RolesFile,
        /// Which rows a caller sees: `all`, or a condition for each role: `{customer: "owner_id = :identity.id", clerk: all}`.
        rows "rows": RowsFile,
        /// A call ends after this; 10s.
        timeout "timeout": Parsed<Duration>,
        /// Rows beyond this are a fault; 10000.
        max_rows "max-rows": Parsed<usize>,
        /// In operations that have this argument, it says whose session it is: `=sid`.
        session "session": Parsed<Computed>,
        /// How often one caller may call each operation: `60/min`.
        rate "rate": Parsed<Rate>,
        /// An answer of what reads serves for so long.
        cache "cache": Parsed<Duration>,
        /// And so much longer while the backend fails.
        stale "stale": Parsed<Duration>,
        /// The log of audit has each call, with these arguments.
        audit "audit": AuditFile,
        /// How often what reads runs again where it could not begin; 0.
        retry "retry": Parsed<u32>,
        /// How backend values look where no type says it.
        preset "preset": Parsed<Preset>,
        /// The zone of times that name none.
        zone "zone": Parsed<TimeZone>,
        /// What backend names become.
        names "names": Parsed<Names>,
    }
    later []
}

keys! {
    /// Parts that all files share.
    pub struct SharedFile is "a file of shared parts" {
        /// The package of the types of this file, in every service.
        package "package": Scalar,
        /// Class aliases of single types, or `none`.
        aliases "aliases": Named<Scalar>,
        /// Fields of types.
        types "types": TypesFile,
        /// The value of one field chooses the class.
        variants "variants": Named<VariantsFile>,
        /// Closed tables for `lookup`.
        tables "tables": Named<Named<TreeNode>>,
        /// Backends, seen by all files.
        backends "backends": Named<BackendFile>,
    }
    later []
}

keys! {
    /// The value of one field chooses the class, in both directions.
    pub struct VariantsFile is "a variant type" {
        /// The field.
        by "by": Scalar,
        /// Type by value.
        of "of": Named<Scalar>,
        /// The type of all other values.
        other "other": Scalar,
    }
    later []
}

/// All files but `gateway.yaml`, for the schema: a service, a proxy, or shared parts.
#[derive(Debug)]
pub struct AnyMappingFile;

impl JsonSchema for AnyMappingFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Mapping".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let service = generator.subschema_for::<ServiceFile>();
        let proxy = generator.subschema_for::<ProxyFile>();
        let shared = generator.subschema_for::<SharedFile>();
        json_schema!({
            "if": { "required": ["service"] },
            "then": service,
            "else": {
                "if": { "required": ["proxy"] },
                "then": proxy,
                "else": shared,
            },
        })
    }
}

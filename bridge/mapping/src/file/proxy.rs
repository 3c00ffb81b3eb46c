//! A proxy file: a destination of `HTTPService` and `WebService` with `useProxy`.

use std::time::Duration;

use ipnet::IpNet;
use schemars::{Schema, json_schema};

use super::backend::BackendFile;
use super::faults::FaultsFile;
use super::http::PublishFile;
use super::operation::{AuditFile, RolesFile};
use super::read::{FromText, Items, Named, Parsed, keys};
use super::yaml::Scalar;
use crate::diagnostic::Problem;
use crate::reach::UrlPattern;
use crate::units::Rate;

keys! {
    /// One proxy: requests that a client makes itself, sent on where `allow` lets them.
    pub struct ProxyFile is "a proxy" {
        /// The destination of `HTTPService` and `WebService`; theirs is `DefaultHTTP` where they name none.
        proxy "proxy": Scalar,
        /// Other names of it.
        also "also": Items<Scalar>,
        /// The backend whose address is asked where a request names no URL, with its credentials; none.
        backend "backend": Scalar,
        /// What else may be asked for: `https://host/path`, `/*` at the end for all below it.
        allow "allow": Items<Parsed<UrlPattern>>,
        /// Networks that are not public, and in which names of `allow` may lie: `10.0.0.0/8`; none.
        networks "networks": Items<Parsed<IpNet>>,
        /// Methods of requests; GET and POST.
        methods "methods": Items<Scalar>,
        /// Headers of the client that go on beside `Content-Type`; none.
        pass_headers "pass-headers": Items<Scalar>,
        /// Of a WSDL: operations whose envelopes pass: `all`, or globs with roles, and `except`.
        publish "publish": PublishFile,
        /// How many redirects are followed, each to what `allow` lets; 5.
        redirects "redirects": Parsed<u32>,
        /// Backends, seen by all files.
        backends "backends": Named<BackendFile>,
        /// What becomes of faults.
        faults "faults": FaultsFile,
        /// Who may call: `public`, `users` or a list of roles.
        roles "roles": RolesFile,
        /// A call ends after this; 10s.
        timeout "timeout": Parsed<Duration>,
        /// How often one caller may call: `60/min`.
        rate "rate": Parsed<Rate>,
        /// The log of audit has each call, with these of `url`, `method`, `contentType`.
        audit "audit": AuditFile,
    }
    later []
}

impl FromText for UrlPattern {
    fn from_text(text: &str) -> Result<Self, Vec<Problem>> {
        Self::parse(text)
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^https?://[^/?#]+/[^?#]*$" })
    }
}

//! Proxy files: what may be asked, by whom, and how it travels.

use std::sync::Arc;

use super::Compiler;
use super::names::Names;
use super::service::roles;
use crate::diagnostic::{Diagnostic, Place, did_you_mean};
use crate::file::operation::AuditFile;
use crate::file::proxy::ProxyFile;
use crate::file::yaml::Scalar;
use crate::model::{
    Argument, Backend, BackendKind, CallRules, FaultRules, HttpBackend, HttpKind, Kind, Operation,
    Plan, ProxyStep, Roles, Step, TrafficSettings, TypeScope,
};
use crate::reach::Reach;
use crate::slot::{Scalar as ScalarType, Slot, Type};

impl Compiler<'_> {
    /// A proxy under each of its names.
    pub(super) fn proxies(&mut self, files: &[ProxyFile]) -> Vec<(Arc<str>, Arc<Operation>)> {
        let mut proxies: Vec<(Arc<str>, Arc<Operation>)> = Vec::new();
        let mut places: Vec<(Arc<str>, Place)> = Vec::new();
        for file in files {
            let Some(name) = file.proxy.as_ref().map(|entry| &entry.value) else {
                continue;
            };
            if name.text.is_empty() {
                self.error(113, &name.place, "a proxy has a name");
                continue;
            }
            let operation = self.proxy(name, file).map(Arc::new);
            let also = file.also.iter().flat_map(|also| &also.value.0);
            for own in [name].into_iter().chain(also) {
                let service = self.services.get(&own.text).map(|(place, _)| place.clone());
                let proxy = places.iter().find(|(known, _)| *known == own.text);
                let first = service
                    .map(|place| (place, "service"))
                    .or_else(|| proxy.map(|(_, place)| (place.clone(), "proxy")));
                if let Some((first, what)) = first {
                    let message = format!("`{}` is also `{what}` in {}", own.text, self.at(&first));
                    self.error(107, &own.place, message);
                    continue;
                }
                places.push((Arc::clone(&own.text), own.place.clone()));
                if let Some(operation) = &operation {
                    proxies.push((Arc::clone(&own.text), Arc::clone(operation)));
                }
            }
        }
        proxies
    }

    fn proxy(&mut self, name: &Scalar, file: &ProxyFile) -> Option<Operation> {
        self.time(file.timeout.as_ref());
        let allowed = file
            .roles
            .as_ref()
            .map(|entry| roles(&entry.value))
            .or_else(|| self.defaults.roles.clone());
        if allowed.is_none() {
            self.error_help(
                601,
                &name.place,
                format!("nothing says who may call `{}`", name.text),
                "write `roles` here, or in `defaults` of the gateway",
            );
        }
        let scope = Arc::new(TypeScope {
            tables: self.shared.tables.clone(),
            ..TypeScope::default()
        });
        let own_faults = match &file.faults {
            Some(faults) => {
                let names = Names::new(&scope).with_fault();
                Arc::new(self.fault_rules(&faults.value, &names))
            }
            None => Arc::<FaultRules>::default(),
        };
        let step = self.proxy_step(name, file, allowed.as_ref(), &scope);
        let timeout = file
            .timeout
            .as_ref()
            .map_or(self.defaults.timeout, |timeout| timeout.value.value);
        let rules = CallRules {
            rate: file
                .rate
                .as_ref()
                .map(|rate| rate.value.value)
                .or(self.defaults.rate),
            audit: self.proxy_audit(file),
            ..CallRules::default()
        };
        let step = Step {
            name: Arc::clone(&name.text),
            place: name.place.clone(),
            when: None,
            each: None,
            require: None,
            kind: Kind::Proxy(Box::new(step?)),
            value: None,
            returns: None,
            faults: Arc::default(),
            timeout: None,
            retry: 0,
            delay: std::time::Duration::ZERO,
            max_rows: self.defaults.max_rows,
            zone: self.defaults.zone.clone(),
        };
        Some(Operation {
            name: format!("{}.request", name.text).into(),
            place: name.place.clone(),
            arguments: arguments(),
            roles: allowed?,
            timeout,
            plan: Plan::Step(Box::new(step)),
            faults: vec![own_faults, Arc::clone(&self.gateway_faults)],
            rules,
            scope,
        })
    }

    fn proxy_step(
        &mut self,
        name: &Scalar,
        file: &ProxyFile,
        allowed: Option<&Roles>,
        scope: &Arc<TypeScope>,
    ) -> Option<ProxyStep> {
        let patterns: Vec<_> = file
            .allow
            .iter()
            .flat_map(|allow| &allow.value.0)
            .map(|pattern| pattern.value.clone())
            .collect();
        let networks = file
            .networks
            .iter()
            .flat_map(|networks| &networks.value.0)
            .map(|network| network.value)
            .collect();
        if file.backend.is_none() && file.allow.is_none() {
            self.error_help(
                216,
                &name.place,
                format!("the proxy `{}` reaches nothing", name.text),
                "write `allow: [https://host/path/*]`, or `backend: NAME`",
            );
        }
        let methods = self.methods(file);
        let pass_headers = self.passed(file);
        let mut described = None;
        let mut known = None;
        if let Some(entry) = &file.backend {
            let backend = self.known_backend(&entry.value)?.backend;
            let Some(http) = backend.http() else {
                let message = format!(
                    "`{}` is a database, which nobody asks by URL",
                    entry.value.text
                );
                self.error(202, &entry.value.place, message);
                return None;
            };
            if http
                .url
                .as_deref()
                .is_some_and(|url| url.starts_with("mock:"))
            {
                let message = format!(
                    "`{}` is answered within the gateway; a proxy needs an address",
                    entry.value.text
                );
                self.error(202, &entry.value.place, message);
                return None;
            }
            described = (http.description != HttpKind::Rest).then(|| Arc::clone(&backend.name));
            known = Some(backend);
        }
        let published = self.envelopes(file, known.as_deref(), allowed);
        Some(ProxyStep {
            backend: Arc::new(self.travelling(name, file, known.as_deref())),
            described,
            reach: Arc::new(Reach { patterns, networks }),
            methods,
            pass_headers,
            published,
            scope: Arc::clone(scope),
        })
    }

    /// The backend under the proxy's name, with the proxy's own redirects; one without an address where there is none.
    fn travelling(&self, name: &Scalar, file: &ProxyFile, known: Option<&Backend>) -> Backend {
        let settings = known.and_then(Backend::http);
        let traffic = TrafficSettings {
            redirects: file.redirects.as_ref().map_or(REDIRECTS, |redirects| {
                redirects.value.value.min(MOST_REDIRECTS)
            }),
            ..settings.map_or_else(TrafficSettings::default, |http| http.traffic.clone())
        };
        Backend {
            name: format!("proxy {}", name.text).into(),
            place: name.place.clone(),
            kind: BackendKind::Http(Box::new(HttpBackend {
                description: settings.map_or(HttpKind::Rest, |http| http.description.clone()),
                url: settings.and_then(|http| http.url.clone()),
                traffic,
            })),
            timeout: known.map_or(self.defaults.timeout, |known| known.timeout),
            preset: self.defaults.preset,
            zone: self.defaults.zone.clone(),
            required: false,
        }
    }

    fn methods(&mut self, file: &ProxyFile) -> Vec<Arc<str>> {
        let Some(written) = &file.methods else {
            return vec!["GET".into(), "POST".into()];
        };
        let mut methods = Vec::new();
        for method in &written.value.0 {
            if METHODS.contains(&&*method.text) {
                methods.push(Arc::clone(&method.text));
                continue;
            }
            let meant = did_you_mean(&method.text, METHODS);
            let message = format!("`{}` is no method that a proxy sends{meant}", method.text);
            self.error(118, &method.place, message);
        }
        methods
    }

    fn passed(&mut self, file: &ProxyFile) -> Vec<Arc<str>> {
        let mut passed = Vec::new();
        for name in file
            .pass_headers
            .iter()
            .flat_map(|headers| &headers.value.0)
        {
            let lower = name.text.to_ascii_lowercase();
            if NEVER_PASSED.contains(&&*lower) {
                let message = format!("`{}` is not the client's to say", name.text);
                self.error(127, &name.place, message);
            } else if self.header_name(name) {
                passed.push(lower.into());
            }
        }
        passed
    }

    /// The operations of a WSDL whose envelopes pass.
    fn envelopes(
        &mut self,
        file: &ProxyFile,
        backend: Option<&Backend>,
        allowed: Option<&Roles>,
    ) -> Option<Vec<(Arc<str>, Roles)>> {
        let wsdl = backend.filter(|backend| {
            backend
                .http()
                .is_some_and(|http| matches!(http.description, HttpKind::Wsdl(_)))
        });
        match (&file.publish, wsdl) {
            (None, None) => return None,
            (Some(publish), None) => {
                self.error_help(
                    204,
                    &publish.key,
                    "`publish` lets envelopes of a WSDL pass, and the proxy has none",
                    "name a backend of kind `wsdl`, or write `allow`",
                );
                return None;
            }
            (None, Some(wsdl)) => {
                let place = file.backend.as_ref().map(|entry| entry.value.place.clone());
                let message = format!(
                    "nothing says which operations of `{}` may be called",
                    wsdl.name
                );
                self.error_help(
                    216,
                    &place.unwrap_or_else(|| wsdl.place.clone()),
                    message,
                    "write `publish: all`, or `publish: {except: [purge*]}`",
                );
                return None;
            }
            (Some(_), Some(_)) => {}
        }
        let (publish, wsdl) = (file.publish.as_ref()?, wsdl?);
        // What is wrong with the document has been told.
        let description = self.description(wsdl)?;
        let names = description.operations();
        for glob in publish.value.written() {
            if !names.iter().any(|name| super::http::fits(&glob.text, name)) {
                let message = format!(
                    "`publish` has `{}`, and {} has no such operation{}",
                    glob.text,
                    description.document(),
                    did_you_mean(&glob.text, &names)
                );
                self.diagnostics
                    .push(Diagnostic::warning(703, &glob.place, message));
            }
        }
        let opened = names.into_iter().filter_map(|name| {
            let own = super::http::opened(&publish.value, &name)?;
            Some((name, own.or_else(|| allowed.cloned())?))
        });
        Some(opened.collect())
    }

    fn proxy_audit(&mut self, file: &ProxyFile) -> Option<Arc<[Arc<str>]>> {
        match file.audit.as_ref().map(|entry| &entry.value) {
            None => self.defaults.audit.then(Arc::default),
            Some(AuditFile::Switch(on)) => on.value.then(Arc::default),
            Some(AuditFile::Arguments(names)) => {
                let mut told = Vec::new();
                for name in names {
                    if AUDITED.contains(&&*name.text) {
                        told.push(Arc::clone(&name.text));
                        continue;
                    }
                    let meant = did_you_mean(&name.text, AUDITED);
                    let message = format!(
                        "`{}` is nothing that the audit log has of a proxy{meant}",
                        name.text
                    );
                    self.error(609, &name.place, message);
                }
                Some(told.into())
            }
        }
    }
}

/// What a message says, by the names of [`ProxyStep::ARGUMENTS`].
fn arguments() -> Vec<Argument> {
    let nullable = |kind: Type| Slot::of(Type::Nullable(Box::new(kind)));
    let text = || nullable(Type::Scalar(ScalarType::String));
    let any = || nullable(Type::Any);
    let flag = || nullable(Type::Scalar(ScalarType::Bool));
    let slots = [text(), text(), text(), any(), any(), flag(), flag()];
    ProxyStep::ARGUMENTS
        .into_iter()
        .zip(slots)
        .map(|(name, slot)| Argument {
            name: name.into(),
            slot,
        })
        .collect()
}

/// What `HTTPService` can send, and no more: TRACE shows headers that are secrets.
const METHODS: [&str; 7] = ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Headers that say who calls from where, or belong to the connection.
const NEVER_PASSED: [&str; 8] = [
    "cookie",
    "proxy-authorization",
    "proxy-connection",
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "content-type",
];

const AUDITED: [&str; 3] = ["url", "method", "contentType"];

/// Redirects that are followed where the file says nothing.
const REDIRECTS: u32 = 5;

const MOST_REDIRECTS: u32 = 20;

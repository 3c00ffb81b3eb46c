//! `gateway.yaml`: the gateway itself, and what services and operations need not say.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::Compiler;
use super::service::roles;
use crate::diagnostic::Place;
use crate::file::gateway::{GatewayFile, LimitsFile};
use crate::file::read::{Entry, Parsed};
use crate::file::yaml::Scalar;
use crate::model::{FaultRules, Gateway, GatewayLimits, Names, Roles, TypeScope};
use crate::rows::Preset;
use crate::units::Rate;

/// `defaults`.
#[derive(Clone, Debug)]
pub(super) struct Defaults {
    pub(super) roles: Option<Roles>,
    pub(super) timeout: Duration,
    pub(super) max_rows: usize,
    pub(super) retry: u32,
    pub(super) rate: Option<Rate>,
    pub(super) audit: bool,
    pub(super) preset: Preset,
    pub(super) zone: TimeZone,
    pub(super) names: Names,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            roles: None,
            timeout: Duration::from_secs(10),
            max_rows: 10_000,
            retry: 0,
            rate: None,
            audit: false,
            preset: Preset::BlazeDs,
            zone: TimeZone::UTC,
            names: Names::AsIs,
        }
    }
}

impl Compiler<'_> {
    pub(super) fn one_gateway<'f>(&mut self, files: &'f [GatewayFile]) -> Option<&'f GatewayFile> {
        let Some((gateway, others)) = files.split_first() else {
            let place = Place {
                file: "mappings/gateway.yaml".into(),
                span: 0..0,
            };
            // A file that could not be read may be the one.
            let silent = self.project.source(&place.file).is_some();
            if !silent {
                self.error_help(
                    112,
                    &place,
                    "no file says what the gateway is",
                    "write `gateway: NAME` into mappings/gateway.yaml",
                );
            }
            return None;
        };
        let first = gateway.gateway.as_ref().map(|name| name.key.clone());
        for other in others {
            if let (Some(first), Some(name)) = (&first, &other.gateway) {
                let message = format!(
                    "a project has one gateway; {} says it already",
                    self.at(first)
                );
                self.error(107, &name.key, message);
            }
        }
        Some(gateway)
    }

    pub(super) fn read_defaults(&mut self, gateway: Option<&GatewayFile>) {
        let Some(file) = gateway.and_then(|gateway| gateway.defaults.as_ref()) else {
            return;
        };
        let file = &file.value;
        self.defaults.roles = file.roles.as_ref().map(|entry| roles(&entry.value));
        self.time(file.timeout.as_ref());
        if let Some(timeout) = &file.timeout {
            self.defaults.timeout = timeout.value.value;
        }
        if let Some(rows) = &file.max_rows {
            self.defaults.max_rows = rows.value.value;
        }
        self.defaults.rate = file.rate.as_ref().map(|rate| rate.value.value);
        if let Some(audit) = &file.audit {
            self.defaults.audit = audit.value.value;
        }
        if let Some(retry) = &file.retry {
            self.defaults.retry = retry.value.value;
        }
        if let Some(preset) = &file.preset {
            self.defaults.preset = preset.value.value;
        }
        if let Some(zone) = &file.zone {
            self.defaults.zone = zone.value.value.clone();
        }
        if let Some(names) = &file.names {
            self.defaults.names = names.value.value;
        }
    }

    pub(super) fn read_gateway_faults(&mut self, gateway: Option<&GatewayFile>) -> Arc<FaultRules> {
        let faults = gateway
            .and_then(|gateway| gateway.defaults.as_ref())
            .and_then(|defaults| defaults.value.faults.as_ref());
        match faults {
            Some(faults) => {
                let types = TypeScope {
                    tables: self.shared.tables.clone(),
                    ..TypeScope::default()
                };
                let names = super::names::Names::new(&types).with_fault();
                Arc::new(self.fault_rules(&faults.value, &names))
            }
            None => Arc::default(),
        }
    }

    pub(super) fn gateway(&mut self, file: Option<&GatewayFile>) -> Option<Gateway> {
        let file = file?;
        let name = file.gateway.as_ref()?;
        let listen = self.listeners(file);
        let edge = self.edge(file);
        let paths = self.paths(file);
        let limits = self.limits(file.limits.as_ref().map(|limits| &limits.value));
        let sessions = self.sessions(file);
        Some(Gateway {
            name: Arc::clone(&name.value.text),
            listen,
            edge,
            paths,
            origins: file
                .origins
                .iter()
                .flat_map(|origins| &origins.value.0)
                .map(|origin| Arc::clone(&origin.text))
                .collect(),
            backends: self
                .backends
                .iter()
                .map(|(name, known)| (Arc::clone(name), Arc::clone(&known.backend)))
                .collect(),
            limits,
            sessions,
            login: self.logins(file.login.as_ref()),
            keys: self.keys(file),
            debug: self.callers(file.debug.as_ref()),
            describe: self.callers(file.describe.as_ref()),
            stubs: file
                .dev
                .as_ref()
                .and_then(|dev| dev.value.stubs.as_ref())
                .is_none_or(|stubs| stubs.value.value),
        })
    }

    fn limits(&mut self, file: Option<&LimitsFile>) -> GatewayLimits {
        let mut limits = GatewayLimits {
            request: 2 << 20,
            reply: 10 << 20,
            depth: 64,
            values: 200_000,
            calls: 100,
            running: 1_000,
            running_each: 200,
            held: HELD,
            held_each: HELD_EACH,
            connections: 8_192,
            connections_each: 256,
        };
        let Some(file) = file else {
            return limits;
        };
        let sizes = [
            (&mut limits.request, file.request.as_ref()),
            (&mut limits.reply, file.reply.as_ref()),
        ];
        for (limit, size) in sizes {
            if let Some(size) = size {
                *limit = size.value.value.0;
                self.within(*limit, 1, usize::MAX, &size.value.scalar);
            }
        }
        let counts = [
            (&mut limits.depth, file.depth.as_ref(), DEEPEST),
            (&mut limits.values, file.values.as_ref(), usize::MAX),
            (&mut limits.calls, file.calls.as_ref(), usize::MAX),
            (&mut limits.running, file.running.as_ref(), usize::MAX),
            (
                &mut limits.running_each,
                file.running_each.as_ref(),
                usize::MAX,
            ),
            (
                &mut limits.connections,
                file.connections.as_ref(),
                MOST_CONNECTIONS,
            ),
            (
                &mut limits.connections_each,
                file.connections_each.as_ref(),
                usize::MAX,
            ),
        ];
        for (limit, count, most) in counts {
            if let Some(count) = count {
                *limit = count.value.value;
                self.within(*limit, 1, most, &count.value.scalar);
            }
        }
        self.held(&mut limits, file);
        limits
    }

    /// `held` and `held-each`: one request must fit beside its answer, or it could never be answered.
    fn held(&mut self, limits: &mut GatewayLimits, file: &LimitsFile) {
        let least = limits.request.saturating_add(limits.reply);
        let each = file.held_each.as_ref();
        let all = file.held.as_ref();
        for (limit, size, default) in [
            (&mut limits.held_each, each, HELD_EACH),
            (&mut limits.held, all, HELD),
        ] {
            match size {
                Some(size) => {
                    *limit = size.value.value.0;
                    if *limit < least {
                        self.error(
                            118,
                            &size.value.scalar.place,
                            format!(
                                "`{}` does not hold one request and its answer, which `request` and `reply` let be {least} bytes",
                                size.value.scalar.text
                            ),
                        );
                    }
                }
                None => *limit = default.max(least.saturating_mul(2)),
            }
        }
    }

    fn within(&mut self, value: usize, least: usize, most: usize, scalar: &Scalar) {
        if value < least {
            self.error(
                118,
                &scalar.place,
                format!(
                    "`{}` lets nothing through; it is {least} at least",
                    scalar.text
                ),
            );
        } else if value > most {
            self.error(
                118,
                &scalar.place,
                format!("`{}` is more than {most}", scalar.text),
            );
        }
    }

    /// A time in which something must be done: with none, nothing ever is.
    pub(super) fn time(&mut self, time: Option<&Entry<Parsed<Duration>>>) {
        if let Some(time) = time.filter(|time| time.value.value.is_zero()) {
            let scalar = &time.value.scalar;
            self.error(
                121,
                &scalar.place,
                "in no time nothing can be done; write `500ms`, `5s` …",
            );
        }
    }
}

/// Levels of nesting beyond which values are no data, but an attempt.
const DEEPEST: usize = 512;

/// Bytes that are held at once.
const HELD: usize = 256 << 20;

/// Bytes of one client's address that are held at once: a quarter of all.
const HELD_EACH: usize = 64 << 20;

/// More connections than this have no place in one process.
const MOST_CONNECTIONS: usize = 1 << 20;

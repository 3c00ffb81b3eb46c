//! What expressions see: arguments and steps by name, and the roots `identity session call reply fault page`.

use std::sync::Arc;

use axum::http::header::{HeaderMap, HeaderName, HeaderValue};
use footbridge_mapping::data::{Data, Record};
use footbridge_mapping::expression::Scope;
use footbridge_mapping::model::{Operation, Plan, Step};
use footbridge_remoting::fault;
use jiff::tz::TimeZone;

use super::context::Context;
use super::failure::Failure;
use super::trace::Watch;
use crate::spans::Trail;

/// The values that one step sees. Cloned for steps that run side by side; its values are shared.
#[derive(Clone)]
pub(super) struct Frame<'c> {
    pub(super) context: &'c Context,
    pub(super) operation: &'c Operation,
    pub(super) zone: &'c TimeZone,
    values: Vec<(Arc<str>, Data)>,
    reply: Option<Data>,
    fault: Option<Data>,
    page: Option<Data>,
    /// Sent to backends as `Idempotency-Key`, where the operation has `once`.
    once: Option<Arc<str>>,
    /// What is told of the step that runs, where the call is traced.
    pub(super) watch: Option<Arc<Watch>>,
    /// The span of the step that runs, of its call before one does.
    pub(super) trail: Trail,
}

impl<'c> Frame<'c> {
    /// The frame of an operation, with its arguments.
    pub(super) fn new(
        context: &'c Context,
        operation: &'c Operation,
        zone: &'c TimeZone,
        arguments: Vec<Data>,
    ) -> Self {
        let names = operation
            .arguments
            .iter()
            .map(|argument| Arc::clone(&argument.name));
        Self {
            context,
            operation,
            zone,
            values: names.zip(arguments).collect(),
            reply: None,
            fault: None,
            page: None,
            once: None,
            watch: None,
            trail: context.client.trail.clone(),
        }
    }

    /// The name of the operation's service, which record sets carry.
    pub(super) fn service(&self) -> &'c str {
        self.operation
            .name
            .rsplit_once('.')
            .map_or("", |(service, _)| service)
    }

    /// The arguments, before any step has ended.
    pub(super) fn arguments(&self) -> impl Iterator<Item = &Data> {
        let count = self.operation.arguments.len();
        self.values.iter().take(count).map(|(_, value)| value)
    }

    /// This frame of a call that must not be made twice.
    pub(super) fn with_once(self, key: Arc<str>) -> Self {
        Self {
            once: Some(key),
            ..self
        }
    }

    /// The value of a step that has ended.
    pub(super) fn set(&mut self, name: &Arc<str>, value: Data) {
        self.values.push((Arc::clone(name), value));
    }

    /// Arguments and steps that have ended, by name.
    pub(super) fn values(&self) -> &[(Arc<str>, Data)] {
        &self.values
    }

    /// Tells the backend that a request is the same as an earlier one, where the operation has `once`, in the header
    /// `Idempotency-Key` unless the mapping gives one. Whether it did: then the request may be sent again.
    pub(super) fn mark(
        &self,
        step: &Step,
        writes: bool,
        headers: &mut HeaderMap,
    ) -> Result<bool, Failure> {
        let Some(key) = self.idempotency_key(step).filter(|_| writes) else {
            return Ok(false);
        };
        let name = HeaderName::from_static("idempotency-key");
        if !headers.contains_key(&name) {
            let value = HeaderValue::from_str(&key).map_err(|_| {
                let told = "the header `Idempotency-Key` has a character that cannot be sent";
                Failure::decided(fault::BAD_ARGUMENTS, told)
            })?;
            headers.insert(name, value);
        }
        Ok(true)
    }

    /// One key for each step. The runs of `each` are different requests of one step, so they have none.
    fn idempotency_key(&self, step: &Step) -> Option<String> {
        let once = self.once.as_ref()?;
        if step.each.is_some() {
            return None;
        }
        Some(match &self.operation.plan {
            Plan::Step(own) if std::ptr::eq(&**own, step) => once.to_string(),
            Plan::Step(_) | Plan::Overloads(_) => format!("{once}-{}", step.name),
        })
    }

    /// This frame with `reply`.
    pub(super) fn with_reply(&self, reply: Data) -> Self {
        Self {
            reply: Some(reply),
            ..self.clone()
        }
    }

    /// This frame with `page`.
    pub(super) fn with_page(&self, page: Data) -> Self {
        Self {
            page: Some(page),
            ..self.clone()
        }
    }

    /// This frame with `fault`.
    pub(super) fn with_fault(&self, fault: Data) -> Self {
        Self {
            fault: Some(fault),
            ..self.clone()
        }
    }

    /// This frame with the zone of a step.
    pub(super) fn in_zone(&self, zone: &'c TimeZone) -> Self {
        Self {
            zone,
            ..self.clone()
        }
    }
}

impl Scope for Frame<'_> {
    fn root(&self, name: &str) -> Option<Data> {
        // Steps stand behind arguments, and no name shadows another, so the last is as good as the first.
        if let Some((_, value)) = self.values.iter().rev().find(|(known, _)| &**known == name) {
            return Some(value.clone());
        }
        match name {
            "identity" => Some(self.context.identity_root()),
            "session" => Some(self.context.session_root()),
            "call" => Some(self.context.call_root(self.operation)),
            "reply" => self.reply.clone(),
            "fault" => self.fault.clone(),
            "page" => self.page.clone(),
            _ => None,
        }
    }

    fn lookup(&self, table: &str, key: &str) -> Option<Data> {
        self.operation.scope.tables.get(table)?.get(key).cloned()
    }

    fn zone(&self) -> &TimeZone {
        self.zone
    }
}

/// An anonymous object of these members.
pub(super) fn object<const N: usize>(members: [(&str, Data); N]) -> Data {
    let members = members
        .into_iter()
        .map(|(name, value)| (Arc::from(name), value))
        .collect();
    Data::Object(Arc::new(Record {
        alias: None,
        members,
    }))
}

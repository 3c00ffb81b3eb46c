//! `PageableResult`: what the clients' record sets ask for further rows.
//!
//! | call | answer |
//! | --- | --- |
//! | `getRecords(id, first, count)` | `{Cursor, Page}`: rows from `first`, counted from 1 |
//! | `release()`, `release(id)` | null |
//!
//! Whoever has the id may ask, on any connection: record sets of ActionScript 1 and 2 ask on a new one, without headers and
//! credentials. Whoever is known to be somebody else may not.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use footbridge_amf::{Graph, Value};
use footbridge_mapping::data::{AmfValue, Data, convert};
use footbridge_remoting::{Answer, Body, Envelope, Fault, PAGES, fault};

use super::Exchange;
use super::stamp::{now, stamp};
use crate::dispatch;
use crate::run::pageable::{Asked, Token};
use crate::session::Session;

/// Record sets of which a packet has asked for rows: of many such bodies the first is a call.
#[derive(Debug, Default)]
pub(super) struct Runs(Mutex<HashSet<Arc<str>>>);

impl Runs {
    fn begins(&self, number: &Arc<str>) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(Arc::clone(number))
    }
}

/// How many bodies of a packet are answered: at most `calls`, where a run of bodies that ask for rows is one of them. Of such runs
/// there are at most ten times as many bodies.
pub(super) fn within(calls: &[Body<'_>], limit: usize) -> usize {
    let mut counted = 0;
    let mut in_run = false;
    for (index, body) in calls.iter().enumerate().take(limit.saturating_mul(RUN)) {
        let asks = &*body.target == "PageableResult.getRecords";
        if !(asks && in_run) {
            counted += 1;
        }
        if counted > limit {
            return index;
        }
        in_run = asks;
    }
    calls.len().min(limit.saturating_mul(RUN))
}

/// Bodies for each call of the limit, where they are runs.
const RUN: usize = 10;

impl Exchange<'_> {
    /// Whether a service is the gateway's own.
    pub(super) fn asks_for_pages(&self, service: &str) -> bool {
        service == PAGES && !self.live.mapping.by_name.contains_key(service)
    }

    /// Answers a call of it.
    pub(super) async fn pages(
        &self,
        id: Arc<str>,
        envelope: Envelope,
        session: Option<Arc<Session>>,
        operation: &str,
        (graph, values): (Arc<Graph<'static>>, Vec<Value<'static>>),
    ) -> Vec<u8> {
        let arguments: Vec<Data> = values
            .iter()
            .map(|value| {
                let graph = Arc::clone(&graph);
                let value = value.clone();
                Data::Amf(AmfValue { graph, value }).plain()
            })
            .collect();
        let asked = match operation {
            "getRecords" => self.asked(&arguments, session.as_ref()).await,
            "release" => return self.released(&id, &envelope, &arguments),
            _ => Err(Fault::new(
                fault::RESOURCE_NOT_FOUND,
                format!("service `{PAGES}` has no operation `{operation}`"),
            )),
        };
        let (asked, session) = match asked {
            Ok(asked) => asked,
            Err(fault) => return self.fault(&id, &envelope, fault),
        };
        let name = &asked.token.operation;
        let (service, called) = name.rsplit_once('.').unwrap_or(("", name));
        let found = dispatch::classic(&self.live.mapping, service, called).map_err(|_| ended());
        let names = (PAGES.into(), operation.into());
        self.call(
            id,
            envelope,
            session,
            names,
            found,
            (None, self.told()),
            (graph, values),
            Some(asked),
        )
        .await
        .0
    }

    /// What is asked for, and the session of the record set.
    async fn asked(
        &self,
        arguments: &[Data],
        session: Option<&Arc<Session>>,
    ) -> Result<(Asked, Option<Arc<Session>>), Fault> {
        let [Data::Text(id), first, count] = arguments else {
            return Err(Fault::new(
                fault::BAD_ARGUMENTS,
                "`getRecords` takes the id of a record set, the first row and a number of rows",
            ));
        };
        let (first, count) = match (convert::to_int(first), convert::to_int(count)) {
            (Some(first @ 1..), Some(count @ 0..)) => (first.unsigned_abs(), count.unsigned_abs()),
            _ => {
                return Err(Fault::new(
                    fault::BAD_ARGUMENTS,
                    "rows are counted from 1, and their number is not negative",
                ));
            }
        };
        let token = Token::open(id, &self.gateway.kept().keys).ok_or_else(|| {
            Fault::new(
                fault::RESOURCE_NOT_FOUND,
                "no record set has this id; call its operation again",
            )
        })?;
        if token.expires <= now() {
            return Err(ended());
        }
        let own = match &token.session {
            Some(id) => {
                let found = self.find(id).await?;
                Some(found.ok_or_else(ended)?)
            }
            None => None,
        };
        let caller = match (session, self.caller.get()) {
            (Some(session), _) => session.identity(),
            (None, Some(known)) => known.clone()?,
            (None, None) => crate::run::Identity::default(),
        };
        if caller.members.is_some() && caller != token.identity {
            return Err(Fault::new(
                fault::AUTHORIZATION,
                "the record set is somebody else's",
            ));
        }
        let counts = self.runs.begins(&token.number);
        let asked = Asked {
            token,
            first: first - 1,
            count,
            counts,
        };
        Ok((asked, own))
    }

    /// Clients let go of a record set that they have whole. Its id goes on to be one until it ends; only what was kept to answer
    /// quickly goes.
    fn released(&self, id: &Arc<str>, envelope: &Envelope, arguments: &[Data]) -> Vec<u8> {
        let kept = self.gateway.kept();
        if let Some(Data::Text(text)) = arguments.first()
            && let Some(token) = Token::open(text, &kept.keys)
        {
            kept.pages.remove(&token.number);
        }
        let null = || {
            let mut answer = Answer::begin(envelope, self.limits().reply, &stamp(envelope))?;
            answer.sink().null()?;
            answer.finish()
        };
        null().unwrap_or_else(|error| self.fault(id, envelope, Fault::from(error)))
    }
}

fn ended() -> Fault {
    Fault::new(
        fault::RESOURCE_NOT_FOUND,
        "the record set has ended; call its operation again",
    )
}

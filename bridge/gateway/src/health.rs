//! Whether the gateway lives, and whether it is ready for calls.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use footbridge_mapping::model::BackendKind;
use footbridge_traffic::BreakerState;
use futures_util::future::join_all;
use metrics::gauge;
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::gateway::Gateway;
use crate::stats;

/// How far the gateway has come.
#[derive(Debug, Default)]
pub struct Health {
    listening: AtomicBool,
    draining: AtomicBool,
    /// What the backends said last, so that many who ask cost no more than one.
    asked: Mutex<Option<(Instant, Readiness)>>,
}

/// The answer to "are you ready?".
#[derive(Clone, Debug, PartialEq)]
pub struct Readiness {
    /// Whether calls should be sent here.
    pub ready: bool,
    /// The gateway's name, its state, and each backend by name.
    pub report: Value,
}

impl Health {
    pub(crate) fn listens(&self) {
        self.listening.store(true, Ordering::Release);
    }

    pub(crate) fn drains(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// Whether the gateway is about to stop: calls that run may end, new ones should go elsewhere.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }
}

/// Asks all databases at once, each for a second at most. A backend that is away fails readiness only where it is
/// `required`: a gateway without one of its backends still answers the operations of the others.
pub(crate) async fn readiness(gateway: &Gateway) -> Readiness {
    let health = gateway.health();
    let mut asked = health.asked.lock().await;
    let known = asked
        .as_ref()
        .filter(|(when, _)| when.elapsed() < FRESH)
        .map(|(_, readiness)| readiness.clone());
    let mut readiness = match known {
        Some(known) => known,
        None => {
            let found = backends(gateway).await;
            *asked = Some((Instant::now(), found.clone()));
            found
        }
    };
    drop(asked);
    let state = if health.is_draining() {
        "draining"
    } else if !health.listening.load(Ordering::Acquire) {
        "starting"
    } else if readiness.ready {
        "ready"
    } else {
        "without a required backend"
    };
    readiness.ready = state == "ready";
    readiness.report["state"] = state.into();
    readiness
}

async fn backends(gateway: &Gateway) -> Readiness {
    let live = gateway.live();
    let asked = live.mapping.gateway.backends.values().map(async |backend| {
        let up = match &backend.kind {
            BackendKind::Database(_) => match live.databases.get(&backend.name) {
                Some(database) => matches!(timeout(PATIENCE, database.ping()).await, Ok(Ok(()))),
                None => false,
            },
            // Whether a call of HTTP would go well, only calls can tell: its breaker has seen the last ones.
            BackendKind::Http(_) => live
                .clients
                .get(&backend.name)
                .is_none_or(|client| client.status().breaker != BreakerState::Open),
        };
        (backend, up)
    });
    let mut report = Map::new();
    let mut ready = true;
    for (backend, up) in join_all(asked).await {
        let name = backend.name.to_string();
        gauge!(stats::BACKEND_UP, "backend" => name.clone()).set(f64::from(u8::from(up)));
        ready &= up || !backend.required;
        let state = if up { "up" } else { "away" };
        report.insert(
            name,
            json!({ "state": state, "required": backend.required }),
        );
    }
    let mut report =
        json!({ "gateway": &*live.mapping.gateway.name, "state": "", "backends": report });
    let store = gateway.kept().store(&live);
    if let Some(name) = &live.mapping.gateway.sessions.store {
        let up = matches!(timeout(PATIENCE, store.answers()).await, Ok(Some(Ok(()))));
        report["sessions"] = json!({ "store": &**name, "state": if up { "up" } else { "away" } });
    }
    Readiness { ready, report }
}

/// How long a backend may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(1);

/// For how long what the backends said is believed.
const FRESH: Duration = Duration::from_secs(1);

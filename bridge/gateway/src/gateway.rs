//! What lasts between requests.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use footbridge_mapping::model::Operation;
use footbridge_remoting::Fault;

use crate::call::Call;
use crate::health::Health;
use crate::keys;
use crate::live::Live;
use crate::load::Load;
use crate::run::Kept;
use crate::session::Sessions;
use crate::stats;

/// The mapping in force, the sessions, and whoever watches.
pub struct Gateway {
    live: ArcSwap<Live>,
    root: PathBuf,
    load: Load,
    health: Health,
    kept: Arc<Kept>,
    witness: Option<Arc<dyn Witness>>,
}

/// Sees each call when it has been answered, e.g. to print it.
pub trait Witness: Send + Sync {
    /// A call was answered.
    fn answered(&self, seen: Seen<'_>);
}

/// A call and what became of it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'s> {
    /// The call.
    pub call: &'s Call,
    /// The whole body that was sent.
    pub body: &'s [u8],
    /// The fault that was sent, if it was one.
    pub fault: Option<&'s Fault>,
    /// The operation that it meant; `None` where no mapping knows it.
    pub operation: Option<&'s Arc<Operation>>,
}

impl Gateway {
    /// A gateway with this mapping and no sessions.
    pub fn new(live: Live) -> Self {
        let kept = Arc::<Kept>::default();
        kept.keys.replace(&live.mapping.gateway.keys);
        keys::warn_if_missing(&live.mapping, None);
        Self {
            live: ArcSwap::from_pointee(live),
            root: PathBuf::from("."),
            load: Load::default(),
            health: Health::default(),
            kept,
            witness: None,
        }
    }

    /// With the project folder, which certificates and static files are relative to; else the current one.
    #[must_use]
    pub fn at(mut self, root: impl Into<PathBuf>) -> Self {
        self.root = root.into();
        self
    }

    /// With somebody who sees each call.
    #[must_use]
    pub fn watched_by(mut self, witness: Arc<dyn Witness>) -> Self {
        self.witness = Some(witness);
        self
    }

    /// Puts another mapping in force. Calls that run keep the one they began with.
    pub fn replace(&self, live: Live) {
        self.kept.keys.replace(&live.mapping.gateway.keys);
        keys::warn_if_missing(&live.mapping, Some(&self.live().mapping));
        self.live.store(Arc::new(live));
        metrics::counter!(stats::LOADS).increment(1);
        self.kept.answers.clear();
    }

    /// The mapping in force.
    pub fn live(&self) -> Arc<Live> {
        self.live.load_full()
    }

    /// The sessions.
    pub fn sessions(&self) -> &Sessions {
        &self.kept.sessions
    }

    /// What outlives calls.
    pub(crate) fn kept(&self) -> &Arc<Kept> {
        &self.kept
    }

    /// The project folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What runs at once.
    pub fn load(&self) -> &Load {
        &self.load
    }

    /// How far the gateway has come.
    pub fn health(&self) -> &Health {
        &self.health
    }

    pub(crate) fn witness(&self) -> Option<&dyn Witness> {
        self.witness.as_deref()
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway")
            .field("sessions", &self.kept.sessions.len())
            .finish_non_exhaustive()
    }
}

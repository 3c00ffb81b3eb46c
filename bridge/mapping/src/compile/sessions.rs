//! `sessions`: how long they live, what carries them, and where they are kept.

use std::sync::Arc;

use super::Compiler;
use crate::file::gateway::GatewayFile;
use crate::file::read::Entry;
use crate::file::yaml::Scalar;
use crate::model::{Carrier, Sessions};

impl Compiler<'_> {
    pub(super) fn sessions(&mut self, gateway: &GatewayFile) -> Sessions {
        let mut sessions = Sessions::default();
        let Some(file) = gateway.sessions.as_ref().map(|sessions| &sessions.value) else {
            return sessions;
        };
        if let Some(idle) = &file.idle {
            sessions.idle = idle.value.value;
        }
        if let Some(longest) = &file.longest {
            sessions.longest = longest.value.value;
        }
        if let Some(by) = &file.by {
            sessions.by = by.value.0.iter().map(|carrier| carrier.value).collect();
        }
        if let Some(said) = &file.signed_in_by_url {
            sessions.signed_in_by_url = said.value.value;
            if said.value.value && !sessions.takes(Carrier::Url) {
                self.error_help(
                    130,
                    &said.key,
                    "no URL names a session: `url` is not among `by`",
                    "write `by: [cookie, url, ds-id]`",
                );
            }
        }
        if let Some(store) = &file.store {
            sessions.store = self.store(store, gateway);
        }
        sessions
    }

    /// The database that keeps sessions; `None` for `memory`.
    fn store(&mut self, written: &Entry<Scalar>, gateway: &GatewayFile) -> Option<Arc<str>> {
        let name = &written.value;
        if &*name.text == "memory" {
            return None;
        }
        let known = self.known_backend(name)?;
        self.dialect_of(&known, name, "store")?;
        if gateway.keys.is_none() {
            self.error_help(
                130,
                &name.place,
                "sessions in a database are sealed, and without `keys` no other gateway could open them",
                "write `keys: [\"${SESSION_KEY}\"]`, the same for all gateways",
            );
        }
        Some(Arc::clone(&known.backend.name))
    }
}

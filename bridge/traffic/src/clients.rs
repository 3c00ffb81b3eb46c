//! The clients of all backends.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use footbridge_mapping::model::{Backend, Mapping};

use crate::client::{Client, SetupError};

/// The clients of a mapping, by the names of their backends.
#[derive(Debug, Default)]
pub struct Clients {
    by_name: HashMap<Arc<str>, Entry>,
}

#[derive(Debug)]
struct Entry {
    backend: Arc<Backend>,
    address: Option<String>,
    root: PathBuf,
    client: Arc<Client>,
}

impl Clients {
    /// The clients of a changed mapping: those whose backends say the same go on as they are, with their connections,
    /// tokens and breakers. `address` gives what a backend's description says, where the mapping says none; `root` is
    /// the project folder.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn reopen(
        &self,
        mapping: &Mapping,
        root: &Path,
        address: &dyn Fn(&Backend) -> Option<String>,
    ) -> Result<Self, SetupError> {
        let mut by_name = HashMap::new();
        let backends = mapping.gateway.backends.values();
        // `mock:` is no address: such a backend is answered within the gateway.
        let called = |backend: &Backend| {
            backend.http().is_some_and(|http| {
                !http
                    .url
                    .as_deref()
                    .is_some_and(|url| url.starts_with("mock:"))
            })
        };
        for backend in backends.filter(|backend| called(backend)) {
            let address = address(backend);
            let before = self.by_name.get(&backend.name).filter(|entry| {
                entry.backend == *backend && entry.address == address && entry.root == root
            });
            let client = match before {
                Some(entry) => Arc::clone(&entry.client),
                None => Arc::new(Client::new(backend, address.as_deref(), root)?),
            };
            let entry = Entry {
                backend: Arc::clone(backend),
                address,
                root: root.to_owned(),
                client,
            };
            by_name.insert(Arc::clone(&backend.name), entry);
        }
        Ok(Self { by_name })
    }

    /// The client of a backend.
    pub fn get(&self, backend: &str) -> Option<&Arc<Client>> {
        self.by_name.get(backend).map(|entry| &entry.client)
    }

    /// All clients.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Client>> {
        self.by_name.values().map(|entry| &entry.client)
    }
}

//! The clients of all backends.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use footbridge_mapping::model::{Backend, Mapping};
use footbridge_mapping::reach::Reach;

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
    reach: Option<Arc<Reach>>,
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
            let entry = self.entry(backend, address(backend), None, root)?;
            by_name.insert(Arc::clone(&backend.name), entry);
        }
        for proxy in mapping.proxies.values().filter_map(|proxy| proxy.proxy()) {
            if by_name.contains_key(&proxy.backend.name) {
                continue;
            }
            let described = proxy
                .described
                .as_ref()
                .and_then(|name| mapping.gateway.backends.get(name));
            let address = described.and_then(|backend| address(backend));
            let entry = self.entry(&proxy.backend, address, Some(&proxy.reach), root)?;
            by_name.insert(Arc::clone(&proxy.backend.name), entry);
        }
        Ok(Self { by_name })
    }

    /// The client of a backend or a proxy, the one that is there where it says the same.
    fn entry(
        &self,
        backend: &Arc<Backend>,
        address: Option<String>,
        reach: Option<&Arc<Reach>>,
        root: &Path,
    ) -> Result<Entry, SetupError> {
        let before = self.by_name.get(&backend.name).filter(|entry| {
            entry.backend == *backend
                && entry.address == address
                && entry.reach.as_ref() == reach
                && entry.root == root
        });
        let client = match (before, reach) {
            (Some(entry), _) => Arc::clone(&entry.client),
            (None, None) => Arc::new(Client::new(backend, address.as_deref(), root)?),
            (None, Some(reach)) => {
                Arc::new(Client::of_proxy(backend, address.as_deref(), reach, root)?)
            }
        };
        Ok(Entry {
            backend: Arc::clone(backend),
            address,
            reach: reach.cloned(),
            root: root.to_owned(),
            client,
        })
    }

    /// The client of a backend, or of a proxy by the name of its own.
    pub fn get(&self, backend: &str) -> Option<&Arc<Client>> {
        self.by_name.get(backend).map(|entry| &entry.client)
    }

    /// All clients.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Client>> {
        self.by_name.values().map(|entry| &entry.client)
    }
}

//! What is in force: one mapping and what was prepared for it.

use std::path::Path;
use std::sync::Arc;

use footbridge_mapping::model::{Backend, Mapping};
use footbridge_sql::Databases;
use footbridge_traffic::{Clients, SetupError};

use crate::documents::Documents;

/// A mapping that has been checked, with all that its operations need to run. Never changed, only replaced as a whole;
/// a call keeps the one it began with.
#[derive(Debug)]
pub struct Live {
    /// What the files mean.
    pub mapping: Arc<Mapping>,
    /// Its databases; those that a changed mapping leaves as they were go on with their connections.
    pub databases: Arc<Databases>,
    /// What was made of the documents of its backends.
    pub documents: Arc<Documents>,
    /// The clients of its backends that are reached by HTTP; kept likewise.
    pub clients: Arc<Clients>,
}

impl Live {
    /// A mapping with its databases and documents, and what else its backends need. `root` is the project folder.
    ///
    /// # Errors
    /// A backend whose address, certificate or headers are none.
    pub fn open(
        mapping: Arc<Mapping>,
        databases: Arc<Databases>,
        documents: Documents,
        root: &Path,
    ) -> Result<Self, SetupError> {
        let before = Self {
            mapping: Arc::clone(&mapping),
            databases: Arc::clone(&databases),
            documents: Arc::default(),
            clients: Arc::default(),
        };
        before.reopen(mapping, databases, documents, root)
    }

    /// A changed mapping in place of this one: clients whose backends say the same go on with their connections.
    ///
    /// # Errors
    /// As [`Live::open`].
    pub fn reopen(
        &self,
        mapping: Arc<Mapping>,
        databases: Arc<Databases>,
        documents: Documents,
        root: &Path,
    ) -> Result<Self, SetupError> {
        let address = |backend: &Backend| documents.address(&backend.name).map(str::to_owned);
        let clients = self.clients.reopen(&mapping, root, &address)?;
        documents.look_at(&mapping);
        Ok(Self {
            mapping,
            databases,
            documents: Arc::new(documents),
            clients: Arc::new(clients),
        })
    }
}

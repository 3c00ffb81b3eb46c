//! What is in force: one mapping and what was prepared for it.

use std::path::Path;
use std::sync::Arc;

use footbridge_mapping::model::Mapping;
use footbridge_sql::Databases;
use footbridge_traffic::{Clients, SetupError};

/// A mapping that has been checked, with all that its operations need to run. Never changed, only replaced as a whole;
/// a call keeps the one it began with.
#[derive(Debug)]
pub struct Live {
    /// What the files mean.
    pub mapping: Arc<Mapping>,
    /// Its databases; those that a changed mapping leaves as they were go on with their connections.
    pub databases: Arc<Databases>,
    /// The clients of its backends that are reached by HTTP; kept likewise.
    pub clients: Arc<Clients>,
}

impl Live {
    /// A mapping with its databases, and what else its backends need. `root` is the project folder.
    ///
    /// # Errors
    /// A backend whose address, certificate or headers are none.
    pub fn open(
        mapping: Arc<Mapping>,
        databases: Arc<Databases>,
        root: &Path,
    ) -> Result<Self, SetupError> {
        let before = Self {
            mapping: Arc::clone(&mapping),
            databases: Arc::clone(&databases),
            clients: Arc::default(),
        };
        before.reopen(mapping, databases, root)
    }

    /// A changed mapping in place of this one: clients whose backends say the same go on with their connections.
    ///
    /// # Errors
    /// As [`Live::open`].
    pub fn reopen(
        &self,
        mapping: Arc<Mapping>,
        databases: Arc<Databases>,
        root: &Path,
    ) -> Result<Self, SetupError> {
        let clients = self.clients.reopen(&mapping, root, &|_| None)?;
        Ok(Self {
            mapping,
            databases,
            clients: Arc::new(clients),
        })
    }
}

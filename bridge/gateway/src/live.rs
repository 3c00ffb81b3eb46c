//! What is in force: one mapping and what was prepared for it.

use std::sync::Arc;

use footbridge_mapping::model::Mapping;
use footbridge_sql::Databases;

/// A mapping that has been checked, with all that its operations need to run. Never changed, only replaced as a whole;
/// a call keeps the one it began with.
#[derive(Debug)]
pub struct Live {
    /// What the files mean.
    pub mapping: Arc<Mapping>,
    /// Its databases; those that a changed mapping leaves as they were go on with their connections.
    pub databases: Arc<Databases>,
}

//! Statements against real databases: SQLite always, the others under the feature `databases`.

mod sqlite;
mod support;

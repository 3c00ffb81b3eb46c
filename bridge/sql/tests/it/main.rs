//! Statements against real databases: SQLite always, the others under the feature `databases`.

mod behaviour;
#[cfg(feature = "databases")]
mod mariadb;
#[cfg(feature = "databases")]
mod postgres;
#[cfg(feature = "databases")]
mod scratch;
mod sqlite;
mod support;
mod texts;

//! The end of the way of a call, seen from outside: projects, a running gateway, packets, and what came back.
//!
//! 1. [`project`]: a folder of mappings for one test, on SQLite or another database.
//! 2. [`gateway`]: the `footbridge` command serving such a folder on a free port.
//! 3. [`http`]: just enough of a client to post packets.
//! 4. [`call`]: calls and answers as canonical JSON.
//! 5. [`golden`]: the cases below `tests/calls`, each a folder.
//! 6. [`record_set`]: a client that reads record sets page by page; [`pages`]: what it reads.
//! 7. [`estimates`]: totals that the database guesses.
//! 8. [`row_policy`]: callers of several roles, and the rows that each sees.
//! 9. `database`: scratch databases on the servers that `tests/run` starts (feature `databases`).

pub mod call;
#[cfg(feature = "databases")]
pub mod database;
pub mod estimates;
pub mod gateway;
pub mod golden;
pub mod http;
pub mod pages;
pub mod project;
pub mod record_set;
pub mod row_policy;

use std::path::PathBuf;

/// The root of the repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this package lies in a folder of the repository")
        .to_owned()
}

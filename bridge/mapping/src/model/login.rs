//! `login` of `gateway.yaml`: who is known by name and password.

use std::sync::Arc;

/// One entry of `login`.
#[derive(Debug)]
pub enum Login {
    /// `users`: a file of names, hashes and roles.
    Users(Vec<User>),
}

/// One user of a file.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// The name.
    pub name: Arc<str>,
    /// The password's hash, in the PHC string format (argon2).
    pub hash: Arc<str>,
    /// The roles.
    pub roles: Arc<[Arc<str>]>,
}

impl std::fmt::Debug for User {
    /// Without the hash.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("name", &self.name)
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

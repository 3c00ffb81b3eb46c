//! `login` of `gateway.yaml`: who is known, and by what.

use std::sync::Arc;

use super::{Argument, Backend, Operation};
use crate::slot::PathPart;

/// One entry of `login`.
#[derive(Debug)]
pub enum Login {
    /// `users`: a file of names, hashes and roles.
    Users(Vec<User>),
    /// `sql`: a row of a database.
    Sql(Box<SqlLogin>),
    /// `rest`, `soap`: a service that is asked. Its reply is the identity.
    Call(Box<ServiceLogin>),
    /// `jwt`: tokens that another server signs.
    Jwt(Box<JwtLogin>),
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

/// `sql` of a login.
#[derive(Debug)]
pub struct SqlLogin {
    /// Its statement, with the arguments `name` and `password`.
    pub operation: Arc<Operation>,
    /// Whether the text compares the password itself, so that a row without `password_hash` counts.
    pub compares: bool,
    /// `old-hashes`
    pub old: Option<OldHashes>,
    /// `rehash`: the statement, with the arguments `hash` and `name`.
    pub rehash: Option<Arc<Operation>>,
}

/// `rest` or `soap` of a login.
#[derive(Debug)]
pub struct ServiceLogin {
    /// Its request, with the arguments `name` and `password`.
    pub operation: Arc<Operation>,
    /// Whether a good reply has passed `require`. Else the `id` in it is what says that the caller is known.
    pub requires: bool,
}

/// `old-hashes`: what counts beside argon2 and bcrypt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldHashes {
    /// How they were made.
    pub kind: OldHash,
    /// Where the salt stands.
    pub salt: Salt,
}

/// Digests of old tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldHash {
    /// `md5`
    Md5,
    /// `sha1`
    Sha1,
    /// `sha256`
    Sha256,
    /// `sha512`
    Sha512,
}

/// Where the column `salt` stands in what was hashed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Salt {
    /// `before` the password.
    #[default]
    Before,
    /// `after` the password.
    After,
}

/// `jwt` of a login.
#[derive(Debug)]
pub struct JwtLogin {
    /// `keys`
    pub keys: JwtKeys,
    /// `audience`: one of these must stand in `aud`.
    pub audience: Vec<Arc<str>>,
    /// `issuer`: must be `iss`.
    pub issuer: Option<Arc<str>>,
    /// `roles`: where they stand.
    pub roles: Option<Vec<Arc<str>>>,
    /// `values`: members of the identity, and where each is found.
    pub values: Vec<JwtValue>,
}

/// Where public keys come from.
#[derive(Debug)]
pub enum JwtKeys {
    /// A JSON Web Key Set, as the file says.
    Set(Arc<str>),
    /// The address of one.
    Url(Arc<Backend>),
}

/// One of `values`.
#[derive(Debug)]
pub struct JwtValue {
    /// Its name in `identity`, and its type.
    pub argument: Argument,
    /// Its place in the token.
    pub from: Arc<[PathPart]>,
}

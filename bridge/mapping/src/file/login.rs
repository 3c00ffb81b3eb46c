//! `login` of `gateway.yaml`: where callers are known.

use std::time::Duration;

use super::read::{Items, Named, Parsed, TreeNode, keys};
use super::words::Condition;
use super::yaml::Scalar;
use crate::model::{OldHash, Salt};
use crate::slot::Slot;

keys! {
    /// Where callers are known: one of `users`, `sql`, `jwt`, `rest` or `soap`.
    pub struct LoginFile is "a login" {
        /// A file of users, as `footbridge user add` writes it; a path below the project folder.
        users "users": Scalar,
        /// One row for `:name`: columns `id`, `name`, `password_hash`, `roles`, and what else becomes `identity`.
        sql "sql": Scalar,
        /// The database or service that is asked.
        backend "backend": Scalar,
        /// Of `sql`: hashes of old tables that count too; argon2 and bcrypt always do.
        old_hashes "old-hashes": OldHashesFile,
        /// Of `sql`: after a good login with an old hash this writes `:hash`, an argon2 hash, for `:name`.
        rehash "rehash": Scalar,
        /// Tokens (JWT) that another server signs.
        jwt "jwt": JwtFile,
        /// A request that knows `=name` and `=password`: `POST /check`.
        rest "rest": Scalar,
        /// An operation of a WSDL's port that knows `=name` and `=password`.
        soap "soap": Scalar,
        /// Parameters of the query.
        query "query": Named<TreeNode>,
        /// HTTP headers.
        headers "headers": Named<TreeNode>,
        /// Header blocks of the envelope, by part.
        soap_headers "soap-headers": Named<TreeNode>,
        /// The message.
        body "body": TreeNode,
        /// The media type of the body; `application/json`.
        content "content": Scalar,
        /// The message as handlebars text.
        template "template": Scalar,
        /// The type and place of the reply, whose members become `identity`.
        returns "returns": Parsed<Slot>,
        /// The members of `identity`, made from `reply`: `{id: =reply.body.id, name: =name, roles: [player]}`.
        identity "identity": TreeNode,
        /// What a reply must say of a caller who is known: `reply.body.ok`; without it an `id` in the reply says so.
        require "require": Parsed<Condition>,
        /// It ends after this; 10s.
        timeout "timeout": Parsed<Duration>,
    }
    later []
}

keys! {
    /// Hashes of old tables.
    pub struct OldHashesFile is "`old-hashes`" {
        /// How they were made: `md5`, `sha1`, `sha256` or `sha512`, written in hex or base64.
        kind "kind": Parsed<OldHash>,
        /// Where the column `salt` stands: `before` the password or `after` it; before.
        salt "salt": Parsed<Salt>,
    }
    later []
}

keys! {
    /// Tokens that another server signs.
    pub struct JwtFile is "`jwt`" {
        /// Its public keys: the address of a JSON Web Key Set, or a file of keys below the project folder (JWKS).
        keys "keys": Scalar,
        /// Whom tokens are for: one of these must stand in `aud`.
        audience "audience": AudienceFile,
        /// Who signs: `iss`.
        issuer "issuer": Scalar,
        /// Where the roles stand: `realm.roles`.
        roles "roles": Scalar,
        /// Further members of `identity`, or others in place of `id` (`sub`) and `name`: `{id: int from account_no}`.
        values "values": Named<Parsed<Slot>>,
    }
    later []
}

/// One audience or several.
#[derive(Clone, Debug, PartialEq)]
pub struct AudienceFile(pub Vec<Scalar>);

impl super::read::Read for AudienceFile {
    fn read(node: &super::yaml::Node, reader: &mut super::read::Reader<'_>) -> Option<Self> {
        match &node.value {
            super::yaml::NodeValue::Scalar(one) => Some(Self(vec![one.clone()])),
            _ => Items::read(node, reader).map(|Items(several)| Self(several)),
        }
    }
}

impl schemars::JsonSchema for AudienceFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AudienceFile".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": ["string", "array"], "items": { "type": "string" } })
    }
}

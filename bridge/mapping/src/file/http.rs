//! What backends that are reached by HTTP say: how they are called, and by whom; and what `publish` opens.

use std::sync::Arc;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::operation::RolesFile;
use super::read::{FromText, Items, Named, Parsed, Perhaps, Read, Reader, keys};
use super::yaml::{Node, NodeValue, Scalar};
use crate::diagnostic::{Place, Problem};
use crate::units;

/// A share: `50%`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share(pub f64);

impl FromText for Share {
    fn from_text(text: &str) -> Result<Self, Vec<Problem>> {
        units::percent(text).map(Self)
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+%$" })
    }
}

keys! {
    /// One text of documents that another one takes the place of.
    pub struct PatchFile is "a patch" {
        /// Exactly this text.
        find "find": Scalar,
        /// What stands there instead.
        put "put": Scalar,
    }
    later []
}

keys! {
    /// After so many faults a backend is left alone for a while.
    pub struct BreakerFile is "`breaker`" {
        /// Share of failed calls from which on it opens; 50%.
        faults "faults": Parsed<Share>,
        /// Over so many calls at least; 20.
        calls "calls": Parsed<u32>,
        /// So long nothing is sent, then one call tries; 5s.
        pause "pause": Parsed<Duration>,
    }
    later []
}

keys! {
    /// How the gateway proves who calls: one key or more.
    pub struct AuthKeys is "`auth`" {
        /// A user and a password in the clear of the connection.
        basic "basic": UserFile,
        /// A user and a password that are not sent.
        digest "digest": UserFile,
        /// A token.
        bearer "bearer": Scalar,
        /// A key in a header.
        header "header": KeyFile,
        /// A key in the query.
        query "query": KeyFile,
        /// A key in a cookie.
        cookie "cookie": KeyFile,
        /// Tokens of OAuth 2, got and renewed by the gateway.
        oauth2 "oauth2": OAuth2File,
        /// UsernameToken of WS-Security.
        username_token "username-token": UsernameTokenFile,
        /// The gateway's certificate for TLS.
        certificate "certificate": CertificateFile,
        /// An X.509 signature of WS-Security.
        signature "signature": CertificateFile,
        /// The caller's own name and password, or token, are passed on.
        caller "caller": Parsed<bool>,
    }
    later []
}

keys! {
    /// Who calls.
    pub struct UserFile is "a user" {
        /// The user.
        user "user": Scalar,
        /// The password, `${NAME}` or `${file:path}`.
        password "password": Scalar,
    }
    later []
}

keys! {
    /// A fixed key.
    pub struct KeyFile is "a key" {
        /// Its name.
        name "name": Scalar,
        /// The key, `${NAME}` or `${file:path}`.
        value "value": Scalar,
    }
    later []
}

keys! {
    /// OAuth 2: client credentials, or a refresh token.
    pub struct OAuth2File is "`oauth2`" {
        /// Where tokens are got.
        token_url "token-url": Scalar,
        /// The client's id.
        client "client": Scalar,
        /// Its secret, `${NAME}` or `${file:path}`.
        secret "secret": Scalar,
        /// What is asked for.
        scopes "scopes": Items<Scalar>,
        /// For whom the token is, where the server wants to know.
        audience "audience": Scalar,
        /// A refresh token, `${NAME}` or `${file:path}`.
        refresh_token "refresh-token": Scalar,
    }
    later []
}

keys! {
    /// UsernameToken of WS-Security.
    pub struct UsernameTokenFile is "`username-token`" {
        /// The user.
        user "user": Scalar,
        /// The password, `${NAME}` or `${file:path}`.
        password "password": Scalar,
        /// A digest in place of the password; false.
        digest "digest": Parsed<bool>,
        /// A nonce is sent; as `digest` says.
        nonce "nonce": Parsed<bool>,
        /// The moment is sent; as `digest` says.
        created "created": Parsed<bool>,
        /// A Timestamp that ends after this is sent; none.
        timestamp "timestamp": Parsed<Duration>,
    }
    later []
}

keys! {
    /// A certificate and its key.
    pub struct CertificateFile is "a certificate" {
        /// A PEM file, relative to the project folder.
        file "file": Scalar,
        /// The private key as PEM text, `${file:path}`.
        private_key "private-key": Scalar,
    }
    later []
}

/// The forms of `auth`.
#[derive(Clone, Debug, PartialEq)]
pub enum AuthFile {
    /// `caller`
    Caller(Place),
    /// A map.
    Keys(Box<AuthKeys>),
}

impl Read for AuthFile {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.value {
            NodeValue::Scalar(word) if &*word.text == "caller" => {
                Some(Self::Caller(word.place.clone()))
            }
            NodeValue::Map(_) => {
                AuthKeys::read(node, reader).map(|keys| Self::Keys(Box::new(keys)))
            }
            NodeValue::Absent | NodeValue::Scalar(_) | NodeValue::List(_) => {
                reader.expected(
                    node,
                    "`caller`, or a map such as `{basic: {user, password}}`",
                );
                None
            }
        }
    }
}

impl JsonSchema for AuthFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AuthFile".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let keys = generator.subschema_for::<AuthKeys>();
        json_schema!({ "anyOf": [{ "const": "caller" }, keys] })
    }
}

/// `publish`: which described operations are opened, and to whom.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublishFile {
    /// `all`, with its roles.
    pub all: Option<(Place, Option<RolesFile>)>,
    /// Globs and their roles, in the order written.
    pub globs: Vec<(Scalar, Option<RolesFile>)>,
    /// `except`
    pub except: Vec<Scalar>,
}

impl Read for PublishFile {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.value {
            NodeValue::Scalar(word) if &*word.text == "all" => Some(Self {
                all: Some((word.place.clone(), None)),
                ..Self::default()
            }),
            NodeValue::Map(_) => Self::map(node, reader),
            NodeValue::Absent | NodeValue::Scalar(_) | NodeValue::List(_) => {
                reader.expected(node, "`all`, or a map of globs and roles");
                None
            }
        }
    }
}

impl PublishFile {
    /// Globs and exceptions, as they are written.
    pub fn written(&self) -> impl Iterator<Item = &Scalar> {
        let globs = self.globs.iter().map(|(glob, _)| glob);
        globs.chain(&self.except)
    }

    fn map(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let mut except = Vec::new();
        let mut rest = node.clone();
        if let NodeValue::Map(entries) = &mut rest.value {
            entries.retain(|(key, value)| {
                if &*key.text != "except" {
                    return true;
                }
                reader.key = Arc::clone(&key.text);
                except.extend(
                    Items::<Scalar>::read(value, reader)
                        .into_iter()
                        .flat_map(|items| items.0),
                );
                false
            });
        }
        let Named(entries, _) = Named::<Perhaps<RolesFile>>::read(&rest, reader)?;
        let mut read = Self {
            except,
            ..Self::default()
        };
        for (key, Perhaps(roles)) in entries {
            if &*key.text == "all" {
                read.all = Some((key.place.clone(), roles));
            } else {
                read.globs.push((key, roles));
            }
        }
        Some(read)
    }
}

impl JsonSchema for PublishFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PublishFile".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let roles = generator.subschema_for::<RolesFile>();
        json_schema!({
            "anyOf": [
                { "const": "all" },
                {
                    "type": "object",
                    "properties": { "except": { "type": "array", "items": { "type": "string" } } },
                    "additionalProperties": { "anyOf": [{ "type": "null" }, roles] },
                },
            ]
        })
    }
}

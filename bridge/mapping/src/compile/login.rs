//! `login` of `gateway.yaml`: files of users, and operations that know callers. `tokens` has those that other servers sign.

use std::path::Path;
use std::sync::Arc;

use super::Compiler;
use super::project::why;
use crate::diagnostic::Place;
use crate::file::login::LoginFile;
use crate::file::operation::{OperationFile, RolesFile};
use crate::file::read::{Entry, Items, Named, Parsed, Perhaps};
use crate::file::service::ServiceFile;
use crate::file::yaml::{Scalar, Style};
use crate::model::{CallRules, Kind, Login, OldHashes, Operation, Plan, Salt, SqlLogin, User};
use crate::slot::{Scalar as Primitive, Slot, Type};

/// Keys that only some logins have.
const BELONGS: [(&str, &[&str]); 13] = [
    ("backend", &["sql", "rest", "soap"]),
    ("old-hashes", &["sql"]),
    ("rehash", &["sql"]),
    ("query", &["rest"]),
    ("headers", &["rest", "soap"]),
    ("soap-headers", &["soap"]),
    ("body", &["rest", "soap"]),
    ("content", &["rest"]),
    ("template", &["rest", "soap"]),
    ("returns", &["rest", "soap"]),
    ("identity", &["rest", "soap"]),
    ("require", &["rest", "soap"]),
    ("timeout", &["sql", "rest", "soap"]),
];

impl Compiler<'_> {
    pub(super) fn logins(&mut self, file: Option<&Entry<Items<LoginFile>>>) -> Vec<Login> {
        let Some(file) = file else {
            return Vec::new();
        };
        let made: Vec<_> = file
            .value
            .0
            .iter()
            .map(|login| self.login(&file.key, login))
            .collect();
        made.into_iter().flatten().collect()
    }

    fn login(&mut self, key: &Place, file: &LoginFile) -> Option<Login> {
        let written = file.written();
        let kinds: Vec<_> = written
            .iter()
            .filter(|(name, _)| matches!(*name, "users" | "sql" | "jwt" | "rest" | "soap"))
            .copied()
            .collect();
        let [(kind, place)] = kinds.as_slice() else {
            if kinds.is_empty() && file.faulty {
                return None;
            }
            let place = kinds.get(1).map_or(key, |(_, place)| *place);
            self.error_help(
                613,
                place,
                "a login is one of `users`, `sql`, `jwt`, `rest` and `soap`",
                "write `users: FILE`, and add users by `footbridge user add NAME`; several logins are a list",
            );
            return None;
        };
        for (name, at) in &written {
            if let Some((_, of)) = BELONGS.iter().find(|(known, _)| known == name)
                && !of.contains(kind)
            {
                let message = format!("`{name}` belongs to logins by `{}`", of.join("`, `"));
                self.error(105, at, message);
            }
        }
        if let Some(users) = &file.users {
            return Some(Login::Users(self.users(&users.value)));
        }
        if let Some(jwt) = &file.jwt {
            return self.tokens(&jwt.key, &jwt.value).map(Login::Jwt);
        }
        if let Some(sql) = &file.sql {
            return self.sql_login(file, sql, place).map(Login::Sql);
        }
        self.service_login(file, kind, place)
            .map(Box::new)
            .map(Login::Call)
    }

    fn sql_login(
        &mut self,
        file: &LoginFile,
        sql: &Entry<Scalar>,
        place: &Place,
    ) -> Option<Box<SqlLogin>> {
        let body = OperationFile {
            sql: Some(sql.clone()),
            timeout: file.timeout.clone(),
            args: Some(arguments(place, &[("name", TEXT), ("password", SECRET)])),
            ..OperationFile::default()
        };
        let operation = self.of_gateway(file, "sql", place, &body)?;
        let compares = binds(&operation, "password");
        if !binds(&operation, "name") {
            self.error_help(
                613,
                place,
                "the text asks for nobody: it does not name `:name`",
                "write `WHERE login = :name`",
            );
        }
        let rehash = match &file.rehash {
            Some(rehash) => {
                let body = OperationFile {
                    sql: Some(rehash.clone()),
                    timeout: file.timeout.clone(),
                    args: Some(arguments(&rehash.key, &[("hash", SECRET), ("name", TEXT)])),
                    ..OperationFile::default()
                };
                let operation = self.of_gateway(file, "rehash", &rehash.key, &body)?;
                if !binds(&operation, "hash") || !binds(&operation, "name") {
                    self.error_help(
                        613,
                        &rehash.key,
                        "`rehash` writes `:hash` for `:name`",
                        "write `UPDATE login SET password_hash = :hash WHERE login = :name`",
                    );
                }
                Some(Arc::new(operation))
            }
            None => None,
        };
        let old = match &file.old_hashes {
            Some(old) => match &old.value.kind {
                Some(kind) => Some(OldHashes {
                    kind: kind.value.value,
                    salt: old
                        .value
                        .salt
                        .as_ref()
                        .map_or(Salt::Before, |salt| salt.value.value),
                }),
                None => {
                    if !old.value.faulty {
                        self.error_help(
                            613,
                            &old.key,
                            "`old-hashes` says not how they were made",
                            "write `{kind: sha1}`; it is `md5`, `sha1`, `sha256` or `sha512`",
                        );
                    }
                    None
                }
            },
            None => None,
        };
        Some(Box::new(SqlLogin {
            operation: Arc::new(operation),
            compares,
            old,
            rehash,
        }))
    }

    /// An operation of the gateway's own, which nobody can call. What the gateway says of calls and their faults by default is none
    /// of it: such a rule could make a value or a wrong password of a database that is away.
    pub(super) fn of_gateway(
        &mut self,
        file: &LoginFile,
        name: &str,
        place: &Place,
        body: &OperationFile,
    ) -> Option<Operation> {
        let Some(backend) = &file.backend else {
            self.error_help(
                208,
                place,
                "nothing says which backend this login asks",
                "write `backend: NAME` beside it",
            );
            return None;
        };
        let entry = |value: Scalar| Entry {
            key: place.clone(),
            value,
        };
        let service = ServiceFile {
            service: Some(entry(scalar(place, "login"))),
            backend: Some(backend.clone()),
            roles: Some(Entry {
                key: place.clone(),
                value: RolesFile::Word(scalar(place, "internal")),
            }),
            ..ServiceFile::default()
        };
        let shelf = self.shelf(&service)?;
        let mut operation = self.operation(&shelf, &scalar(place, name), body, None)?;
        let refusal = match &file.require {
            Some(require) => self.refusal(&shelf, body, &operation.arguments, require),
            None => None,
        };
        operation.faults = refusal.map(Arc::new).into_iter().collect();
        operation.rules = CallRules::default();
        Some(operation)
    }

    /// `name:hash:role,role` in each line; what begins with `#` says nothing.
    fn users(&mut self, path: &Scalar) -> Vec<User> {
        let text = match self.environment.file(Path::new(&*path.text)) {
            Ok(text) => text,
            Err(error) => {
                let message = format!("`{}` cannot be read: {}", path.text, why(&error));
                self.error_help(
                    613,
                    &path.place,
                    message,
                    "the path is relative to the project folder; `footbridge user add NAME` makes it",
                );
                return Vec::new();
            }
        };
        let mut users: Vec<User> = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let mut parts = line.splitn(3, ':');
            let (name, hash, roles) = (parts.next(), parts.next(), parts.next());
            let known = hash.filter(|hash| hash.starts_with("$argon2"));
            let (Some(name), Some(hash)) = (name.filter(|name| !name.is_empty()), known) else {
                let message = format!("line {} of `{}` is no `name:hash:roles`", at + 1, path.text);
                self.error_help(
                    613,
                    &path.place,
                    message,
                    "`footbridge user add NAME` writes such lines",
                );
                continue;
            };
            if users.iter().any(|user| *user.name == *name) {
                let message = format!(
                    "line {} of `{}` has a user that stands there already",
                    at + 1,
                    path.text
                );
                self.error(613, &path.place, message);
                continue;
            }
            users.push(User {
                name: name.into(),
                hash: hash.into(),
                roles: roles
                    .unwrap_or_default()
                    .split(',')
                    .map(str::trim)
                    .filter(|role| !role.is_empty())
                    .map(Arc::from)
                    .collect(),
            });
        }
        users
    }
}

pub(super) const TEXT: Primitive = Primitive::String;
pub(super) const SECRET: Primitive = Primitive::Secret;

pub(super) fn scalar(place: &Place, text: &str) -> Scalar {
    Scalar {
        text: text.into(),
        style: Style::Plain,
        place: place.clone(),
    }
}

/// The arguments that a login has without saying so.
pub(super) fn arguments(
    place: &Place,
    names: &[(&str, Primitive)],
) -> Entry<Named<Perhaps<Parsed<Slot>>>> {
    let of = |(name, kind): &(&str, Primitive)| {
        let slot = Parsed {
            scalar: scalar(place, "string"),
            value: Slot::of(Type::Scalar(*kind)),
        };
        (scalar(place, name), Perhaps(Some(slot)))
    };
    Entry {
        key: place.clone(),
        value: Named(names.iter().map(of).collect(), Vec::new()),
    }
}

/// Whether the statement of an operation binds an argument.
fn binds(operation: &Operation, name: &str) -> bool {
    let Plan::Step(step) = &operation.plan else {
        return false;
    };
    let Kind::Sql(sql) = &step.kind else {
        return false;
    };
    sql.statement
        .variants
        .iter()
        .flat_map(|variant| &variant.binds)
        .any(|bind| &*bind.path.root == name)
}

//! `login` of `gateway.yaml`, and the files of users that it names.

use std::path::Path;
use std::sync::Arc;

use super::Compiler;
use super::project::why;
use crate::file::gateway::LoginFile;
use crate::file::read::{Entry, Items};
use crate::file::yaml::Scalar;
use crate::model::{Login, User};

impl Compiler<'_> {
    pub(super) fn logins(&mut self, file: Option<&Entry<Items<LoginFile>>>) -> Vec<Login> {
        let Some(file) = file else {
            return Vec::new();
        };
        let mut logins = Vec::new();
        for login in &file.value.0 {
            match &login.users {
                Some(users) => logins.push(Login::Users(self.users(&users.value))),
                None if login.faulty => {}
                None => self.error_help(
                    613,
                    &file.key,
                    "a login says who is known",
                    "write `users: FILE`, and add users by `footbridge user add NAME`",
                ),
            }
        }
        logins
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

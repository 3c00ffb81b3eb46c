//! `${NAME}` and `${file:path}`: expanded after parsing, never shown.

use std::path::Path;

use super::Compiler;
use super::project::why;
use crate::diagnostic::Problem;
use crate::file::gateway::GatewayFile;
use crate::file::yaml::Scalar;
use crate::model::Secret;

impl Compiler<'_> {
    /// A text in which `${…}` may stand.
    pub(super) fn expanded(&mut self, scalar: &Scalar) -> Option<String> {
        let mut expanded = String::with_capacity(scalar.text.len());
        let mut problems = Vec::new();
        let mut at = 0;
        let text = &*scalar.text;
        while let Some(found) = text[at..].find("${") {
            let start = at + found;
            expanded.push_str(&text[at..start]);
            let Some(length) = text[start..].find('}') else {
                problems.push(Problem::new(
                    206,
                    start..text.len(),
                    "`${` is not closed by `}`",
                ));
                at = text.len();
                break;
            };
            let end = start + length + 1;
            let name = &text[start + 2..end - 1];
            match self.secret(name) {
                Ok(value) => expanded.push_str(&value),
                Err(message) => problems.push(Problem::new(206, start..end, message)),
            }
            at = end;
        }
        expanded.push_str(&text[at..]);
        if problems.is_empty() {
            return Some(expanded);
        }
        self.problems(scalar, 0, problems);
        None
    }

    fn secret(&self, name: &str) -> Result<String, String> {
        if let Some(path) = name.strip_prefix("file:") {
            return self
                .environment
                .file(Path::new(path))
                .map(|text| text.trim_end_matches(['\n', '\r']).to_owned())
                .map_err(|error| {
                    format!("the file of `${{{name}}}` cannot be read: {}", why(&error))
                });
        }
        let known = !name.is_empty()
            && name
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || character == '_');
        if !known {
            return Err(format!(
                "`${{{name}}}` is neither `${{NAME}}` nor `${{file:path}}`"
            ));
        }
        self.environment.variable(name).ok_or_else(|| {
            format!("the environment has no `{name}`; set it before the gateway starts")
        })
    }

    /// A secret: it must come from outside altogether.
    pub(super) fn password(&mut self, scalar: &Scalar) -> Option<String> {
        let text = &*scalar.text;
        if !(text.starts_with("${") && text.ends_with('}')) {
            self.error(
                205,
                &scalar.place,
                "a secret stands in clear; write `${NAME}` and set it outside",
            );
            return None;
        }
        self.expanded(scalar)
    }

    /// `keys`: secrets that are long enough.
    pub(super) fn keys(&mut self, file: &GatewayFile) -> Vec<Secret> {
        let mut keys = Vec::new();
        for scalar in file.keys.iter().flat_map(|keys| &keys.value.0) {
            let Some(key) = self.password(scalar) else {
                continue;
            };
            if key.len() < Secret::SHORTEST {
                self.error_help(
                    213,
                    &scalar.place,
                    format!(
                        "this key has {} bytes, and what is shorter than {} can be found by trying",
                        key.len(),
                        Secret::SHORTEST
                    ),
                    "make one with `openssl rand -base64 32`",
                );
            }
            keys.push(Secret::new(key));
        }
        keys
    }

    /// An address of a database: a password in it is a secret in clear.
    pub(super) fn address(&mut self, scalar: &Scalar) -> Option<String> {
        let text = &*scalar.text;
        if let Some((scheme, rest)) = text.split_once("://")
            && let Some((user, _)) = rest.split('/').next().unwrap_or_default().rsplit_once('@')
            && let Some((_, password)) = user.split_once(':')
            && !(password.starts_with("${") && password.ends_with('}'))
        {
            let start = scheme.len() + 3 + user.len() - password.len();
            self.problems(
                scalar,
                0,
                vec![
                    Problem::new(
                        205,
                        start..start + password.len(),
                        "a secret stands in clear; write `${NAME}` and set it outside",
                    )
                    .help("the key `password` has room for it"),
                ],
            );
            return None;
        }
        self.expanded(scalar)
    }
}

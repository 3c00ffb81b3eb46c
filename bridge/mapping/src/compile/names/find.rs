//! What stands at a path: through declared types, as far as they are known.

use std::ops::Range;
use std::sync::Arc;

use super::{Names, Reply};
use crate::compile::http::answered;
use crate::diagnostic::{Problem, suggestion};
use crate::expression::{Part, Path};
use crate::model::{Rest, Uses};
use crate::slot::{Scalar, Type};

/// What stands at a path.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::compile) struct Found {
    /// `None` where nothing describes it.
    pub(in crate::compile) kind: Option<Type>,
    pub(in crate::compile) nullable: bool,
    pub(in crate::compile) roles: bool,
}

impl Found {
    fn unknown() -> Self {
        Self {
            kind: None,
            nullable: true,
            roles: false,
        }
    }

    fn of(kind: Type, nullable: bool) -> Self {
        let (kind, inner) = peeled(kind);
        Self {
            kind: (kind != Type::Any).then_some(kind),
            nullable: nullable || inner,
            roles: false,
        }
    }
}

/// Why nothing stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::compile) struct Missing {
    /// A sentence.
    pub(in crate::compile) message: String,
    /// Its code.
    pub(in crate::compile) code: u16,
    /// The path that was likely meant.
    pub(in crate::compile) suggestion: Option<String>,
}

const PAGE: [&str; 5] = ["size", "number", "offset", "last", "cursor"];
const CALL: [&str; 6] = ["id", "service", "operation", "time", "address", "client"];

impl Names<'_> {
    /// The declared type of a path.
    pub(in crate::compile) fn kind(&self, path: &Path) -> Option<Type> {
        self.find(path).ok()?.kind
    }

    /// What stands at a path.
    pub(in crate::compile) fn find(&self, path: &Path) -> Result<Found, Missing> {
        let root = &*path.root;
        match root {
            "identity" => {
                let uses = self.uses.get();
                self.uses.set(Uses {
                    identity: true,
                    ..uses
                });
                return Ok(Found {
                    roles: matches!(path.parts.as_slice(), [Part::Name(name)] if &**name == "roles"),
                    ..Found::unknown()
                });
            }
            "session" => {
                let uses = self.uses.get();
                self.uses.set(Uses {
                    session: true,
                    ..uses
                });
                return Ok(Found::unknown());
            }
            "call" => return call(path),
            "reply" => return self.reply(path),
            "fault" if self.fault => return Ok(Found::unknown()),
            "fault" => {
                return Err(Missing {
                    message: "`fault` is known inside of `faults` alone".into(),
                    code: 530,
                    suggestion: None,
                });
            }
            "page" if !self.has("page") => {
                return Err(Missing {
                    message: "`page` is known in a request with the key `page` alone".into(),
                    code: 530,
                    suggestion: None,
                });
            }
            "page" if self.pages.is_some() => return self.page(path),
            _ => {}
        }
        let Some(entry) = self.entries.iter().find(|entry| &*entry.name == root) else {
            return Err(self.unknown(root));
        };
        if entry.step {
            self.used.borrow_mut().insert(Arc::clone(&entry.name));
        }
        let Some(kind) = entry.kind.clone() else {
            return Ok(Found::unknown());
        };
        self.walk(Found::of(kind, entry.nullable), path, entry.open)
    }

    fn walk(&self, start: Found, path: &Path, open: bool) -> Result<Found, Missing> {
        let mut found = start;
        let mut listed = false;
        let mut said = path.root.to_string();
        for part in &path.parts {
            let Some(kind) = found.kind else {
                return Ok(Found::unknown());
            };
            found = match (kind, part) {
                (Type::List(item, _), Part::Index(_)) => Found::of(*item, true),
                (Type::List(item, _), Part::Each) => {
                    listed = true;
                    Found::of(*item, found.nullable)
                }
                (Type::List(..), Part::Name(name)) => {
                    return Err(Missing {
                        message: format!("`{said}` is a list and has no `{name}`"),
                        code: 401,
                        suggestion: Some(format!("{said}[].{name}")),
                    });
                }
                (Type::Named(type_name), Part::Name(name)) => {
                    self.member(&type_name, name, found.nullable, open, &said)?
                }
                (Type::Any, _) => Found::unknown(),
                (kind, Part::Name(name)) => {
                    return Err(Missing {
                        message: format!("`{said}` is {} and has no `{name}`", described(&kind)),
                        code: 401,
                        suggestion: None,
                    });
                }
                (kind, Part::Index(_) | Part::Each) => {
                    return Err(Missing {
                        message: format!("`{said}` is {} and no list", described(&kind)),
                        code: 401,
                        suggestion: None,
                    });
                }
            };
            match part {
                Part::Name(name) => {
                    said.push('.');
                    said.push_str(name);
                }
                Part::Index(index) => said.push_str(&format!("[{index}]")),
                Part::Each => said.push_str("[]"),
            }
        }
        if listed && let Some(kind) = found.kind {
            found.kind = Some(Type::List(Box::new(kind), crate::slot::Range::default()));
        }
        Ok(found)
    }

    fn member(
        &self,
        type_name: &str,
        name: &str,
        nullable: bool,
        open: bool,
        said: &str,
    ) -> Result<Found, Missing> {
        let Some(body) = self.types.types.get(type_name) else {
            // A variant type, or a row whose columns say its fields.
            return Ok(Found::unknown());
        };
        if let Some(slot) = body.fields.get(name) {
            let mut found = Found::of(slot.kind.clone(), nullable);
            if slot.default.is_some() {
                found.nullable = nullable;
            }
            return Ok(found);
        }
        if let Rest::Open(slot) = &body.rest {
            return Ok(Found::of(slot.kind.clone(), true));
        }
        if open && body.rest == Rest::Described {
            return Ok(Found::unknown());
        }
        Err(Missing {
            message: format!("`{type_name}` has no field `{name}`"),
            code: 401,
            suggestion: suggestion(name, body.fields.keys()).map(|name| format!("{said}.{name}")),
        })
    }

    /// A member of `page`, in a request that is paged: elsewhere an argument may have this name.
    fn page(&self, path: &Path) -> Result<Found, Missing> {
        let Some(Part::Name(name)) = path.parts.first() else {
            return Ok(Found::unknown());
        };
        let member = PAGE.into_iter().find(|known| *known == &**name);
        if let Some(named) = &self.pages {
            // One that does not exist was meant for the one that is needed.
            named
                .borrow_mut()
                .extend(member.as_ref().map_or(&PAGE[..], std::slice::from_ref));
        }
        let Some(member) = member else {
            return Err(Missing {
                message: format!("`page` has no `{name}`; it has `{}`", PAGE.join("`, `")),
                code: 530,
                suggestion: suggestion(name, PAGE).map(|name| format!("page.{name}")),
            });
        };
        Ok(match member {
            "cursor" => Found::unknown(),
            _ => Found::of(Type::Scalar(Scalar::Long), false),
        })
    }

    fn reply(&self, path: &Path) -> Result<Found, Missing> {
        let members: &[&str] = match self.reply {
            None => {
                return Err(Missing {
                    message:
                        "`reply` is known in `value` and `faults` beside `sql`, `procedure`, `rest` or `soap` alone"
                            .into(),
                    code: 530,
                    suggestion: None,
                });
            }
            Some(Reply::Sql { pages: false, .. }) => &["row", "rows", "count", "key"],
            Some(Reply::Sql { pages: true, .. }) => &["row", "rows", "count", "key", "total"],
            Some(Reply::Procedure) => &["out", "sets"],
            Some(Reply::Soap) => &["body", "headers", "soap-headers"],
            Some(Reply::Rest) => &["status", "headers", "body"],
            Some(Reply::Pages) => &["status", "headers", "body", "rows", "total"],
        };
        let Some(Part::Name(name)) = path.parts.first() else {
            return Ok(Found::unknown());
        };
        if !members.contains(&&**name) {
            return Err(Missing {
                message: format!("`reply` has no `{name}`; it has `{}`", members.join("`, `")),
                code: 530,
                suggestion: suggestion(name, members).map(|name| format!("reply.{name}")),
            });
        }
        if let (Some(answer), "body", Some(Reply::Soap | Reply::Rest | Reply::Pages)) =
            (&self.answer, &**name, self.reply)
        {
            let rest = path.parts.get(1..).unwrap_or_default();
            return match answered(&*answer.document, &answer.described, rest) {
                Ok(()) => Ok(Found::unknown()),
                Err((name, near)) => Err(Missing {
                    message: format!(
                        "the answer of `{}` has no `{name}` there",
                        answer.described.name
                    ),
                    code: 304,
                    suggestion: near,
                }),
            };
        }
        if matches!(self.reply, Some(Reply::Sql { keys: false, .. })) && &**name == "key" {
            return Err(Missing {
                message:
                    "PostgreSQL tells no key of its own; write `RETURNING id` and `returns: int`"
                        .into(),
                code: 414,
                suggestion: None,
            });
        }
        if matches!(self.reply, Some(Reply::Rest | Reply::Pages)) && &**name == "status"
            || &**name == "count"
        {
            return Ok(Found::of(Type::Scalar(Scalar::Int), false));
        }
        if &**name == "key" {
            return Ok(Found::of(Type::Scalar(Scalar::Long), true));
        }
        Ok(Found::unknown())
    }

    fn unknown(&self, root: &str) -> Missing {
        if self.later.iter().any(|later| &**later == root) {
            return Missing {
                message: format!(
                    "`{root}` runs after this step; in a transaction steps run in the order written"
                ),
                code: 532,
                suggestion: None,
            };
        }
        let names = self
            .entries
            .iter()
            .map(|entry| &*entry.name)
            .chain(["identity", "session", "call"]);
        let steps = self.entries.iter().any(|entry| entry.step);
        Missing {
            message: format!(
                "`{root}` is no argument{}",
                if steps { " and no step" } else { "" }
            ),
            code: 401,
            suggestion: suggestion(root, names),
        }
    }

    /// The declared scalar of what is bound.
    pub(in crate::compile) fn declared(&self, path: &Path) -> Option<Scalar> {
        let found = self.find(path).ok()?;
        scalar(found.kind.as_ref()?)
    }
}

impl Missing {
    pub(in crate::compile) fn problem(self, span: Range<usize>) -> Problem {
        let meant = self
            .suggestion
            .map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
        Problem::new(self.code, span, format!("{}{meant}", self.message))
    }
}

fn call(path: &Path) -> Result<Found, Missing> {
    let Some(Part::Name(name)) = path.parts.first() else {
        return Ok(Found::unknown());
    };
    match &**name {
        "time" => Ok(Found::of(Type::Scalar(Scalar::Date), false)),
        name if CALL.contains(&name) => Ok(Found::of(Type::Scalar(Scalar::String), false)),
        name => Err(Missing {
            message: format!("`call` has no `{name}`; it has `{}`", CALL.join("`, `")),
            code: 401,
            suggestion: suggestion(name, CALL).map(|name| format!("call.{name}")),
        }),
    }
}

/// A type without `?`, and whether it had one.
pub(in crate::compile) fn peeled(kind: Type) -> (Type, bool) {
    match kind {
        Type::Nullable(inner) => (peeled(*inner).0, true),
        kind => (kind, false),
    }
}

/// The scalar of a type; words are texts.
pub(in crate::compile) fn scalar(kind: &Type) -> Option<Scalar> {
    match kind {
        Type::Scalar(scalar) | Type::Ranged(scalar, _) => Some(*scalar),
        Type::Words(_) => Some(Scalar::String),
        Type::List(inner, _) | Type::Nullable(inner) => scalar(inner),
        Type::Named(_) | Type::Any | Type::Void | Type::Hide => None,
    }
}

fn described(kind: &Type) -> String {
    format!("`{kind}`")
}

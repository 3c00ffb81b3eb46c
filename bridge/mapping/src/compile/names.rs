//! The names that an expression or a statement sees, and what stands behind each.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use crate::diagnostic::{Place, Problem, suggestion};
use crate::expression::{self, Expression, Part, Path};
use crate::model::{Rest, TypeScope};
use crate::slot::{Scalar, Slot, Type};
use crate::statement::{Holds, Known, StatementNames, Unknown};

/// What `reply` means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// `row rows count key`; whether the database tells keys.
    Sql { keys: bool },
    /// `out sets`
    Procedure,
}

/// One flat scope: arguments, steps, roots. Nothing shadows anything.
#[derive(Clone, Debug)]
pub(super) struct Names<'a> {
    types: &'a TypeScope,
    entries: Vec<Entry>,
    /// Steps that run later, for a better sentence.
    later: Vec<Arc<str>>,
    reply: Option<Reply>,
    fault: bool,
    /// Steps that are named, noted by all clones of these names.
    used: Rc<RefCell<BTreeSet<Arc<str>>>>,
}

#[derive(Clone, Debug)]
struct Entry {
    name: Arc<str>,
    /// `None` where nothing describes it.
    kind: Option<Type>,
    nullable: bool,
    /// A row: its columns may be more than its type's fields.
    open: bool,
    step: bool,
    place: Place,
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// `None` where nothing describes it.
    pub(super) kind: Option<Type>,
    pub(super) nullable: bool,
    pub(super) roles: bool,
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
pub(super) struct Missing {
    /// A sentence.
    pub(super) message: String,
    /// Its code.
    pub(super) code: u16,
    /// The path that was likely meant.
    pub(super) suggestion: Option<String>,
}

const ROOTS: [&str; 6] = ["identity", "session", "call", "page", "reply", "fault"];
const CALL: [&str; 6] = ["id", "service", "operation", "time", "address", "client"];
const WORDS: [&str; 10] = [
    "or", "and", "not", "in", "is", "given", "true", "false", "null", "NaN",
];

/// Whether an argument or step may not have this name.
pub(super) fn reserved(name: &str) -> bool {
    // There is no `page` in operations without paging.
    ROOTS.contains(&name) && name != "page" || WORDS.contains(&name) || name == "omit"
}

/// Whether an expression can name it.
pub(super) fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(char::is_alphabetic)
        && characters
            .all(|character| character.is_alphanumeric() || matches!(character, '_' | '$' | '-'))
}

impl<'a> Names<'a> {
    pub(super) fn new(types: &'a TypeScope) -> Self {
        Self {
            types,
            entries: Vec::new(),
            later: Vec::new(),
            reply: None,
            fault: false,
            used: Rc::default(),
        }
    }

    /// Adds an argument.
    pub(super) fn argument(&mut self, name: Arc<str>, slot: &Slot, place: Place) {
        let (kind, nullable) = peeled(slot.kind.clone());
        self.entries.push(Entry {
            name,
            kind: Some(kind),
            nullable: nullable && slot.default.is_none(),
            open: false,
            step: false,
            place,
        });
    }

    /// Adds a step with what its `returns` says; `skippable` where it may not run.
    pub(super) fn step(
        &mut self,
        name: Arc<str>,
        kind: Option<Type>,
        skippable: bool,
        place: Place,
    ) {
        let (kind, nullable) = kind.map_or((None, true), |kind| {
            let (kind, nullable) = peeled(kind);
            (Some(kind), nullable)
        });
        self.entries.push(Entry {
            name,
            kind,
            nullable: nullable || skippable,
            open: true,
            step: true,
            place,
        });
    }

    /// Names of steps that run later.
    pub(super) fn later(&mut self, names: Vec<Arc<str>>) {
        self.later = names;
    }

    /// The same names, with `reply` besides.
    pub(super) fn with_reply(&self, reply: Option<Reply>) -> Self {
        Self {
            reply,
            ..self.clone()
        }
    }

    /// The same names, with `fault` besides.
    pub(super) fn with_fault(&self) -> Self {
        Self {
            fault: true,
            ..self.clone()
        }
    }

    /// Where a name was declared.
    pub(super) fn place(&self, name: &str) -> Option<&Place> {
        self.entries
            .iter()
            .find(|entry| &*entry.name == name)
            .map(|entry| &entry.place)
    }

    /// Any place of this scope, for what has none of its own.
    pub(super) fn any_place(&self) -> Option<Place> {
        self.entries.first().map(|entry| entry.place.clone())
    }

    /// Whether it is an argument or a step.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| &*entry.name == name)
    }

    /// Steps that were named since, or are named by a part of the operation.
    pub(super) fn used(&self) -> BTreeSet<Arc<str>> {
        self.used.borrow().clone()
    }

    /// The same names, with an account of its own of the steps that are named.
    pub(super) fn fresh(&self) -> Self {
        Self {
            used: Rc::default(),
            ..self.clone()
        }
    }

    /// The same names without one step.
    pub(super) fn without(&self, name: &str) -> Self {
        let mut names = self.clone();
        names.entries.retain(|entry| &*entry.name != name);
        names
    }

    /// Adds the item of `each`.
    pub(super) fn item(&mut self, name: Arc<str>, kind: Option<Type>, place: Place) {
        let (kind, nullable) = kind.map_or((None, true), |kind| {
            let (kind, nullable) = peeled(kind);
            (Some(kind), nullable)
        });
        self.entries.push(Entry {
            name,
            kind,
            nullable,
            open: false,
            step: false,
            place,
        });
    }

    /// The declared type of a path.
    pub(super) fn kind(&self, path: &Path) -> Option<Type> {
        self.find(path).ok()?.kind
    }

    /// What stands at a path.
    pub(super) fn find(&self, path: &Path) -> Result<Found, Missing> {
        let root = &*path.root;
        match root {
            "identity" => {
                return Ok(Found {
                    roles: matches!(path.parts.as_slice(), [Part::Name(name)] if &**name == "roles"),
                    ..Found::unknown()
                });
            }
            "session" => return Ok(Found::unknown()),
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
                    message: "`page` comes with a later version".into(),
                    code: 117,
                    suggestion: None,
                });
            }
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

    fn reply(&self, path: &Path) -> Result<Found, Missing> {
        let members: &[&str] = match self.reply {
            None => {
                return Err(Missing {
                    message:
                        "`reply` is known in `value` and `faults` beside `sql` or `procedure` alone"
                            .into(),
                    code: 530,
                    suggestion: None,
                });
            }
            Some(Reply::Sql { .. }) => &["row", "rows", "count", "key"],
            Some(Reply::Procedure) => &["out", "sets"],
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
        if self.reply == Some(Reply::Sql { keys: false }) && &**name == "key" {
            return Err(Missing {
                message:
                    "PostgreSQL tells no key of its own; write `RETURNING id` and `returns: int`"
                        .into(),
                code: 414,
                suggestion: None,
            });
        }
        if &**name == "count" {
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

    /// What is wrong with an expression; places are bytes of its text.
    pub(super) fn check(&self, expression: &Expression, problems: &mut Vec<Problem>) {
        self.check_paths(expression, problems);
        if let Err(found) = expression::check(expression, self) {
            self.add(found, problems);
        }
    }

    /// What is wrong with a condition: its names, and that it is true or false.
    pub(super) fn check_condition(&self, expression: &Expression, problems: &mut Vec<Problem>) {
        self.check_paths(expression, problems);
        if let Err(found) = expression::check_condition(expression, self) {
            self.add(found, problems);
        }
    }

    fn check_paths(&self, expression: &Expression, problems: &mut Vec<Problem>) {
        expression::paths(expression, &mut |path, span| {
            if let Err(missing) = self.find(path) {
                problems.push(missing.problem(span.clone()));
            }
        });
    }

    /// Adds what the types say, where the names have not said it better.
    fn add(&self, found: Vec<Problem>, problems: &mut Vec<Problem>) {
        let told: Vec<Range<usize>> = problems
            .iter()
            .map(|problem| problem.span.clone())
            .collect();
        problems.extend(found.into_iter().filter(|problem| {
            !told
                .iter()
                .any(|span| span.start < problem.span.end && problem.span.start < span.end)
        }));
    }

    /// The declared scalar of what is bound.
    pub(super) fn declared(&self, path: &Path) -> Option<Scalar> {
        let found = self.find(path).ok()?;
        scalar(found.kind.as_ref()?)
    }
}

impl Missing {
    pub(super) fn problem(self, span: Range<usize>) -> Problem {
        let meant = self
            .suggestion
            .map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
        Problem::new(self.code, span, format!("{}{meant}", self.message))
    }
}

impl expression::Types for Names<'_> {
    fn root(&self, name: &str) -> Option<Type> {
        if reserved(name) {
            return Some(Type::Any);
        }
        let entry = self.entries.iter().find(|entry| &*entry.name == name)?;
        let kind = entry.kind.clone().unwrap_or(Type::Any);
        Some(if entry.nullable {
            Type::Nullable(Box::new(kind))
        } else {
            kind
        })
    }

    fn names(&self) -> Vec<Arc<str>> {
        self.entries
            .iter()
            .map(|entry| Arc::clone(&entry.name))
            .collect()
    }

    fn scope(&self) -> &TypeScope {
        self.types
    }
}

impl StatementNames for Names<'_> {
    fn find(&self, path: &Path) -> Result<Known, Unknown> {
        let found = Names::find(self, path).map_err(|missing| Unknown {
            suggestion: missing.suggestion,
        })?;
        let holds = match &found.kind {
            _ if found.roles => Holds::Roles,
            None | Some(Type::Any) => Holds::Any,
            Some(Type::Scalar(Scalar::Bool)) => Holds::Bool,
            Some(Type::Scalar(_) | Type::Ranged(..)) => Holds::Scalar,
            Some(Type::Words(words)) => Holds::Words(Arc::clone(words)),
            Some(Type::List(..)) => Holds::List,
            Some(Type::Named(_)) => Holds::Object,
            Some(Type::Nullable(_) | Type::Void | Type::Hide) => Holds::Any,
        };
        Ok(Known {
            holds,
            nullable: found.nullable,
            type_name: found
                .kind
                .as_ref()
                .map_or_else(|| "any".into(), ToString::to_string),
        })
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
pub(super) fn peeled(kind: Type) -> (Type, bool) {
    match kind {
        Type::Nullable(inner) => (peeled(*inner).0, true),
        kind => (kind, false),
    }
}

/// The scalar of a type; words are texts.
pub(super) fn scalar(kind: &Type) -> Option<Scalar> {
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

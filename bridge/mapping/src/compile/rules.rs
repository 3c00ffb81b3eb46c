//! What is said of calls: `session`, `rate`, `cache`, `stale`, `once`, `audit`, `remember`, `login`, `logout`.

use std::sync::Arc;
use std::time::Duration;

use super::Compiler;
use super::names::{self, Names};
use super::service::Shelf;
use super::steps;
use crate::expression::{self, Expression};
use crate::file::operation::{AuditFile, OperationFile};
use crate::file::read::{Entry, Named, Parsed, TreeNode};
use crate::file::words::Computed;
use crate::file::yaml::NodeValue;
use crate::model::{Argument, Auth, CacheRule, CallRules, Kind, Plan, Signs, Uses};
use crate::tree::Tree;

/// The keys of operations that their `overloads` say, each for itself.
pub(super) const OF_EACH_OVERLOAD: [&str; 9] = [
    "session", "rate", "cache", "stale", "once", "audit", "remember", "login", "logout",
];

impl Compiler<'_> {
    /// The rules of one operation. `inner` sees its reply and steps; what it uses is known once all else is compiled.
    pub(super) fn call_rules(
        &mut self,
        shelf: &Shelf<'_>,
        file: &OperationFile,
        arguments: &[Argument],
        names: &Names<'_>,
        plan: Option<&Plan>,
    ) -> CallRules {
        if file.overloads.is_some() {
            return CallRules::default();
        }
        let inner = self.inner_names(shelf, file, names);
        let signs = self.signs(file, &inner);
        let once = file.once.as_ref().and_then(|once| {
            let expression = self.computed_entry(&once.value, names);
            for (key, other) in [("cache", &file.cache), ("stale", &file.stale)] {
                if other.is_some() {
                    let message = format!("`once` keeps the first answer for all calls of its key, so `{key}` has nothing to do");
                    self.error(612, &once.key, message);
                }
            }
            expression
        });
        let cache = self.cache(shelf, file, plan, signs.is_some() || once.is_some());
        let rate = [&file.rate, &shelf.file.rate]
            .into_iter()
            .flatten()
            .next()
            .map(|rate| rate.value.value)
            .or(self.defaults.rate);
        CallRules {
            session: self.session(shelf, file, names),
            rate,
            cache,
            once,
            audit: self.audit(shelf, file, arguments),
            signs,
            uses: together(
                together(names.uses(), shelf.uses),
                match plan {
                    Some(Plan::Step(step)) => of_backends(&step.kind),
                    Some(Plan::Overloads(_)) | None => Uses::default(),
                },
            ),
        }
    }

    /// The rules of an operation that only a document describes: those of its service.
    pub(super) fn described_rules(
        &self,
        shelf: &Shelf<'_>,
        arguments: &[Argument],
        kind: &Kind,
    ) -> CallRules {
        let service = shelf.file;
        let fresh = service.cache.as_ref().filter(|_| !any(kind));
        let audit = match service.audit.as_ref().map(|entry| &entry.value) {
            None => self.defaults.audit.then(Arc::default),
            Some(AuditFile::Switch(on)) => on.value.then(Arc::default),
            Some(AuditFile::Arguments(names)) => Some(
                names
                    .iter()
                    .map(|name| Arc::clone(&name.text))
                    .filter(|name| arguments.iter().any(|argument| argument.name == *name))
                    .collect(),
            ),
        };
        let session = service.session.as_ref().filter(|session| {
            expression::names(&session.value.value.0)
                .iter()
                .all(|(name, _)| arguments.iter().any(|argument| *argument.name == **name))
        });
        CallRules {
            session: session.map(|session| session.value.value.0.clone()),
            rate: service
                .rate
                .as_ref()
                .map(|rate| rate.value.value)
                .or(self.defaults.rate),
            cache: fresh.map(|fresh| CacheRule {
                fresh: fresh.value.value,
                stale: service
                    .stale
                    .as_ref()
                    .map_or(Duration::ZERO, |stale| stale.value.value),
            }),
            audit,
            uses: together(shelf.uses, of_backends(kind)),
            ..CallRules::default()
        }
    }

    fn computed_entry(
        &mut self,
        computed: &Parsed<Computed>,
        names: &Names<'_>,
    ) -> Option<Expression> {
        let scalar = &computed.scalar;
        let text = scalar.text.strip_prefix('=')?;
        self.computed(scalar, text, 1, names)
    }

    /// `session` of the operation; that of the service where the operation has the arguments that it names.
    fn session(
        &mut self,
        shelf: &Shelf<'_>,
        file: &OperationFile,
        names: &Names<'_>,
    ) -> Option<Expression> {
        if let Some(own) = &file.session {
            return self.computed_entry(&own.value, names);
        }
        let service = shelf.file.session.as_ref()?;
        let known = expression::names(&service.value.value.0)
            .iter()
            .all(|(name, _)| names.has(name));
        known
            .then(|| self.computed_entry(&service.value, names))
            .flatten()
    }

    fn cache(
        &mut self,
        shelf: &Shelf<'_>,
        file: &OperationFile,
        plan: Option<&Plan>,
        never: bool,
    ) -> Option<CacheRule> {
        self.time(file.cache.as_ref());
        let writes = never || plan.is_some_and(writes);
        if writes && let Some(Entry { key, .. }) = &file.cache {
            let help = match plan {
                Some(Plan::Step(step))
                    if matches!(step.kind, Kind::Operation { .. } | Kind::Steps(_)) =>
                {
                    "say `cache` at the operation that is called, or `writes: false` where nothing is changed"
                }
                Some(_) | None => "say `writes: false` of a request or procedure that only reads",
            };
            self.error_help(
                607,
                key,
                "only what reads has a cache: the second call would do nothing",
                help,
            );
        }
        let time = |own: &Option<Entry<Parsed<Duration>>>,
                    service: &Option<Entry<Parsed<Duration>>>| {
            own.as_ref()
                .or(service.as_ref())
                .map(|entry| entry.value.value)
        };
        let fresh = time(&file.cache, &shelf.file.cache);
        let stale = time(&file.stale, &shelf.file.stale);
        if fresh.is_none()
            && let Some(stale) = &file.stale
        {
            self.error_help(
                608,
                &stale.key,
                "`stale` lets an answer of the cache serve longer, and there is no `cache`",
                "write `cache: 10s` beside it",
            );
        }
        // What the service says is meant for those of its operations that read.
        if writes {
            return None;
        }
        Some(CacheRule {
            fresh: fresh?,
            stale: stale.unwrap_or_default(),
        })
    }

    fn audit(
        &mut self,
        shelf: &Shelf<'_>,
        file: &OperationFile,
        arguments: &[Argument],
    ) -> Option<Arc<[Arc<str>]>> {
        let own = file.audit.as_ref().map(|entry| &entry.value);
        let service = shelf.file.audit.as_ref().map(|entry| &entry.value);
        match own.or(service) {
            None => self.defaults.audit.then(Arc::default),
            Some(AuditFile::Switch(on)) => on.value.then(Arc::default),
            Some(AuditFile::Arguments(names)) => {
                let of_service = own.is_none();
                let mut told = Vec::with_capacity(names.len());
                for name in names {
                    match arguments.iter().find(|argument| argument.name == name.text) {
                        Some(argument) if shelf.scope.holds_a_secret(&argument.slot.kind) => {
                            self.error(
                                609,
                                &name.place,
                                format!(
                                    "`{}` is or holds a secret, which nothing writes down",
                                    name.text
                                ),
                            );
                        }
                        Some(argument) => told.push(Arc::clone(&argument.name)),
                        // A service names arguments of several operations.
                        None if of_service => {}
                        None => {
                            let known = arguments.iter().map(|argument| &argument.name);
                            let meant = crate::diagnostic::did_you_mean(&name.text, known);
                            self.error(
                                609,
                                &name.place,
                                format!("`{}` is no argument{meant}", name.text),
                            );
                        }
                    }
                }
                Some(told.into())
            }
        }
    }

    fn signs(&mut self, file: &OperationFile, inner: &Names<'_>) -> Option<Signs> {
        let logout = file
            .logout
            .as_ref()
            .is_some_and(|logout| logout.value.value);
        if let (Some(login), true) = (&file.login, logout) {
            self.error(610, &login.key, "an operation signs in or out, not both");
        }
        if let (Some(each), true) = (&file.each, file.login.is_some()) {
            self.error(
                105,
                &each.key,
                "`each` has no place beside `login`: one caller signs in once",
            );
        }
        let login = file.login.as_ref().map(|login| {
            if !login.value.0.iter().any(|(name, _)| &*name.text == "id") {
                self.error_help(
                    610,
                    &login.key,
                    "`login` says not who it is",
                    "give it an `id`: `login: {id: =account.id, name: =user, roles: [customer]}`",
                );
            }
            for (name, _) in &login.value.0 {
                if !names::is_name(&name.text) {
                    self.check_name(name, "a member of the identity");
                }
            }
            self.members(&login.value, inner)
        });
        let remember = file.remember.as_ref().map(|remember| {
            for (name, _) in &remember.value.0 {
                self.check_name(name, "what is remembered");
                if &*name.text == "token" {
                    self.error(610, &name.place, "`session.token` names the session itself");
                }
            }
            self.members(&remember.value, inner)
        });
        (login.is_some() || logout || remember.is_some()).then(|| Signs {
            login,
            logout,
            remember: remember.unwrap_or_default(),
        })
    }

    fn members(&mut self, members: &Named<TreeNode>, names: &Names<'_>) -> Vec<(Arc<str>, Tree)> {
        let mut made = Vec::with_capacity(members.0.len());
        for (name, tree) in &members.0 {
            let value = if tree.0.value == NodeValue::Absent {
                self.named_value(name, names)
            } else {
                self.tree(&tree.0, names)
            };
            made.extend(value.map(|value| (Arc::clone(&name.text), value)));
        }
        made
    }
}

/// Whether a plan may change anything. What another operation does is not known here, so it may.
fn writes(plan: &Plan) -> bool {
    match plan {
        Plan::Step(step) => any(&step.kind),
        Plan::Overloads(_) => false,
    }
}

fn any(kind: &Kind) -> bool {
    match kind {
        Kind::Steps(several) => several.steps.iter().any(|step| any(&step.kind)),
        Kind::Operation { writes, .. } => *writes,
        Kind::Value(_)
        | Kind::ValueFile(_)
        | Kind::Fault(_)
        | Kind::Sql(_)
        | Kind::Procedure(_)
        | Kind::Soap(_)
        | Kind::Rest(_)
        | Kind::Proxy(_)
        | Kind::Transaction { .. } => steps::writes(kind),
    }
}

/// What the backends of a step look at by themselves: who calls, where they are told.
fn of_backends(kind: &Kind) -> Uses {
    let backend = match kind {
        Kind::Soap(soap) => &soap.backend,
        Kind::Rest(rest) => &rest.backend,
        Kind::Proxy(proxy) => &proxy.backend,
        Kind::Steps(several) => {
            return several
                .steps
                .iter()
                .map(|step| of_backends(&step.kind))
                .fold(Uses::default(), together);
        }
        Kind::Value(_)
        | Kind::ValueFile(_)
        | Kind::Fault(_)
        | Kind::Sql(_)
        | Kind::Procedure(_)
        | Kind::Operation { .. }
        | Kind::Transaction { .. } => return Uses::default(),
    };
    let told = backend
        .http()
        .is_some_and(|http| http.traffic.auth.contains(&Auth::Caller));
    Uses {
        identity: told,
        session: told,
    }
}

fn together(left: Uses, right: Uses) -> Uses {
    Uses {
        identity: left.identity || right.identity,
        session: left.session || right.session,
    }
}

//! `rest` and the keys that belong to it.

use std::sync::Arc;

use super::super::Compiler;
use super::super::backends::KnownBackend;
use super::super::names::{Answer, Names};
use super::super::service::Shelf;
use crate::description::{DescribedOperation, Description};
use crate::diagnostic::{Diagnostic, Place, Problem, did_you_mean};
use crate::expression::{self, Path};
use crate::file::operation::OperationFile;
use crate::file::yaml::Scalar;
use crate::model::{Message, Piece, RestStep, Target};
use crate::slot::{Slot, Type};
use crate::template::Escape;
use crate::text::{self, TextPart};
use crate::tree::Tree;

impl Compiler<'_> {
    /// The kind `rest`, and what its reply is.
    pub(in crate::compile) fn rest(
        &mut self,
        shelf: &Shelf<'_>,
        file: &OperationFile,
        request: &Scalar,
        names: &Names<'_>,
        backend: &KnownBackend,
    ) -> Option<(RestStep, Option<Slot>)> {
        let Some(http) = backend
            .backend
            .http()
            .filter(|http| !matches!(http.description, crate::model::HttpKind::Wsdl(_)))
        else {
            let message = format!(
                "`{}` is {}; `rest` needs a backend of kind rest or openapi",
                backend.backend.name,
                backend.what()
            );
            self.error(202, &request.place, message);
            return None;
        };
        // The request may name the page that it asks for.
        let paged = file
            .page
            .as_ref()
            .map(|page| names.with_page(page.key.clone()));
        let names = paged.as_ref().unwrap_or(names);
        let documented = !matches!(http.description, crate::model::HttpKind::Rest);
        let description = self.description(&backend.backend);
        if documented && description.is_none() {
            return None;
        }
        let described = self.described(shelf, file).into_iter().next();
        let target = self.target_of(request, names, described.as_ref(), &backend.backend.name)?;
        let method = match &target {
            Target::Path { method, .. } => Some(Arc::clone(method)),
            Target::Operation(_) => None,
        };
        let reads = match &described {
            Some(described) => !described.writes,
            None => matches!(method.as_deref(), Some("GET" | "HEAD")),
        };
        let query = match &file.query {
            Some(query) => self.trees(&query.value, names),
            None => Some(Vec::new()),
        };
        let message = self.rest_message(
            file,
            request,
            described.as_ref(),
            names,
            &target,
            description.as_deref(),
        );
        if let (Some(body), Some("GET" | "HEAD")) =
            (file.body.as_ref().map(|body| &body.key), method.as_deref())
        {
            let message = "a request that reads has no `body`";
            self.error_help(105, body, message, "its parameters stand under `query`");
        }
        match (&described, &description) {
            (Some(described), Some(description)) => {
                self.prove_request(file, described, &**description);
            }
            (None, Some(description)) => {
                let message = format!(
                    "{} has no `{}`: nothing about it can be checked",
                    description.document(),
                    request.text
                );
                self.diagnostics
                    .push(Diagnostic::warning(203, &request.place, message));
            }
            (_, None) => {}
        }
        let step = self.http_step(shelf, file, names, backend, request, reads);
        let returns = match (&file.returns, &described) {
            (Some(returns), Some(described)) if file.value.is_none() => {
                let description = description.clone()?;
                let place = &returns.value.scalar.place;
                let placed = self.placed(&returns.value.value, place, described, &*description)?;
                let scope = shelf.declared_of(backend);
                self.prove_answer(&placed, place, described, &*description, &scope);
                Some(placed)
            }
            (Some(returns), _) => Some(returns.value.value.clone()),
            (None, Some(described)) if file.value.is_none() => Some(described.returns.clone()),
            (None, _) if file.value.is_some() => None,
            (None, _) => {
                self.error_help(
                    360,
                    &request.place,
                    format!("nothing describes what `{}` answers", request.text),
                    "write `returns: TYPE`; `void` sends null",
                );
                return None;
            }
        };
        let page = match &file.page {
            Some(page) => {
                let answer = description
                    .zip(described)
                    .map(|(document, described)| Answer {
                        document,
                        described,
                    });
                Some(self.paging(page, names, answer, returns.as_ref())?)
            }
            None => None,
        };
        Some((
            RestStep {
                backend: Arc::clone(&backend.backend),
                target,
                query: query?,
                message: message?,
                content: file
                    .content
                    .as_ref()
                    .map(|content| Arc::clone(&content.value.text)),
                page,
                http: step?,
            },
            returns,
        ))
    }

    fn rest_message(
        &mut self,
        file: &OperationFile,
        request: &Scalar,
        described: Option<&DescribedOperation>,
        names: &Names<'_>,
        target: &Target,
        description: Option<&dyn Description>,
    ) -> Option<Message> {
        if let (Some(template), Some(body)) = (&file.template, &file.body) {
            let line = self.line(&template.key, &body.key);
            self.error(
                105,
                &template.key,
                format!("the message is written once: `body` stands in {line}"),
            );
            return None;
        }
        if let Some(content) = &file.content {
            let media = &content.value.text;
            let right = media.split(';').next().is_some_and(|essence| {
                essence.trim().split_once('/').is_some_and(|(kind, rest)| {
                    !kind.is_empty()
                        && !rest.is_empty()
                        && essence
                            .trim()
                            .bytes()
                            .all(|byte| byte.is_ascii_graphic() && byte != b',')
                })
            });
            if !right {
                let message = format!("`{media}` is no media type; write `text/xml`");
                self.error(127, &content.value.place, message);
                return None;
            }
        }
        if let Some(template) = &file.template {
            let media = file
                .content
                .as_ref()
                .map_or("application/json", |content| &*content.value.text);
            return self
                .template(&template.value, Escape::of(media), names)
                .map(Message::Template);
        }
        if let Some(body) = &file.body {
            return self.tree(&body.value.0, names).map(Message::Tree);
        }
        match (described, target) {
            // By the id, arguments go where the description has them.
            (Some(described), Target::Operation(_)) => {
                self.placed_arguments(file, described, names, &request.place, description)?;
                Some(Message::Arguments)
            }
            (Some(_), Target::Path { .. }) => Some(Message::Arguments),
            (None, _) => Some(Message::Tree(Tree::Constant(crate::data::Data::Null))),
        }
    }

    /// Notes which arguments and steps go to the operation by their names: to its own arguments, or, where none is
    /// named like one that is an object, to the members of that.
    fn placed_arguments(
        &mut self,
        file: &OperationFile,
        described: &DescribedOperation,
        names: &Names<'_>,
        place: &Place,
        description: Option<&dyn Description>,
    ) -> Option<()> {
        let noted = |name: &Arc<str>| {
            let there = names.has(name);
            if there {
                let path = Path {
                    root: Arc::clone(name),
                    parts: Vec::new(),
                };
                // Notes that a step is named.
                let _ = names.find(&path);
            }
            there
        };
        let written = [&file.query, &file.headers];
        let written = |name: &str| {
            let mut entries = written.iter().filter_map(|entries| entries.as_ref());
            entries.any(|entries| {
                entries
                    .value
                    .0
                    .iter()
                    .any(|(known, _)| known.text.eq_ignore_ascii_case(name))
            })
        };
        let mut whole = true;
        for argument in &described.arguments {
            if noted(&argument.name) || written(&argument.name) {
                continue;
            }
            let members = match argument.slot.kind.inner() {
                Type::Named(name) => description.and_then(|description| description.kind(name)),
                _ => None,
            };
            let within = members
                .iter()
                .flat_map(|kind| kind.fields.keys())
                .filter(|field| noted(field))
                .count();
            if within > 0 || argument.slot.kind.takes_null() || argument.slot.default.is_some() {
                continue;
            }
            let message = format!(
                "`{}` wants `{}`, and nothing here has this name",
                described.name, argument.name
            );
            let help = format!(
                "give an argument this name, or write `body` or `query` for it: `{}: =…`",
                argument.name
            );
            self.error_help(541, place, message, help);
            whole = false;
        }
        whole.then_some(())
    }

    fn target_of(
        &mut self,
        request: &Scalar,
        names: &Names<'_>,
        described: Option<&DescribedOperation>,
        backend: &str,
    ) -> Option<Target> {
        let Some((method, path)) = request.text.split_once(' ') else {
            if described.is_some() {
                return Some(Target::Operation(Arc::clone(&request.text)));
            }
            let known = self
                .descriptions
                .get(backend)
                .map(|description| description.operations())
                .unwrap_or_default();
            let meant = did_you_mean(&request.text, &known);
            if known.is_empty() {
                let message = format!("`{}` says no path", request.text);
                self.error_help(119, &request.place, message, "write `GET /path`");
            } else {
                let message = format!(
                    "the document of `{backend}` has no operation `{}`{meant}",
                    request.text
                );
                self.error_help(203, &request.place, message, "write its id, or `GET /path`");
            }
            return None;
        };
        let offset = method.len() + 1;
        let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        if !known.contains(&method) {
            let meant = did_you_mean(method, known);
            let problem = Problem::new(
                119,
                0..method.len(),
                format!("`{method}` is no method of HTTP{meant}"),
            );
            self.problems(request, 0, vec![problem]);
            return None;
        }
        let right = path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains(['#', '\\'])
            && !path.chars().any(|letter| letter.is_control())
            && !path
                .split(['?', '/'])
                .any(|part| part == ".." || part == ".");
        if !right {
            let problem = Problem::new(
                119,
                offset..request.text.len(),
                "a path begins with one `/` and goes down",
            );
            self.problems(request, 0, vec![problem]);
            return None;
        }
        let parsed = match text::parse(path) {
            Ok(parsed) => parsed,
            Err(problems) => {
                self.problems(request, offset, problems);
                return None;
            }
        };
        let mut pieces = Vec::new();
        let mut problems = Vec::new();
        let mut in_query = false;
        let mut places = text::places(path).into_iter();
        for part in parsed.parts {
            match part {
                TextPart::Literal(text) => {
                    in_query |= text.contains('?');
                    pieces.push(Piece::Text(text));
                }
                TextPart::Expression(value) => {
                    let place = places.next().unwrap_or_default();
                    let mut found = Vec::new();
                    if in_query {
                        found.push(
                            Problem::new(504, value.span.clone(), "values stand in the path alone")
                                .help("parameters stand under `query`"),
                        );
                    }
                    names.check(&value, &mut found);
                    if !in_query && let Ok(kind) = expression::check(&value, names) {
                        found.extend(unfit(&value, &kind));
                    }
                    problems.extend(found.into_iter().map(|problem| problem.shifted(place)));
                    pieces.push(Piece::Value(value));
                }
            }
        }
        if !problems.is_empty() {
            self.problems(request, offset, problems);
            return None;
        }
        Some(Target::Path {
            method: method.into(),
            path: pieces,
            written: path.into(),
        })
    }
}

/// What cannot be a segment of a path.
fn unfit(value: &expression::Expression, kind: &Type) -> Option<Problem> {
    let (what, help) = match kind {
        Type::Nullable(_) => (
            "a path needs a value, and this may be null",
            "give it a default, or make it required",
        ),
        Type::List(..) => (
            "a path needs one value, and this is a list",
            "write `join(list, ',')`",
        ),
        Type::Named(_) => (
            "a path needs one value, and this is an object",
            "name one of its fields",
        ),
        Type::Scalar(_)
        | Type::Ranged(..)
        | Type::Words(_)
        | Type::Any
        | Type::Void
        | Type::Hide => return None,
    };
    Some(Problem::new(504, value.span.clone(), what).help(help))
}

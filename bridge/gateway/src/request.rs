//! The request of a `rest` step: method, path, headers and body, exactly as they go out.

use std::sync::Arc;

use footbridge_mapping::data::Data;
use footbridge_mapping::expression::{self, EvaluationError, Scope};
use footbridge_mapping::model::{Message, Piece, RestStep, Target};
use footbridge_mapping::template::TemplateError;
use footbridge_mapping::tree::{self, Tree};
use footbridge_rest::model::{Media, Method, Model, Operation};
use footbridge_rest::request::{
    self, Body, Draft, Part, Request, RequestError, Settings, WireNames,
};
use jiff::tz::TimeZone;
use url::form_urlencoded;

/// What a request is made of.
#[derive(Clone, Copy)]
pub struct Wanted<'w> {
    /// The step.
    pub rest: &'w RestStep,
    /// What a document says of its operation.
    pub described: Option<(&'w Model, &'w Operation)>,
    /// Arguments, steps and roots.
    pub scope: &'w dyn Scope,
    /// Arguments and steps by name: what goes to an operation's own arguments.
    pub values: &'w [(Arc<str>, Data)],
    /// The zone of days and times.
    pub zone: &'w TimeZone,
    /// How fields of mapped types are called on the wire.
    pub names: &'w WireNames,
}

/// Why there is no request. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum Unbuilt {
    /// An expression cannot be evaluated on what the caller sent.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// A template cannot be filled in with what the caller sent.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A value does not fit its place: the caller is at fault, or the mapping.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The document that describes the operation is not there.
    #[error("nothing describes this operation")]
    Nowhere,
}

impl Wanted<'_> {
    /// Writes it. What the backend's `headers` and `auth` add comes later.
    ///
    /// # Errors
    /// [`Unbuilt`].
    pub fn build(&self) -> Result<Request, Unbuilt> {
        let draft = self.drafted()?;
        let settings = Settings {
            zone: self.zone,
            names: self.names,
        };
        Ok(request::build(&draft, self.described, &settings)?)
    }

    /// The values of this call, each at its place.
    fn drafted(&self) -> Result<Draft, Unbuilt> {
        let rest = self.rest;
        // Arguments and steps go where the document has their names.
        let bound = self
            .described
            .map(|(model, operation)| request::bind(model, operation, self.values));
        let Target::Path { method, path, .. } = &rest.target else {
            let mut draft = bound.ok_or(Unbuilt::Nowhere)?;
            instead(&mut draft.query, self.trees(&rest.query)?);
            instead(&mut draft.headers, self.trees(&rest.http.headers)?);
            if let Some(body) = self.said()? {
                draft.body = body;
            }
            draft.content = rest.content.as_deref().map(Media::new);
            return Ok(draft);
        };
        let mut fixed = Vec::new();
        let mut parts = Vec::with_capacity(path.len());
        for piece in path {
            match piece {
                Piece::Text(text) => {
                    let (text, query) = text.split_once('?').unwrap_or((text, ""));
                    parts.push(Part::Text(text.into()));
                    let pairs = form_urlencoded::parse(query.as_bytes());
                    fixed
                        .extend(pairs.map(|(name, value)| (Arc::from(&*name), Arc::from(&*value))));
                }
                Piece::Value(value) => {
                    parts.push(Part::Value(expression::evaluate(value, self.scope)?));
                }
            }
        }
        let body = match self.said()? {
            Some(body) => body,
            None => bound.map_or(Body::None, |bound| bound.body),
        };
        Ok(Draft {
            method: Method::new(method)
                .map_err(|error| RequestError::Mapping(error.to_string()))?,
            path: parts,
            fixed,
            query: self.trees(&rest.query)?,
            headers: self.trees(&rest.http.headers)?,
            cookies: Vec::new(),
            body,
            content: rest.content.as_deref().map(Media::new),
        })
    }

    /// The body that the mapping says; `None` where it leaves it to the document.
    fn said(&self) -> Result<Option<Body>, Unbuilt> {
        Ok(Some(match &self.rest.message {
            Message::Arguments => return Ok(None),
            Message::Tree(tree) => match tree::evaluate(tree, self.scope)? {
                Data::Null => Body::None,
                data => Body::Tree(data),
            },
            Message::Template(template) => Body::Text(template.render(self.scope)?),
        }))
    }

    fn trees(&self, trees: &[(Arc<str>, Tree)]) -> Result<Vec<(Arc<str>, Data)>, Unbuilt> {
        let evaluated = trees.iter().map(|(name, tree)| {
            let value = tree::evaluate(tree, self.scope)?;
            Ok((Arc::clone(name), value))
        });
        evaluated.collect()
    }
}

/// Puts what a mapping says in the place of what arguments gave.
fn instead(bound: &mut Vec<(Arc<str>, Data)>, said: Vec<(Arc<str>, Data)>) {
    bound.retain(|(name, _)| {
        !said
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(name))
    });
    bound.extend(said);
}

//! Plans: what a slot, a service's types and a document say together.
//!
//! What a document says is taken laxly: a value that is something else is passed on as it is. What a mapping says is
//! meant, and what does not fit it is a fault.

use std::collections::HashMap;
use std::sync::Arc;

use footbridge_mapping::model::TypeScope;
use footbridge_mapping::slot::Slot;
use jiff::tz::TimeZone;

use super::plan::{Answers, Node, NodeId, Plan, Selection};
use crate::model::{Form, Model, Object, Operation, Status, TypeId};

mod described;
mod object;
mod path;
mod slot;

pub(super) use object::fold;
pub(crate) use path::follow;

impl Answers {
    /// How the answers of an operation are read. `described` is what a document says of it; `returns` selects and types
    /// the value, `scope` has the service's types, `zone` is that of texts without one.
    pub fn compile(
        described: Option<(&Arc<Model>, &Operation)>,
        returns: Option<&Slot>,
        scope: &Arc<TypeScope>,
        zone: &TimeZone,
    ) -> Self {
        let model = described.map(|(model, _)| Arc::clone(model));
        let mut compiler = Compiler {
            model: model.as_deref(),
            scope,
            nodes: Vec::new(),
            known: HashMap::new(),
            problems: Vec::new(),
        };
        let mut selections = Vec::new();
        let mut headers = HashMap::new();
        let mut found = false;
        let mut missing = Vec::new();
        for (status, response) in described
            .map(|(_, operation)| operation.responses.as_slice())
            .unwrap_or_default()
        {
            for (name, id) in &response.headers {
                headers.insert((*status, name.to_ascii_lowercase().into()), *id);
            }
            let good = match status {
                Status::Code(code) => (200..300).contains(code),
                Status::Class(class) => *class == 2,
                Status::Other => true,
            };
            for content in &response.contents {
                let selection = if good {
                    match compiler.selection(content.kind, returns) {
                        Ok(selection) => {
                            found = true;
                            selection
                        }
                        Err(problem) => {
                            if *status != Status::Other && content.media.form() == Form::Json {
                                missing.push(problem);
                            }
                            compiler.undescribed(returns, content.kind)
                        }
                    }
                } else {
                    compiler.undescribed(returns, content.kind)
                };
                selections.push((*status, content.media.clone(), selection));
            }
        }
        let other = compiler.undescribed(returns, TypeId::ANY);
        let mut problems = compiler.problems;
        if !found {
            problems.extend(missing);
        }
        problems.sort();
        problems.dedup();
        Self {
            plan: Plan {
                nodes: compiler.nodes,
                preset: scope.preset,
            },
            model,
            scope: Arc::clone(scope),
            zone: zone.clone(),
            described: selections,
            other,
            headers,
            problems,
        }
    }
}

/// The type's name, what is described there, and whether it is without its class.
type Key = (Option<Arc<str>>, Option<TypeId>, bool);

struct Compiler<'a> {
    model: Option<&'a Model>,
    scope: &'a TypeScope,
    nodes: Vec<Node>,
    /// Objects that are made, or being made: by the type's name and what is described there.
    known: HashMap<Key, NodeId>,
    problems: Vec<String>,
}

impl Compiler<'_> {
    fn selection(&mut self, body: TypeId, returns: Option<&Slot>) -> Result<Selection, String> {
        let whole = self.described_spot(body);
        let Some(slot) = returns else {
            return Ok(Selection {
                path: [].into(),
                spot: whole.clone(),
                body: whole,
                kind: body,
            });
        };
        let path = slot.from.clone().unwrap_or_else(|| [].into());
        let there = follow(self.model, body, &path)?;
        Ok(Selection {
            path,
            spot: self.spot(slot, Some(there)),
            body: whole,
            kind: body,
        })
    }

    fn undescribed(&mut self, returns: Option<&Slot>, body: TypeId) -> Selection {
        let whole = self.described_spot(body);
        match returns {
            None => Selection {
                path: [].into(),
                spot: whole.clone(),
                body: whole,
                kind: body,
            },
            Some(slot) => Selection {
                path: slot.from.clone().unwrap_or_else(|| [].into()),
                spot: self.spot(slot, None),
                body: whole,
                kind: body,
            },
        }
    }

    fn add(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX))
    }

    fn object(&self, id: TypeId) -> Option<&Object> {
        self.model?.object(id)
    }
}

//! An operation's arguments: which it has, and where each goes.

use std::sync::Arc;

use footbridge_mapping::data::{Data, Record, same_name};

use super::{Body, Draft, Part};
use crate::model::{Form, Kind, Model, Operation, ParameterPlace, Segment, TypeId};

/// An argument of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub kind: TypeId,
    /// It must be given.
    pub required: bool,
    /// What its author says of it.
    pub documentation: Option<Arc<str>>,
}

/// The arguments of an operation in the order of positions: parameters that are required, the body, or the members of a
/// form, and what need not be given.
pub fn arguments(model: &Model, operation: &Operation) -> Vec<Argument> {
    let mut arguments: Vec<Argument> = operation
        .parameters
        .iter()
        .map(|parameter| Argument {
            name: parameter.argument.clone(),
            kind: parameter.kind,
            required: parameter.required,
            documentation: parameter.documentation.clone(),
        })
        .collect();
    if let Some(body) = &operation.body {
        match form(model, operation) {
            Some((_, fields)) => arguments.extend(fields),
            None => arguments.push(Argument {
                name: body.argument.clone(),
                kind: body.preferred().map_or(TypeId::ANY, |content| content.kind),
                required: body.required,
                documentation: body.documentation.clone(),
            }),
        }
    }
    // Stable: the document's order stays within both.
    arguments.sort_by_key(|argument| !argument.required);
    arguments
}

/// The members of an operation's form, if a form is its body: each is an argument.
fn form(model: &Model, operation: &Operation) -> Option<(TypeId, Vec<Argument>)> {
    let content = operation.body.as_ref()?.preferred()?;
    if !matches!(content.media.form(), Form::Urlencoded | Form::Multipart) {
        return None;
    }
    let id = model.resolve(content.kind);
    let Kind::Object(object) = &model.kind(id).kind else {
        return None;
    };
    // A form that may have anything is one argument.
    if object.fields.is_empty() {
        return None;
    }
    let fields = object.fields.iter().filter(|(_, field)| {
        !model.kind(field.kind).read_only && !model.kind(model.resolve(field.kind)).read_only
    });
    let arguments = fields
        .map(|(name, field)| {
            let taken = operation
                .parameters
                .iter()
                .any(|parameter| same_name(&parameter.argument, name));
            Argument {
                name: if taken {
                    format!("{name}InBody").into()
                } else {
                    name.clone()
                },
                kind: field.kind,
                required: field.required,
                documentation: model.kind(field.kind).documentation.clone(),
            }
        })
        .collect();
    Some((id, arguments))
}

/// A draft of an operation from its arguments by name. What is not there is null; a body that no argument is named like
/// is made of those that are named like its members.
pub fn bind(model: &Model, operation: &Operation, arguments: &[(Arc<str>, Data)]) -> Draft {
    let find = |name: &str| {
        let exact = arguments.iter().find(|(known, _)| **known == *name);
        exact
            .or_else(|| arguments.iter().find(|(known, _)| same_name(known, name)))
            .map(|(_, data)| data.clone())
    };
    let path = operation
        .template
        .segments
        .iter()
        .map(|segment| match segment {
            Segment::Text(text) => Part::Text(text.clone()),
            Segment::Hole(name) => {
                let argument = operation
                    .parameter(ParameterPlace::Path, name)
                    .map_or(name, |parameter| &parameter.argument);
                Part::Value(find(argument).unwrap_or(Data::Null))
            }
        })
        .collect();
    let at = |place: ParameterPlace| {
        operation
            .parameters
            .iter()
            .filter(move |parameter| parameter.place == place)
            .map(|parameter| {
                let data = find(&parameter.argument).unwrap_or(Data::Null);
                (parameter.name.clone(), data)
            })
            .collect::<Vec<_>>()
    };
    let body = match &operation.body {
        None => Body::None,
        Some(body) => match find(&body.argument) {
            Some(data) => Body::Value(data),
            None => body_of_members(model, operation, &find),
        },
    };
    Draft {
        method: operation.template.method.clone(),
        path,
        fixed: operation.template.query.clone(),
        query: at(ParameterPlace::Query),
        headers: at(ParameterPlace::Header),
        cookies: at(ParameterPlace::Cookie),
        body,
        content: None,
    }
}

fn body_of_members(
    model: &Model,
    operation: &Operation,
    find: &impl Fn(&str) -> Option<Data>,
) -> Body {
    let content = operation
        .body
        .as_ref()
        .and_then(crate::model::Body::preferred);
    let Some(content) = content else {
        return Body::None;
    };
    let Some(object) = model.object(content.kind) else {
        return Body::None;
    };
    let form = form(model, operation).map(|(_, arguments)| arguments);
    let mut members = Record::default();
    for name in object.fields.keys() {
        let renamed: Arc<str> = format!("{name}InBody").into();
        let in_form = form
            .as_ref()
            .is_some_and(|form| form.iter().any(|argument| argument.name == renamed));
        let taken = operation
            .parameters
            .iter()
            .any(|parameter| same_name(&parameter.argument, name));
        let data = if in_form || taken {
            find(&renamed)
        } else {
            find(name)
        };
        if let Some(data) = data
            && !data.plain().is_null()
        {
            members.members.insert(name.clone(), data);
        }
    }
    if members.members.is_empty() {
        return Body::None;
    }
    Body::Value(Data::Object(Arc::new(members)))
}

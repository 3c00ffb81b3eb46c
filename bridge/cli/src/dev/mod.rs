//! What `serve --dev` shows: each call and its answer, and a mapping to paste for a call that nobody knows.

mod stub;

use std::fmt::Write;
use std::sync::Arc;

use footbridge_amf::{Limits, canonical};
use footbridge_gateway::{Seen, Witness};
use footbridge_mapping::data::same_name;
use footbridge_mapping::model::{Kind, Mapping, Operation, Plan, Roles};
use footbridge_mapping::slot::{Scalar, Slot, Type};
use footbridge_remoting::{Encoding, Packet};
use serde_json::Value as Json;

use self::stub::stub;
use crate::layout::{WIDTH, layout};
use crate::printable::{self, SECRET};

/// Prints each call and reply as canonical JSON.
pub(crate) struct Terminal {
    /// Whether unknown calls are printed as mappings.
    pub(crate) stubs: bool,
}

impl Witness for Terminal {
    fn answered(&self, seen: Seen<'_>) {
        let mut text = exchange(seen);
        if self.stubs && seen.operation.is_none() {
            let call = seen.call;
            let arguments = &call.arguments;
            let stub = stub(
                &call.service,
                &call.operation,
                &arguments.graph,
                &arguments.values,
            );
            let known = &call.context.live.mapping.by_name;
            // A service stands in one file, so what is pasted for it begins behind its name.
            match stub.split_once('\n') {
                Some((service, parts)) if known.contains_key(&call.service) => {
                    text.push_str("\nno operation is named so; add this to the file with `");
                    text.push_str(service);
                    text.push_str("` and say what answers:\n");
                    text.push_str(parts);
                }
                Some(_) | None => {
                    text.push_str(
                        "\nno mapping knows this call; paste this one and say what answers:\n\n",
                    );
                    text.push_str(&stub);
                }
            }
        }
        // One write, so that calls which are answered at the same time do not mix their lines.
        say!("{text}");
    }
}

fn exchange(seen: Seen<'_>) -> String {
    let call = seen.call;
    let (encoding, shown) = match call.envelope.encoding {
        Encoding::Amf0 => ("AMF0", canonical::Encoding::Amf0),
        Encoding::Amf3 => ("AMF3", canonical::Encoding::Amf3),
        Encoding::Json => ("JSON", canonical::Encoding::Amf3),
    };
    let is_flex = call.envelope.message.is_some();
    let form = if is_flex {
        "Flex message"
    } else {
        "classic call"
    };
    let mut text = format!(
        "→ {}.{}   {form}, {encoding}, {}",
        printable::line(&call.service),
        printable::line(&call.operation),
        call.context.id
    );
    let secrets = seen
        .operation
        .map(|operation| Secrets::of(operation))
        .unwrap_or_default();
    for (index, value) in call.arguments.values.iter().enumerate() {
        match canonical::to_json(&call.arguments.graph, value, shown) {
            Ok(json) => append(&mut text, &secrets.hidden(index, json)),
            Err(error) => append(&mut text, &Json::from(error.to_string())),
        }
    }
    text.push('\n');
    let shown = match call.envelope.encoding {
        Encoding::Json => serde_json::from_slice(seen.body).ok(),
        Encoding::Amf0 | Encoding::Amf3 => answer(seen.body, shown, is_flex),
    };
    match (seen.fault, shown) {
        (Some(fault), _) => {
            let (code, message) = (&*fault.code, &*fault.message);
            let (code, message) = (printable::line(code), printable::line(message));
            write!(text, "← fault {code}: {message}").expect("writing to a text does not fail");
        }
        (None, Some(json)) => {
            write!(text, "← {} bytes", seen.body.len()).expect("writing to a text does not fail");
            append(&mut text, &json);
        }
        (None, None) => text.push_str("← an answer that cannot be read back"),
    }
    text.push('\n');
    text
}

fn append(text: &mut String, json: &Json) {
    for line in shortened(&layout(json, WIDTH - 4)).lines() {
        text.push_str("\n    ");
        text.push_str(line);
    }
}

/// The first lines of a long answer: a terminal is for looking, `footbridge call` shows all of it.
fn shortened(text: &str) -> String {
    let count = text.lines().count();
    if count <= MOST_LINES {
        return text.to_owned();
    }
    let shown: Vec<_> = text.lines().take(MOST_LINES - 1).collect();
    format!(
        "{}\n… {} more lines",
        shown.join("\n"),
        count + 1 - MOST_LINES
    )
}

const MOST_LINES: usize = 40;

/// The value in one body of an answer.
fn answer(body: &[u8], encoding: canonical::Encoding, is_flex: bool) -> Option<Json> {
    // A packet of AMF0 with this body alone; AVM+ markers inside say where AMF3 begins.
    let bytes = [&[0, 0, 0, 0, 0, 1], body].concat();
    let packet = Packet::read(&bytes, &LIMITS).ok()?;
    let body = packet.bodies.first()?;
    // Of a Flex message what the operation answered; the rest is the same for all.
    let value = if is_flex {
        body.graph.member(&body.content, "body")?
    } else {
        &body.content
    };
    canonical::to_json(&body.graph, value, encoding).ok()
}

/// Our own answers; they passed the limit for replies.
const LIMITS: Limits = Limits {
    depth: 512,
    values: 20_000_000,
    bytes: 512 << 20,
    references: 20_000_000,
};

/// The arguments of an operation that nobody is shown.
#[derive(Default)]
struct Secrets {
    /// By position.
    positions: Vec<usize>,
    /// By name, as arguments and as fields of their types.
    names: Vec<Arc<str>>,
}

impl Secrets {
    fn of(operation: &Operation) -> Self {
        let mut secrets = Self::default();
        let signatures: Vec<&Operation> = match &operation.plan {
            Plan::Step(_) => vec![operation],
            Plan::Overloads(overloads) => overloads.iter().map(|overload| &**overload).collect(),
        };
        for signature in signatures {
            for (index, argument) in signature.arguments.iter().enumerate() {
                if is_secret(&argument.slot.kind) {
                    secrets.positions.push(index);
                    secrets.names.push(Arc::clone(&argument.name));
                }
            }
            // A type is known by its fields wherever it stands.
            for body in signature.scope.types.values() {
                let fields = body.fields.iter().filter(|(_, slot)| is_secret(&slot.kind));
                secrets
                    .names
                    .extend(fields.map(|(name, _)| Arc::clone(name)));
            }
        }
        secrets
    }

    fn hidden(&self, index: usize, mut json: Json) -> Json {
        if self.positions.contains(&index) {
            return Json::from(SECRET);
        }
        let mut open = if self.names.is_empty() {
            Vec::new()
        } else {
            vec![&mut json]
        };
        while let Some(next) = open.pop() {
            match next {
                Json::Array(items) => open.extend(items),
                Json::Object(members) => {
                    for (name, member) in members {
                        if self.names.iter().any(|secret| same_name(secret, name)) {
                            *member = Json::from(SECRET);
                        } else {
                            open.push(member);
                        }
                    }
                }
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
            }
        }
        json
    }
}

fn is_secret(kind: &Type) -> bool {
    match kind {
        Type::Scalar(scalar) | Type::Ranged(scalar, _) => *scalar == Scalar::Secret,
        Type::List(kind, _) | Type::Nullable(kind) => is_secret(kind),
        Type::Words(_) | Type::Named(_) | Type::Any | Type::Void | Type::Hide => false,
    }
}

/// An operation that can be called without arguments, best one that reads a database; for a line to paste.
pub(crate) fn example(mapping: &Mapping) -> Option<String> {
    let is_easy = |operation: &&Arc<Operation>| {
        operation.roles == Roles::Public
            && operation
                .arguments
                .iter()
                .all(|argument| may_be_missing(&argument.slot))
    };
    let reads_a_database = |operation: &Operation| matches!(&operation.plan, Plan::Step(step) if matches!(&step.kind, Kind::Sql(sql) if !sql.statement.writes));
    let easy: Vec<_> = mapping
        .services
        .iter()
        .flat_map(|service| service.operations.values())
        .filter(is_easy)
        .collect();
    let chosen = easy
        .iter()
        .find(|operation| reads_a_database(operation))
        .or_else(|| easy.first())?;
    Some(chosen.name.to_string())
}

fn may_be_missing(slot: &Slot) -> bool {
    slot.default.is_some() || matches!(slot.kind, Type::Nullable(_) | Type::Any)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_hidden_by_position_and_by_name() {
        let secrets = Secrets {
            positions: vec![1],
            names: vec!["password".into()],
        };
        assert_eq!(secrets.hidden(1, json!("hunter2")), json!(SECRET));
        let account = json!([{"user": "ann", "Password": "hunter2"}]);
        assert_eq!(
            secrets.hidden(0, account),
            json!([{"user": "ann", "Password": SECRET}])
        );
        assert_eq!(
            Secrets::default().hidden(0, json!({"password": 1})),
            json!({"password": 1})
        );
    }
}

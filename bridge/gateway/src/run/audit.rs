//! `audit`: one line for each call: who, what, when, how it ended, and the arguments that the mapping names. Who logs in or out, and
//! who is refused because of who calls or how often, has a line in any case.

use std::sync::Arc;

use footbridge_amf::canonical::{self, Encoding};
use footbridge_mapping::data::Data;
use footbridge_mapping::model::Operation;
use footbridge_remoting::fault;
use serde_json::{Map, Value as Json, json};

use super::context::{Client, Context};
use super::failure::Failure;
use super::sign::Change;
use crate::session::Session;

/// Writes the line of a call that has ended, if there is to be one. Without arguments where the call was refused before they were
/// read.
pub(super) fn line(
    context: &Context,
    operation: &Operation,
    arguments: &[Data],
    failure: Option<&Failure>,
) {
    let rules = &operation.rules;
    let outcome = failure.map_or("ok", |failure| failure.code());
    let signs = rules.signs.as_ref();
    let signs = signs.is_some_and(|signs| signs.login.is_some() || signs.logout);
    let is_refused = matches!(
        outcome,
        fault::AUTHENTICATION | fault::AUTHORIZATION | fault::TOO_MANY_CALLS
    );
    if rules.audit.is_none() && !signs && !is_refused {
        return;
    }
    let told = rules.audit.as_deref().unwrap_or_default();
    let mut shown = Map::new();
    for (argument, value) in operation.arguments.iter().zip(arguments) {
        if told.contains(&argument.name) {
            shown.insert(argument.name.to_string(), json(value, 0));
        }
    }
    let shown = (!shown.is_empty()).then(|| Json::Object(shown).to_string());
    tracing::info!(
        target: "audit",
        operation = &*operation.name,
        who = &*who(context),
        address = &*context.client.address,
        outcome,
        arguments = shown,
        call = &*context.id,
        "called"
    );
}

/// Writes the line of a session that ended because its client said so on a channel: no call of an operation.
pub(crate) fn logout(client: &Client, session: &Session) {
    tracing::info!(
        target: "audit",
        who = &*named(&session.identity().root()),
        address = &*client.address,
        outcome = "ok",
        "logout"
    );
}

/// The identity's id, or that there is none; of whoever has just logged in the new one.
pub(super) fn who(context: &Context) -> Arc<str> {
    match context.signing.change() {
        Change::Began(session) => named(&session.identity().root()),
        Change::None | Change::Ended => named(&context.identity_root()),
    }
}

fn named(identity: &Data) -> Arc<str> {
    match identity.member("id") {
        Data::Null => "-".into(),
        Data::Text(id) => id,
        other => json(&other, 0).to_string().into(),
    }
}

/// A value as JSON for the log; bytes as their length.
fn json(value: &Data, depth: usize) -> Json {
    if depth > DEEPEST {
        return json!("…");
    }
    match value {
        Data::Null | Data::Omit => Json::Null,
        Data::Bool(value) => json!(value),
        Data::Int(value) => json!(value),
        Data::Number(value) => json!(value),
        Data::Decimal(text) | Data::Text(text) | Data::Xml(text) => {
            json!(text[..text.floor_char_boundary(LONGEST)])
        }
        Data::Date(millis) => json!({ "date": millis }),
        Data::Day(day) => json!(day.to_string()),
        Data::Bytes(bytes) => json!({ "bytes": bytes.len() }),
        Data::List(items) => Json::Array(
            items
                .iter()
                .take(MOST)
                .map(|item| json(item, depth + 1))
                .collect(),
        ),
        Data::Object(record) => Json::Object(
            record
                .members
                .iter()
                .map(|(name, member)| (name.to_string(), json(member, depth + 1)))
                .collect(),
        ),
        Data::Amf(value) => {
            canonical::to_json(&value.graph, &value.value, Encoding::Amf3).unwrap_or(Json::Null)
        }
    }
}

/// Levels of an argument that are written down.
const DEEPEST: usize = 8;

/// Bytes of a text that are written down.
const LONGEST: usize = 1_000;

/// Items of a list that are written down.
const MOST: usize = 100;

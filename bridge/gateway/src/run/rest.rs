//! `rest`: a request, and its answer: straight into the answer to the client, or as data for expressions.
//!
//! How values are written and read is `footbridge_rest`'s, how they travel `footbridge_traffic`'s.

use std::sync::Arc;

use bytes::Bytes;
use footbridge_mapping::data::{Data, Record};
use footbridge_mapping::model::{FaultKey, FaultRules, Kind, RestStep, Step};
use footbridge_mapping::tree;
use footbridge_remoting::{Answer, fault};
use footbridge_rest::model::{Model, Operation};
use footbridge_rest::reply::{self, Answers, ReadError};
use footbridge_rest::request::{RequestError, WireNames};
use footbridge_traffic::{Client, Reply};
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use super::aside;
use super::failure::{Failure, Said, Trouble, because, looks_at_answers};
use super::operation::Begin;
use super::page;
use super::scope::{Frame, object};
use super::sign;
use super::soap::is_mock;
use super::step::judged;
use crate::request::{Unbuilt, Wanted};
use crate::samples;

/// What is decided once for a step.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) answers: Answers,
    names: WireNames,
    /// The document, and the operation's name in it.
    described: Option<(Arc<Model>, Arc<str>)>,
}

impl Plan {
    /// What a document says of the operation.
    fn described(&self) -> Option<(&Model, &Operation)> {
        let (model, name) = self.described.as_ref()?;
        Some((model, model.operation(name)?))
    }
}

/// The step whose answer may go straight to the client: nothing has to see it first.
pub(super) fn streams<'s>(step: &'s Step, levels: &[&FaultRules]) -> Option<&'s RestStep> {
    match &step.kind {
        Kind::Rest(rest)
            if step.each.is_none()
                && step.value.is_none()
                && rest.page.is_none()
                && !looks_at_answers(levels) =>
        {
            Some(rest)
        }
        Kind::Rest(_)
        | Kind::Proxy(_)
        | Kind::Soap(_)
        | Kind::Sql(_)
        | Kind::Value(_)
        | Kind::ValueFile(_)
        | Kind::Fault(_)
        | Kind::Procedure(_)
        | Kind::Operation { .. }
        | Kind::Steps(_)
        | Kind::Transaction { .. } => None,
    }
}

/// Sends the request and writes what `returns` selects of its answer.
///
/// # Errors
/// A failure that rules have not been asked about; the answer then holds half a value.
pub(super) async fn stream(
    step: &Step,
    rest: &RestStep,
    frame: &Frame<'_>,
    answer: &mut Answer,
    begin: &Begin<'_>,
) -> Result<(), Failure> {
    let plan = plan(step, rest, frame);
    let answered = exchange(step, rest, &plan, frame).await?;
    let style = &frame.context.style;
    let came = came(&answered);
    let service = frame.service();
    let bytes = answered.body.len();
    let mut written = aside::reading(bytes, || {
        reply::read_into(&came, &plan.answers, style, service, answer.sink())
    });
    if written == Err(ReadError::Twice) {
        *answer = begin()?;
        written = aside::reading(bytes, || {
            reply::read_last_into(&came, &plan.answers, style, service, answer.sink())
        });
    }
    noted(step, written.map_err(unread)?);
    Ok(())
}

/// Sends the request and gives what `returns` selects of its answer, or what `value` makes of it.
///
/// # Errors
/// A failure that rules have not been asked about, or a fault that they made of a good answer.
pub(super) async fn run(
    step: &Step,
    rest: &RestStep,
    frame: &Frame<'_>,
    levels: &[&FaultRules],
) -> Result<Data, Failure> {
    let plan = plan(step, rest, frame);
    if let Some(paging) = &rest.page {
        return page::run(step, rest, paging, &plan, frame, levels).await;
    }
    let answered = exchange(step, rest, &plan, frame).await?;
    let signs = frame.operation.rules.signs.is_some();
    let seen = step.value.is_some() || looks_at_answers(levels) || signs;
    let frame = if seen {
        let body = aside::reading(answered.body.len(), || {
            reply::read_body(&came(&answered), &plan.answers).map_err(unread)
        })?;
        frame.with_reply(root(&answered, body, &plan.answers))
    } else {
        frame.clone()
    };
    sign::prepare(step, &frame)?;
    let value = match &step.value {
        Some(made) => tree::evaluate(made, &frame)?,
        None => aside::reading(answered.body.len(), || {
            reply::read_data(&came(&answered), &plan.answers).map_err(unread)
        })?,
    };
    judged(value, levels, &frame)
}

/// The root `reply`.
pub(super) fn root(answered: &Reply, body: Data, answers: &Answers) -> Data {
    let mut headers = Record::default();
    for name in answered.headers.keys() {
        let texts: Vec<_> = answered
            .headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        let value = reply::read_header(answers, answered.status, name.as_str(), &texts.join(", "));
        headers.members.insert(name.as_str().into(), value);
    }
    object([
        ("status", Data::Int(answered.status.into())),
        ("headers", Data::Object(Arc::new(headers))),
        ("body", body),
    ])
}

/// A request and its good answer; any other is a failure.
async fn exchange(
    step: &Step,
    rest: &RestStep,
    plan: &Plan,
    frame: &Frame<'_>,
) -> Result<Reply, Failure> {
    let request = built(step, rest, plan, frame)?;
    sent(step, rest, plan, frame, &request).await
}

/// The good answer to a request; any other is a failure.
pub(super) async fn sent(
    step: &Step,
    rest: &RestStep,
    plan: &Plan,
    frame: &Frame<'_>,
    request: &footbridge_traffic::Request,
) -> Result<Reply, Failure> {
    let example = || {
        let described = plan.described().filter(|_| is_mock(&rest.backend))?;
        Some(mocked(described.0, request))
    };
    let stored = || {
        frame
            .context
            .live
            .documents
            .stored(&rest.backend.name)
            .cloned()
    };
    let known = stored()
        .or_else(example)
        .or_else(|| samples::answer(&rest.backend, request));
    let answered = match known {
        Some(answered) => answered,
        None => {
            let left = step.timeout.unwrap_or(rest.backend.timeout);
            let deadline = Instant::now() + frame.context.left(left);
            client(rest, frame)?.send(request, deadline).await?
        }
    };
    frame.saw_status(answered.status);
    if (200..300).contains(&answered.status) {
        return Ok(answered);
    }
    Err(refused(&answered, &plan.answers))
}

/// What a backend answers that is none: the examples of its document; `Prefer: code=404` asks for another answer.
fn mocked(model: &Model, request: &footbridge_traffic::Request) -> Reply {
    let footbridge_traffic::Target::Below(target) = &request.target else {
        return Reply {
            status: 404,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            sent: 0,
        };
    };
    let prefer = request
        .headers
        .get("prefer")
        .and_then(|value| value.to_str().ok()?.strip_prefix("code=")?.parse().ok());
    let answer = footbridge_rest::mock::answer(
        model,
        request.method.as_str(),
        target,
        &request.body,
        prefer,
    );
    let mut headers = HeaderMap::new();
    let media = answer.content_type.as_deref().map(HeaderValue::from_str);
    if let Some(Ok(media)) = media {
        headers.insert(http::header::CONTENT_TYPE, media);
    }
    Reply {
        status: answer.status,
        headers,
        body: answer.body.into(),
        sent: 0,
    }
}

/// The backend's client.
pub(super) fn client<'f>(rest: &RestStep, frame: &Frame<'f>) -> Result<&'f Arc<Client>, Failure> {
    let clients = &frame.context.live.clients;
    clients.get(&rest.backend.name).ok_or_else(|| {
        Failure::decided(
            fault::PROCESSING,
            format!("the backend `{}` has no client", rest.backend.name),
        )
    })
}

/// What this call asks for.
pub(super) fn built(
    step: &Step,
    rest: &RestStep,
    plan: &Plan,
    frame: &Frame<'_>,
) -> Result<footbridge_traffic::Request, Failure> {
    let wanted = Wanted {
        rest,
        described: plan.described(),
        scope: frame,
        values: frame.values(),
        zone: &step.zone,
        names: &plan.names,
    };
    let built = wanted.build().map_err(|error| match error {
        Unbuilt::Evaluation(error) => Failure::from(error),
        Unbuilt::Template(_) | Unbuilt::Request(RequestError::Argument(_)) => {
            Failure::decided(fault::BAD_ARGUMENTS, error.to_string())
        }
        Unbuilt::Request(RequestError::Mapping(_)) | Unbuilt::Nowhere => {
            Failure::decided(fault::PROCESSING, error.to_string())
        }
    })?;
    let unsendable = |name: &str| {
        Failure::decided(
            fault::BAD_ARGUMENTS,
            format!("the header `{name}` has a character that cannot be sent"),
        )
    };
    let mut headers = HeaderMap::new();
    for (name, value) in &built.headers {
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable(name))?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| unsendable(name))?;
        headers.append(header, value);
    }
    let marked = frame.mark(step, rest.http.writes, &mut headers)?;
    frame.trail.pass_on(&mut headers);
    let method = http::Method::from_bytes(built.method.as_str().as_bytes())
        .map_err(|_| Failure::decided(fault::PROCESSING, "the method is none"))?;
    Ok(footbridge_traffic::Request {
        headers,
        body: built.body.map_or_else(Bytes::new, Bytes::from),
        repeatable: !rest.http.writes || marked,
        caller: frame.credentials(),
        cookies: frame.cookies(&rest.backend),
        retries: rest.http.retry,
        ..footbridge_traffic::Request::new(method, footbridge_traffic::Target::Below(built.target))
    })
}

/// How its answers are read: made at the first call, kept with the step.
pub(super) fn plan(step: &Step, rest: &RestStep, frame: &Frame<'_>) -> Arc<Plan> {
    rest.http.made.or_make(|| {
        let engine = frame.context.live.documents.rest(&rest.backend.name);
        let described = engine.and_then(|engine| Some((engine.model(), engine.operation(rest)?)));
        Plan {
            answers: Answers::compile(
                described,
                step.value
                    .is_none()
                    .then_some(step.returns.as_ref())
                    .flatten(),
                // Types as they are written: what the document says is laid below them here, and taken laxly.
                &rest.http.declared,
                &step.zone,
            ),
            names: WireNames::of(&rest.http.declared),
            described: described
                .map(|(model, operation)| (Arc::clone(model), Arc::clone(&operation.name))),
        }
    })
}

pub(super) fn came(answered: &Reply) -> reply::Reply<'_> {
    reply::Reply {
        status: answered.status,
        content_type: answered
            .headers
            .get(http::header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok()),
        body: &answered.body,
    }
}

/// An answer that is no good one.
fn refused(answered: &Reply, answers: &Answers) -> Failure {
    let (said, unread) = reply::read_fault(&came(answered), answers);
    if let Some(error) = unread {
        tracing::debug!(status = answered.status, %error, "the body of a refusal cannot be read");
    }
    let status = answered.status;
    let plain = format!("HTTP status {status}");
    let what = Said {
        all: match &said.message {
            Some(text) => format!("{plain}: {text:?}"),
            None => plain.clone(),
        },
        plain,
    };
    Failure::Open(Box::new(Trouble {
        key: FaultKey::Other,
        codes: said.code.into_iter().collect(),
        status: Some(status),
        message: said.message,
        detail: said.detail,
        ..Trouble::new(because(
            fault::BACKEND,
            "the backend refused the call",
            what,
        ))
    }))
}

pub(super) fn unread(error: ReadError) -> Failure {
    let message = match error {
        ReadError::Write(error) => return Failure::from(error),
        // The names in it are the mapping's.
        ReadError::Bad { .. } => error.to_string(),
        ReadError::Json(_) | ReadError::Xml(_) | ReadError::Media { .. } | ReadError::Twice => {
            "the backend's answer cannot be read".to_owned()
        }
    };
    Failure::Open(Box::new(Trouble {
        key: FaultKey::Unreadable,
        ..Trouble::new(because(fault::BAD_REPLY, &message, error))
    }))
}

/// What of an answer was let pass, for the log.
fn noted(step: &Step, notes: reply::Notes) {
    if !notes.is_empty() {
        tracing::debug!(step = &*step.name, %notes, "an answer is not quite as it is described");
    }
}

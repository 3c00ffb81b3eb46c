//! `soap`: an envelope made of what the step says, one exchange, and the reply: straight into the answer, or as data for
//! whatever the mapping says of it.

use std::sync::Arc;

use axum::http::Method;
use axum::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;
use footbridge_mapping::data::{Data, Record, convert, outward};
use footbridge_mapping::model::{
    Auth, Backend, FaultKey, FaultRules, HttpStep, Kind, Message, SoapStep, Step,
};
use footbridge_mapping::slot::{PathPart, Type};
use footbridge_mapping::tree;
use footbridge_remoting::{Answer, Fault, fault};
use footbridge_soap::model::Operation;
use footbridge_soap::read::{self, Limits, Notes, Outcome, ReadError};
use footbridge_soap::security::{self, Stamp, TokenSwitches};
use footbridge_soap::write::{self, Arguments, Mtom, Nulls, Settings};
use footbridge_traffic::{Client, Request, Target};
use tokio::time::Instant;
use uuid::Uuid;

use super::failure::{Failure, Trouble, because, looks_at_answers, with_data};
use super::scope::{Frame, object};
use super::step::judged;
use crate::documents::{Look, SoapEngine};

/// Bytes from this length on travel beside the envelope, where `mtom` is on.
const MTOM_FROM: usize = 1024;

/// The SOAP call of a step whose reply may go straight into the answer: nothing has to see it first.
pub(super) fn streams<'s>(
    step: &'s Step,
    frame: &Frame<'_>,
    levels: &[&FaultRules],
) -> Option<&'s SoapStep> {
    let Kind::Soap(soap) = &step.kind else {
        return None;
    };
    let plain = soap.plain
        && step.each.is_none()
        && step.value.is_none()
        && !looks_at_answers(levels)
        && step
            .returns
            .as_ref()
            .is_some_and(|slot| slot.kind != Type::Void);
    let (_, look) = frame
        .context
        .live
        .documents
        .look(soap, step)
        .filter(|_| plain)?;
    (!look.direct.needs_data).then_some(soap)
}

/// Runs a call whose reply is written into the answer as it is read.
pub(super) async fn stream(
    step: &Step,
    soap: &SoapStep,
    frame: &Frame<'_>,
    answer: &mut Answer,
) -> Result<(), Failure> {
    let call = Call::new(step, soap, frame)?;
    let reply = call.exchange().await?;
    let mut notes = Notes::default();
    let outcome = read::read_into(
        &reply.envelope(),
        &call.look.direct,
        call.operation,
        &frame.context.style,
        frame.service(),
        &Limits::default(),
        answer.sink(),
        &mut notes,
    );
    call.engine.forgave(&soap.operation, &notes);
    match outcome.map_err(unreadable)? {
        Outcome::Value(()) => Ok(()),
        Outcome::Fault(fault) => Err(refused(*fault, &call)),
    }
}

/// Runs a call and gives its value.
pub(super) async fn run(
    step: &Step,
    soap: &SoapStep,
    frame: &Frame<'_>,
    levels: &[&FaultRules],
) -> Result<Data, Failure> {
    let call = Call::new(step, soap, frame)?;
    let reply = call.exchange().await?;
    let mut notes = Notes::default();
    let outcome = read::read_data(
        &reply.envelope(),
        &call.look.kept,
        call.operation,
        &Limits::default(),
        &mut notes,
    );
    call.engine.forgave(&soap.operation, &notes);
    let answered = match outcome.map_err(unreadable)? {
        Outcome::Value(answered) => answered,
        Outcome::Fault(fault) => return Err(refused(*fault, &call)),
    };
    let frame = frame.with_reply(object([
        ("body", answered.body.clone()),
        ("headers", headers_of(&reply.headers)),
        ("soap-headers", answered.headers),
    ]));
    let value = match (&step.value, &step.returns) {
        (Some(made), _) => tree::evaluate(made, &frame)?,
        (None, Some(slot)) if slot.kind == Type::Void => Data::Null,
        (None, Some(slot)) => at(&answered.body, slot.from.as_deref().unwrap_or_default()),
        (None, None) => answered.body,
    };
    judged(value, levels, &frame)
}

/// The value at a path.
fn at(body: &Data, path: &[PathPart]) -> Data {
    let mut found = body.clone();
    for part in path {
        found = match part {
            PathPart::Name(name) => found.member(name),
            PathPart::Index(index) => found
                .items()
                .and_then(|items| items.get(*index).cloned())
                .unwrap_or(Data::Null),
        };
    }
    found
}

/// One call, with all that was prepared for it.
struct Call<'c> {
    soap: &'c SoapStep,
    step: &'c Step,
    frame: &'c Frame<'c>,
    engine: &'c SoapEngine,
    look: Arc<Look>,
    operation: &'c Arc<Operation>,
}

/// What came back.
struct Replied {
    status: u16,
    content_type: Option<String>,
    headers: HeaderMap,
    body: Bytes,
}

impl Replied {
    fn envelope(&self) -> read::Reply<'_> {
        read::Reply {
            status: self.status,
            content_type: self.content_type.as_deref(),
            body: &self.body,
        }
    }
}

/// A request as it goes out.
pub(super) struct Outgoing {
    /// Its headers, without those of the backend and without secrets.
    pub(super) headers: HeaderMap,
    /// The envelope.
    pub(super) body: Vec<u8>,
}

impl<'c> Call<'c> {
    fn new(step: &'c Step, soap: &'c SoapStep, frame: &'c Frame<'c>) -> Result<Self, Failure> {
        let found = frame.context.live.documents.look(soap, step);
        let (engine, look) = found.ok_or_else(|| {
            Failure::decided(
                fault::PROCESSING,
                format!("the document of `{}` was not read", soap.backend.name),
            )
        })?;
        let operation = engine
            .operation(&soap.operation, soap.overload)
            .ok_or_else(|| {
                Failure::decided(
                    fault::PROCESSING,
                    format!("`{}` has no `{}`", soap.backend.name, soap.operation),
                )
            })?;
        Ok(Self {
            soap,
            step,
            frame,
            engine,
            look,
            operation,
        })
    }

    async fn exchange(&self) -> Result<Replied, Failure> {
        let outgoing = self.outgoing()?;
        if is_mock(&self.soap.backend) {
            return Ok(self.mocked(&outgoing));
        }
        let client = client(self.frame, &self.soap.backend)?;
        let deadline = Instant::now() + self.frame.context.left(self.soap.backend.timeout);
        let request = Request {
            headers: outgoing.headers,
            body: outgoing.body.into(),
            repeatable: !self.soap.http.writes,
            retries: self.soap.http.retry,
            ..Request::new(Method::POST, Target::Address)
        };
        let reply = client.send(&request, deadline).await?;
        Ok(Replied {
            status: reply.status,
            content_type: reply
                .headers
                .get(CONTENT_TYPE)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            headers: reply.headers,
            body: reply.body,
        })
    }

    /// What a backend answers that is none: examples of the types that its WSDL declares.
    fn mocked(&self, outgoing: &Outgoing) -> Replied {
        let text = |name: HeaderName| {
            outgoing
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let request = read::Reply {
            status: 200,
            content_type: text(CONTENT_TYPE),
            body: &outgoing.body,
        };
        let action = text(HeaderName::from_static("soapaction"));
        let response = self
            .engine
            .mock()
            .answer(self.engine.port(), &request, action);
        Replied {
            status: response.status,
            content_type: Some(response.content_type),
            headers: HeaderMap::new(),
            body: response.body.into(),
        }
    }

    /// The envelope and its HTTP headers.
    fn outgoing(&self) -> Result<Outgoing, Failure> {
        let frame = self.frame;
        let soap = self.soap;
        let mut raw = None;
        let body = match &soap.message {
            Message::Template(template) => {
                let text = template.render(frame).map_err(|error| {
                    Failure::Decided(Box::new(because(
                        fault::BAD_ARGUMENTS,
                        &error.to_string(),
                        error,
                    )))
                })?;
                raw = Some(text);
                Data::Null
            }
            Message::Tree(tree) => outward(&tree::evaluate(tree, frame)?, &soap.http.scope),
            Message::Arguments => {
                let names = frame.operation.arguments.iter().map(|one| &one.name);
                let members = names
                    .map(|name| {
                        use footbridge_mapping::expression::Scope as _;
                        (Arc::clone(name), frame.root(name).unwrap_or(Data::Null))
                    })
                    .collect();
                let all = Data::Object(Arc::new(Record {
                    alias: None,
                    members,
                }));
                outward(&all, &soap.http.scope)
            }
        };
        let blocks = self.blocks()?;
        let security = self.security()?;
        let boundary = format!("footbridge-{}", Uuid::new_v4().simple());
        let arguments = Arguments {
            body: &body,
            headers: &blocks,
            blocks: &security,
            raw: raw.as_deref(),
        };
        let settings = Settings {
            zone: &self.step.zone,
            aliases: &self.look.aliases,
            nulls: Nulls::Absent,
            mtom: self.engine.mtom.then_some(Mtom {
                threshold: MTOM_FROM,
                boundary: &boundary,
            }),
        };
        let written = write::write(
            self.engine.model(),
            self.engine.port(),
            self.operation,
            &arguments,
            &settings,
        )
        .map_err(|error| Failure::decided(fault::BAD_ARGUMENTS, error.to_string()))?;
        let mut headers = headers(&soap.http, frame)?;
        headers.insert(CONTENT_TYPE, value(&written.content_type)?);
        if let Some(action) = &written.action {
            headers.insert(HeaderName::from_static("soapaction"), value(action)?);
        }
        Ok(Outgoing {
            headers,
            body: written.body,
        })
    }

    /// Header blocks by part; one whose values are all null is left out.
    fn blocks(&self) -> Result<Data, Failure> {
        let mut blocks = Record::default();
        for (part, tree) in &self.soap.blocks {
            let block = tree::evaluate(tree, self.frame)?;
            if !empty(&block) {
                blocks
                    .members
                    .insert(Arc::clone(part), outward(&block, &self.soap.http.scope));
            }
        }
        if blocks.members.is_empty() {
            return Ok(Data::Null);
        }
        Ok(Data::Object(Arc::new(blocks)))
    }

    /// Header blocks of WS-Security and WS-Addressing.
    fn security(&self) -> Result<Vec<String>, Failure> {
        let mut blocks = Vec::new();
        let version = self.engine.port().version;
        let nonce = Uuid::new_v4();
        let message_id = format!("urn:uuid:{}", Uuid::new_v4());
        let stamp = Stamp {
            now: self.frame.context.time,
            nonce: nonce.as_bytes(),
            message_id: &message_id,
        };
        let http = self.soap.backend.http();
        for auth in http.into_iter().flat_map(|http| &http.traffic.auth) {
            match auth {
                Auth::UsernameToken(token) => {
                    let switches = TokenSwitches {
                        digest: token.digest,
                        nonce: token.nonce,
                        created: token.created,
                        timestamp: token
                            .timestamp
                            .map(|time| u32::try_from(time.as_secs()).unwrap_or(u32::MAX)),
                        ..TokenSwitches::TEXT
                    };
                    blocks.push(security::username_token(
                        version,
                        &token.user,
                        &token.password,
                        &switches,
                        &stamp,
                    ));
                }
                Auth::Signature { .. } => {
                    return Err(Failure::decided(
                        fault::PROCESSING,
                        "this gateway was built without signatures",
                    ));
                }
                Auth::Basic { .. }
                | Auth::Digest { .. }
                | Auth::Bearer(_)
                | Auth::Key { .. }
                | Auth::OAuth2(_)
                | Auth::Certificate { .. }
                | Auth::Caller => {}
            }
        }
        if let Some(action) = &self.operation.addressing_action {
            let to = http
                .and_then(|http| http.url.as_deref())
                .or(self.engine.port().address.as_deref())
                .unwrap_or_default();
            blocks.extend(security::addressing(version, action, to, &stamp));
        }
        Ok(blocks)
    }
}

/// Whether a backend is its own example.
fn is_mock(backend: &Backend) -> bool {
    backend
        .http()
        .is_some_and(|http| http.url.as_deref() == Some("mock:"))
}

/// The client of a backend.
pub(super) fn client<'f>(frame: &Frame<'f>, backend: &Backend) -> Result<&'f Arc<Client>, Failure> {
    frame
        .context
        .live
        .clients
        .get(&backend.name)
        .ok_or_else(|| {
            Failure::decided(
                fault::PROCESSING,
                format!("`{}` has no client", backend.name),
            )
        })
}

/// `headers` of a step; null is left out.
pub(super) fn headers(http: &HttpStep, frame: &Frame<'_>) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    for (name, tree) in &http.headers {
        let data = tree::evaluate(tree, frame)?.plain();
        if data.is_null() {
            continue;
        }
        let text = convert::to_text(&data).ok_or_else(|| {
            Failure::decided(
                fault::BAD_ARGUMENTS,
                format!("the header `{name}` is one text"),
            )
        })?;
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
            Failure::decided(
                fault::PROCESSING,
                format!("`{name}` is no name of a header"),
            )
        })?;
        headers.insert(name, value(&text)?);
    }
    Ok(headers)
}

fn value(text: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::from_bytes(text.as_bytes()).map_err(|_| {
        Failure::decided(
            fault::BAD_ARGUMENTS,
            "a line feed or control character cannot stand in a header",
        )
    })
}

/// HTTP headers as expressions see them: lower-case names, several of one name joined by commas.
pub(super) fn headers_of(headers: &HeaderMap) -> Data {
    let mut record = Record::default();
    for name in headers.keys() {
        let values: Vec<String> = headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect();
        record
            .members
            .insert(name.as_str().into(), Data::text(values.join(", ")));
    }
    Data::Object(Arc::new(record))
}

/// Whether nothing is in it: null, or an object of nulls.
fn empty(data: &Data) -> bool {
    match data {
        Data::Object(record) => record.members.values().all(empty),
        other => other.plain().is_null(),
    }
}

/// A reply that cannot be read. The beginning of what is no envelope is quoted for developers.
fn unreadable(error: ReadError) -> Failure {
    let (message, status, quote) = match &error {
        ReadError::Write(error) => return Failure::from(error.clone()),
        ReadError::NoEnvelope { status, quote } => (
            format!("the service answered with HTTP {status} and no SOAP envelope"),
            Some(*status),
            Some(quote.clone()),
        ),
        ReadError::Null { field } => (
            format!("`{field}` of the service's answer is null, and its type has no `?`"),
            None,
            None,
        ),
        ReadError::Xml(_) | ReadError::Multipart(_) | ReadError::TooDeep { .. } => (
            "the answer of the service cannot be read".to_owned(),
            None,
            None,
        ),
    };
    let mut fault = because(fault::BAD_REPLY, &message, error);
    fault.detail = quote.filter(|quote| !quote.is_empty());
    Failure::Open(Box::new(Trouble {
        key: FaultKey::Unreadable,
        status,
        ..Trouble::new(fault)
    }))
}

/// A fault of the service: its code, its text and its detail are for the rules; without one the client learns what the
/// WSDL says that it may learn.
fn refused(said: read::Fault, call: &Call<'_>) -> Failure {
    let detail = said.data();
    let declared = said.details.iter().any(|(name, _)| {
        call.operation.faults.iter().any(|(_, part)| {
            let element = call.engine.model().element(part.element);
            element.name.local == name.local
        })
    });
    let message = "the service answered with a fault";
    let mut fault: Fault = because(
        fault::BACKEND,
        message,
        Said(format!("{}: {}", said.fault_code(), said.message)),
    );
    if declared {
        fault = with_data(fault, detail.clone(), call.frame);
    }
    Failure::Open(Box::new(Trouble {
        codes: said.codes().map(Arc::from).collect(),
        status: Some(said.status),
        detail,
        message: Some(Arc::clone(&said.message)),
        ..Trouble::new(fault)
    }))
}

/// What a service said, for the log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Said(String);

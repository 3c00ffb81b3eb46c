//! `soap`: an envelope made of what the step says, one exchange, and the reply: straight into the answer, or as data for
//! whatever the mapping says of it.

use std::sync::Arc;

use axum::http::Method;
use axum::http::header::{CONTENT_TYPE, HeaderMap, HeaderName};
use bytes::Bytes;
use footbridge_mapping::data::{Data, Record};
use footbridge_mapping::model::{Backend, FaultKey, FaultRules, Kind, SoapStep, Step};
use footbridge_mapping::slot::{PathPart, Type};
use footbridge_mapping::tree;
use footbridge_remoting::{Answer, Fault, fault};
use footbridge_soap::model::Operation;
use footbridge_soap::read::{self, Limits, Notes, Outcome, ReadError};
use footbridge_traffic::{Client, Request, Target};
use tokio::time::Instant;

use super::aside;
use super::failure::{Failure, Said, Trouble, because, looks_at_answers, with_data};
use super::scope::{Frame, object};
use super::sign;
use super::step::judged;
use crate::documents::{Look, SoapEngine};
use crate::envelope::{Envelope, EnvelopeError, Outgoing};

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
    let outcome = aside::reading(reply.body.len(), || {
        read::read_into(
            &reply.envelope(),
            &call.look.direct,
            call.operation,
            &frame.context.style,
            frame.service(),
            &Limits::default(),
            answer.sink(),
            &mut notes,
        )
    });
    call.engine
        .forgave(&soap.backend.name, &soap.operation, &notes);
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
    let outcome = aside::reading(reply.body.len(), || {
        read::read_data(
            &reply.envelope(),
            &call.look.kept,
            call.operation,
            &Limits::default(),
            &mut notes,
        )
    });
    call.engine
        .forgave(&soap.backend.name, &soap.operation, &notes);
    let answered = match outcome.map_err(unreadable)? {
        Outcome::Value(answered) => answered,
        Outcome::Fault(fault) => return Err(refused(*fault, &call)),
    };
    let frame = frame.with_reply(object([
        ("body", within(&answered.body)),
        ("headers", headers_of(&reply.headers)),
        ("soap-headers", answered.headers),
    ]));
    sign::prepare(step, &frame)?;
    let value = match (&step.value, &step.returns) {
        (Some(made), _) => tree::evaluate(made, &frame)?,
        (None, Some(slot)) if slot.kind == Type::Void => Data::Null,
        (None, Some(slot)) => at(&answered.body, slot.from.as_deref().unwrap_or_default()),
        (None, None) => answered.body,
    };
    judged(value, levels, &frame)
}

/// `reply.body`, where the name of an only child may be left out.
fn within(body: &Data) -> Data {
    let Data::Object(record) = body else {
        return body.clone();
    };
    let mut members = record.members.values();
    let (Some(Data::Object(only)), None) = (members.next(), members.next()) else {
        return body.clone();
    };
    let mut both = Record::clone(record);
    for (name, member) in &only.members {
        both.members
            .entry(Arc::clone(name))
            .or_insert_with(|| member.clone());
    }
    Data::Object(Arc::new(both))
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

impl From<footbridge_traffic::Reply> for Replied {
    fn from(reply: footbridge_traffic::Reply) -> Self {
        let content_type = reply.headers.get(CONTENT_TYPE);
        Self {
            status: reply.status,
            content_type: content_type
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            headers: reply.headers,
            body: reply.body,
        }
    }
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
        let mut outgoing = self.outgoing()?;
        let writes = self.soap.http.writes;
        let marked = self.frame.mark(self.step, writes, &mut outgoing.headers)?;
        self.frame.trail.pass_on(&mut outgoing.headers);
        let documents = &self.frame.context.live.documents;
        if let Some(stored) = documents.stored(&self.soap.backend.name) {
            return Ok(Replied::from(stored.clone()));
        }
        if is_mock(&self.soap.backend) {
            return Ok(self.mocked(&outgoing));
        }
        let client = client(self.frame, &self.soap.backend)?;
        let deadline = Instant::now() + self.frame.context.left(self.soap.backend.timeout);
        let request = Request {
            headers: outgoing.headers,
            body: outgoing.body.into(),
            repeatable: !writes || marked,
            retries: self.soap.http.retry,
            caller: self.frame.credentials(),
            cookies: self.frame.cookies(&self.soap.backend),
            ..Request::new(Method::POST, Target::Address)
        };
        let reply = client.send(&request, deadline).await?;
        self.frame.saw_status(reply.status);
        Ok(Replied::from(reply))
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
        let envelope = Envelope {
            soap: self.soap,
            engine: self.engine,
            look: &self.look,
            operation: self.operation,
            scope: self.frame,
            zone: &self.step.zone,
            now: self.frame.context.time,
            mask: None,
        };
        envelope.write().map_err(|error| {
            let code = match &error {
                EnvelopeError::Evaluation(_)
                | EnvelopeError::Template(_)
                | EnvelopeError::Arguments(_)
                | EnvelopeError::Header { .. } => fault::BAD_ARGUMENTS,
                EnvelopeError::Unsupported(_) => fault::PROCESSING,
            };
            Failure::decided(code, error.to_string())
        })
    }
}

/// Whether a backend is its own example.
pub(super) fn is_mock(backend: &Backend) -> bool {
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
    let mut fault = match &quote {
        Some(_) => because(
            fault::BAD_REPLY,
            &message,
            Said {
                plain: message.clone(),
                all: error.to_string(),
            },
        ),
        None => because(fault::BAD_REPLY, &message, error),
    };
    fault.detail = quote.filter(|quote| !quote.is_empty()).map(Into::into);
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
        Said {
            plain: format!("SOAP fault {}", said.fault_code()),
            all: format!("{}: {}", said.fault_code(), said.message),
        },
    );
    if declared {
        fault = with_data(fault, detail.clone(), call.frame);
    }
    Failure::Open(Box::new(Trouble {
        codes: said.codes().map(Arc::from).collect(),
        status: Some(said.status),
        detail,
        message: Some(Arc::clone(&said.message)),
        of_caller: declared || !blames_service(&said.code),
        ..Trouble::new(fault)
    }))
}

/// Whether a code says that the message was good (SOAP 1.1 §4.4.1, SOAP 1.2 part 1 §5.4.6), or that the service could not even
/// read it. Codes of services' own are about what was asked.
fn blames_service(code: &str) -> bool {
    // `Server.userException`
    let class = code.split('.').next().unwrap_or(code);
    matches!(
        class,
        "Server" | "Receiver" | "VersionMismatch" | "MustUnderstand" | "DataEncodingUnknown"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_the_services_own_only_where_its_code_says_so() {
        for code in [
            "Server",
            "Server.userException",
            "Receiver",
            "MustUnderstand",
        ] {
            assert!(blames_service(code), "{code}");
        }
        for code in [
            "Client",
            "Client.Authentication",
            "Sender",
            "401",
            "BadLogin",
            "",
        ] {
            assert!(!blames_service(code), "{code}");
        }
    }
}

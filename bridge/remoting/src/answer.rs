//! One body of an answer, written straight into its bytes.
//!
//! ```text
//! classic   U16+"/1/onResult"  U16+"null"  U32 length  value (AMF0, or 11 and AMF3)
//! Flex      U16+"/1/onResult"  U16+"null"  U32 length  11 0a AcknowledgeMessage {…, body: value}
//! ```
//!
//! The body of an `AcknowledgeMessage` is its last sealed member, so that rows can be streamed into it and nothing
//! but the end follows. The small form, `DSK`, has its body first by its format.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use footbridge_amf::{Class, Sink, WriteError, amf0, amf3};

use crate::envelope::{Encoding, Envelope, FlexReply};
use crate::fault::Fault;
use crate::json;
use crate::packet::Version;
use crate::small;

/// One body of an answer that is being written. Dropping it takes everything back.
pub struct Answer {
    writer: Writer,
    /// Where the U32 length stands.
    length_at: usize,
    /// What is still open around the value.
    around: Around,
}

/// What an answer takes from clock and chance.
#[derive(Clone, Debug, PartialEq)]
pub struct Stamp {
    /// A fresh UUID in upper case: the `messageId` of the answer.
    pub message_id: String,
    /// A fresh UUID in upper case: the `clientId` for a client that has none yet.
    pub client_id: String,
    /// Now, in milliseconds since 1970-01-01T00:00Z.
    pub now: f64,
}

/// What an acknowledge says beside its body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TypedAcknowledge<'a> {
    /// The session's identifier, header `DSId`.
    pub ds_id: Option<&'a str>,
    /// Header `DSMessagingVersion` 1: this server reads and writes small messages.
    pub small_messages: bool,
    /// What a proxy was answered, headers `DSStatusCode`, `requestHeaders` and `responseHeaders`.
    pub upstream: Option<&'a Upstream>,
}

/// What a proxy was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upstream {
    /// The HTTP status.
    pub status: u16,
    /// The headers that were sent and that came, where the client wants to know them.
    pub headers: Option<UpstreamHeaders>,
}

/// Headers of a request and its answer, in their order; one name may stand several times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpstreamHeaders {
    /// Those that the client gave and that went on.
    pub request: Vec<(String, String)>,
    /// Those that came back.
    pub response: Vec<(String, String)>,
}

enum Writer {
    Amf0(amf0::Writer),
    Amf3(Box<amf3::Writer>),
    Json(json::Writer),
}

enum Around {
    /// A bare value.
    Nothing,
    /// An `AcknowledgeMessage` to be ended.
    Message,
    /// A `DSK`, whose other parts follow its body.
    Small(Box<small::Rest>),
}

impl Answer {
    /// Begins the answer to a call that went well: the sink then takes exactly one value. `limit` is the largest
    /// length of the whole body in bytes.
    ///
    /// # Errors
    /// Where not even the beginning fits the limit.
    pub fn begin(envelope: &Envelope, limit: usize, stamp: &Stamp) -> Result<Self, WriteError> {
        Self::acknowledge(envelope, TypedAcknowledge::default(), limit, stamp)
    }

    /// As [`begin`](Answer::begin), with headers of the acknowledge; a classic answer has none.
    ///
    /// # Errors
    /// Where not even the beginning fits the limit.
    pub fn acknowledge(
        envelope: &Envelope,
        acknowledge: TypedAcknowledge<'_>,
        limit: usize,
        stamp: &Stamp,
    ) -> Result<Self, WriteError> {
        let mut answer = Self::open(envelope, "/onResult", limit);
        let Some(reply) = &envelope.message else {
            return Ok(answer);
        };
        if reply.small
            && let Writer::Amf3(writer) = &mut answer.writer
        {
            let rest = small::begin(writer, reply, acknowledge, stamp)?;
            answer.around = Around::Small(Box::new(rest));
        } else {
            let sink = answer.sink();
            sink.begin_object(&ACKNOWLEDGE)?;
            write_reply(sink, reply, stamp)?;
            acknowledge.write(sink)?;
            answer.around = Around::Message;
        }
        Ok(answer)
    }

    /// Begins the body of debug events, which goes to `onDebugEvents` of whoever asked with this response URI; the sink then takes
    /// exactly one value.
    pub fn debug_events(version: Version, response: &str, limit: usize) -> Self {
        let envelope = Envelope::beside(response, version);
        Self::open(&envelope, "/onDebugEvents", limit)
    }

    /// A whole body that tells a fault: a status object to a classic call, an `ErrorMessage` to a Flex message.
    /// What does not fit `limit` or cannot be written is left out: first the fault's data, then its detail.
    pub fn fault(envelope: &Envelope, fault: &Fault, limit: usize, stamp: &Stamp) -> Vec<u8> {
        let mut fault = Cow::Borrowed(fault);
        if let Ok(body) = Self::try_fault(envelope, &fault, limit, stamp) {
            return body;
        }
        fault.to_mut().data = None;
        if let Ok(body) = Self::try_fault(envelope, &fault, limit, stamp) {
            return body;
        }
        fault.to_mut().detail = None;
        Self::try_fault(envelope, &fault, usize::MAX, stamp).expect(
            "texts, numbers and nulls can be written in both encodings, and there is no limit",
        )
    }

    /// Where the value's events go.
    pub fn sink(&mut self) -> &mut dyn Sink {
        match &mut self.writer {
            Writer::Amf0(writer) => writer,
            Writer::Amf3(writer) => writer.as_mut(),
            Writer::Json(writer) => writer,
        }
    }

    /// The whole body, its length written.
    ///
    /// # Errors
    /// Where the value is incomplete, or its end does not fit the limit.
    pub fn finish(mut self) -> Result<Vec<u8>, WriteError> {
        match std::mem::replace(&mut self.around, Around::Nothing) {
            Around::Nothing => {}
            Around::Message => self.sink().end()?,
            Around::Small(rest) => {
                if let Writer::Amf3(writer) = &mut self.writer {
                    rest.write(writer)?;
                }
            }
        }
        let mut body = match self.writer {
            Writer::Amf0(writer) => writer.finish()?,
            Writer::Amf3(writer) => writer.finish()?,
            // Nothing stands around it, not even a length.
            Writer::Json(writer) => return writer.finish(),
        };
        let start = self.length_at + 4;
        // A body over 4 GiB would need a limit over 4 GiB; no reader looks at lengths, so a saturated one is harmless.
        let length = u32::try_from(body.len() - start).unwrap_or(u32::MAX);
        body[self.length_at..start].copy_from_slice(&length.to_be_bytes());
        Ok(body)
    }

    fn open(envelope: &Envelope, outcome: &str, limit: usize) -> Self {
        if envelope.encoding == Encoding::Json {
            return Self {
                writer: Writer::Json(json::Writer::new(limit)),
                length_at: 0,
                around: Around::Nothing,
            };
        }
        let mut out = Vec::with_capacity(512.min(limit));
        // A URI as long as the format allows would not leave room for the outcome; clients write a few bytes.
        let longest = usize::from(u16::MAX) - outcome.len();
        let response = &envelope.response[..envelope.response.floor_char_boundary(longest)];
        write_utf8(&mut out, &[response, outcome]);
        write_utf8(&mut out, &["null"]);
        let length_at = out.len();
        out.extend_from_slice(&[0; 4]);
        let writer = match envelope.encoding {
            Encoding::Amf0 => Writer::Amf0(match envelope.wire.references {
                true => amf0::Writer::new(out, limit).with_references(),
                false => amf0::Writer::new(out, limit),
            }),
            Encoding::Json => Writer::Json(json::Writer::new(limit)),
            Encoding::Amf3 => {
                out.push(AVM_PLUS_MARKER);
                let writer = amf3::Writer::new(out, limit);
                let writer = match envelope.wire.integers {
                    true => writer,
                    false => writer.without_integers(),
                };
                // Senders of AMF0 packets drop a packet with an externalizable object (Ruffle).
                Writer::Amf3(Box::new(if envelope.version == Version::Amf3 {
                    writer
                } else {
                    writer.without_externals()
                }))
            }
        };
        Self {
            writer,
            length_at,
            around: Around::Nothing,
        }
    }

    fn try_fault(
        envelope: &Envelope,
        fault: &Fault,
        limit: usize,
        stamp: &Stamp,
    ) -> Result<Vec<u8>, WriteError> {
        let mut answer = Self::open(envelope, "/onStatus", limit);
        let sink = answer.sink();
        match &envelope.message {
            Some(reply) => write_error_message(sink, reply, fault, stamp)?,
            None if envelope.encoding == Encoding::Json => write_problem(sink, fault)?,
            None if envelope.wire.error_messages => {
                write_error_message(sink, &FlexReply::default(), fault, stamp)?;
            }
            None => write_status(sink, fault)?,
        }
        answer.finish()
    }
}

impl TypedAcknowledge<'_> {
    /// The headers of a message, as one value.
    pub(crate) fn write(self, sink: &mut dyn Sink) -> Result<(), WriteError> {
        sink.begin_object(&ANONYMOUS)?;
        if let Some(id) = self.ds_id {
            sink.member("DSId")?;
            sink.string(id)?;
        }
        if self.small_messages {
            sink.member("DSMessagingVersion")?;
            sink.number(1.0)?;
        }
        if let Some(upstream) = self.upstream {
            upstream.write(sink)?;
        }
        sink.end()
    }

    pub(crate) fn is_empty(self) -> bool {
        self.ds_id.is_none() && !self.small_messages && self.upstream.is_none()
    }
}

impl Upstream {
    fn write(&self, sink: &mut dyn Sink) -> Result<(), WriteError> {
        sink.member(STATUS)?;
        sink.int(i32::from(self.status))?;
        if let Some(headers) = &self.headers {
            sink.member("requestHeaders")?;
            write_headers(sink, &headers.request)?;
            sink.member("responseHeaders")?;
            write_headers(sink, &headers.response)?;
        }
        Ok(())
    }
}

/// Headers as clients of a proxy read them: a text for each name, a list of texts where it stands several times.
fn write_headers(sink: &mut dyn Sink, headers: &[(String, String)]) -> Result<(), WriteError> {
    sink.begin_object(&ANONYMOUS)?;
    for (at, (name, value)) in headers.iter().enumerate() {
        let same = |(other, _): &&(String, String)| other.eq_ignore_ascii_case(name);
        if headers.iter().take(at).any(|header| same(&header)) {
            continue;
        }
        sink.member(name)?;
        let values: Vec<_> = headers.iter().filter(same).collect();
        if let [_] = values.as_slice() {
            sink.string(value)?;
            continue;
        }
        sink.begin_array()?;
        for (_, value) in values {
            sink.string(value)?;
        }
        sink.end()?;
    }
    sink.end()
}

/// The members of every message before its `body`, in the order of [`MESSAGE`], headers left to the caller.
fn write_reply(sink: &mut dyn Sink, reply: &FlexReply, stamp: &Stamp) -> Result<(), WriteError> {
    sink.string(&stamp.message_id)?;
    sink.string(reply.client_id.as_ref().unwrap_or(&stamp.client_id))?;
    write_text(sink, reply.correlation.as_deref())?;
    sink.string(&reply.destination)?;
    sink.number(stamp.now)?;
    sink.number(0.0)
}

fn write_error_message(
    sink: &mut dyn Sink,
    reply: &FlexReply,
    fault: &Fault,
    stamp: &Stamp,
) -> Result<(), WriteError> {
    sink.begin_object(&ERROR)?;
    write_reply(sink, reply, stamp)?;
    sink.begin_object(&ANONYMOUS)?;
    sink.member(CORRELATION)?;
    sink.string(&fault.correlation)?;
    if let Some(status) = fault.upstream {
        sink.member(STATUS)?;
        sink.int(i32::from(status))?;
    }
    sink.end()?;
    sink.null()?;
    sink.string(&fault.code)?;
    sink.string(&fault.message)?;
    write_text(sink, fault.detail.as_deref())?;
    sink.null()?;
    match &fault.data {
        Some(data) => data.emit(sink)?,
        None => sink.null()?,
    }
    sink.end()
}

/// The status object of Flash Remoting, as ActionScript 2's `mx.rpc.Fault` reads it.
fn write_status(sink: &mut dyn Sink, fault: &Fault) -> Result<(), WriteError> {
    sink.begin_object(&ANONYMOUS)?;
    let texts = [
        ("code", fault.code.as_ref()),
        ("level", "error"),
        ("description", fault.message.as_str()),
        ("details", fault.detail.as_deref().unwrap_or_default()),
        ("type", fault.code.as_ref()),
        ("class", fault.code.as_ref()),
        (CORRELATION, fault.correlation.as_ref()),
    ];
    for (name, text) in texts {
        sink.member(name)?;
        sink.string(text)?;
    }
    if let Some(data) = &fault.data {
        sink.member("extendedData")?;
        data.emit(sink)?;
    }
    sink.end()
}

/// Problem details (RFC 9457), with the members that the other faults have.
fn write_problem(sink: &mut dyn Sink, fault: &Fault) -> Result<(), WriteError> {
    sink.begin_object(&ANONYMOUS)?;
    let kind = format!("urn:footbridge:fault:{}", fault.code);
    let members = [
        ("type", kind.as_str()),
        ("title", fault.message.as_str()),
        ("code", fault.code.as_ref()),
        (CORRELATION, fault.correlation.as_ref()),
    ];
    for (name, text) in members {
        sink.member(name)?;
        sink.string(text)?;
    }
    sink.member("status")?;
    sink.int(i32::from(fault.status()))?;
    if let Some(detail) = &fault.detail {
        sink.member("detail")?;
        sink.string(detail)?;
    }
    if let Some(data) = &fault.data {
        sink.member("data")?;
        data.emit(sink)?;
    }
    sink.end()
}

fn write_text(sink: &mut dyn Sink, text: Option<&str>) -> Result<(), WriteError> {
    match text {
        Some(text) => sink.string(text),
        None => sink.null(),
    }
}

/// U16 length and bytes; the parts together are no longer than 65,535 bytes.
pub(crate) fn write_utf8(out: &mut Vec<u8>, parts: &[&str]) {
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    let length = u16::try_from(length)
        .expect("names and URIs are cut to 65,535 bytes before they are written");
    out.extend_from_slice(&length.to_be_bytes());
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
}

/// AMF0: one AMF3 value follows.
pub(crate) const AVM_PLUS_MARKER: u8 = 0x11;

/// The member (of status objects) and header (of `ErrorMessage`s) that names the call as the log does.
const CORRELATION: &str = "correlation";

/// The header that tells the status of what a proxy asked.
const STATUS: &str = "DSStatusCode";

const MESSAGE: [&str; 8] = [
    "messageId",
    "clientId",
    "correlationId",
    "destination",
    "timestamp",
    "timeToLive",
    "headers",
    "body",
];

const FAULT: [&str; 5] = [
    "faultCode",
    "faultString",
    "faultDetail",
    "rootCause",
    "extendedData",
];

static ACKNOWLEDGE: LazyLock<Arc<Class>> =
    LazyLock::new(|| sealed("flex.messaging.messages.AcknowledgeMessage", &MESSAGE));

static ERROR: LazyLock<Arc<Class>> = LazyLock::new(|| {
    sealed(
        "flex.messaging.messages.ErrorMessage",
        &[MESSAGE.as_slice(), &FAULT].concat(),
    )
});

static ANONYMOUS: LazyLock<Arc<Class>> = LazyLock::new(|| Arc::new(Class::anonymous()));

fn sealed(alias: &str, names: &[&str]) -> Arc<Class> {
    let sealed = names.iter().copied().map(str::to_owned).collect();
    Arc::new(Class {
        alias: alias.to_owned(),
        sealed,
        dynamic: false,
    })
}

//! Requests as Flash Player writes them, and the answers to them: for tools that call a gateway.

use std::sync::Arc;

use footbridge_amf::{Class, Graph, Sink, Value, WriteError, amf0, amf3};

use crate::answer::{AVM_PLUS_MARKER, write_utf8};
use crate::envelope::Encoding;
use crate::packet::Body;

/// A call to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'c, 'a> {
    /// What the arguments' nodes live in.
    pub graph: &'c Graph<'a>,
    /// The arguments in order.
    pub arguments: &'c [Value<'a>],
    /// How the call is addressed.
    pub target: Target<'c>,
}

/// How a call is addressed.
#[derive(Clone, Copy, Debug)]
pub enum Target<'c> {
    /// `service.operation` of a classic call.
    Classic(&'c str),
    /// A `RemotingMessage`.
    Remoting(Addressed<'c>),
    /// A `CommandMessage` with this number (5 is a ping) and no body.
    Command(u32, Addressed<'c>),
    /// The `CommandMessage` of a login; the text is the base64 of `user:password`.
    Login(&'c str, Addressed<'c>),
}

/// User and password of the header `Credentials`, which Flash Player sends with every call of a connection after
/// `setCredentials`.
#[derive(Clone, Copy)]
pub struct Credentials<'c> {
    /// The member `userid`.
    pub user: &'c str,
    /// The member `password`.
    pub password: &'c str,
}

impl std::fmt::Debug for Credentials<'_> {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// The address and the identifiers of a Flex message.
#[derive(Clone, Copy, Debug, Default)]
pub struct Addressed<'c> {
    /// The Flex destination.
    pub destination: &'c str,
    /// The service behind it, if the message is to name it.
    pub source: Option<&'c str>,
    /// The operation of a `RemotingMessage`.
    pub operation: &'c str,
    /// A fresh UUID in upper case.
    pub message_id: &'c str,
    /// The session's identifier, as an earlier answer gave it; `nil` is sent without one.
    pub ds_id: Option<&'c str>,
    /// Whether the message announces that small messages are read.
    pub small_messages: bool,
}

/// What an answer says about its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// `/onResult`.
    Result,
    /// `/onStatus`.
    Status,
    /// Something else, e.g. `/onDebugEvents`.
    Other,
}

/// Writes a request packet, its response URIs counting from `/1`. In AMF3 each argument with an identity gets its own
/// AVM+ value and scalars stay AMF0, as Flash Player does it.
///
/// # Errors
/// Where the packet would be longer than `limit` bytes, an argument cannot be written, or there are over 65,535 calls.
pub fn request(
    encoding: Encoding,
    calls: &[Outgoing<'_, '_>],
    limit: usize,
) -> Result<Vec<u8>, WriteError> {
    request_as(encoding, None, calls, limit)
}

/// Writes a request packet as [`request`] does, with a header `Credentials` where there are some.
///
/// # Errors
/// Those of [`request`].
pub fn request_as(
    encoding: Encoding,
    credentials: Option<Credentials<'_>>,
    calls: &[Outgoing<'_, '_>],
    limit: usize,
) -> Result<Vec<u8>, WriteError> {
    let count =
        u16::try_from(calls.len()).map_err(|_| WriteError::OutOfOrder("more than 65,535 calls"))?;
    let version: u16 = match encoding {
        // JSON travels without packets.
        Encoding::Amf0 | Encoding::Json => 0,
        Encoding::Amf3 => 3,
    };
    let mut out = Vec::new();
    out.extend_from_slice(&version.to_be_bytes());
    out.extend_from_slice(&u16::from(credentials.is_some()).to_be_bytes());
    if let Some(credentials) = credentials {
        out = write_credentials(out, credentials, limit)?;
    }
    out.extend_from_slice(&count.to_be_bytes());
    for (number, call) in (1..).zip(calls) {
        out = write_call(out, encoding, number, call, limit)?;
    }
    Ok(out)
}

/// Divides the target of an answer's body into the response URI and what it says.
pub fn outcome<'b>(body: &'b Body<'_>) -> (&'b str, Outcome) {
    match body.target.rsplit_once('/') {
        Some((uri, "onResult")) => (uri, Outcome::Result),
        Some((uri, "onStatus")) => (uri, Outcome::Status),
        Some((uri, _)) => (uri, Outcome::Other),
        None => (&body.target, Outcome::Other),
    }
}

fn write_call(
    mut out: Vec<u8>,
    encoding: Encoding,
    number: u32,
    call: &Outgoing<'_, '_>,
    limit: usize,
) -> Result<Vec<u8>, WriteError> {
    let target = match call.target {
        Target::Classic(target) => target,
        Target::Remoting(_) | Target::Command(..) | Target::Login(..) => "null",
    };
    if target.len() > usize::from(u16::MAX) {
        return Err(WriteError::Unrepresentable {
            what: "a target over 65,535 bytes".to_owned(),
            encoding: "AMF0",
        });
    }
    write_utf8(&mut out, &[target]);
    write_utf8(&mut out, &["/", &number.to_string()]);
    let length_at = out.len();
    out.extend_from_slice(&[0; 4]);
    out = match call.target {
        Target::Classic(_) => write_arguments(out, encoding, call, limit)?,
        Target::Remoting(address) => write_message(out, encoding, limit, |sink| {
            write_remoting(sink, call, address)
        })?,
        Target::Command(operation, address) => write_message(out, encoding, limit, |sink| {
            write_command(sink, operation, address, None)
        })?,
        Target::Login(credentials, address) => write_message(out, encoding, limit, |sink| {
            write_command(sink, LOGIN, address, Some(credentials))
        })?,
    };
    let length = u32::try_from(out.len() - length_at - 4).unwrap_or(u32::MAX);
    out[length_at..length_at + 4].copy_from_slice(&length.to_be_bytes());
    Ok(out)
}

/// One header: its name, that nobody must understand it, its length, and an object in AMF0.
fn write_credentials(
    mut out: Vec<u8>,
    credentials: Credentials<'_>,
    limit: usize,
) -> Result<Vec<u8>, WriteError> {
    write_utf8(&mut out, &["Credentials"]);
    out.push(0);
    let length_at = out.len();
    out.extend_from_slice(&[0; 4]);
    let mut writer = amf0::Writer::new(out, limit);
    writer.begin_object(&Arc::new(Class::anonymous()))?;
    writer.member("userid")?;
    writer.string(credentials.user)?;
    writer.member("password")?;
    writer.string(credentials.password)?;
    writer.end()?;
    let mut out = writer.finish()?;
    let length = u32::try_from(out.len() - length_at - 4).unwrap_or(u32::MAX);
    out[length_at..length_at + 4].copy_from_slice(&length.to_be_bytes());
    Ok(out)
}

fn write_arguments(
    mut out: Vec<u8>,
    encoding: Encoding,
    call: &Outgoing<'_, '_>,
    limit: usize,
) -> Result<Vec<u8>, WriteError> {
    out.push(STRICT_ARRAY_MARKER);
    let count = u32::try_from(call.arguments.len()).map_err(|_| WriteError::TooLarge { limit })?;
    out.extend_from_slice(&count.to_be_bytes());
    for argument in call.arguments {
        out = if encoding == Encoding::Amf3 && matches!(argument, Value::Node(_)) {
            out.push(AVM_PLUS_MARKER);
            let mut writer = amf3::Writer::new(out, limit);
            writer.graph(call.graph, argument)?;
            writer.finish()?
        } else {
            let mut writer = amf0::Writer::new(out, limit);
            writer.graph(call.graph, argument)?;
            writer.finish()?
        };
    }
    Ok(out)
}

/// A message is the only argument.
fn write_message(
    mut out: Vec<u8>,
    encoding: Encoding,
    limit: usize,
    write: impl FnOnce(&mut dyn Sink) -> Result<(), WriteError>,
) -> Result<Vec<u8>, WriteError> {
    out.push(STRICT_ARRAY_MARKER);
    out.extend_from_slice(&1_u32.to_be_bytes());
    match encoding {
        Encoding::Amf0 | Encoding::Json => {
            let mut writer = amf0::Writer::new(out, limit);
            write(&mut writer)?;
            writer.finish()
        }
        Encoding::Amf3 => {
            out.push(AVM_PLUS_MARKER);
            let mut writer = amf3::Writer::new(out, limit);
            write(&mut writer)?;
            writer.finish()
        }
    }
}

fn write_remoting(
    sink: &mut dyn Sink,
    call: &Outgoing<'_, '_>,
    address: Addressed<'_>,
) -> Result<(), WriteError> {
    let own = ["source", "operation", "body"];
    begin_message(
        sink,
        "flex.messaging.messages.RemotingMessage",
        &own,
        address,
    )?;
    match address.source {
        Some(source) => sink.string(source)?,
        None => sink.null()?,
    }
    sink.string(address.operation)?;
    sink.begin_array()?;
    for argument in call.arguments {
        sink.graph(call.graph, argument)?;
    }
    sink.end()?;
    sink.end()
}

fn write_command(
    sink: &mut dyn Sink,
    operation: u32,
    address: Addressed<'_>,
    body: Option<&str>,
) -> Result<(), WriteError> {
    let own = ["correlationId", "operation", "body"];
    begin_message(
        sink,
        "flex.messaging.messages.CommandMessage",
        &own,
        address,
    )?;
    sink.string("")?;
    match i32::try_from(operation) {
        Ok(number) => sink.int(number)?,
        Err(_) => sink.number(f64::from(operation))?,
    }
    match body {
        Some(text) => sink.string(text)?,
        None => {
            sink.begin_object(&Arc::new(Class::anonymous()))?;
            sink.end()?;
        }
    }
    sink.end()
}

fn begin_message(
    sink: &mut dyn Sink,
    alias: &str,
    own: &[&str],
    address: Addressed<'_>,
) -> Result<(), WriteError> {
    let names = [
        "messageId",
        "clientId",
        "destination",
        "timestamp",
        "timeToLive",
        "headers",
    ];
    let sealed = names
        .iter()
        .chain(own)
        .copied()
        .map(str::to_owned)
        .collect();
    sink.begin_object(&Arc::new(Class {
        alias: alias.to_owned(),
        sealed,
        dynamic: false,
    }))?;
    sink.string(address.message_id)?;
    sink.null()?;
    sink.string(address.destination)?;
    sink.number(0.0)?;
    sink.number(0.0)?;
    sink.begin_object(&Arc::new(Class::anonymous()))?;
    sink.member("DSId")?;
    sink.string(address.ds_id.unwrap_or("nil"))?;
    if address.small_messages {
        sink.member("DSMessagingVersion")?;
        sink.number(1.0)?;
    }
    sink.end()
}

const STRICT_ARRAY_MARKER: u8 = 0x0a;

/// The `operation` of a login.
const LOGIN: u32 = 8;

#[cfg(test)]
mod tests {
    use footbridge_amf::Limits;

    use super::*;
    use crate::packet::Packet;

    #[test]
    fn credentials_stand_in_a_header() {
        let credentials = Credentials {
            user: "ann",
            password: "secret",
        };
        let bytes = request_as(Encoding::Amf0, Some(credentials), &[], 1_000).unwrap();
        let packet = Packet::read(&bytes, &Limits::default()).unwrap();
        let header = packet.header("credentials").unwrap();
        let text = |name| header.graph.member(&header.value, name).cloned();
        assert_eq!(text("userid"), Some(Value::String("ann".into())));
        assert_eq!(text("password"), Some(Value::String("secret".into())));
        assert_eq!((packet.trailing, packet.bodies.len()), (0, 0));
    }

    #[test]
    fn a_login_carries_its_credentials_as_text() {
        let graph = Graph::new();
        let target = Target::Login("YW5uOnNlY3JldA==", Addressed::default());
        let login = Outgoing {
            graph: &graph,
            arguments: &[],
            target,
        };
        let bytes = request(Encoding::Amf3, &[login], 1_000).unwrap();
        let packet = Packet::read(&bytes, &Limits::default()).unwrap();
        let [body] = &packet.bodies[..] else {
            panic!("one body: {packet:?}")
        };
        let items = body.graph.list(&body.content).unwrap();
        let text = body.graph.member(&items[0], "body");
        assert_eq!(text, Some(&Value::String("YW5uOnNlY3JldA==".into())));
    }
}

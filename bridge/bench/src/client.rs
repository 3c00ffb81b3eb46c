//! Calls over HTTP: one kept connection, one request at a time, no more work than reading the answer.

use anyhow::{Result, bail, ensure};
use footbridge_amf::{Graph, Limits, Node, Value};
use footbridge_remoting::outgoing::{self, Outgoing, Target};
use footbridge_remoting::{Encoding, Packet};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A kept connection to a gateway.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// What the system says.
    pub async fn connect(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(1 << 16),
        })
    }

    /// Posts a packet; gives the body of the answer.
    ///
    /// # Errors
    /// Anything but a whole answer of status 200.
    pub async fn post(&mut self, packet: &[u8]) -> Result<&[u8]> {
        let mut request = format!(
            "POST /gateway HTTP/1.1\r\nhost: bench\r\ncontent-type: application/x-amf\r\ncontent-length: {}\r\n\r\n",
            packet.len()
        )
        .into_bytes();
        request.extend_from_slice(packet);
        self.stream.write_all(&request).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let text = std::str::from_utf8(&self.buffer[..head])?.to_ascii_lowercase();
        ensure!(text.starts_with("http/1.1 200"), "{text}");
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .map(|length| length.trim().parse::<usize>())
            .transpose()?;
        let Some(length) = length else {
            bail!("no content-length in {text}");
        };
        while self.buffer.len() < head + length {
            self.more().await?;
        }
        Ok(&self.buffer[head..head + length])
    }

    async fn more(&mut self) -> Result<()> {
        let read = self.stream.read_buf(&mut self.buffer).await?;
        ensure!(read > 0, "the connection was closed");
        Ok(())
    }
}

/// A packet of version 3 with one classic call.
///
/// # Errors
/// Never; a packet so small can be written.
pub fn call(target: &str, argument: Option<u32>) -> Result<Vec<u8>> {
    let graph = Graph::new();
    let arguments: Vec<Value<'_>> = argument
        .map(|number| Value::Number(f64::from(number)))
        .into_iter()
        .collect();
    let outgoing = Outgoing {
        graph: &graph,
        arguments: &arguments,
        target: Target::Classic(target),
    };
    Ok(outgoing::request(Encoding::Amf3, &[outgoing], 1 << 16)?)
}

/// Looks at the value of an answer.
///
/// # Errors
/// What is no answer to one call, or a fault.
pub fn answer<T>(
    bytes: &[u8],
    look: impl FnOnce(&Graph<'_>, &Value<'_>) -> Result<T>,
) -> Result<T> {
    let limits = Limits {
        values: usize::MAX,
        bytes: usize::MAX,
        references: usize::MAX,
        ..Limits::default()
    };
    let packet = Packet::read(bytes, &limits)?;
    let [body] = packet.bodies.as_slice() else {
        bail!(
            "an answer of {} bodies, {:?}",
            packet.bodies.len(),
            packet.unreadable
        );
    };
    ensure!(
        body.target.ends_with("/onResult"),
        "{}: {:?} {:?}",
        body.target,
        body.content,
        body.graph
    );
    look(&body.graph, &body.content)
}

/// The members of a row as texts, in order.
///
/// # Errors
/// What is no object of scalars and dates.
pub fn texts(graph: &Graph<'_>, value: &Value<'_>) -> Result<Vec<String>> {
    let Value::Node(id) = value else {
        bail!("a row is {value:?}");
    };
    let Node::Object(object) = graph.node(*id) else {
        bail!("a row is {:?}", graph.node(*id));
    };
    object
        .values
        .iter()
        .map(|value| text(graph, value))
        .collect()
}

fn text(graph: &Graph<'_>, value: &Value<'_>) -> Result<String> {
    Ok(match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(value) => value.to_string(),
        Value::Undefined => bail!("a member is undefined"),
        Value::Node(id) => match graph.node(*id) {
            Node::Date(millis) => millis.to_string(),
            other => bail!("a member is {other:?}"),
        },
    })
}

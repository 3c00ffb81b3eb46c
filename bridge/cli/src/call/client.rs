//! A client of a gateway: one packet there, one packet back.

use std::time::Duration;

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use footbridge_amf::{Graph, Limits, Value};
use footbridge_remoting::outgoing::{self, Addressed, Outgoing, Target};
use footbridge_remoting::{Encoding, Packet};
use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderName, HeaderValue};
use reqwest::{StatusCode, Url};

use super::cookies::Cookies;

/// A gateway, and how it is spoken to.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    url: Url,
    pub(crate) cookies: Cookies,
    manner: Manner,
}

/// How calls are written and sent.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    pub(crate) encoding: Encoding,
    /// Flex messages in place of classic calls.
    pub(crate) flex: Option<Flex>,
    pub(crate) credentials: Option<Credentials>,
    /// Further HTTP headers.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) timeout: Duration,
}

/// How Flex messages are addressed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flex {
    /// In place of the service's name.
    pub(crate) destination: Option<String>,
    /// The `source` of the message.
    pub(crate) source: Option<String>,
}

/// User and password.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: String,
}

impl std::fmt::Debug for Credentials {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// A call: where it goes and what it brings.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Everything before the last dot.
    pub(crate) service: String,
    /// What stands behind it.
    pub(crate) operation: String,
    pub(crate) graph: Graph<'static>,
    pub(crate) arguments: Vec<Value<'static>>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The whole answer packet, for those who want to see it.
    pub(crate) packet: Vec<u8>,
    /// Whether the call failed.
    pub(crate) is_fault: bool,
    pub(crate) graph: Graph<'static>,
    /// The value, without the Flex message around it; of a fault the status object or the error message.
    pub(crate) value: Value<'static>,
}

impl Client {
    pub(crate) fn new(url: Url, manner: Manner, cookies: Cookies) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("footbridge/", env!("CARGO_PKG_VERSION")))
            .timeout(manner.timeout)
            .build()
            .context("cannot make an HTTP client")?;
        Ok(Self {
            http,
            url,
            cookies,
            manner,
        })
    }

    /// Sends one call and reads its answer.
    pub(crate) async fn call(&mut self, call: &Call) -> anyhow::Result<Reply> {
        let target = format!("{}.{}", call.service, call.operation);
        let message_id = uuid::Uuid::new_v4().to_string().to_uppercase();
        let target = match &self.manner.flex {
            None => Target::Classic(&target),
            Some(flex) => Target::Remoting(Addressed {
                destination: flex.destination.as_deref().unwrap_or(&call.service),
                source: flex
                    .source
                    .as_deref()
                    .or_else(|| flex.destination.as_deref().map(|_| call.service.as_str())),
                operation: &call.operation,
                message_id: &message_id,
                ds_id: None,
                small_messages: false,
            }),
        };
        let outgoing = Outgoing {
            graph: &call.graph,
            arguments: &call.arguments,
            target,
        };
        // Classic clients send them with every call, Flex clients log in once.
        let credentials = self
            .manner
            .credentials
            .as_ref()
            .filter(|_| self.manner.flex.is_none());
        let credentials = credentials
            .map(|Credentials { user, password }| outgoing::Credentials { user, password });
        let packet = outgoing::request_as(
            self.manner.encoding,
            credentials,
            &[outgoing],
            LARGEST_REQUEST,
        )
        .context("the call cannot be written")?;
        let packet = self.post(packet).await?;
        self.reply(packet)
    }

    /// Logs in by a `CommandMessage`, as Flex clients do before their calls; `None` where there is nothing to log in.
    pub(crate) async fn log_in(&mut self) -> anyhow::Result<Option<Reply>> {
        let (Some(credentials), Some(_)) = (&self.manner.credentials, &self.manner.flex) else {
            return Ok(None);
        };
        let text = STANDARD.encode(format!("{}:{}", credentials.user, credentials.password));
        let message_id = uuid::Uuid::new_v4().to_string().to_uppercase();
        let address = Addressed {
            message_id: &message_id,
            ..Addressed::default()
        };
        let graph = Graph::new();
        let outgoing = Outgoing {
            graph: &graph,
            arguments: &[],
            target: Target::Login(&text, address),
        };
        let packet = outgoing::request(self.manner.encoding, &[outgoing], LARGEST_REQUEST)
            .context("the login cannot be written")?;
        let packet = self.post(packet).await?;
        Ok(Some(self.reply(packet)?))
    }

    /// Posts a packet and returns the answer's bytes.
    async fn post(&mut self, packet: Vec<u8>) -> anyhow::Result<Vec<u8>> {
        let mut request = self
            .http
            .post(self.url.clone())
            .header(CONTENT_TYPE, AMF)
            .body(packet);
        for (name, value) in &self.manner.headers {
            request = request.header(name, value);
        }
        if let Some(cookies) = self.cookies.header(&self.url) {
            request = request.header(COOKIE, cookies);
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => bail!(
                "nobody answers at {}; is the gateway running there?",
                self.url
            ),
            Err(error) if error.is_timeout() => {
                bail!(
                    "{} did not answer within {:?}; --timeout waits longer",
                    self.url,
                    self.manner.timeout
                )
            }
            Err(error) => return Err(error).with_context(|| format!("cannot call {}", self.url)),
        };
        self.cookies.take(&self.url, response.headers());
        let status = response.status();
        let kind = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let body = response
            .bytes()
            .await
            .with_context(|| format!("the answer of {} broke off", self.url))?;
        if status != StatusCode::OK || !kind.starts_with(AMF) {
            let start: String = String::from_utf8_lossy(&body).chars().take(300).collect();
            bail!(
                "{} answers {status} with `{kind}`, not with AMF: {}",
                self.url,
                start.trim()
            );
        }
        Ok(body.into())
    }

    /// Finds the answer in a packet.
    fn reply(&self, bytes: Vec<u8>) -> anyhow::Result<Reply> {
        let packet = Packet::read(&bytes, &LIMITS)
            .with_context(|| format!("the answer of {} is no packet", self.url))?;
        if let Some(unreadable) = packet.first_unreadable() {
            bail!(
                "the answer of {} cannot be read: {}",
                self.url,
                unreadable.error
            );
        }
        let answer = packet
            .bodies
            .into_iter()
            .find(|body| outgoing::outcome(body).1 != outgoing::Outcome::Other);
        let Some(answer) = answer else {
            bail!("the answer of {} has no body for the call", self.url)
        };
        let is_fault = outgoing::outcome(&answer).1 == outgoing::Outcome::Status;
        let graph = answer.graph.into_owned();
        let content = answer.content.into_owned();
        let value = match &self.manner.flex {
            Some(_) if !is_fault => graph.member(&content, "body").cloned().unwrap_or(content),
            Some(_) | None => content,
        };
        Ok(Reply {
            packet: bytes,
            is_fault,
            graph,
            value,
        })
    }
}

const AMF: &str = "application/x-amf";

/// More than any gateway takes.
const LARGEST_REQUEST: usize = 256 << 20;

/// Answers are read from a gateway that somebody chose to call; more than this is no answer for a terminal.
pub(super) const LIMITS: Limits = Limits {
    depth: 256,
    values: 20_000_000,
    bytes: 512 << 20,
    references: 20_000_000,
};

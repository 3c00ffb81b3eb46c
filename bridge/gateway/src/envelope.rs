//! The request of a `soap` step: its envelope and its HTTP headers, exactly as they go out.

use std::sync::Arc;

use axum::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use footbridge_mapping::data::{Data, Record, convert, outward};
use footbridge_mapping::expression::{EvaluationError, Scope};
use footbridge_mapping::model::{Auth, Backend, HttpStep, Message, SoapStep};
use footbridge_mapping::template::TemplateError;
use footbridge_mapping::tree;
use footbridge_soap::model::Operation;
use footbridge_soap::security::{self, Stamp, TokenSwitches};
use footbridge_soap::write::{self, Arguments, Mtom, Nulls, Request, Settings, WriteError};
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::documents::{Look, SoapEngine};

/// Bytes from this length on travel beside the envelope, where `mtom` is on.
const MTOM_FROM: usize = 1024;

/// What an envelope is made of.
pub struct Envelope<'e> {
    /// The step.
    pub soap: &'e SoapStep,
    /// The WSDL.
    pub engine: &'e SoapEngine,
    /// How its types look to the step's service.
    pub look: &'e Look,
    /// The operation.
    pub operation: &'e Operation,
    /// Arguments, steps and roots.
    pub scope: &'e dyn Scope,
    /// The zone of days and times.
    pub zone: &'e TimeZone,
    /// Now, in milliseconds since 1970.
    pub now: f64,
    /// This in place of passwords, for whoever looks at it.
    pub mask: Option<&'e str>,
}

/// A request as it goes out, without what the backend's `headers` and `auth` add.
#[derive(Debug)]
pub struct Outgoing {
    /// Its headers.
    pub headers: HeaderMap,
    /// The envelope, or the parts around it.
    pub body: Vec<u8>,
}

/// Why there is no request. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// An expression cannot be evaluated on what the caller sent.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// A template cannot be filled in with what the caller sent.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// Arguments that the schema does not allow, with the path of the first one. The caller is at fault.
    #[error(transparent)]
    Arguments(#[from] WriteError),
    /// A value that cannot stand in a header. The caller is at fault.
    #[error("the header `{name}` cannot have this value: {reason}")]
    Header {
        /// Its name.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// The backend wants what this gateway cannot do. The mapping is at fault.
    #[error("{0}")]
    Unsupported(String),
}

impl Envelope<'_> {
    /// Writes it.
    ///
    /// # Errors
    /// [`EnvelopeError`].
    pub fn write(&self) -> Result<Outgoing, EnvelopeError> {
        let soap = self.soap;
        let types = &soap.http.scope;
        let mut raw = None;
        let body = match &soap.message {
            Message::Template(template) => {
                raw = Some(template.render(self.scope)?);
                Data::Null
            }
            Message::Tree(tree) => outward(&tree::evaluate(tree, self.scope)?, types),
            // The compiler says which arguments go where.
            Message::Arguments => Data::Object(Arc::default()),
        };
        let blocks = self.blocks()?;
        let stamped = Stamped::new(self.is_stamped());
        let stamp = stamped.stamp(self.now);
        let security = self.security(&stamp);
        let boundary =
            (self.engine.mtom()).then(|| format!("footbridge-{}", Uuid::new_v4().simple()));
        let arguments = Arguments {
            body: &body,
            headers: &blocks,
            blocks: &security,
            raw: raw.as_deref(),
        };
        let settings = Settings {
            zone: self.zone,
            aliases: &self.look.aliases,
            // Classes of clients send all their fields, and a null there means that nothing was given.
            nulls: Nulls::Absent,
            mtom: boundary.as_deref().map(|boundary| Mtom {
                threshold: MTOM_FROM,
                boundary,
            }),
        };
        let written = write::write(
            self.engine.model(),
            self.engine.port(),
            self.operation,
            &arguments,
            &settings,
        )?;
        let written = self.signed(written, &stamp)?;
        let mut headers = headers(&soap.http, self.scope)?;
        headers.insert(CONTENT_TYPE, value("Content-Type", &written.content_type)?);
        if let Some(action) = &written.action {
            headers.insert(
                HeaderName::from_static("soapaction"),
                value("SOAPAction", action)?,
            );
        }
        Ok(Outgoing {
            headers,
            body: written.body,
        })
    }

    /// Header blocks by part; one whose values are all null is left out.
    fn blocks(&self) -> Result<Data, EnvelopeError> {
        let mut blocks = Record::default();
        for (part, tree) in &self.soap.blocks {
            let block = tree::evaluate(tree, self.scope)?;
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
    fn security(&self, stamp: &Stamp<'_>) -> Vec<String> {
        let mut blocks = Vec::new();
        let version = self.engine.port().version;
        for auth in self.auth() {
            if let Auth::UsernameToken(token) = auth {
                let switches = TokenSwitches {
                    digest: token.digest && self.mask.is_none(),
                    nonce: token.nonce,
                    created: token.created,
                    timestamp: token
                        .timestamp
                        .map(|time| u32::try_from(time.as_secs()).unwrap_or(u32::MAX)),
                    ..TokenSwitches::TEXT
                };
                let password = self.mask.unwrap_or(&token.password);
                blocks.push(security::username_token(
                    version,
                    &token.user,
                    password,
                    &switches,
                    stamp,
                ));
            }
        }
        if let Some(action) = &self.operation.addressing_action {
            let to = address(&self.soap.backend, self.engine);
            blocks.extend(security::addressing(version, action, to, stamp));
        }
        blocks
    }

    /// Whether anything in the request makes it different from all others.
    fn is_stamped(&self) -> bool {
        let by_auth = |auth: &Auth| match auth {
            Auth::UsernameToken(_) | Auth::Signature { .. } => true,
            Auth::Basic { .. }
            | Auth::Digest { .. }
            | Auth::Bearer(_)
            | Auth::Key { .. }
            | Auth::OAuth2(_)
            | Auth::Certificate { .. }
            | Auth::Caller => false,
        };
        self.operation.addressing_action.is_some() || self.auth().any(by_auth)
    }

    fn auth(&self) -> impl Iterator<Item = &Auth> {
        let http = self.soap.backend.http();
        http.into_iter().flat_map(|http| &http.traffic.auth)
    }

    #[cfg(feature = "x509")]
    fn signed(&self, written: Request, stamp: &Stamp<'_>) -> Result<Request, EnvelopeError> {
        use footbridge_soap::signature::{SignSwitches, Signer};

        let mut written = written;
        for auth in self.auth() {
            if let Auth::Signature { file, private_key } = auth {
                let wrong = |error: &dyn std::fmt::Display| {
                    EnvelopeError::Unsupported(format!("the request cannot be signed: {error}"))
                };
                let certificate = self
                    .engine
                    .certificate(file)
                    .map_err(|error| wrong(&error))?;
                let signer =
                    Signer::new(&certificate, private_key).map_err(|error| wrong(&error))?;
                written = signer
                    .sign(
                        written,
                        self.engine.port().version,
                        &SignSwitches::default(),
                        stamp,
                    )
                    .map_err(|error| wrong(&error))?;
            }
        }
        Ok(written)
    }

    #[cfg(not(feature = "x509"))]
    fn signed(&self, written: Request, _: &Stamp<'_>) -> Result<Request, EnvelopeError> {
        if self
            .auth()
            .any(|auth| matches!(auth, Auth::Signature { .. }))
        {
            return Err(EnvelopeError::Unsupported(
                "`auth: signature` needs a gateway that was built with the feature x509".to_owned(),
            ));
        }
        Ok(written)
    }
}

/// What makes one request different from all others.
#[derive(Default)]
struct Stamped {
    nonce: Uuid,
    message_id: String,
}

impl Stamped {
    /// Most requests have no place for it, and chance has to be asked of the system.
    fn new(is_needed: bool) -> Self {
        if !is_needed {
            return Self::default();
        }
        Self {
            nonce: Uuid::new_v4(),
            message_id: format!("urn:uuid:{}", Uuid::new_v4()),
        }
    }

    fn stamp(&self, now: f64) -> Stamp<'_> {
        Stamp {
            now,
            nonce: self.nonce.as_bytes(),
            message_id: &self.message_id,
        }
    }
}

/// Where a backend is: as the mapping says, else as its WSDL does.
pub fn address<'a>(backend: &'a Backend, engine: &'a SoapEngine) -> &'a str {
    backend
        .http()
        .and_then(|http| http.url.as_deref())
        .or_else(|| engine.port().address.as_deref())
        .unwrap_or_default()
}

/// `headers` of a step; null is left out.
fn headers(http: &HttpStep, scope: &dyn Scope) -> Result<HeaderMap, EnvelopeError> {
    let mut headers = HeaderMap::new();
    for (name, tree) in &http.headers {
        let data = tree::evaluate(tree, scope)?.plain();
        if data.is_null() {
            continue;
        }
        let text = convert::to_text(&data).ok_or_else(|| EnvelopeError::Header {
            name: name.to_string(),
            reason: "it is no text",
        })?;
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| EnvelopeError::Header {
            name: name.to_string(),
            reason: "it has no such name",
        })?;
        headers.insert(key, value(name, &text)?);
    }
    Ok(headers)
}

fn value(name: &str, text: &str) -> Result<HeaderValue, EnvelopeError> {
    HeaderValue::from_bytes(text.as_bytes()).map_err(|_| EnvelopeError::Header {
        name: name.to_owned(),
        reason: "a line feed or control character cannot stand there",
    })
}

/// Whether nothing is in it: null, or an object of nulls.
fn empty(data: &Data) -> bool {
    match data {
        Data::Object(record) => record.members.values().all(empty),
        other => other.plain().is_null(),
    }
}

//! The request that a message describes.

use bytes::Bytes;
use footbridge_mapping::data::{Data, convert};
use footbridge_mapping::model::ProxyStep;
use footbridge_traffic::{Request, Target};
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, Method};
use url::{Url, form_urlencoded};

use super::closed;
use crate::run::failure::Failure;
use crate::run::scope::Frame;

const FORM: &str = "application/x-www-form-urlencoded";

const ENVELOPE: &str = "text/xml; charset=utf-8";

/// A request as a message describes it, before anybody has looked where it goes.
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) target: Target,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// A form that stands in the query, as it does for methods without a body.
    query: Option<String>,
    /// Whether it is a `SOAPMessage`.
    pub(super) is_envelope: bool,
    /// Whether the client wants to know the headers.
    pub(super) records: bool,
}

impl Asked {
    /// Reads the arguments of a proxy's operation, in the order of [`ProxyStep::ARGUMENTS`].
    ///
    /// # Errors
    /// Methods that the proxy does not send, and values that no request can carry.
    pub(super) fn of(proxy: &ProxyStep, frame: &Frame<'_>) -> Result<Self, Failure> {
        let mut values = frame.arguments().map(Data::plain);
        let mut next = || values.next().unwrap_or(Data::Null);
        let (url, method, kind, headers, body) = (next(), next(), next(), next(), next());
        let (records, is_envelope) = (next(), next());
        let is_envelope = is_envelope == Data::Bool(true);
        let method = method_of(proxy, &method, is_envelope)?;
        let target = match &url {
            Data::Text(url) if !url.trim().is_empty() => Target::Url(url.trim().to_owned()),
            _ => Target::Address,
        };
        let mut asked = Self {
            method,
            target,
            headers: passed(proxy, &headers)?,
            body: Bytes::new(),
            query: None,
            is_envelope,
            records: records == Data::Bool(true),
        };
        if is_envelope {
            let action = one_header(&headers, "soapaction")?;
            let quoted = format!(
                "\"{}\"",
                action.as_deref().unwrap_or_default().trim_matches('"')
            );
            asked.put(HeaderName::from_static("soapaction"), &quoted)?;
        }
        asked.carry(&kind, &body)?;
        Ok(asked)
    }

    /// The text that it carries, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.body).ok()
    }

    /// Puts a header in place of what the client said.
    pub(super) fn put(&mut self, name: HeaderName, value: &str) -> Result<(), Failure> {
        let value = HeaderValue::from_str(value).map_err(|_| unsendable(name.as_str()))?;
        self.headers.insert(name, value);
        Ok(())
    }

    /// Where it was found to go, with a form that stands in the query.
    pub(super) fn with_query(&self, mut url: Url) -> Url {
        if let Some(form) = &self.query {
            let query = match url.query() {
                Some(own) if !own.is_empty() => format!("{own}&{form}"),
                Some(_) | None => form.clone(),
            };
            url.set_query(Some(&query));
        }
        url
    }

    /// The request.
    pub(super) fn request(&self, url: Url, frame: &Frame<'_>, proxy: &ProxyStep) -> Request {
        let mut headers = self.headers.clone();
        frame.trail.pass_on(&mut headers);
        Request {
            headers,
            body: self.body.clone(),
            repeatable: matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS),
            caller: frame.credentials(),
            cookies: frame.cookies(&proxy.backend),
            ..Request::new(self.method.clone(), Target::Url(url.into()))
        }
    }

    /// What it carries, and as what: texts and bytes as they are, an object as a form.
    fn carry(&mut self, kind: &Data, body: &Data) -> Result<(), Failure> {
        let without_body = matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS);
        let mut form = false;
        match body {
            Data::Null | Data::Omit => {}
            Data::Object(_) | Data::Amf(_) => {
                let text = self::form(body)?;
                if without_body || self.method == Method::DELETE {
                    self.query = Some(text).filter(|text| !text.is_empty());
                    return Ok(());
                }
                form = true;
                self.body = text.into();
            }
            Data::Bytes(bytes) => self.body = Bytes::copy_from_slice(bytes),
            Data::Text(text) | Data::Xml(text) => {
                self.body = Bytes::copy_from_slice(text.as_bytes());
            }
            other => {
                let text = convert::to_text(other).ok_or_else(|| {
                    closed(format!(
                        "{} cannot be the body of a request",
                        other.describe()
                    ))
                })?;
                self.body = Bytes::copy_from_slice(text.as_bytes());
            }
        }
        if without_body {
            self.body = Bytes::new();
            return Ok(());
        }
        let kind = match kind {
            _ if self.is_envelope => ENVELOPE,
            _ if form => FORM,
            Data::Text(kind) if !kind.is_empty() => kind,
            _ => FORM,
        };
        if form || !self.body.is_empty() {
            self.put(CONTENT_TYPE, kind)?;
        }
        Ok(())
    }
}

/// The method, if the proxy sends it.
fn method_of(proxy: &ProxyStep, asked: &Data, is_envelope: bool) -> Result<Method, Failure> {
    let name = match asked {
        _ if is_envelope => "POST".to_owned(),
        Data::Text(name) if !name.is_empty() => name.to_ascii_uppercase(),
        _ => "GET".to_owned(),
    };
    let known = proxy.methods.iter().any(|method| **method == *name);
    let method = Method::from_bytes(name.as_bytes()).ok().filter(|_| known);
    method.ok_or_else(|| closed("the proxy does not send requests of this method"))
}

/// Those of the client's headers that go on.
fn passed(proxy: &ProxyStep, given: &Data) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    for name in &proxy.pass_headers {
        let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable(name))?;
        for value in values(&given.member(name)) {
            let value = HeaderValue::from_str(&value).map_err(|_| unsendable(name))?;
            headers.append(parsed.clone(), value);
        }
    }
    Ok(headers)
}

fn one_header(given: &Data, name: &str) -> Result<Option<String>, Failure> {
    let mut values = values(&given.member(name)).into_iter();
    match (values.next(), values.next()) {
        (first, None) => Ok(first),
        (_, Some(_)) => Err(unsendable(name)),
    }
}

/// The texts of a value: itself, or the items of a list. Null is none.
fn values(value: &Data) -> Vec<String> {
    let text = |value: &Data| match value.plain() {
        Data::Null | Data::Omit => None,
        other => convert::to_text(&other).map(|text| text.to_string()),
    };
    match value.items() {
        Some(items) => items.iter().filter_map(text).collect(),
        None => text(value).into_iter().collect(),
    }
}

/// An object as a form; a list repeats its name.
fn form(body: &Data) -> Result<String, Failure> {
    let names = match body {
        Data::Object(record) => record.members.keys().cloned().collect(),
        Data::Amf(value) if value.items().is_none() => value.member_names(),
        _ => {
            return Err(closed(
                "the body of a request is a text, bytes, or an object of texts",
            ));
        }
    };
    let mut form = form_urlencoded::Serializer::new(String::new());
    for name in names {
        let member = body.member(&name).plain();
        let nested = matches!(member, Data::Object(_) | Data::Amf(_)) && member.items().is_none();
        if nested {
            return Err(closed("a form has no objects in it"));
        }
        for value in values(&member) {
            form.append_pair(&name, &value);
        }
        if member.is_null() {
            form.append_pair(&name, "");
        }
    }
    Ok(form.finish())
}

fn unsendable(name: &str) -> Failure {
    closed(format!("the header `{name}` cannot be sent"))
}

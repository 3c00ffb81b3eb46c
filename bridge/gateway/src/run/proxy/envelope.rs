//! Which requests pass to a service whose operations are published: envelopes of those operations, and its description.

use axum::http::header::{CONTENT_TYPE, HeaderName};
use bytes::Bytes;
use footbridge_mapping::model::ProxyStep;
use footbridge_remoting::fault;
use footbridge_soap::model::Version;
use footbridge_soap::read;
use footbridge_soap::xml::XmlLimits;
use http::Method;
use url::Url;

use super::asked::Asked;
use super::closed;
use crate::run::failure::Failure;
use crate::run::operation::may;
use crate::run::scope::Frame;

/// Lets a request pass, whose `SOAPAction` is then that of the operation which its body calls. `own` is the service's address.
///
/// # Errors
/// Everything that could call something else.
pub(super) fn permit(
    proxy: &ProxyStep,
    frame: &Frame<'_>,
    asked: &mut Asked,
    url: &Url,
    own: &Url,
) -> Result<(), Failure> {
    if url.origin() != own.origin() {
        return Ok(());
    }
    let itself = url.path() == own.path();
    match asked.method {
        Method::GET if !itself || describes(url.query()) => Ok(()),
        Method::POST if itself && url.query() == own.query() => operation(proxy, frame, asked),
        _ => Err(closed(
            "the proxy lets envelopes of the service pass, and nothing else",
        )),
    }
}

fn operation(proxy: &ProxyStep, frame: &Frame<'_>, asked: &mut Asked) -> Result<(), Failure> {
    let published = proxy.published.as_deref().unwrap_or_default();
    let engine = proxy
        .described
        .as_deref()
        .and_then(|backend| frame.context.live.documents.soap(backend))
        .ok_or_else(|| Failure::decided(fault::PROCESSING, "the WSDL of the proxy was not read"))?;
    let text = asked
        .text()
        .ok_or_else(|| closed("the envelope is no text"))?;
    // What it says of its own encoding would be wrong: a client's text goes out as UTF-8.
    let text = without_declaration(text).to_owned();
    let action = asked
        .headers
        .get("soapaction")
        .and_then(|value| value.to_str().ok());
    let port = engine.port();
    let found = read::asked(&text, action, engine.model(), port, XmlLimits::default());
    let operation = found.map_err(|error| closed(error.to_string()))?;
    let roles = published
        .iter()
        .find(|(name, _)| *name == operation.name)
        .map(|(_, roles)| roles)
        .ok_or_else(|| {
            Failure::decided(
                fault::AUTHORIZATION,
                format!("the proxy does not let `{}` pass", operation.name),
            )
        })?;
    may(frame.context, roles, &operation.name)?;
    match port.version {
        Version::Soap11 => {
            let action = format!("\"{}\"", operation.action);
            asked.put(HeaderName::from_static("soapaction"), &action)?;
            asked.put(CONTENT_TYPE, "text/xml; charset=utf-8")?;
        }
        Version::Soap12 => {
            asked.headers.remove("soapaction");
            let kind = match &*operation.action {
                "" => "application/soap+xml; charset=utf-8".to_owned(),
                action => format!("application/soap+xml; charset=utf-8; action=\"{action}\""),
            };
            asked.put(CONTENT_TYPE, &kind)?;
        }
    }
    asked.body = Bytes::from(text);
    Ok(())
}

/// Whether a query asks for a description; old services run operations by other queries.
fn describes(query: Option<&str>) -> bool {
    let query = query.unwrap_or_default().to_ascii_lowercase();
    let (name, value) = query.split_once('=').unwrap_or((&query, ""));
    let plain = value
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte));
    matches!(name, "wsdl" | "xsd" | "singlewsdl") && plain
}

fn without_declaration(text: &str) -> &str {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match text.strip_prefix("<?xml") {
        Some(rest) => rest
            .split_once("?>")
            .map_or(text, |(_, rest)| rest.trim_start()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_descriptions_are_got_from_a_service() {
        for query in [
            "wsdl",
            "WSDL",
            "singleWsdl",
            "wsdl=part-1.wsdl",
            "xsd=a/b.xsd",
        ] {
            assert!(describes(Some(query)), "{query}");
        }
        for query in [
            "",
            "wsdl&method=purge",
            "method=purge",
            "wsdl=a%26method",
            "op=x",
            "wsdl=?x",
        ] {
            assert!(!describes(Some(query)), "{query}");
        }
        assert!(!describes(None));
    }

    #[test]
    fn a_declaration_says_nothing_of_a_text() {
        assert_eq!(
            without_declaration("\u{feff} <?xml version='1.0' encoding='utf-16'?>\n<a/>"),
            "<a/>"
        );
        assert_eq!(without_declaration("<a/>"), "<a/>");
    }
}

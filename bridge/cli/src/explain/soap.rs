//! What a `soap` step sends: the exact envelope and its HTTP headers, without secrets.

use std::fmt::Write as _;

use footbridge_gateway::documents::Documents;
use footbridge_gateway::envelope::{self, Envelope};
use footbridge_mapping::expression::Scope;
use footbridge_mapping::model::{Auth, KeyPlace, SoapStep, Step};

use crate::printable::SECRET;

/// The request of a step as it would go out.
pub(super) fn request(
    step: &Step,
    soap: &SoapStep,
    documents: &Documents,
    scope: &dyn Scope,
    indent: &str,
) -> String {
    let mut out = format!(
        "\n{indent}soap {} of {}\n",
        soap.operation, soap.backend.name
    );
    let Some((engine, look)) = documents.look(soap, step) else {
        return out;
    };
    let Some(operation) = engine.operation(&soap.operation, soap.overload) else {
        return out;
    };
    let written = Envelope {
        soap,
        engine,
        look: &look,
        operation,
        scope,
        zone: &step.zone,
        now: 0.0,
        mask: Some(SECRET),
    }
    .write();
    let outgoing = match written {
        Ok(outgoing) => outgoing,
        Err(error) => {
            let _ = writeln!(out, "{indent}  the request cannot be written yet: {error}");
            return out;
        }
    };
    let _ = writeln!(
        out,
        "{indent}  POST {}",
        envelope::address(&soap.backend, engine)
    );
    for (name, value) in &outgoing.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        let _ = writeln!(out, "{indent}  {name}: {value}");
    }
    if let Some(http) = soap.backend.http() {
        for (name, _) in &http.traffic.headers {
            let _ = writeln!(out, "{indent}  {name}: {SECRET}");
        }
        for auth in &http.traffic.auth {
            let Some(line) = shown(auth) else {
                continue;
            };
            let _ = writeln!(out, "{indent}  {line}");
        }
    }
    out.push('\n');
    for line in String::from_utf8_lossy(&outgoing.body).lines() {
        let _ = writeln!(out, "{indent}  {line}");
    }
    if let Some(slot) = &step.returns {
        let _ = writeln!(out, "{indent}  reply {slot}");
    }
    out
}

/// What proves to the backend who calls, as a header without its secret.
pub(super) fn shown(auth: &Auth) -> Option<String> {
    Some(match auth {
        Auth::Basic { .. } => format!("authorization: Basic {SECRET}"),
        Auth::Digest { .. } => format!("authorization: Digest {SECRET}"),
        Auth::Bearer(_) | Auth::OAuth2(_) => format!("authorization: Bearer {SECRET}"),
        Auth::Key {
            place: KeyPlace::Header,
            name,
            ..
        } => format!("{name}: {SECRET}"),
        Auth::Key {
            place: KeyPlace::Cookie,
            name,
            ..
        } => format!("cookie: {name}={SECRET}"),
        Auth::Key {
            place: KeyPlace::Query,
            name,
            ..
        } => format!("(in the query: {name}={SECRET})"),
        Auth::Caller => format!("authorization: {SECRET} (the caller's own)"),
        Auth::Certificate { .. } => "(by the gateway's certificate)".to_owned(),
        // They stand in the envelope.
        Auth::UsernameToken(_) | Auth::Signature { .. } => return None,
    })
}

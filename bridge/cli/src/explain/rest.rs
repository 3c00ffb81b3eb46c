//! What a `rest` step sends: method, URL, headers without secrets, and body.

use std::fmt::Write as _;

use footbridge_gateway::documents::Documents;
use footbridge_gateway::request::Wanted;
use footbridge_mapping::model::{RestStep, Step};
use footbridge_rest::request::WireNames;

use super::known::Known;
use crate::printable::{self, SECRET};

/// The request of a step as it would go out.
pub(super) fn request(
    step: &Step,
    rest: &RestStep,
    documents: &Documents,
    known: &Known<'_>,
    indent: &str,
) -> String {
    let engine = documents.rest(&rest.backend.name);
    let described = engine.and_then(|engine| Some((&**engine.model(), engine.operation(rest)?)));
    let mut out = match described {
        Some((_, operation)) => format!(
            "\n{indent}rest {} of {}\n",
            operation.name, rest.backend.name
        ),
        None => format!("\n{indent}a request to {}\n", rest.backend.name),
    };
    let values = known.values();
    let paged = rest.page.as_ref().map(|paging| known.paged(paging));
    let wanted = Wanted {
        rest,
        described,
        scope: paged.as_ref().unwrap_or(known),
        values: &values,
        zone: &step.zone,
        names: &WireNames::of(&rest.http.declared),
    };
    let built = match wanted.build() {
        Ok(built) => built,
        Err(error) => {
            let _ = writeln!(out, "{indent}  the request cannot be written yet: {error}");
            return out;
        }
    };
    let http = rest.backend.http();
    let address = http
        .and_then(|http| http.url.as_deref())
        .or_else(|| engine.and_then(|engine| engine.address()))
        .unwrap_or_default();
    let _ = writeln!(
        out,
        "{indent}  {} {}{}",
        built.method.as_str(),
        printable::line(address.trim_end_matches('/')),
        built.target
    );
    for (name, value) in &built.headers {
        let _ = writeln!(out, "{indent}  {name}: {}", printable::line(value));
    }
    if let Some(http) = http {
        for (name, _) in &http.traffic.headers {
            let _ = writeln!(out, "{indent}  {name}: {SECRET}");
        }
        for auth in &http.traffic.auth {
            if let Some(line) = super::soap::shown(auth) {
                let _ = writeln!(out, "{indent}  {line}");
            }
        }
    }
    if let Some(body) = &built.body {
        out.push('\n');
        for line in String::from_utf8_lossy(body).lines() {
            let _ = writeln!(out, "{indent}  {}", printable::line(line));
        }
    }
    if let Some(slot) = &step.returns {
        let _ = writeln!(out, "{indent}  reply {slot}");
    }
    out
}

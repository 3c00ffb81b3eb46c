//! What the document asks a caller to prove; told, for a mapping has to say how.

use serde_json::Value;

use super::Version;
use super::documents::At;
use super::operation::resolved;
use super::schema::Schemas;
use crate::model::Model;

/// Schemes that the document asks for. What they need is secret, so a mapping has to say it.
pub(super) fn security(schemas: &mut Schemas<'_>, model: &mut Model, root: &Value) {
    let (at, schemes) = match schemas.version {
        Version::Swagger2 => (At::root(), root.get("securityDefinitions")),
        Version::OpenApi30 | Version::OpenApi31 => (
            At::root().member("components"),
            root.pointer("/components/securitySchemes"),
        ),
    };
    let at = match schemas.version {
        Version::Swagger2 => at.member("securityDefinitions"),
        Version::OpenApi30 | Version::OpenApi31 => at.member("securitySchemes"),
    };
    for (name, scheme) in schemes.and_then(Value::as_object).into_iter().flatten() {
        let (at, scheme) = resolved(schemas, &at.member(name), scheme);
        let text = |key: &str| scheme.get(key).and_then(Value::as_str);
        let kind = match (text("type"), text("scheme"), text("in"), text("name")) {
            (Some("http"), Some(scheme), _, _) => format!("http {scheme}"),
            (Some("apiKey"), _, Some(place), Some(key)) => format!("apiKey `{key}` in {place}"),
            (Some(kind), _, _, _) => kind.to_owned(),
            (None, _, _, _) => "without a type".to_owned(),
        };
        let message = format!(
            "the security scheme `{name}` ({kind}) is not followed by itself: what the service asks for is said by `auth` of the backend"
        );
        model.schemes.push(schemas.documents.warning(&at, message));
    }
}

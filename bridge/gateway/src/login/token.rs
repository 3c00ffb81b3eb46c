//! Tokens that another server signs (JWT, RFC 7519; JWS in its compact form, RFC 7515).
//!
//! ```text
//! base64url({"alg": …, "kid": …}) . base64url({"sub": …, "aud": …, "exp": …}) . base64url(signature)
//! ```
//!
//! The algorithm is that of the key, never that of the token alone: a public key is no secret of an HMAC, and `none` is no
//! signature.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use footbridge_mapping::argument;
use footbridge_mapping::data::{Data, Record};
use footbridge_mapping::model::{JwtKeys, JwtLogin, TypeScope};
use footbridge_mapping::slot::PathPart;
use footbridge_remoting::Fault;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::keyset::{KeySets, Keys};
use crate::run::{Identity, fits_a_session, roles};

/// Why a token does not count.
pub(super) enum Refused {
    /// What is wrong with it.
    Wrong(&'static str),
    /// Nobody could say, for the keys are not to be had.
    Broken(Fault),
}

/// Whether a text looks like a token rather than a password.
pub(super) fn is_one(text: &str) -> bool {
    text.len() <= LONGEST
        && text.bytes().filter(|byte| *byte == b'.').count() == 2
        && text.starts_with("ey")
}

/// Who a token says its bearer is.
pub(super) async fn identity(
    login: &JwtLogin,
    sets: &KeySets,
    token: &str,
) -> Result<Identity, Refused> {
    let read = Read::of(token)?;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |since| since.as_secs_f64());
    // Nothing is fetched for a token that would not count anyhow.
    read.is_for(login, now)?;
    let keys = match &login.keys {
        JwtKeys::Set(text) => sets.of_text(text),
        JwtKeys::Url(backend) => sets.of(backend, false).await.map_err(Refused::Broken)?,
    };
    let mut verified = read.is_signed(&keys);
    if let (Err(Refused::Wrong(UNKNOWN_KEY)), JwtKeys::Url(backend)) = (&verified, &login.keys) {
        // The server may have changed its keys since.
        let keys = sets.of(backend, true).await.map_err(Refused::Broken)?;
        verified = read.is_signed(&keys);
    }
    verified?;
    of_claims(login, &read.claims)
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// A token, taken apart; nothing of it is believed yet.
struct Read<'t> {
    header: Header,
    claims: Map<String, Value>,
    signed: &'t str,
    signature: Vec<u8>,
}

impl<'t> Read<'t> {
    fn of(token: &'t str) -> Result<Self, Refused> {
        const NONE: Refused = Refused::Wrong("it is no token");
        if token.len() > LONGEST {
            return Err(Refused::Wrong("it is too long"));
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(NONE)?;
        let (header, claims) = signed.split_once('.').ok_or(NONE)?;
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| NONE);
        let header: Header = serde_json::from_slice(&bytes(header)?).map_err(|_| NONE)?;
        let claims = serde_json::from_slice(&bytes(claims)?).map_err(|_| NONE)?;
        if header.crit.is_some() {
            return Err(Refused::Wrong("it wants what is not understood (`crit`)"));
        }
        Ok(Self {
            header,
            claims,
            signed,
            signature: bytes(signature)?,
        })
    }

    /// Whether it is for this gateway, and for now.
    fn is_for(&self, login: &JwtLogin, now: f64) -> Result<(), Refused> {
        let number = |name: &str| self.claims.get(name).map(|value| value.as_f64());
        match number("exp") {
            Some(Some(ends)) if now < ends + LEEWAY => {}
            Some(Some(_)) => return Err(Refused::Wrong("it has ended (`exp`)")),
            Some(None) | None => return Err(Refused::Wrong("it never ends (`exp`)")),
        }
        match number("nbf") {
            None => {}
            Some(Some(begins)) if begins - LEEWAY <= now => {}
            Some(_) => return Err(Refused::Wrong("it has not begun (`nbf`)")),
        }
        let is_ours = |value: &Value| {
            value
                .as_str()
                .is_some_and(|one| login.audience.iter().any(|own| **own == *one))
        };
        let ours = match self.claims.get("aud") {
            Some(Value::Array(several)) => several.iter().any(is_ours),
            Some(one) => is_ours(one),
            None => false,
        };
        if !ours {
            return Err(Refused::Wrong("it is for others (`aud`)"));
        }
        if let Some(issuer) = &login.issuer
            && self.claims.get("iss").and_then(Value::as_str) != Some(issuer)
        {
            return Err(Refused::Wrong("it is of another server (`iss`)"));
        }
        Ok(())
    }

    fn is_signed(&self, keys: &Keys) -> Result<(), Refused> {
        let mut known = false;
        for key in keys.of(self.header.kid.as_deref()) {
            known = true;
            if key.verify(&self.header.alg, self.signed.as_bytes(), &self.signature) {
                return Ok(());
            }
        }
        Err(Refused::Wrong(if known {
            "its signature is wrong"
        } else {
            UNKNOWN_KEY
        }))
    }
}

/// The identity that a good token gives.
fn of_claims(login: &JwtLogin, claims: &Map<String, Value>) -> Result<Identity, Refused> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let mut record = Record::default();
    let subject = text("sub").map_or(Data::Null, Data::text);
    let name = ["preferred_username", "name", "sub"]
        .into_iter()
        .find_map(text)
        .map_or(Data::Null, Data::text);
    record.members.insert("id".into(), subject);
    record.members.insert("name".into(), name);
    let held = login.roles.as_ref().and_then(|path| {
        let mut names = path.iter();
        let first = claims.get(&**names.next()?)?;
        names.try_fold(first, |value, name| value.get(&**name))
    });
    let held = held.map_or(Data::Null, of_json);
    // OAuth writes scopes with spaces between them.
    let held = match &held {
        Data::Text(text) => Data::text(text.split_whitespace().collect::<Vec<_>>().join(",")),
        held => held.clone(),
    };
    record.members.insert("roles".into(), roles(&held));
    let arguments: Vec<_> = login
        .values
        .iter()
        .map(|value| value.argument.clone())
        .collect();
    let found: Vec<_> = login
        .values
        .iter()
        .map(|value| (Arc::clone(&value.argument.name), at(claims, &value.from)))
        .collect();
    let bound = argument::bind_named(&arguments, &found, &TypeScope::default(), &TimeZone::UTC)
        .map_err(|_| Refused::Wrong("a member of `values` does not fit its type"))?;
    for ((name, _), value) in found.iter().zip(bound) {
        let value = if &**name == "roles" {
            roles(&value)
        } else {
            value.plain()
        };
        record.members.insert(Arc::clone(name), value);
    }
    if record.members.get("id").is_none_or(Data::is_null) {
        return Err(Refused::Wrong("it names nobody (`sub`)"));
    }
    if !fits_a_session(&record) {
        return Err(Refused::Wrong("it says more than an identity holds"));
    }
    Ok(Identity {
        members: Some(Arc::new(record)),
    })
}

fn at(claims: &Map<String, Value>, path: &[PathPart]) -> Data {
    let mut parts = path.iter();
    let first = match parts.next() {
        Some(PathPart::Name(name)) => claims.get(&**name),
        Some(PathPart::Index(_)) | None => None,
    };
    let found = parts.try_fold(first, |value, part| {
        let value = value?;
        Some(match part {
            PathPart::Name(name) => value.get(&**name),
            PathPart::Index(index) => value.get(*index),
        })
    });
    found.flatten().map_or(Data::Null, of_json)
}

/// A claim as a value. serde_json has limited its depth.
fn of_json(value: &Value) -> Data {
    match value {
        Value::Null => Data::Null,
        Value::Bool(value) => Data::Bool(*value),
        Value::Number(number) => number.as_i64().map_or_else(
            || Data::Number(number.as_f64().unwrap_or(f64::NAN)),
            Data::Int,
        ),
        Value::String(text) => Data::text(text.as_str()),
        Value::Array(items) => Data::List(items.iter().map(of_json).collect()),
        Value::Object(members) => {
            let mut record = Record::default();
            for (name, member) in members {
                record.members.insert(name.as_str().into(), of_json(member));
            }
            Data::Object(Arc::new(record))
        }
    }
}

const UNKNOWN_KEY: &str = "no key is known by which it is signed";

/// Servers say much in a token, but not this much.
const LONGEST: usize = 16 << 10;

/// Seconds by which clocks may differ.
const LEEWAY: f64 = 60.0;

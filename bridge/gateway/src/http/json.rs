//! The JSON face: POST /api/{service}/{operation}, for pages and programs that have no AMF.
//!
//! The same operations, sessions, roles and limits; the answer is the value alone, a fault is a problem (RFC 9457) with the HTTP
//! status that says it best.
//!
//! A page of another site can make a browser send a form with this site's cookie, without asking first. It can neither send
//! `application/json` so, nor hide its `Origin`; both are asked for here.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::{Method, Response, StatusCode};
use footbridge_amf::{Array, Graph, Node, Object, Traits, Value};
use footbridge_mapping::model::GatewayLimits;
use footbridge_remoting::{Fault, Profile, fault};
use serde_json::Value as Json;

use super::body::{self, Read};
use super::cookie::{Cookies, session_cookie};
use super::packet::{authorization, user_agent};
use super::{Caller, owed, text, whole};
use crate::call::Arguments;
use crate::exchange::{self, AnsweredJson, Origin};
use crate::gateway::Gateway;
use crate::load::Held;
use crate::patience::Pace;
use crate::run::Client;
use crate::{gzip, origins, paths, stats};

/// Answers a request below a path of JSON; `rest` is `service/operation`.
pub(super) async fn answer(
    gateway: &Arc<Gateway>,
    caller: Caller,
    rest: &str,
    request: Request,
) -> Response<Body> {
    if request.method() != Method::POST {
        let mut refused = text(StatusCode::METHOD_NOT_ALLOWED, "operations take POST\n");
        refused
            .headers_mut()
            .insert(header::ALLOW, HeaderValue::from_static("OPTIONS, POST"));
        return refused;
    }
    let live = gateway.live();
    let limits = live.mapping.gateway.limits;
    let headers = request.headers();
    if !is_json(headers) {
        return text(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "an operation takes Content-Type: application/json\n",
        );
    }
    let may_call = may_call(&live.mapping.gateway.origins, &caller, headers);
    let accepts_gzip = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(gzip::is_accepted);
    let cookies = Cookies::of(&live.mapping.gateway, &request, caller.secure);
    let cookie = session_cookie(headers);
    let suffix = paths::suffix(request.uri()).map(str::to_owned);
    let authorization = authorization(headers);
    let client = Client {
        address: caller.address.to_string().into(),
        name: user_agent(headers),
        request: caller.request,
        site: caller.site,
        trail: caller.trail,
        ..Client::default()
    };
    let held = Held::of(&caller.usage);
    let Read { bytes, refused } = match body::read(request, limits, &held).await {
        Ok(read) => read,
        Err(refused) => return *refused,
    };
    let arguments = match refused {
        Some(fault) => Err(fault),
        None => arguments(&bytes, limits),
    };
    let problem = |fault| exchange::problem(fault, &caller.usage);
    let answered = match (may_call, named(rest), arguments) {
        (false, ..) => problem(Fault::new(
            fault::AUTHORIZATION,
            "pages of this origin may not call; it is not among `origins`",
        )),
        (true, None, _) => problem(Fault::new(
            fault::RESOURCE_NOT_FOUND,
            "an operation is called by POST to service/operation below this path",
        )),
        (true, Some(_), Err(fault)) => problem(fault),
        (true, Some((service, operation)), Ok(arguments)) => {
            let origin = Origin {
                client,
                cookie: cookie.as_deref(),
                suffix: suffix.as_deref(),
                authorization,
                user: caller.user.clone(),
                profile: Arc::new(Profile {
                    name: "json".into(),
                    recognise: false,
                    ..Profile::auto().clone()
                }),
                moved: None,
                http: Vec::new(),
                usage: Arc::clone(&caller.usage),
            };
            exchange::json(gateway, origin, (&service, &operation), arguments).await
        }
    };
    stats::request("json", bytes.len(), answered.body.len());
    drop((bytes, held));
    response(answered, &caller.pace, accepts_gzip, cookies).await
}

async fn response(
    answered: AnsweredJson,
    pace: &Arc<Pace>,
    accepts_gzip: bool,
    cookies: Cookies,
) -> Response<Body> {
    let (status, kind) = match &answered.fault {
        None => (StatusCode::OK, JSON),
        Some(fault) => (
            StatusCode::from_u16(fault.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            PROBLEM,
        ),
    };
    let (mut body, held) = (answered.body, answered.held);
    let mut packed = false;
    if accepts_gzip && body.len() >= PACKED_FROM {
        let packing = tokio::task::spawn_blocking(move || gzip::pack(&[body])).await;
        let Ok(bytes) = packing else {
            return text(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the answer cannot be packed\n",
            );
        };
        held.at_most(bytes.len());
        (body, packed) = (bytes, true);
    }
    let sent = body.len();
    let mut response = whole(status, kind, owed::body(vec![body], held, pace));
    let headers = response.headers_mut();
    if packed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(sent));
    headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    // What one caller is answered is nobody else's; there is no player here that stumbles over it.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(cookie) = cookies.set(&answered.change) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    response
}

/// Service and operation of `service/operation`, percent-decoded each by itself; names may hold anything.
fn named(rest: &str) -> Option<(String, String)> {
    let (service, operation) = rest.split_once('/')?;
    let (service, operation) = (decoded(service)?, decoded(operation)?);
    (!service.is_empty() && !operation.is_empty()).then_some((service, operation))
}

fn decoded(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        if *first == b'%' {
            let digit = |at: usize| char::from(*behind.get(at)?).to_digit(16);
            let byte = digit(0)? * 16 + digit(1)?;
            bytes.push(u8::try_from(byte).ok()?);
            rest = &behind[2..];
        } else if *first == b'/' {
            return None;
        } else {
            bytes.push(*first);
            rest = behind;
        }
    }
    String::from_utf8(bytes).ok()
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|name| name.trim().eq_ignore_ascii_case(JSON))
}

/// Whether the page that calls may: one of this host, one of `origins`, or no page at all. With `origins: ["*"]` all may, but
/// browsers then send no cookies.
fn may_call(allowed: &[Arc<str>], caller: &Caller, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        // Browsers that leave the origin out say at least whether the page is of another site.
        return headers
            .get("sec-fetch-site")
            .is_none_or(|site| site != "cross-site");
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let scheme = if caller.secure { "https" } else { "http" };
    origin.eq_ignore_ascii_case(&format!("{scheme}://{host}"))
        || origins::is_allowed(allowed, origin)
        || origins::is_open(allowed)
}

/// The arguments in a body: a list by position, an object by name, nothing or null none.
fn arguments(bytes: &[u8], limits: GatewayLimits) -> Result<Arguments, Fault> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Arguments::default());
    }
    // serde_json takes 128 levels and no more.
    let json: Json = serde_json::from_slice(bytes).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Fault::new(
            fault::ENCODING,
            format!("the body is no JSON: it goes wrong at {place}"),
        )
    })?;
    let mut reader = Reader {
        graph: Graph::new(),
        values: limits.values,
    };
    let named = json.is_object();
    let values = match json {
        Json::Null => Vec::new(),
        Json::Array(items) => items
            .into_iter()
            .map(|item| reader.value(item, limits.depth))
            .collect::<Result<_, _>>()?,
        Json::Object(_) => vec![reader.value(json, limits.depth)?],
        Json::Bool(_) | Json::Number(_) | Json::String(_) => {
            return Err(Fault::new(
                fault::BAD_ARGUMENTS,
                "arguments are a list, by position, or an object, by name",
            ));
        }
    };
    Ok(Arguments {
        graph: Arc::new(reader.graph),
        values,
        named,
    })
}

/// Makes values of JSON, within the budgets of a packet.
struct Reader {
    graph: Graph<'static>,
    /// How many more there may be.
    values: usize,
}

impl Reader {
    fn value(&mut self, json: Json, depth: usize) -> Result<Value<'static>, Fault> {
        let (Some(depth), Some(values)) = (depth.checked_sub(1), self.values.checked_sub(1)) else {
            return Err(Fault::new(
                fault::TOO_LARGE,
                "the call holds more than the gateway's limits allow",
            ));
        };
        self.values = values;
        Ok(match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(value),
            Json::Number(number) => match number.as_f64().filter(|_| is_exact(&number)) {
                Some(number) => Value::Number(number),
                // A long that no double holds stays exact as text, which every type of number takes.
                None => Value::String(number.to_string().into()),
            },
            Json::String(text) => Value::String(text.into()),
            Json::Array(items) => {
                let dense = items
                    .into_iter()
                    .map(|item| self.value(item, depth))
                    .collect::<Result<_, _>>()?;
                Value::Node(self.graph.add(Node::Array(Array {
                    dense,
                    named: Vec::new(),
                })))
            }
            Json::Object(members) => {
                let dynamic = members
                    .into_iter()
                    .map(|(name, value)| Ok((name.into(), self.value(value, depth)?)))
                    .collect::<Result<_, Fault>>()?;
                let traits = self.graph.add_traits(Traits {
                    dynamic: true,
                    ..Traits::default()
                });
                Value::Node(self.graph.add(Node::Object(Object {
                    traits,
                    values: Vec::new(),
                    dynamic,
                })))
            }
        })
    }
}

/// Whether a double holds the number as it was written: all but integers beyond 2^53.
fn is_exact(number: &serde_json::Number) -> bool {
    const EXACT: u64 = 1 << 53;
    match (number.as_u64(), number.as_i64()) {
        (Some(number), _) => number <= EXACT,
        (None, Some(number)) => number.unsigned_abs() <= EXACT,
        (None, None) => true,
    }
}

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// Smaller answers gain nothing by gzip.
const PACKED_FROM: usize = 1_400;

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: GatewayLimits = GatewayLimits {
        request: 1_000,
        reply: 1_000,
        depth: 4,
        values: 10,
        calls: 1,
        running: 1,
        running_each: 1,
        held: 1 << 28,
        held_each: 1 << 26,
        connections: 1_000,
        connections_each: 500,
    };

    fn read(text: &str) -> Result<Vec<Value<'static>>, String> {
        arguments(text.as_bytes(), LIMITS)
            .map(|arguments| arguments.values)
            .map_err(|fault| fault.code.into_owned())
    }

    #[test]
    fn arguments_are_a_list_or_an_object_or_nothing() {
        assert_eq!(read(""), Ok(vec![]));
        assert_eq!(read(" null "), Ok(vec![]));
        assert_eq!(
            read("[1, \"a\"]"),
            Ok(vec![Value::Number(1.0), Value::String("a".into())])
        );
        assert_eq!(read("{\"a\": 1}").unwrap().len(), 1);
        assert_eq!(read("5"), Err(fault::BAD_ARGUMENTS.to_owned()));
        assert_eq!(read("[1,"), Err(fault::ENCODING.to_owned()));
    }

    #[test]
    fn an_integer_that_no_double_holds_stays_exact() {
        assert_eq!(
            read("[9007199254740993, -9223372036854775808, 9007199254740992]"),
            Ok(vec![
                Value::String("9007199254740993".into()),
                Value::String("-9223372036854775808".into()),
                Value::Number(9_007_199_254_740_992.0),
            ])
        );
    }

    #[test]
    fn depth_and_number_of_values_are_limited() {
        assert!(read("[[[[1]]]]").is_ok());
        assert_eq!(read("[[[[[1]]]]]"), Err(fault::TOO_LARGE.to_owned()));
        assert_eq!(
            read("[1,2,3,4,5,6,7,8,9,10,11]"),
            Err(fault::TOO_LARGE.to_owned())
        );
        assert_eq!(read(&"[".repeat(900)), Err(fault::ENCODING.to_owned()));
    }

    #[test]
    fn names_are_decoded_each_by_itself() {
        let named = |rest| named(rest).map(|(service, name)| format!("{service} {name}"));
        assert_eq!(named("a.B/f"), Some("a.B f".to_owned()));
        assert_eq!(named("a%2FB/f%20g"), Some("a/B f g".to_owned()));
        for wrong in ["a", "a/", "/f", "a/b/c", "a/%zz", "a/%f", "a/%ff"] {
            assert_eq!(named(wrong), None, "{wrong}");
        }
    }
}

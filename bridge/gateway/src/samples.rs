//! The service behind `rest: "mock:orders"`: a small HTTP service of orders, answered within the gateway, for samples that
//! need no other program. It keeps nothing: the same request has the same answer.

use bytes::Bytes;
use footbridge_mapping::model::Backend;
use footbridge_traffic::{Reply, Request, Target};
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};
use url::form_urlencoded;

/// Its address.
const ADDRESS: &str = "mock:orders";
/// Orders that it knows.
const ORDERS: u64 = 25;
/// More of one product are never on stock.
const ON_STOCK: u64 = 50;

/// The answer of the service that a backend's address means; `None` for one that is reached by HTTP.
pub(crate) fn answer(backend: &Backend, request: &Request) -> Option<Reply> {
    let here = backend.http()?.url.as_deref() == Some(ADDRESS);
    here.then(|| {
        let Target::Below(target) = &request.target else {
            return problem(404, "there is no such page", json!([]));
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        match (&request.method, path.strip_prefix("/orders")) {
            (&Method::GET, Some("")) => list(query),
            (&Method::POST, Some("")) => place(&request.body),
            (&Method::GET, Some(rest)) => one(rest.trim_start_matches('/')),
            _ => problem(404, "there is no such page", json!([])),
        }
    })
}

fn list(query: &str) -> Reply {
    let asked = |name: &str| {
        form_urlencoded::parse(query.as_bytes())
            .find_map(|(found, value)| (found == name).then(|| value.into_owned()))
    };
    let number = |name: &str, default: usize| {
        asked(name)
            .and_then(|text| text.parse::<usize>().ok())
            .unwrap_or(default)
    };
    let status = asked("status");
    let all: Vec<_> = (1..=ORDERS)
        .map(order)
        .filter(|order| {
            status
                .as_deref()
                .is_none_or(|status| order["status"] == status)
        })
        .collect();
    let total = all.len();
    let size = number("per_page", 10).clamp(1, 100);
    let first = number("page", 1).saturating_sub(1).saturating_mul(size);
    let page: Vec<_> = all.into_iter().skip(first).take(size).collect();
    reply(200, "application/json", &Value::Array(page))
        .with(HeaderName::from_static("x-total-count"), &total.to_string())
        .0
}

fn one(id: &str) -> Reply {
    match id.parse::<u64>() {
        Ok(number) if (1..=ORDERS).contains(&number) => {
            reply(200, "application/json", &order(number)).0
        }
        Ok(_) | Err(_) => problem(404, "there is no such order", json!([])),
    }
}

fn place(body: &Bytes) -> Reply {
    let Ok(asked) = serde_json::from_slice::<Value>(body) else {
        return problem(400, "the body is no JSON", json!([]));
    };
    let lines = asked["lines"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let too_many: Vec<_> = lines
        .iter()
        .filter(|line| {
            line["quantity"]
                .as_u64()
                .is_none_or(|count| count > ON_STOCK)
        })
        .map(|line| json!({"product_id": line["product_id"], "on_stock": ON_STOCK}))
        .collect();
    if lines.is_empty() {
        return problem(422, "an order has a line at least", json!([]));
    }
    if !too_many.is_empty() {
        return problem(422, "not enough on stock", Value::Array(too_many));
    }
    let mut made = order(ORDERS + 1);
    made["customer"] = asked["customer"].clone();
    made["lines"] = asked["lines"].clone();
    made["status"] = json!("new");
    reply(201, "application/json", &made)
        .with(LOCATION, &format!("/orders/{}", ORDERS + 1))
        .0
}

/// The order of a number: always the same one.
fn order(number: u64) -> Value {
    let customers = ["Ann Lee", "Bruno Costa", "Chloé Martin"];
    let currencies = ["EUR", "USD", "GBP"];
    let states = ["shipped", "packed", "new"];
    let of = |words: [&'static str; 3]| words[usize::try_from(number % 3).unwrap_or_default()];
    let lines: Vec<_> = (1..=1 + number % 3)
        .map(|line| {
            json!({"product_id": (number * 7 + line) % 20 + 1, "quantity": line, "unit_price": format!("{}.95", number + line)})
        })
        .collect();
    json!({
        "id": number,
        "customer": of(customers),
        "currency": of(currencies),
        "status": of(states),
        "placed_at": format!("2026-10-{:02}T09:30:00Z", number % 28 + 1),
        "lines": lines,
    })
}

struct Made(Reply);

impl Made {
    fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers.insert(name, value);
        }
        self
    }
}

/// A refusal as a problem (RFC 9457).
fn problem(status: u16, title: &str, errors: Value) -> Reply {
    let body = json!({"title": title, "status": status, "errors": errors});
    reply(status, "application/problem+json", &body).0
}

fn reply(status: u16, kind: &'static str, body: &Value) -> Made {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    Made(Reply {
        status,
        headers,
        body: body.to_string().into(),
        sent: 1,
    })
}

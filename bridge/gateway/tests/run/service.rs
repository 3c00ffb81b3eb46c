//! A service over HTTP that the cases of `rest` call: it says what came, or answers as the path asks.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;

/// Starts it on a free port, and gives its address.
pub(crate) async fn start() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/api", listener.local_addr().unwrap());
    let router = Router::new().fallback(any(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// The rows of the numbers 1 to 7 that the header `Range` asks for, as PostgREST answers: without a unit.
fn range(uri: &http::Uri, asked: Option<&str>) -> Response {
    let json = (header::CONTENT_TYPE, "application/json".to_owned());
    let asked = asked.and_then(|asked| asked.strip_prefix("items=")?.split_once('-'));
    let Some((first, last)) = asked else {
        return ([json], "[1, 2, 3, 4, 5, 6, 7]").into_response();
    };
    let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
    let most = if uri.path().ends_with("small") { 2 } else { 7 };
    let numbers: Vec<_> = (1..=7)
        .skip(first)
        .take((last + 1 - first).min(most))
        .collect();
    let total = if uri.path().ends_with("open") {
        "*"
    } else {
        "7"
    };
    if numbers.is_empty() {
        let none = format!("*/{total}");
        return (
            StatusCode::RANGE_NOT_SATISFIABLE,
            [(header::CONTENT_RANGE, none)],
        )
            .into_response();
    }
    let first = if uri.path().ends_with("other") {
        0
    } else {
        first
    };
    let last = if uri.path().ends_with("endless") {
        u64::MAX
    } else {
        (first + numbers.len() - 1) as u64
    };
    let came = format!("{first}-{last}/{total}");
    (
        StatusCode::PARTIAL_CONTENT,
        [json, (header::CONTENT_RANGE, came)],
        format!("{numbers:?}"),
    )
        .into_response()
}

/// One page of the numbers 1 to 7.
fn page(uri: &http::Uri) -> Response {
    let asked = |name: &str| {
        let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        pairs
            .filter(|(found, _)| found == name)
            .find_map(|(_, value)| value.parse::<usize>().ok())
    };
    let size = asked("size").unwrap_or(3);
    let first = match asked("page") {
        Some(page) => (page - 1) * size,
        None => asked("from").unwrap_or(0),
    };
    // Some give smaller pages than they are asked for.
    let given = if uri.path().ends_with("/small") {
        size.min(2)
    } else {
        size
    };
    let numbers: Vec<_> = (1..=7).skip(first).take(given).collect();
    let after = first + size;
    let more = after < 7;
    let path = uri.path();
    let next = match path.rsplit('/').next() {
        Some("list" | "link") => return linked(path, &numbers, more.then_some(after)),
        Some("cursor") if more => after.to_string(),
        Some("url") if more => format!("\"{path}?from={after}\""),
        Some("circle") => "0".to_owned(),
        Some("elsewhere") => "\"http://elsewhere.invalid/\"".to_owned(),
        _ => "null".to_owned(),
    };
    let text = format!("{{\"items\": {numbers:?}, \"next\": {next}, \"total\": 7}}");
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

fn linked(path: &str, numbers: &[i32], next: Option<usize>) -> Response {
    let text = format!("{numbers:?}");
    let kind = (header::CONTENT_TYPE, "application/json".to_owned());
    match next {
        Some(from) => {
            let link = format!("<{path}?from=0>; rel=first, <{path}?from={from}>; rel=\"next\"");
            ([kind, (header::LINK, link)], text).into_response()
        }
        None => ([kind], text).into_response(),
    }
}

async fn answer(request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let path = parts.uri.path().to_owned();
    let Some(path) = path.strip_prefix("/api") else {
        return (StatusCode::NOT_FOUND, "outside").into_response();
    };
    let json =
        |text: &'static str| ([(header::CONTENT_TYPE, "application/json")], text).into_response();
    match path {
        "/numbers" => json(
            r#"{"long": 9007199254740993, "small": 7, "price": 12.50, "ratio": 0.1, "huge": 123456789012345678901234567890.125,
               "when": "2026-11-20T10:30:00+01:00", "day": "2026-11-20", "gone": null}"#,
        ),
        "/order" => json(
            r#"{"data": {"order_id": 7, "placed": "2026-11-20T09:30:00Z", "extra": "not sent",
               "lines": [{"sku": "A-1", "qty": 2}, {"sku": "B-2", "qty": 1}]}, "meta": {"total": 1}}"#,
        ),
        "/orders" => json(r#"[{"order_id": 1, "lines": []}, {"order_id": 2, "lines": [{"sku": "A-1", "qty": 2}]}]"#),
        "/none" => json("[]"),
        "/null" => json("null"),
        "/broken" => json(r#"{"a": [1, 2"#),
        "/html" => ([(header::CONTENT_TYPE, "text/html")], "<html>Welcome!</html>").into_response(),
        "/text" => ([(header::CONTENT_TYPE, "text/plain; charset=iso-8859-1")], &b"gr\xfc\xdfe"[..]).into_response(),
        "/bytes" => ([(header::CONTENT_TYPE, "application/octet-stream")], &b"\0\x01\xff"[..]).into_response(),
        "/xml" => (
            [(header::CONTENT_TYPE, "application/xml")],
            "<o:order xmlns:o='urn:o' id='7'><o:line><sku>A-1</sku><qty>2</qty></o:line></o:order>",
        )
            .into_response(),
        "/created" => (
            StatusCode::CREATED,
            [(header::LOCATION, "/api/orders/8"), (header::CONTENT_TYPE, "application/json")],
            r#"{"id": 8}"#,
        )
            .into_response(),
        "/empty" => StatusCode::NO_CONTENT.into_response(),
        "/problem" => (
            StatusCode::UNPROCESSABLE_ENTITY,
            [(header::CONTENT_TYPE, "application/problem+json")],
            r#"{"type": "https://example.org/out-of-stock", "title": "Out of stock", "errors": [{"sku": "A-1"}]}"#,
        )
            .into_response(),
        "/secret" => (StatusCode::INTERNAL_SERVER_ERROR, "password is hunter2").into_response(),
        "/missing" => StatusCode::NOT_FOUND.into_response(),
        ranges if ranges.starts_with("/pages/range/") => {
            let asked = parts.headers.get(header::RANGE).and_then(|value| value.to_str().ok());
            range(&parts.uri, asked)
        }
        pages if pages.starts_with("/pages/") => page(&parts.uri),
        "/slow" => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            StatusCode::OK.into_response()
        }
        "/cut" => {
            let pieces = [Ok(Bytes::from_static(b"[1, 2,")), Err(std::io::Error::other("gone"))];
            Body::from_stream(futures_util::stream::iter(pieces)).into_response()
        }
        _ => {
            let headers: Vec<_> = parts
                .headers
                .iter()
                .filter(|(name, _)| {
                    name.as_str().starts_with("x-") || matches!(name.as_str(), "content-type" | "accept")
                })
                .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
                .collect();
            let told = format!(
                "{} {}\n{}\n\n{}",
                parts.method,
                parts.uri,
                headers.join("\n"),
                String::from_utf8_lossy(&body)
            );
            ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], told).into_response()
        }
    }
}

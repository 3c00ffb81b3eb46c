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

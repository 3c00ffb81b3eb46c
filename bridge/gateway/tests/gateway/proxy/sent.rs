//! What goes on, and what comes back.

use footbridge_remoting::Encoding;
use serde_json::{Value as Json, json};

use super::{Upstream, envelope, gateway, header, http, send, send_as, soap};

#[tokio::test]
async fn a_request_goes_on_and_its_answer_comes_back_as_text() {
    let upstream = Upstream::start().await;
    let (running, _root) = gateway(&upstream).await;
    let url = format!("{}/feed/news", upstream.address());
    let more = json!({
        "body": {"page": 2, "tag": ["a b", "c&d"], "none": null},
        "httpHeaders": {"Accept-Language": "pl", "X-Secret": "no", "Cookie": "a=b", "Host": "evil"},
        "recordHeaders": true,
    });
    let answer = send(&running, http("newsFeed", &format!("{url}?x=1"), more)).await;
    assert_eq!(
        answer["$class"],
        "flex.messaging.messages.AcknowledgeMessage"
    );
    assert_eq!(
        answer["correlationId"],
        "6F2B6C34-3A5E-4B0A-9C57-0D6B0A3C1F42"
    );
    assert_eq!(answer["body"], "<news/>");
    assert_eq!(answer["headers"]["DSStatusCode"], 200);
    let came = &answer["headers"]["responseHeaders"];
    assert_eq!(came["Content-Type"], "text/xml");
    assert_eq!(came["X-Kind"], json!(["a", "b"]));
    assert_eq!(came["Set-Cookie"], Json::Null, "cookies are kept here");
    assert_eq!(
        answer["headers"]["requestHeaders"],
        json!({"Accept-Language": "pl"})
    );
    let seen = upstream.last();
    assert!(
        seen.starts_with("GET /feed/news?x=1&page=2&tag=a+b&tag=c%26d&none= HTTP/1.1\r\n"),
        "{seen}"
    );
    let lower = seen.to_ascii_lowercase();
    assert!(
        lower.contains("accept-language: pl") && lower.contains("x-own: fixed"),
        "{seen}"
    );
    assert!(
        !lower.contains("x-secret") && !lower.contains("evil") && !lower.contains("a=b"),
        "{seen}"
    );
}

#[tokio::test]
async fn messages_without_classes_are_understood_too() {
    let upstream = Upstream::start().await;
    let (running, _root) = gateway(&upstream).await;
    let mut message = http("", "", json!({}));
    message.as_object_mut().unwrap().remove("$class");
    for encoding in [Encoding::Amf0, Encoding::Amf3] {
        let answer = send_as(&running, encoding, &message).await;
        assert_eq!(
            answer["body"], "<news/>",
            "DefaultHTTP, the backend's address"
        );
    }
    let mut message = soap(
        &envelope("<e:Body><GetQuote xmlns='urn:quotes'/></e:Body>"),
        "urn:get",
    );
    message.as_object_mut().unwrap().remove("$class");
    let answer = send_as(&running, Encoding::Amf0, &message).await;
    assert!(
        answer["body"].as_str().unwrap().contains("no rate"),
        "{answer}"
    );
}

#[tokio::test]
async fn bodies_go_out_as_what_they_are() {
    let upstream = Upstream::start().await;
    let (running, _root) = gateway(&upstream).await;
    let cases = [
        (
            json!({"method": "POST", "body": {"a": 1, "b": true}}),
            "application/x-www-form-urlencoded",
            "a=1&b=true",
        ),
        (
            json!({"method": "post", "contentType": "application/xml", "body": "<a>ż</a>"}),
            "application/xml",
            "<a>ż</a>",
        ),
        (
            json!({"method": "PUT", "contentType": "application/json", "body": "{\"a\":1}"}),
            "application/json",
            "{\"a\":1}",
        ),
        (
            json!({"method": "POST", "contentType": "application/octet-stream", "body": {"$bytes": "AQID"}}),
            "application/octet-stream",
            "\u{1}\u{2}\u{3}",
        ),
        (
            json!({"method": "POST", "contentType": "application/xml", "body": {"$xml": "<b/>"}}),
            "application/xml",
            "<b/>",
        ),
    ];
    for (more, kind, body) in cases {
        let answer = send(&running, http("newsFeed", "", more)).await;
        assert_eq!(answer["body"], "<news/>", "{answer}");
        let seen = upstream.last();
        let (head, sent) = seen.split_once("\r\n\r\n").unwrap();
        assert_eq!(header(head, "content-type"), Some(kind), "{seen}");
        assert_eq!(sent, body);
    }
    let head = send(&running, http("newsFeed", "", json!({"method": "OPTIONS"}))).await;
    assert_eq!(head["body"], json!(["GET", "HEAD"]));
    let latin = format!("{}/feed/latin", upstream.address());
    assert_eq!(
        send(&running, http("newsFeed", &latin, json!({}))).await["body"],
        "café"
    );
}

#[tokio::test]
async fn failures_are_the_faults_that_clients_know() {
    let upstream = Upstream::start().await;
    let (running, _root) = gateway(&upstream).await;
    let at = |path: &str| format!("{}{path}", upstream.address());
    let gone = send(&running, http("plain", &at("/feed/gone"), json!({}))).await;
    assert_eq!(gone["faultCode"], "Server.Proxy.Request.Failed");
    assert_eq!(gone["faultDetail"], "404 Not Found");
    assert_eq!(gone["headers"]["DSStatusCode"], 404);
    assert_eq!(gone["extendedData"]["body"], "no such news");
    let ruled = send(&running, http("newsFeed", &at("/feed/gone"), json!({}))).await;
    assert_eq!(ruled["faultCode"], "Client.NoNews");
    assert_eq!(ruled["faultString"], "no news, 404");
    let closed = send(&running, http("newsFeed", &at("/feed/closed"), json!({}))).await;
    assert_eq!(closed["faultCode"], "Client.Authentication");
    assert_eq!(closed["faultDetail"], "Basic realm=\"x\"");
    let large = send(&running, http("newsFeed", &at("/feed/large"), json!({}))).await;
    assert_eq!(large["faultCode"], "Server.ReplyTooLarge");
    let nobody = send(&running, http("closed", &at("/feed/news"), json!({}))).await;
    assert_eq!(nobody["faultCode"], "Client.Authentication");
    let unknown = send(&running, http("other", &at("/feed/news"), json!({}))).await;
    assert_eq!(unknown["faultCode"], "Server.ResourceNotFound");
    send(&running, http("plain", &at("/x"), json!({}))).await;
    let often = send(&running, http("plain", &at("/x"), json!({}))).await;
    assert_eq!(often["faultCode"], "Client.TooManyCalls");
}

#[tokio::test]
async fn envelopes_of_published_operations_pass() {
    let upstream = Upstream::start().await;
    let (running, _root) = gateway(&upstream).await;
    let quote =
        envelope("<e:Body><GetQuote xmlns='urn:quotes'><symbol>ACME</symbol></GetQuote></e:Body>");
    let answer = send(&running, soap(&quote, "urn:reset")).await;
    assert_eq!(
        answer["$class"], "flex.messaging.messages.AcknowledgeMessage",
        "a SOAP fault is an answer: {answer}"
    );
    assert!(
        answer["body"]
            .as_str()
            .unwrap()
            .contains("<faultstring>no rate"),
        "{answer}"
    );
    assert_eq!(answer["headers"]["DSStatusCode"], 500);
    let seen = upstream.last();
    assert!(seen.starts_with("POST /soap HTTP/1.1"), "{seen}");
    assert!(
        seen.to_ascii_lowercase()
            .contains("soapaction: \"urn:get\""),
        "the body decides: {seen}"
    );
    assert!(!seen.contains("utf-16"), "{seen}");
    let described = send(
        &running,
        http(
            "wsQuotes",
            &format!("{}/soap?wsdl", upstream.address()),
            json!({}),
        ),
    )
    .await;
    assert_eq!(
        described["headers"]["DSStatusCode"], 500,
        "it was asked: {described}"
    );
}

//! Requests that clients make through a proxy: `HTTPMessage` and `SOAPMessage`, and everything that must not get through.

use std::path::Path;
use std::sync::{Arc, Mutex};

use footbridge_amf::canonical::{self, Encoding as Shown};
use footbridge_amf::{Graph, Limits};
use footbridge_gateway::Live;
use footbridge_gateway::documents::Outside;
use footbridge_mapping::compile::{Project, SourceFile, compile};
use footbridge_mapping::diagnostic::render;
use footbridge_remoting::outgoing::{self, Outgoing, Target};
use footbridge_remoting::{Encoding, Packet};
use footbridge_sql::Databases;
use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{Running, serve};

/// A server that answers each request by its path, and remembers them.
struct Upstream {
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Upstream {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let seen = Arc::clone(&seen);
                tokio::spawn(async move {
                    let mut bytes = Vec::new();
                    loop {
                        let text = String::from_utf8_lossy(&bytes).into_owned();
                        if let Some((head, body)) = text.split_once("\r\n\r\n") {
                            let length = header(head, "content-length")
                                .and_then(|length| length.parse().ok())
                                .unwrap_or(0);
                            if body.len() >= length {
                                seen.lock().unwrap().push(text.clone());
                                let answer = answer(head, port);
                                stream.write_all(&answer).await.unwrap();
                                return;
                            }
                        }
                        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                            return;
                        }
                    }
                });
            }
        });
        Self { port, seen: kept }
    }

    fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The last request; none is left.
    fn last(&self) -> String {
        self.seen
            .lock()
            .unwrap()
            .drain(..)
            .next_back()
            .unwrap_or_default()
    }

    fn lines(&self) -> Vec<String> {
        let line = |text: &String| text.lines().next().unwrap_or_default().to_owned();
        self.seen.lock().unwrap().iter().map(line).collect()
    }
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().skip(1).find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

fn answer(head: &str, port: u16) -> Vec<u8> {
    let path = head.split(' ').nth(1).unwrap_or_default();
    let (status, headers, body): (&str, String, &[u8]) = match path.split('?').next() {
        Some("/feed/news") => (
            "200 OK",
            "Content-Type: text/xml\r\nX-Kind: a\r\nX-Kind: b\r\nSet-Cookie: s=1; Path=/\r\nAllow: GET, HEAD\r\n".to_owned(),
            b"<news/>",
        ),
        Some("/feed/latin") => ("200 OK", "Content-Type: text/plain\r\n".to_owned(), b"caf\xe9"),
        Some("/feed/gone") => ("404 Not Found", "Content-Type: text/plain\r\n".to_owned(), b"no such news"),
        Some("/feed/closed") => ("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n".to_owned(), b""),
        Some("/feed/moved") => ("302 Found", "Location: /feed/news\r\n".to_owned(), b""),
        Some("/feed/out") => ("302 Found", "Location: /admin\r\n".to_owned(), b""),
        Some("/feed/within") => ("302 Found", format!("Location: http://localhost:{port}/feed/news\r\n"), b""),
        Some("/feed/large") => ("200 OK", String::new(), &[b'x'; 200_000]),
        Some("/soap") => (
            "500 Internal Server Error",
            "Content-Type: text/xml\r\n".to_owned(),
            b"<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><e:Fault><faultcode>e:Server</faultcode><faultstring>no rate</faultstring></e:Fault></e:Body></e:Envelope>",
        ),
        Some(_) | None => ("200 OK", String::new(), b"reached"),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), if path.is_empty() { b"" } else { body }].concat()
}

const WSDL: &str = r#"<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:quotes" targetNamespace="urn:quotes">
<types><x:schema targetNamespace="urn:quotes" elementFormDefault="qualified">
  <x:element name="GetQuote"><x:complexType><x:sequence><x:element name="symbol" type="x:string"/></x:sequence></x:complexType></x:element>
  <x:element name="ResetCache"><x:complexType><x:sequence/></x:complexType></x:element>
  <x:element name="Audit"><x:complexType><x:sequence/></x:complexType></x:element>
  <x:element name="Done"><x:complexType><x:sequence/></x:complexType></x:element>
</x:schema></types>
<message name="q"><part name="p" element="t:GetQuote"/></message>
<message name="r"><part name="p" element="t:ResetCache"/></message>
<message name="a"><part name="p" element="t:Audit"/></message>
<message name="d"><part name="p" element="t:Done"/></message>
<portType name="P">
  <operation name="GetQuote"><input message="t:q"/><output message="t:d"/></operation>
  <operation name="ResetCache"><input message="t:r"/><output message="t:d"/></operation>
  <operation name="Audit"><input message="t:a"/><output message="t:d"/></operation>
</portType>
<binding name="B" type="t:P"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
  <operation name="GetQuote"><s:operation soapAction="urn:get"/><input><s:body use="literal"/></input><output><s:body use="literal"/></output></operation>
  <operation name="ResetCache"><s:operation soapAction="urn:reset"/><input><s:body use="literal"/></input><output><s:body use="literal"/></output></operation>
  <operation name="Audit"><s:operation soapAction="urn:audit"/><input><s:body use="literal"/></input><output><s:body use="literal"/></output></operation>
</binding>
<service name="S"><port name="P" binding="t:B"><s:address location="http://unused.invalid/"/></port></service>
</definitions>"#;

/// A gateway with proxies to `upstream`.
async fn gateway(upstream: &Upstream) -> (Running, tempfile::TempDir) {
    let base = upstream.address();
    let port = upstream.port;
    let files = [
        (
            "gateway.yaml",
            "gateway: test\nlimits: {reply: 100KiB}\ndefaults: {roles: public}\n".to_owned(),
        ),
        (
            "news.yaml",
            format!(
                "proxy: newsFeed\nalso: [DefaultHTTP]\nbackend: news\nallow:\n  - {base}/feed/*\n  - http://localhost:{port}/feed/*\n  - http://guest.example/x/*\n\
                 methods: [GET, POST, HEAD, OPTIONS, PUT]\npass-headers: [Accept-Language]\nfaults:\n  404: {{code: Client.NoNews, message: 'no news, {{fault.status}}'}}\n\
                 backends:\n  news: {{rest: '{base}/feed/news', headers: {{X-Own: fixed}}}}\n"
            ),
        ),
        (
            "closed.yaml",
            format!("proxy: closed\nroles: [clerk]\nallow: ['{base}/feed/*']\n"),
        ),
        (
            "plain.yaml",
            format!("proxy: plain\nallow: ['{base}/*']\nrate: 2/min\n"),
        ),
        (
            "quotes.yaml",
            format!(
                "proxy: wsQuotes\nbackend: quotes\npublish: {{except: [ResetCache], Audit: [auditor], all: }}\nbackends:\n  quotes: {{wsdl: quotes.wsdl, url: '{base}/soap'}}\n"
            ),
        ),
        (
            "rest.yaml",
            format!(
                "service: rest\nbackend: news2\noperations:\n  get:\n    args: {{id: string, q: 'string?', h: 'string?'}}\n    rest: GET /feed/{{id}}/end\n    query: {{q}}\n    headers: {{X-H: =h}}\n    returns: any\nbackends:\n  news2: {{rest: '{base}'}}\n"
            ),
        ),
    ];
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("wsdl")).unwrap();
    std::fs::write(root.path().join("wsdl/quotes.wsdl"), WSDL).unwrap();
    let project = Project {
        root: root.path().to_owned(),
        files: files
            .iter()
            .map(|(name, text)| SourceFile::new(format!("mappings/{name}"), text.as_bytes()))
            .collect(),
    };
    (serve(live(&project, root.path())).await, root)
}

fn live(project: &Project, root: &Path) -> Live {
    let outside = Outside::new(root);
    let compiled = compile(project, &outside);
    let mapping = compiled
        .mapping
        .unwrap_or_else(|| panic!("{}", render(&compiled.diagnostics, project, false)));
    let databases = Arc::new(Databases::open(&mapping, root).unwrap());
    Live::open(mapping, databases, outside.documents(), root).unwrap()
}

/// An HTTPMessage as Flex sends it; `more` takes the place of members.
fn http(destination: &str, url: &str, more: Json) -> Json {
    let mut message = json!({
        "$class": "flex.messaging.messages.HTTPMessage",
        "destination": destination,
        "url": url,
        "method": "GET",
        "contentType": "application/x-www-form-urlencoded",
        "httpHeaders": {},
        "recordHeaders": false,
        "body": {},
        "headers": {"DSId": "nil", "DSEndpoint": "my-amf"},
        "messageId": "6F2B6C34-3A5E-4B0A-9C57-0D6B0A3C1F42",
        "clientId": null,
        "timeToLive": 0,
        "timestamp": 0,
    });
    for (name, value) in more.as_object().unwrap() {
        message[name] = value.clone();
    }
    message
}

fn soap(body: &str, action: &str) -> Json {
    let mut message = http("wsQuotes", "", json!({"method": "POST", "body": body}));
    message["$class"] = "flex.messaging.messages.SOAPMessage".into();
    message["contentType"] = "text/xml; charset=utf-8".into();
    message["httpHeaders"] = json!({ "SOAPAction": format!("\"{action}\"") });
    message
}

fn envelope(inner: &str) -> String {
    format!(
        "<?xml version='1.0' encoding='utf-16'?><e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'>{inner}</e:Envelope>"
    )
}

async fn send_as(running: &Running, encoding: Encoding, message: &Json) -> Json {
    let mut graph = Graph::new();
    let message = canonical::from_json_into(&mut graph, message).unwrap();
    let call = Outgoing {
        graph: &graph,
        arguments: &[message],
        target: Target::Classic("null"),
    };
    let packet = outgoing::request(encoding, &[call], 1_000_000).unwrap();
    let answer = running.post(&packet).await;
    let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
    let body = &packet.bodies[0];
    canonical::to_json(&body.graph, &body.content, Shown::Amf3).unwrap()
}

async fn send(running: &Running, message: Json) -> Json {
    send_as(running, Encoding::Amf3, &message).await
}

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
async fn requests_reach_what_is_allowed_and_nothing_else() {
    let upstream = Upstream::start().await;
    let (running, _root) = gateway(&upstream).await;
    let port = upstream.port;
    let followed = send(
        &running,
        http(
            "newsFeed",
            &format!("http://127.0.0.1:{port}/feed/moved"),
            json!({}),
        ),
    )
    .await;
    assert_eq!(followed["body"], "<news/>", "{followed}");
    assert_eq!(
        upstream.lines(),
        ["GET /feed/moved HTTP/1.1", "GET /feed/news HTTP/1.1"]
    );
    upstream.last();
    for url in [
        format!("http://127.0.0.1:{port}/admin"),
        format!("http://127.0.0.1:{port}/feed/../admin"),
        format!("http://127.0.0.1:{port}/feed/%2e%2e/admin"),
        format!("http://127.0.0.1:{port}/feed/..;/admin"),
        format!("http://127.0.0.1:{port}/feed/%252e%252e%252fadmin"),
        format!("http://127.0.0.1:{port}/feed/a%2f..%2f..%2fadmin"),
        format!("http://127.0.0.1:{port}/feed\\..\\admin"),
        format!("http://127.0.0.1:{port}/?/feed/news"),
        format!("http://127.0.0.1:{port}/#/feed/news"),
        format!("http://guest.example@127.0.0.1:{port}/x/y"),
        format!("http://127.0.0.1:{port}@guest.example/feed/news"),
        format!("http://guest.example:80#@127.0.0.1:{port}/x/y"),
        format!("http://127.0.0.1:{port}\\@guest.example/x/y"),
        format!("http://[::ffff:127.0.0.1]:{port}/feed/news"),
        format!("http://[::1]:{port}/feed/news"),
        format!("http://0.0.0.0:{port}/feed/news"),
        format!("http://2130706433:{port}/admin"),
        format!("http://0x7f000001:{port}/admin"),
        format!("http://0177.0.0.1:{port}/admin"),
        format!("http://127.1:{port}/admin"),
        format!("http://localhost:{port}/feed/news"),
        format!("http://LOCALHOST.:{port}/feed/news"),
        format!("http://127.0.0.1:{port}/feed/out"),
        format!("http://127.0.0.1:{port}/feed/within"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://①②⑦.⓪.⓪.①/feed/news".to_owned(),
        "http://guest。example/y".to_owned(),
        "http://guest.example.evil.example/x/y".to_owned(),
        "file:///etc/passwd".to_owned(),
        "gopher://127.0.0.1/x".to_owned(),
        "javascript:alert(1)".to_owned(),
        "//127.0.0.1/feed/news".to_owned(),
        "/admin".to_owned(),
        format!("http://127.0.0.1:{port}/feed/x HTTP/1.1\r\nX: y"),
        "x".repeat(100_000),
    ] {
        let answer = send(&running, http("newsFeed", &url, json!({}))).await;
        assert_eq!(
            answer["faultCode"], "Server.Proxy.Request.Failed",
            "{url}: {answer}"
        );
        let text = answer.to_string();
        assert!(
            !text.contains("reached") && !text.contains("panicked"),
            "{url}: {text}"
        );
    }
    let lines = upstream.lines();
    assert!(
        lines
            .iter()
            .all(|line| line.contains(" /feed/out ") || line.contains(" /feed/within ")),
        "{lines:?}"
    );
}

#[tokio::test]
async fn methods_and_headers_that_nobody_allows_are_not_sent() {
    let upstream = Upstream::start().await;
    let (running, _root) = gateway(&upstream).await;
    for more in [
        json!({"method": "DELETE"}),
        json!({"method": "TRACE"}),
        json!({"method": "CONNECT"}),
        json!({"method": "GET / HTTP/1.1\r\nX: y\r\n\r\n"}),
        json!({"httpHeaders": {"Accept-Language": "a\r\nX-Injected: 1"}}),
        json!({"method": "POST", "body": "x", "contentType": "text/plain\r\nX-Injected: 1"}),
        json!({"method": "POST", "body": {"a": {"b": 1}}}),
        json!({"method": "POST", "body": ["a"]}),
    ] {
        let answer = send(&running, http("newsFeed", "", more.clone())).await;
        assert_eq!(
            answer["faultCode"], "Server.Proxy.Request.Failed",
            "{more}: {answer}"
        );
    }
    assert!(upstream.lines().is_empty());
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

#[tokio::test]
async fn envelopes_of_anything_else_do_not_pass() {
    let upstream = Upstream::start().await;
    let (running, _root) = gateway(&upstream).await;
    let get = "<GetQuote xmlns='urn:quotes'/>";
    let reset = "<ResetCache xmlns='urn:quotes'/>";
    let own = upstream.address();
    let bodies = [
        envelope(&format!("<e:Body>{reset}</e:Body>")),
        envelope("<e:Body><Audit xmlns='urn:quotes'/></e:Body>"),
        envelope("<e:Body><GetQuote xmlns='urn:other'/></e:Body>"),
        envelope(&format!("<e:Body>{get}{reset}</e:Body>")),
        envelope(&format!("<e:Body>{get}</e:Body><e:Body>{reset}</e:Body>")),
        envelope(&format!("<e:Body>{get}<x id='1'/>{reset}</e:Body>")),
        envelope(&format!("<Body>{reset}</Body><e:Body>{get}</e:Body>")),
        envelope(&format!(
            "<e:Header><a:Action xmlns:a='http://www.w3.org/2005/08/addressing'>urn:reset</a:Action></e:Header><e:Body>{get}</e:Body>"
        )),
        format!(
            "<!DOCTYPE x [<!ENTITY r SYSTEM 'file:///etc/passwd'>]>{}",
            envelope("<e:Body>&r;</e:Body>").split_once("?>").unwrap().1
        ),
        envelope(""),
        String::new(),
        "no XML".to_owned(),
        "<".repeat(10_000),
    ];
    for body in bodies {
        let answer = send(&running, soap(&body, "urn:get")).await;
        let code = answer["faultCode"].as_str().unwrap_or_default();
        assert!(
            [
                "Server.Proxy.Request.Failed",
                "Client.Authorization",
                "Client.Authentication"
            ]
            .contains(&code),
            "{body}: {answer}"
        );
    }
    let post = json!({"method": "POST", "contentType": "text/xml", "body": envelope(&format!("<e:Body>{reset}</e:Body>"))});
    for (url, more) in [
        (String::new(), post.clone()),
        (format!("{own}/soap"), post.clone()),
        (format!("{own}/soap?x"), post.clone()),
        (format!("{own}/soap/"), post.clone()),
        (format!("{own}/SOAP"), post),
        (format!("{own}/soap?op=ResetCache"), json!({})),
        (format!("{own}/soap?wsdl&method=ResetCache"), json!({})),
        (String::new(), json!({"body": {"method": "ResetCache"}})),
        (
            format!("{own}/soap?wsdl"),
            json!({"body": {"method": "ResetCache"}}),
        ),
    ] {
        let answer = send(&running, http("wsQuotes", &url, more)).await;
        let code = answer["faultCode"].as_str().unwrap_or_default();
        assert!(
            ["Server.Proxy.Request.Failed", "Client.Authorization"].contains(&code),
            "{url}: {answer}"
        );
    }
    assert!(upstream.lines().is_empty(), "{:?}", upstream.lines());
}

#[tokio::test]
async fn no_argument_of_a_rest_operation_changes_where_it_goes() {
    let upstream = Upstream::start().await;
    let (running, _root) = gateway(&upstream).await;
    for hostile in [
        "..",
        "../../admin",
        "..%2f..%2fadmin",
        "%2e%2e",
        "x/../../admin",
        "\\..\\admin",
        "..;/admin",
        "x?y=1",
        "x#y",
        "@evil.example/",
        "//evil.example/",
        "http://evil.example/",
        "x HTTP/1.1\r\nHost: evil",
        "\u{ff0e}\u{ff0e}/admin",
        "a\0b",
        "\u{2025}/x",
    ] {
        let mut graph = Graph::new();
        let values = [hostile, hostile, "plain"]
            .map(|text| canonical::from_json_into(&mut graph, &json!(text)).unwrap());
        let call = Outgoing {
            graph: &graph,
            arguments: &values,
            target: Target::Classic("rest.get"),
        };
        let packet = outgoing::request(Encoding::Amf0, &[call], 100_000).unwrap();
        running.post(&packet).await;
        let mut values = values;
        values[0] = canonical::from_json_into(&mut graph, &json!("id")).unwrap();
        values[2] = canonical::from_json_into(&mut graph, &json!(hostile)).unwrap();
        let call = Outgoing {
            graph: &graph,
            arguments: &values,
            target: Target::Classic("rest.get"),
        };
        let packet = outgoing::request(Encoding::Amf0, &[call], 100_000).unwrap();
        running.post(&packet).await;
    }
    let seen = upstream.seen.lock().unwrap().clone();
    assert!(!seen.is_empty());
    for request in seen {
        let line = request.lines().next().unwrap();
        let path = line.split(' ').nth(1).unwrap().split('?').next().unwrap();
        assert!(
            path.starts_with("/feed/") && path.ends_with("/end"),
            "{line}"
        );
        assert_eq!(path.matches('/').count(), 3, "{line}");
        assert!(!path.split('/').any(|part| part == ".."), "{line}");
        assert!(
            header(&request, "host").unwrap().starts_with("127.0.0.1"),
            "{request}"
        );
    }
}

#[tokio::test]
async fn an_address_as_the_name_of_a_service_is_a_name() {
    let upstream = Upstream::start().await;
    let (running, _root) = gateway(&upstream).await;
    // ColdFusion's gateway called web services that clients named by their WSDL's address.
    for target in [
        format!("{}/soap?wsdl.GetQuote", upstream.address()),
        "http://169.254.169.254/x?WSDL.get".to_owned(),
        "file:///etc/passwd.get".to_owned(),
        "newsFeed.request".to_owned(),
        "DefaultHTTP.request".to_owned(),
        "proxy newsFeed.request".to_owned(),
    ] {
        let packet = crate::support::classic(&[&target]);
        let faults = running.post(&packet).await.faults();
        assert_eq!(faults[0].1, "Server.ResourceNotFound", "{target}");
    }
    assert!(upstream.lines().is_empty());
}

//! Requests that clients make through a proxy: `HTTPMessage` and `SOAPMessage`, and everything that must not get through.

mod refused;
mod sent;

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

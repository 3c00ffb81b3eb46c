//! What would lead the gateway elsewhere: documents that name others, and answers that redirect. Within this machine's network nobody
//! is asked whom no mapping names.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use footbridge_gateway::Live;
use footbridge_gateway::documents::{Fetch, Outside};
use footbridge_mapping::compile::{Project, SourceFile, compile};
use footbridge_mapping::diagnostic::render;
use footbridge_sql::Databases;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::hostile::{AMF, tells_nothing};
use crate::support::{classic, serve_at};

/// Addresses that a document of a stranger may name.
fn bait(port: u16) -> Vec<String> {
    vec![
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        format!("http://127.0.0.1:{port}/secret"),
        format!("http://localhost:{port}/secret"),
        format!("http://[::1]:{port}/secret"),
        format!("http://[::ffff:127.0.0.1]:{port}/secret"),
        format!("http://docs.example@127.0.0.1:{port}/secret"),
        format!("http://docs.example:80@127.0.0.1:{port}/secret"),
        format!("http://docs.example\\@127.0.0.1:{port}/secret"),
        format!("http://docs.example.127.0.0.1.nip.example:{port}/secret"),
        format!("//127.0.0.1:{port}/secret"),
        "https://docs.example/secret".to_owned(),
        "http://docs.example:8080/secret".to_owned(),
        "ftp://docs.example/secret".to_owned(),
        "gopher://127.0.0.1/secret".to_owned(),
        "file:///etc/passwd".to_owned(),
        "file://localhost/etc/passwd".to_owned(),
        "/etc/passwd".to_owned(),
        "../../../../../../etc/passwd".to_owned(),
        "..\\..\\etc\\passwd".to_owned(),
        "%2e%2e/%2e%2e/secret.txt".to_owned(),
        "../secret.txt".to_owned(),
        "data:text/xml,secret".to_owned(),
    ]
}

fn wsdl(lure: &str) -> [String; 4] {
    let lure = lure.replace('&', "&amp;");
    let document = |within: &str, types: &str| {
        format!(
            r#"<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t">{within}
<types><x:schema targetNamespace="urn:t">{types}<x:element name="get"><x:complexType><x:sequence/></x:complexType></x:element></x:schema></types>
<message name="m"><part name="p" element="t:get"/></message>
<portType name="P"><operation name="get"><input message="t:m"/><output message="t:m"/></operation></portType>
<binding name="B" type="t:P"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
<operation name="get"><s:operation soapAction=""/><input><s:body use="literal"/></input><output><s:body use="literal"/></output></operation></binding>
<service name="S"><port name="P" binding="t:B"><s:address location="http://docs.example/soap"/></port></service></definitions>"#
        )
    };
    [
        document(
            &format!("<import namespace='urn:o' location='{lure}'/>"),
            "",
        ),
        document(
            "",
            &format!("<x:import namespace='urn:o' schemaLocation='{lure}'/>"),
        ),
        document("", &format!("<x:include schemaLocation='{lure}'/>")),
        format!(
            "<!DOCTYPE d [<!ENTITY e SYSTEM '{lure}'>]>{}",
            document(
                "",
                "<x:annotation><x:documentation>&e;</x:documentation></x:annotation>"
            )
        ),
    ]
}

fn openapi(lure: &str) -> String {
    let lure = serde_json::json!(format!("{lure}#/x"));
    format!(
        r##"{{"openapi": "3.0.3", "info": {{"title": "t", "version": "1"}}, "paths": {{
"/a": {{"get": {{"operationId": "get", "responses": {{"200": {{"description": "x", "content": {{"application/json": {{"schema": {{"$ref": {lure}}}}}}}}}}}}}}},
"/b": {{"$ref": {lure}}},
"/c": {{"get": {{"parameters": [{{"$ref": {lure}}}], "responses": {{"200": {{"$ref": {lure}}}}}}}}}}}}}"##
    )
}

/// Compiles a mapping of one backend whose document is `text`, a file or behind an URL; what was said, and what was fetched.
fn described(kind: &str, document: &str, text: &str) -> (String, Vec<String>) {
    let above = tempfile::tempdir().unwrap();
    std::fs::write(above.path().join("secret.txt"), "root:x:0:0").unwrap();
    let root = above.path().join("project");
    let folder = root.join(if kind == "wsdl" { "wsdl" } else { "schemas" });
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(root.join("secret.txt"), "root:x:0:0").unwrap();
    if !document.contains("://") {
        std::fs::write(folder.join(document), text).unwrap();
    }
    let fetched = Arc::new(Mutex::new(Vec::new()));
    let (kept, text) = (Arc::clone(&fetched), text.to_owned());
    let first = document.to_owned();
    let fetch: Fetch = Arc::new(move |url| {
        kept.lock().unwrap().push(url.to_owned());
        if url == first {
            Ok(text.clone().into_bytes())
        } else {
            Err("there is nothing".to_owned())
        }
    });
    let outside = Outside::new(&root).fetching(fetch, false);
    let gateway = format!(
        "gateway: test\nbackends:\n  b: {{{kind}: '{document}'}}\ndefaults: {{roles: public}}\n"
    );
    let service = "service: a.B\nbackend: b\npublish: all\n";
    let project = Project {
        root,
        files: vec![
            SourceFile::new("mappings/gateway.yaml", gateway.as_bytes()),
            SourceFile::new("mappings/service.yaml", service.as_bytes()),
        ],
    };
    let said = render(&compile(&project, &outside).diagnostics, &project, false);
    let fetched = fetched.lock().unwrap().clone();
    (said, fetched)
}

#[tokio::test]
async fn documents_lead_to_no_other_document_than_their_own_servers() {
    let inner = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = inner.local_addr().unwrap().port();
    for lure in bait(port) {
        let documents = wsdl(&lure).map(|text| ("wsdl", text));
        for (kind, text) in documents.into_iter().chain([("openapi", openapi(&lure))]) {
            let (said, fetched) = described(kind, "own.xml", &text);
            assert!(fetched.is_empty(), "a file of {lure} fetched {fetched:?}");
            assert!(!said.contains("root:"), "{lure}: {said}");
            let own = "http://docs.example/own.xml";
            let (said, fetched) = described(kind, own, &text);
            let elsewhere = fetched.iter().find(|url| {
                let url = url::Url::parse(url).unwrap();
                url.origin() != url::Url::parse(own).unwrap().origin()
                    || url.password().is_some()
                    || !url.username().is_empty()
            });
            assert_eq!(elsewhere, None, "{lure}: {fetched:?}");
            assert!(!said.contains("root:"), "{lure}: {said}");
        }
    }
    let came = tokio::time::timeout(std::time::Duration::from_millis(50), inner.accept()).await;
    assert!(came.is_err(), "somebody asked the inner server");
    // What the documents name is looked at: on their own server it is fetched.
    for text in wsdl("part.xml").iter().take(3) {
        let (_, fetched) = described("wsdl", "http://docs.example/own.xml", text);
        assert!(fetched.contains(&"http://docs.example/part.xml".to_owned()));
    }
    let (_, fetched) = described(
        "openapi",
        "http://docs.example/own.xml",
        &openapi("part.xml"),
    );
    assert!(fetched.contains(&"http://docs.example/part.xml".to_owned()));
}

/// A server that answers every request with this redirect; how often it was asked.
async fn redirecting(status: &'static str, to: String) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (count, to) = (Arc::clone(&count), to.clone());
            tokio::spawn(async move {
                let mut head = [0; 8192];
                let _ = stream.read(&mut head).await;
                count.fetch_add(1, Ordering::SeqCst);
                let answer = format!(
                    "HTTP/1.1 {status}\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    (port, asked)
}

/// A mapping whose backends, token keys and proxy are all at one server.
fn files(port: u16) -> Vec<SourceFile> {
    let base = format!("http://127.0.0.1:{port}");
    let gateway = format!(
        "gateway: test
backends:
  rest: {{rest: '{base}/api', redirects: 5}}
  soap: {{wsdl: own.wsdl, url: '{base}/soap', redirects: 5}}
login:
  - jwt: {{keys: '{base}/jwks.json', audience: shop}}
  - {{backend: rest, rest: POST /login}}
defaults: {{roles: public}}
"
    );
    let service = "service: a.B
operations:
  rest: {backend: rest, rest: GET /x, returns: any}
  post: {backend: rest, rest: POST /x, body: {a: 1}, returns: any}
  soap: {backend: soap, soap: get}
  one: {value: 1}
";
    vec![
        SourceFile::new("mappings/gateway.yaml", gateway.as_bytes()),
        SourceFile::new("mappings/service.yaml", service.as_bytes()),
    ]
}

#[tokio::test]
async fn redirects_of_backends_and_of_key_sets_lead_nowhere_else() {
    let inner = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let inside = inner.local_addr().unwrap();
    for (status, to) in [
        ("302 Found", format!("http://{inside}/secret")),
        ("307 Temporary Redirect", format!("http://{inside}/secret")),
        (
            "301 Moved Permanently",
            format!("http://localhost:{}/secret", inside.port()),
        ),
        ("308 Permanent Redirect", format!("//{inside}/secret")),
        ("303 See Other", "http://169.254.169.254/".to_owned()),
        ("302 Found", "file:///etc/passwd".to_owned()),
        ("302 Found", "gopher://127.0.0.1:1/x".to_owned()),
    ] {
        let (port, asked) = redirecting(status, to.clone()).await;
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("wsdl")).unwrap();
        let [document, ..] =
            wsdl("").map(|text| text.replace("<import namespace='urn:o' location=''/>", ""));
        std::fs::write(root.path().join("wsdl/own.wsdl"), document).unwrap();
        let live = live(root.path(), files(port));
        let running = serve_at(live, root.path()).await;
        let calls = ["a.B.rest", "a.B.post", "a.B.soap"];
        let answer = running.post(&classic(&calls)).await;
        tells_nothing(&answer);
        for (target, code) in answer.faults() {
            assert!(target.ends_with("/onStatus"), "{to}: {target}");
            assert!(code.starts_with("Server."), "{to}: {code}");
        }
        // A token makes its keys be fetched, a name and password ask the service.
        let token =
            "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJhdWQiOiJzaG9wIiwiZXhwIjo5OTk5OTk5OTk5fQ.c2ln";
        for authorization in [format!("Bearer {token}"), "Basic YW5uOmh1c2g=".to_owned()] {
            let head = format!("{AMF}\r\nAuthorization: {authorization}");
            let answer = running.send(&head, &classic(&["a.B.one"])).await;
            tells_nothing(&answer);
            assert_ne!(answer.faults()[0].1, "null", "{to}");
            assert!(answer.faults()[0].0.ends_with("/onStatus"), "{to}");
        }
        assert!(asked.load(Ordering::SeqCst) >= 5, "{to}: {asked:?}");
        let fine = running.post(&classic(&["a.B.one"])).await;
        assert_eq!(fine.faults()[0].0, "/1/onResult");
    }
    let came = tokio::time::timeout(std::time::Duration::from_millis(50), inner.accept()).await;
    assert!(came.is_err(), "somebody asked the inner server");
}

fn live(root: &Path, files: Vec<SourceFile>) -> Live {
    let project = Project {
        root: root.to_owned(),
        files,
    };
    let outside = Outside::new(root);
    let compiled = compile(&project, &outside);
    let mapping = compiled
        .mapping
        .unwrap_or_else(|| panic!("{}", render(&compiled.diagnostics, &project, false)));
    let databases = Arc::new(Databases::open(&mapping, root).unwrap());
    Live::open(mapping, databases, outside.documents(), root).unwrap()
}

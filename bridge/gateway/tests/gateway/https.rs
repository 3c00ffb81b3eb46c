//! HTTPS: who connects, whose certificate it is, and where plain HTTP leads.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use footbridge_gateway::{Gateway, Server, ServerError};
use footbridge_mapping::model::Listener;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;

use crate::support::{classic, get, live};

/// Writes a new certificate for `localhost` and gives it.
fn certificate(root: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::create_dir_all(root.join("tls")).unwrap();
    std::fs::write(root.join("tls/own.key"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(root.join("tls/own.pem"), made.cert.pem()).unwrap();
    CertificateDer::from_pem_slice(made.cert.pem().as_bytes()).unwrap()
}

fn gateway(tls: &str) -> String {
    format!(
        "gateway: test\nlisten:\n  - https: 127.0.0.1:0\n    certificate: tls/own.pem\n    \
         private-key: ${{file:tls/own.key}}\n    tls: {tls}\ndefaults: {{roles: public}}\n"
    )
}

async fn server(root: &Path, gateway: &str) -> Result<Server, ServerError> {
    let (_, live) = live(
        root,
        gateway,
        "service: a.B\noperations:\n  f: {value: 5}\n",
    )
    .await;
    let listeners = live.mapping.gateway.listen.clone();
    Server::listen(Arc::new(Gateway::new(live).at(root)), &listeners, None).await
}

/// Serves until the sender is dropped.
fn run(server: Server) -> (std::net::SocketAddr, oneshot::Sender<()>) {
    let address = server.addresses().unwrap()[0];
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    (address, stop)
}

/// Calls over TLS, trusting one certificate; the status line and the version, or why there is no connection.
async fn call(
    address: std::net::SocketAddr,
    trusted: &CertificateDer<'static>,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> std::io::Result<(String, ProtocolVersion)> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await?;
    let packet = classic(&["a.B.f"]);
    let head = format!(
        "POST /gateway HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/x-amf\r\nContent-Length: {}\r\n\r\n",
        packet.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&packet).await?;
    let version = stream.get_ref().1.protocol_version().unwrap();
    let mut answer = Vec::new();
    // A close without TLS's own goodbye is an end as well.
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    Ok((
        answer.lines().next().unwrap_or_default().to_owned(),
        version,
    ))
}

#[tokio::test]
async fn modern_clients_get_tls_1_3_and_those_of_air_tls_1_2() {
    let root = tempfile::tempdir().unwrap();
    let trusted = certificate(root.path());
    let both = [&rustls::version::TLS13, &rustls::version::TLS12];
    let (address, _stop) = run(server(root.path(), &gateway("modern")).await.unwrap());
    let (status, version) = call(address, &trusted, &both).await.unwrap();
    assert_eq!(
        (status.as_str(), version),
        ("HTTP/1.1 200 OK", ProtocolVersion::TLSv1_3)
    );
    let (address, _stop) = run(server(root.path(), &gateway("air")).await.unwrap());
    let (_, version) = call(address, &trusted, &both).await.unwrap();
    assert_eq!(version, ProtocolVersion::TLSv1_2);
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_without_a_new_start() {
    let root = tempfile::tempdir().unwrap();
    let old = certificate(root.path());
    let versions = [&rustls::version::TLS13];
    let (address, _stop) = run(server(root.path(), &gateway("modern")).await.unwrap());
    assert!(call(address, &old, &versions).await.is_ok());
    let new = certificate(root.path());
    let renewed = async {
        while call(address, &new, &versions).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), renewed)
        .await
        .expect("the new certificate is used");
    assert!(call(address, &old, &versions).await.is_err());
}

#[tokio::test]
async fn a_key_of_another_certificate_is_told_at_the_start() {
    let root = tempfile::tempdir().unwrap();
    certificate(root.path());
    let first = std::fs::read(root.path().join("tls/own.key")).unwrap();
    certificate(root.path());
    std::fs::write(root.path().join("tls/own.key"), first).unwrap();
    let error = server(root.path(), &gateway("modern")).await.unwrap_err();
    assert!(
        error.to_string().contains("cannot be used with its key"),
        "{error}"
    );
}

#[tokio::test]
async fn plain_http_leads_to_https() {
    let root = tempfile::tempdir().unwrap();
    let text = "gateway: test\norigins: [\"https://play.example\"]\nlisten:\n  - http: 127.0.0.1:0\n    redirect: 8443\ndefaults: {roles: public}\n";
    let (address, _stop) = run(server(root.path(), text).await.unwrap());
    let address = address.to_string();
    let moved = get(&address, "/gateway?x=1").await;
    assert_eq!(
        (moved.status, moved.header("location")),
        (308, Some("https://127.0.0.1:8443/gateway?x=1"))
    );
    assert_eq!(get(&address, "/crossdomain.xml").await.status, 200);
    assert_eq!(Listener::http("a:1").redirect, None);
}

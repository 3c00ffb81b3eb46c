//! TLS: whom a client trusts, and what it shows.

use std::sync::Arc;

use footbridge_mapping::model::{Auth, HttpKind};
use footbridge_traffic::{Client, Kind};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::RootCertStore;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;

use crate::support::{Server, backend, get, plain, soon, told};

/// An authority, and a folder with its certificate.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("it generates");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("it signs");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).expect("it writes");
        Self { issuer, folder }
    }

    /// A certificate for this name, and its key.
    fn signs(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().expect("it generates");
        let certificate = CertificateParams::new(vec![name.to_owned()])
            .expect("it is a name")
            .signed_by(&key, &self.issuer)
            .expect("it signs");
        (certificate, key)
    }

    async fn server(&self, name: &str, only_known: bool) -> Server {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let (certificate, key) = self.signs(name);
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("it is a key");
        let builder = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("ring has them");
        let builder = if only_known {
            let mut roots = RootCertStore::empty();
            roots.add(self.issuer.der().clone()).expect("it is one");
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .expect("it has a root");
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        let config = builder
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("they fit");
        Server::secured(config).await
    }

    fn client(&self, server: &Server, trusts: bool, auth: Vec<Auth>) -> Client {
        let mut settings = plain();
        settings.auth = auth;
        settings.authorities = trusts.then(|| "ca.pem".into());
        let address = format!("https://127.0.0.1:{}", server.port);
        Client::new(
            &backend(&address, HttpKind::Rest, settings),
            None,
            self.folder.path(),
        )
        .expect("the settings are right")
    }
}

#[tokio::test]
async fn only_the_right_name_by_the_right_authority_is_trusted() {
    let authority = Authority::new();
    let right = authority.server("127.0.0.1", false).await;
    let trusting = authority.client(&right, true, Vec::new());
    assert_eq!(
        told(trusting.send(&get("/"), soon()).await),
        Ok("safe".into())
    );
    let other = authority.client(&right, false, Vec::new());
    assert_eq!(told(other.send(&get("/"), soon()).await), Err(Kind::Tls));
    let wrong = authority.server("other.example", false).await;
    let client = authority.client(&wrong, true, Vec::new());
    assert_eq!(told(client.send(&get("/"), soon()).await), Err(Kind::Tls));
    assert!(wrong.seen().is_empty());
}

#[tokio::test]
async fn a_client_shows_its_certificate_where_it_has_one() {
    let authority = Authority::new();
    let server = authority.server("127.0.0.1", true).await;
    let stranger = authority.client(&server, true, Vec::new());
    assert_eq!(told(stranger.send(&get("/"), soon()).await), Err(Kind::Tls));
    let (certificate, key) = authority.signs("gateway");
    std::fs::write(authority.folder.path().join("me.pem"), certificate.pem()).expect("it writes");
    let known = authority.client(
        &server,
        true,
        vec![Auth::Certificate {
            file: "me.pem".into(),
            private_key: key.serialize_pem(),
        }],
    );
    assert_eq!(told(known.send(&get("/"), soon()).await), Ok("safe".into()));
}

#[tokio::test]
async fn what_is_wrong_with_a_backend_is_told_without_its_secrets() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("empty.pem"), "").expect("it writes");
    let made = |address: &str, authorities: Option<&str>, auth: Vec<Auth>| {
        let mut settings = plain();
        settings.authorities = authorities.map(Into::into);
        settings.auth = auth;
        Client::new(
            &backend(address, HttpKind::Rest, settings),
            None,
            folder.path(),
        )
        .map(drop)
        .map_err(|error| error.to_string())
    };
    assert_eq!(
        made("ftp://key@h/", None, Vec::new()),
        Err("backend `shop`: its address begins with neither http:// nor https://".to_owned())
    );
    assert!(made("h/key", None, Vec::new()).is_err_and(|why| !why.contains("key")));
    assert_eq!(
        made("http://h/", Some("empty.pem"), Vec::new()),
        Err("backend `shop`: `empty.pem` has no certificate".to_owned())
    );
    assert!(made("http://h/", Some("none.pem"), Vec::new()).is_err());
    let split = made("http://h/", None, vec![Auth::Bearer("a\r\nb".to_owned())]);
    assert_eq!(
        split,
        Err("backend `shop`: a secret has a character that no header can carry".to_owned())
    );
}

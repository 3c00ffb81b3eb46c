//! HTTPS of a listener: certificate and key from PEM, read again when their files change.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use footbridge_mapping::model::{PrivateKey, Tls, TlsProfile};
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::{cipher_suite, default_provider};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, SupportedCipherSuite, SupportedProtocolVersion, version};
use tokio_rustls::TlsAcceptor;

use crate::log::chain;
use crate::reload::Changes;

/// Why a listener has no certificate. The user is at fault.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {path}")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What was read is no PEM of the kind that is wanted.
    #[error("{what} holds no {wanted} in PEM")]
    Pem {
        /// The file, or what else it is.
        what: String,
        /// `certificate` or `private key`.
        wanted: &'static str,
        /// Why.
        #[source]
        source: pem::Error,
    },
    /// Certificate and key do not belong together, or are of a kind that cannot be used.
    #[error("the certificate {path} cannot be used with its key")]
    Key {
        /// The certificate's file.
        path: String,
        /// Why.
        #[source]
        source: rustls::Error,
    },
}

/// A certificate that connections to come use, and how it is read again.
#[derive(Debug)]
pub(crate) struct Certificate {
    tls: Tls,
    root: PathBuf,
    current: ArcSwap<CertifiedKey>,
}

impl Certificate {
    /// Reads certificate and key.
    pub(crate) fn read(tls: &Tls, root: &Path) -> Result<Arc<Self>, TlsError> {
        let current = ArcSwap::from_pointee(read(tls, root)?);
        Ok(Arc::new(Self {
            tls: tls.clone(),
            root: root.to_owned(),
            current,
        }))
    }

    /// What connections are accepted with.
    pub(crate) fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, TlsError> {
        let (versions, protocols): (&[&SupportedProtocolVersion], &[&[u8]]) = match self.tls.profile
        {
            TlsProfile::Modern => (&[&version::TLS13, &version::TLS12], &[b"h2", b"http/1.1"]),
            // Stacks of that time fail at what they do not know rather than pass over it.
            TlsProfile::Air => (&[&version::TLS12], &[b"http/1.1"]),
        };
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider(self.tls.profile)))
            .with_protocol_versions(versions)
            .map_err(|source| self.unusable(source))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Reads the files again whenever they change; what cannot be used is told, and the old certificate stays.
    pub(crate) async fn follow(self: Arc<Self>) {
        let mut folders: Vec<_> = files(&self.tls)
            .filter_map(|file| self.root.join(file).parent().map(Path::to_owned))
            .collect();
        folders.dedup();
        let mut changes = match Changes::of(&folders) {
            Ok(changes) => changes,
            Err(error) => {
                tracing::warn!(%error, "a changed certificate is not noticed; restart after a change");
                return;
            }
        };
        // Read once more at first, for what has changed before somebody watched.
        loop {
            match read(&self.tls, &self.root) {
                Ok(key) => {
                    let changed = key.cert != self.current.load().cert;
                    self.current.store(Arc::new(key));
                    if changed {
                        tracing::info!(certificate = &*self.tls.certificate, "certificate renewed");
                    }
                }
                Err(error) => {
                    tracing::warn!(error = chain(&error), "the old certificate stays in use");
                }
            }
            changes.next().await;
        }
    }

    fn unusable(&self, source: rustls::Error) -> TlsError {
        TlsError::Key {
            path: self.tls.certificate.to_string(),
            source,
        }
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

fn read(tls: &Tls, root: &Path) -> Result<CertifiedKey, TlsError> {
    let path = tls.certificate.to_string();
    let chain = text(root, &path)?;
    let chain = CertificateDer::pem_slice_iter(&chain)
        .collect::<Result<Vec<_>, _>>()
        .and_then(|chain| match chain.is_empty() {
            true => Err(pem::Error::NoItemsFound),
            false => Ok(chain),
        })
        .map_err(|source| TlsError::Pem {
            what: path.clone(),
            wanted: "certificate",
            source,
        })?;
    let (what, key) = match &tls.private_key {
        PrivateKey::File(file) => (file.to_string(), text(root, file)?),
        PrivateKey::Text(text) => ("`private-key`".to_owned(), text.as_bytes().to_vec()),
    };
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(|source| TlsError::Pem {
        what,
        wanted: "private key",
        source,
    })?;
    CertifiedKey::from_der(chain, key, &default_provider())
        .map_err(|source| TlsError::Key { path, source })
}

fn text(root: &Path, path: &str) -> Result<Vec<u8>, TlsError> {
    std::fs::read(root.join(path)).map_err(|source| TlsError::File {
        path: path.to_owned(),
        source,
    })
}

fn files(tls: &Tls) -> impl Iterator<Item = &str> {
    let key = match &tls.private_key {
        PrivateKey::File(file) => Some(&**file),
        PrivateKey::Text(_) => None,
    };
    std::iter::once(&*tls.certificate).chain(key)
}

fn provider(profile: TlsProfile) -> CryptoProvider {
    let provider = default_provider();
    match profile {
        TlsProfile::Modern => provider,
        TlsProfile::Air => CryptoProvider {
            cipher_suites: AIR.to_vec(),
            ..provider
        },
    }
}

/// ECDHE and AES-GCM, with either kind of certificate.
static AIR: [SupportedCipherSuite; 4] = [
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
];

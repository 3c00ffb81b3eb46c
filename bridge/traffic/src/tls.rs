//! Whom a backend's client trusts, and the certificate that it shows.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use footbridge_mapping::model::{Auth, TrafficSettings};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

/// TLS 1.2 and 1.3 by ring, the system's authorities or those of `ca`, and the certificate of `auth`.
///
/// # Errors
/// Files that cannot be read or hold nothing fitting, in a clause.
pub(crate) fn config(settings: &TrafficSettings, root: &Path) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let authorities = match &settings.authorities {
        Some(file) => authorities(&root.join(&**file), file)?,
        None => system(),
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(authorities);
    let certificate = settings.auth.iter().find_map(|auth| match auth {
        Auth::Certificate { file, private_key } => Some((file, private_key)),
        Auth::Basic { .. }
        | Auth::Digest { .. }
        | Auth::Bearer(_)
        | Auth::Key { .. }
        | Auth::OAuth2(_)
        | Auth::UsernameToken(_)
        | Auth::Signature { .. }
        | Auth::Caller => None,
    });
    let mut config = match certificate {
        None => builder.with_no_client_auth(),
        Some((file, private_key)) => {
            let chain = certificates(&root.join(&**file), file)?;
            let key = PrivateKeyDer::from_pem_slice(private_key.as_bytes())
                .map_err(|_| "the private key of its certificate is no PEM text".to_owned())?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| format!("its certificate and private key do not fit: {error}"))?
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(path: &Path, name: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = std::fs::read(path).map_err(|error| format!("`{name}` cannot be read: {error}"))?;
    let found = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| format!("`{name}` is no PEM file"))?;
    if found.is_empty() {
        return Err(format!("`{name}` has no certificate"));
    }
    Ok(found)
}

fn authorities(path: &Path, name: &str) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    for certificate in certificates(path, name)? {
        store
            .add(certificate)
            .map_err(|error| format!("`{name}` has a certificate of no authority: {error}"))?;
    }
    Ok(store)
}

/// The system's authorities, read once. None at all is told by the first HTTPS call, not by a mapping without any.
fn system() -> RootCertStore {
    static STORE: OnceLock<RootCertStore> = OnceLock::new();
    let read = || {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        store
    };
    STORE.get_or_init(read).clone()
}

//! Where the gateway meets the network: listeners, files, the proxy before it.

use std::net::IpAddr;
use std::sync::Arc;

use footbridge_remoting::Profile;
use ipnet::IpNet;

use super::Roles;

/// One entry of `listen`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Address and port; port 0 is any free one.
    pub address: Arc<str>,
    /// `https`: the certificate and who can connect; `None` for plain HTTP.
    pub tls: Option<Tls>,
    /// `redirect`: everything but `crossdomain.xml` is sent to HTTPS on this port.
    pub redirect: Option<u16>,
}

impl Listener {
    /// Plain HTTP at an address.
    pub fn http(address: impl Into<Arc<str>>) -> Self {
        Self {
            address: address.into(),
            tls: None,
            redirect: None,
        }
    }
}

/// TLS of a listener.
#[derive(Clone, PartialEq, Eq)]
pub struct Tls {
    /// A PEM file, the chain with the gateway's own certificate first; relative to the project folder.
    pub certificate: Arc<str>,
    /// Its private key.
    pub private_key: PrivateKey,
    /// Which clients can connect.
    pub profile: TlsProfile,
}

impl std::fmt::Debug for Tls {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls")
            .field("certificate", &self.certificate)
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}

/// Where a private key comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum PrivateKey {
    /// `${file:PATH}`: a PEM file, read again when it changes; relative to the project folder.
    File(Arc<str>),
    /// PEM text out of the environment.
    Text(Arc<str>),
}

/// `tls` of a listener.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsProfile {
    /// `modern`: TLS 1.3 and 1.2, HTTP/2 and HTTP/1.1.
    #[default]
    Modern,
    /// `air`: TLS 1.2 with ECDHE and AES-GCM, HTTP/1.1: what AIR and old systems speak.
    Air,
}

/// What else stands between the gateway and its clients.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edge {
    /// `admin`: the address of health and metrics.
    pub admin: Option<Arc<str>>,
    /// `static`, the longest path first.
    pub files: Vec<StaticFolder>,
    /// `behind`
    pub behind: Behind,
}

/// One entry of `static`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaticFolder {
    /// What its URLs begin with; with a slash at its end.
    pub path: Arc<str>,
    /// Relative to the project folder, or absolute.
    pub folder: Arc<str>,
}

/// `behind`: the proxy before the gateway.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Behind {
    /// Only these are believed what they say of others.
    pub peers: Vec<IpNet>,
    /// Their connections begin with a header of the PROXY protocol.
    pub proxy_protocol: bool,
    /// `identity-header`, lower case: in it they name the user that they have let in.
    pub identity_header: Option<Arc<str>>,
    /// The address that clients see, without a slash at its end.
    pub public_url: Option<Arc<str>>,
}

/// Who may ask for more than answers: whoever holds the roles and calls from one of the networks, as far as each is said.
#[derive(Clone, Debug, PartialEq)]
pub struct Callers {
    /// `roles`
    pub roles: Option<Roles>,
    /// `peers`
    pub peers: Vec<IpNet>,
}

impl Callers {
    /// Whether a caller is one of them, who calls from `address` and of whom `holds` knows the roles.
    pub fn admit(&self, address: Option<IpAddr>, holds: impl Fn(&Roles) -> bool) -> bool {
        let near = self.peers.is_empty()
            || address.is_some_and(|address| {
                let address = address.to_canonical();
                self.peers.iter().any(|peer| peer.contains(&address))
            });
        near && self.roles.as_ref().is_none_or(holds)
    }
}

impl Behind {
    /// Whether what comes from this address is believed what it says of others.
    pub fn believes(&self, address: &IpAddr) -> bool {
        self.peers.iter().any(|peers| peers.contains(address))
    }
}

/// One entry of `paths`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayPath {
    /// As it stands in a URL.
    pub path: Arc<str>,
    /// What is spoken there.
    pub face: Face,
    /// `moved`: the URL that clients of the path are told to call from now on.
    pub moved: Option<Arc<str>>,
}

/// What is spoken on a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Face {
    /// AMF, with clients of this profile.
    Amf(Arc<Profile>),
    /// `json`: POST PATH/{service}/{operation}
    Json,
}

impl GatewayPath {
    /// A path on which clients are recognised.
    pub fn auto(path: impl Into<Arc<str>>) -> Self {
        Self {
            path: path.into(),
            face: Face::Amf(Arc::new(Profile::auto().clone())),
            moved: None,
        }
    }
}

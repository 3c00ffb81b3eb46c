//! X.509 signatures of WS-Security 1.0: RSA with SHA-256 over the body, the timestamp and the token of a request, in
//! exclusive canonical form. With the feature `x509`.
//!
//! ```text
//! Security
//!   BinarySecurityToken        the certificate
//!   Timestamp                  {Created, Expires}
//!   Signature
//!     SignedInfo               {Reference URI="#body" {DigestValue} …}
//!     SignatureValue
//!     KeyInfo/SecurityTokenReference/Reference URI="#certificate"
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

use crate::model::Version;
use crate::security::{Stamp, moment, security, timestamp};
use crate::write::Request;
use crate::xml::namespace::{WSSE, WSU};
use crate::xml::{Tree, XmlLimits};

/// Where types of tokens have their names (X.509 Token Profile 1.0 §3.1).
const PROFILE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3";
/// Where the encoding of a token has its name.
const BASE64: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary";
const XML_SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
const CANONICAL: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const DIGEST_SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

const BODY: &str = "<soapenv:Body>";
const END: &str = "</wsse:Security>";

/// A key and its certificate.
pub struct Signer {
    key: RsaKeyPair,
    /// Base64 of its DER.
    certificate: String,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

/// Why a request cannot be signed. The mapping is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// There is no such block in a PEM file.
    #[error("no {0} in PEM")]
    Pem(&'static str),
    /// The key is of no use.
    #[error("no RSA key in PKCS #8: {0}")]
    Key(String),
    /// What is to be signed is no envelope of ours.
    #[error("{0}")]
    Envelope(&'static str),
}

/// What is signed beside the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignSwitches {
    /// A `Timestamp` that expires after so many seconds, unless a UsernameToken has brought one.
    pub timestamp: Option<u32>,
    /// Milliseconds in moments.
    pub milliseconds: bool,
    /// The certificate itself.
    pub token: bool,
    /// `mustUnderstand`
    pub must_understand: bool,
}

impl Default for SignSwitches {
    fn default() -> Self {
        Self {
            timestamp: Some(300),
            milliseconds: true,
            token: false,
            must_understand: true,
        }
    }
}

impl Signer {
    /// Of a certificate and a private key (PKCS #8), both in PEM.
    ///
    /// # Errors
    /// [`SignError`]
    pub fn new(certificate: &str, key: &str) -> Result<Self, SignError> {
        let der = pem(key, "PRIVATE KEY")?;
        let der = STANDARD
            .decode(der)
            .map_err(|error| SignError::Key(error.to_string()))?;
        Ok(Self {
            key: RsaKeyPair::from_pkcs8(&der).map_err(|error| SignError::Key(error.to_string()))?,
            certificate: pem(certificate, "CERTIFICATE")?,
        })
    }

    /// Signs a request that [`write`](crate::write::write()) made, and whatever Timestamp and UsernameToken its header has.
    ///
    /// # Errors
    /// [`SignError::Envelope`] for attachments, which the signature would not cover.
    pub fn sign(
        &self,
        request: Request,
        version: Version,
        switches: &SignSwitches,
        stamp: &Stamp<'_>,
    ) -> Result<Request, SignError> {
        if request.content_type.starts_with("multipart/") {
            return Err(SignError::Envelope(
                "a request with attachments cannot be signed, leave out `mtom`",
            ));
        }
        let text = String::from_utf8(request.body)
            .map_err(|_| SignError::Envelope("the envelope is not UTF-8"))?;
        let unsigned = self.prepare(&text, version, switches, stamp)?;
        let signature = self.signature(&unsigned, switches)?;
        let at = unsigned
            .find(END)
            .ok_or(SignError::Envelope("no Security header"))?;
        let (before, behind) = unsigned.split_at(at);
        Ok(Request {
            body: format!("{before}{signature}{behind}").into_bytes(),
            ..request
        })
    }

    /// The envelope with all that is signed.
    fn prepare(
        &self,
        text: &str,
        version: Version,
        switches: &SignSwitches,
        stamp: &Stamp<'_>,
    ) -> Result<String, SignError> {
        let (head, body) = text
            .split_once(BODY)
            .ok_or(SignError::Envelope("no envelope with a body"))?;
        let mut token = format!(
            "<wsse:BinarySecurityToken EncodingType=\"{BASE64}\" ValueType=\"{PROFILE}\" wsu:Id=\"certificate\">{}</wsse:BinarySecurityToken>",
            self.certificate
        );
        if let Some(seconds) = switches.timestamp
            && !head.contains("<wsu:Timestamp ")
        {
            let now = moment(stamp.now, switches.milliseconds);
            let expires = stamp.now + f64::from(seconds) * 1000.0;
            timestamp(&now, &moment(expires, switches.milliseconds), &mut token);
        }
        let head = if let Some((before, behind)) = head.split_once(END) {
            format!("{before}{token}{END}{behind}")
        } else {
            let block = format!(
                "{}{token}{END}",
                security(version, switches.must_understand)
            );
            match head.split_once("<soapenv:Header>") {
                Some((before, behind)) => format!("{before}<soapenv:Header>{block}{behind}"),
                None => format!("{head}<soapenv:Header>{block}</soapenv:Header>"),
            }
        };
        Ok(format!(
            "{head}<soapenv:Body xmlns:wsu=\"{WSU}\" wsu:Id=\"body\">{body}"
        ))
    }

    fn signature(&self, text: &str, switches: &SignSwitches) -> Result<String, SignError> {
        let limits = XmlLimits {
            bytes: usize::MAX,
            ..XmlLimits::default()
        };
        let tree =
            Tree::parse(text, limits).map_err(|_| SignError::Envelope("the envelope is no XML"))?;
        let mut signed = format!(
            "<ds:SignedInfo xmlns:ds=\"{XML_SIGNATURE}\"><ds:CanonicalizationMethod Algorithm=\"{CANONICAL}\"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"{RSA_SHA256}\"></ds:SignatureMethod>"
        );
        for at in 0..tree.len() {
            let Some(id) = tree.attribute_of(at, WSU, "Id") else {
                continue;
            };
            if id == "certificate" && !switches.token {
                continue;
            }
            let value = STANDARD.encode(digest(&SHA256, tree.canonical(at).as_bytes()));
            signed.push_str(&format!(
                "<ds:Reference URI=\"#{id}\"><ds:Transforms><ds:Transform Algorithm=\"{CANONICAL}\"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm=\"{DIGEST_SHA256}\"></ds:DigestMethod><ds:DigestValue>{value}</ds:DigestValue></ds:Reference>"
            ));
        }
        // Written so, it is its own canonical form.
        signed.push_str("</ds:SignedInfo>");
        let mut value = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut value,
            )
            .map_err(|_| SignError::Key("it does not sign".to_owned()))?;
        Ok(format!(
            "<ds:Signature xmlns:ds=\"{XML_SIGNATURE}\">{signed}<ds:SignatureValue>{}</ds:SignatureValue><ds:KeyInfo><wsse:SecurityTokenReference xmlns:wsse=\"{WSSE}\"><wsse:Reference URI=\"#certificate\" ValueType=\"{PROFILE}\"/></wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature>",
            STANDARD.encode(value)
        ))
    }
}

/// The base64 of a block of PEM (RFC 7468).
fn pem(text: &str, label: &'static str) -> Result<String, SignError> {
    let begin = format!("-----BEGIN {label}-----");
    let end = format!("-----END {label}-----");
    let (_, rest) = text.split_once(&begin).ok_or(SignError::Pem(label))?;
    let (inside, _) = rest.split_once(&end).ok_or(SignError::Pem(label))?;
    Ok(inside.split_whitespace().collect())
}

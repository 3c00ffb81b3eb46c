//! Header blocks: UsernameToken and Timestamp of WS-Security 1.0, and WS-Addressing 1.0.
//!
//! ```text
//! Security
//!   Timestamp      {Created, Expires}
//!   UsernameToken  {Username, Password Type=…#PasswordText | …#PasswordDigest, Nonce, Created}
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

use crate::model::Version;
use crate::write::date_time;
use crate::xml::namespace::{ADDRESSING, WSSE, WSU};
use crate::xml::{attribute, text};

/// Where the types of passwords and encodings have their names (UsernameToken Profile 1.0 §3.1).
const PROFILE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0";
/// Where the encoding of a nonce has its name.
const MESSAGE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0";

/// What a call brings that cannot be computed.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    /// Now, in milliseconds since 1970.
    pub now: f64,
    /// Random bytes, never used twice; 16 are enough.
    pub nonce: &'a [u8],
    /// A fresh identifier, `urn:uuid:…`.
    pub message_id: &'a str,
}

/// How a UsernameToken is written. Servers differ, so each part is a switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenSwitches {
    /// The password goes as its digest.
    pub digest: bool,
    /// `Nonce`; a digest always has one.
    pub nonce: bool,
    /// `Created`; a digest always has one.
    pub created: bool,
    /// Milliseconds in moments.
    pub milliseconds: bool,
    /// A `Timestamp` that expires after so many seconds.
    pub timestamp: Option<u32>,
    /// `mustUnderstand`
    pub must_understand: bool,
}

impl TokenSwitches {
    /// Text without nonce and moment, as old servers want it.
    pub const TEXT: Self = Self {
        digest: false,
        nonce: false,
        created: false,
        milliseconds: true,
        timestamp: None,
        must_understand: true,
    };
    /// A digest with nonce and moment.
    pub const DIGEST: Self = Self {
        digest: true,
        nonce: true,
        created: true,
        ..Self::TEXT
    };
}

/// The Security header with a UsernameToken.
///
/// The digest is Base64(SHA-1(nonce + created + password)) of the nonce's raw bytes and the moment as it is sent
/// (UsernameToken Profile 1.0 §3.1).
pub fn username_token(
    version: Version,
    user: &str,
    password: &str,
    switches: &TokenSwitches,
    stamp: &Stamp<'_>,
) -> String {
    let created = moment(stamp.now, switches.milliseconds);
    let mut out = security(version, switches.must_understand);
    if let Some(seconds) = switches.timestamp {
        let expires = moment(
            stamp.now + f64::from(seconds) * 1000.0,
            switches.milliseconds,
        );
        timestamp(&created, &expires, &mut out);
    }
    out.push_str("<wsse:UsernameToken wsu:Id=\"token\"><wsse:Username>");
    text(user, &mut out);
    out.push_str("</wsse:Username><wsse:Password Type=\"");
    out.push_str(PROFILE);
    if switches.digest {
        let mut hash = Sha1::new();
        hash.update(stamp.nonce);
        hash.update(created.as_bytes());
        hash.update(password.as_bytes());
        out.push_str("#PasswordDigest\">");
        out.push_str(&STANDARD.encode(hash.finalize()));
    } else {
        out.push_str("#PasswordText\">");
        text(password, &mut out);
    }
    out.push_str("</wsse:Password>");
    if switches.nonce || switches.digest {
        out.push_str("<wsse:Nonce EncodingType=\"");
        out.push_str(MESSAGE);
        out.push_str("#Base64Binary\">");
        out.push_str(&STANDARD.encode(stamp.nonce));
        out.push_str("</wsse:Nonce>");
    }
    if switches.created || switches.digest {
        out.push_str("<wsu:Created>");
        out.push_str(&created);
        out.push_str("</wsu:Created>");
    }
    out.push_str("</wsse:UsernameToken></wsse:Security>");
    out
}

/// The headers of WS-Addressing 1.0: where the request goes, what it is, and that the answer comes on the same way.
pub fn addressing(version: Version, action: &str, to: &str, stamp: &Stamp<'_>) -> Vec<String> {
    let block = |name: &str, value: &str, must: bool| {
        let mut out = format!("<wsa:{name} xmlns:wsa=\"{ADDRESSING}\"");
        if must {
            out.push_str(&must_understand(version));
        }
        out.push('>');
        text(value, &mut out);
        out.push_str(&format!("</wsa:{name}>"));
        out
    };
    vec![
        block("Action", action, true),
        block("To", to, true),
        block("MessageID", stamp.message_id, false),
        format!(
            "<wsa:ReplyTo xmlns:wsa=\"{ADDRESSING}\"><wsa:Address>{ADDRESSING}/anonymous</wsa:Address></wsa:ReplyTo>"
        ),
    ]
}

/// The Timestamp of a Security header.
pub(crate) fn timestamp(created: &str, expires: &str, out: &mut String) {
    out.push_str("<wsu:Timestamp wsu:Id=\"timestamp\"><wsu:Created>");
    out.push_str(created);
    out.push_str("</wsu:Created><wsu:Expires>");
    out.push_str(expires);
    out.push_str("</wsu:Expires></wsu:Timestamp>");
}

pub(crate) fn security(version: Version, must: bool) -> String {
    let mut out = format!("<wsse:Security xmlns:wsse=\"{WSSE}\" xmlns:wsu=\"{WSU}\"");
    if must {
        out.push_str(&must_understand(version));
    }
    out.push('>');
    out
}

fn must_understand(version: Version) -> String {
    let mut out = " xmlns:e=\"".to_owned();
    attribute(version.envelope(), &mut out);
    out.push_str(match version {
        Version::Soap11 => "\" e:mustUnderstand=\"1\"",
        Version::Soap12 => "\" e:mustUnderstand=\"true\"",
    });
    out
}

/// `2026-11-20T09:30:00.000Z`; what is beyond any calendar becomes the beginning of 1970.
pub(crate) fn moment(millis: f64, milliseconds: bool) -> String {
    let text = date_time(millis).unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned());
    let whole = text.get(..19).unwrap_or(&text).to_owned();
    if !milliseconds {
        return format!("{whole}Z");
    }
    match text.get(19..23) {
        Some(fraction) if fraction.starts_with('.') => format!("{whole}{fraction}Z"),
        Some(_) | None => format!("{whole}.000Z"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: Stamp<'_> = Stamp {
        now: 1_795_167_000_500.0,
        nonce: b"0123456789abcdef",
        message_id: "urn:uuid:1",
    };

    #[test]
    fn a_text_has_nothing_that_old_servers_refuse() {
        let block = username_token(Version::Soap11, "a&b", "p<q", &TokenSwitches::TEXT, &STAMP);
        assert!(block.contains("<wsse:Username>a&amp;b</wsse:Username>"));
        assert!(block.contains("#PasswordText\">p&lt;q</wsse:Password></wsse:UsernameToken>"));
        assert!(
            !block.contains("Nonce") && !block.contains("Created") && !block.contains("Timestamp")
        );
    }

    #[test]
    fn a_digest_is_of_raw_nonce_moment_and_password() {
        let block = username_token(
            Version::Soap12,
            "u",
            "secret",
            &TokenSwitches::DIGEST,
            &STAMP,
        );
        // printf '0123456789abcdef2026-11-20T09:30:00.500Zsecret' | openssl sha1 -binary | base64
        assert!(
            block.contains("#PasswordDigest\">pdjS3zDAl6ao+2wm+/kaO1qWH2s=</wsse:Password>"),
            "{block}"
        );
        assert!(block.contains("<wsu:Created>2026-11-20T09:30:00.500Z</wsu:Created>"));
        assert!(block.contains("MDEyMzQ1Njc4OWFiY2RlZg=="));
        assert!(block.contains("e:mustUnderstand=\"true\""));
    }

    #[test]
    fn a_timestamp_expires() {
        let switches = TokenSwitches {
            timestamp: Some(60),
            milliseconds: false,
            ..TokenSwitches::TEXT
        };
        let block = username_token(Version::Soap11, "u", "p", &switches, &STAMP);
        assert!(block.contains("<wsu:Created>2026-11-20T09:30:00Z</wsu:Created><wsu:Expires>2026-11-20T09:31:00Z</wsu:Expires>"));
    }

    #[test]
    fn addressing_names_action_and_address() {
        let blocks = addressing(Version::Soap11, "urn:a", "http://h/x?a&b", &STAMP).concat();
        assert!(
            blocks.contains(">urn:a</wsa:Action>")
                && blocks.contains(">http://h/x?a&amp;b</wsa:To>")
        );
        assert!(
            blocks.contains(">urn:uuid:1</wsa:MessageID>")
                && blocks.contains("/anonymous</wsa:Address>")
        );
    }
}

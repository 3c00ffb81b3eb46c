//! Who a packet says its caller is: by setCredentials, by HTTP, by Flex's login; and what a client gives for a backend.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use encoding_rs::Encoding;
use footbridge_amf::Value;
use footbridge_remoting::{AnswerHeader, Envelope, Fault, Message, Packet, Request, fault};
use footbridge_traffic::Credentials;

use super::Exchange;
use crate::login;
use crate::run::Identity;
use crate::run::told::{self, Told};
use crate::session::Session;

impl Exchange<'_> {
    /// Reads the name and password that came with a packet: those of setCredentials begin a session, those of HTTP count for
    /// this packet.
    pub(super) async fn credentials(&self, packet: &Packet<'_>) {
        if self.let_in().await {
            return;
        }
        // Where nobody can be known, they are headers like others that say nothing here.
        if self.live.mapping.gateway.login.is_empty() {
            return;
        }
        let header = packet
            .headers
            .iter()
            .rev()
            .find(|header| header.name.eq_ignore_ascii_case("Credentials"));
        let said = header.and_then(|header| {
            let text = |name: &str| match header.graph.member(&header.value, name)? {
                Value::String(text) => Some(text.to_string()),
                _ => None,
            };
            Some((text("userid")?, text("password")?))
        });
        let Some((user, password)) = said else {
            self.authorization().await;
            return;
        };
        let said = Credentials::Password { user, password };
        let known = match self.known(&said).await {
            Ok(identity) => self.begin_as(identity, &said).await,
            Err(fault) => Err(fault),
        };
        if let Err(fault) = known {
            let _ = self.caller.set(Err(fault));
        }
    }

    /// Whether a proxy that is believed has named the user, for this packet; then nothing else says who calls.
    async fn let_in(&self) -> bool {
        let Some(user) = &self.origin.user else {
            return false;
        };
        let kept = self.gateway.kept();
        let known = login::named(&self.live, kept, &self.origin.client, user).await;
        let _ = self.caller.set(known);
        true
    }

    /// Who the header `Authorization` says it is, for this packet.
    pub(super) async fn authorization(&self) {
        if self.caller.get().is_some() || self.let_in().await {
            return;
        }
        let counts = |said: &Credentials| match said {
            Credentials::Password { .. } => !self.live.mapping.gateway.login.is_empty(),
            Credentials::Token(_) => login::takes_tokens(&self.live),
        };
        if let Some(said) = self
            .origin
            .authorization
            .as_ref()
            .filter(|said| counts(said))
        {
            let known = self.known(said).await;
            let _ = self.caller.set(known);
        }
    }

    pub(super) async fn known(&self, said: &Credentials) -> Result<Identity, Fault> {
        let kept = self.gateway.kept();
        login::identity(&self.live, kept, &self.origin.client, said).await
    }

    /// The session of whoever said a name and password. The client goes on sending them, so it may have begun already; one whose
    /// session came back by cookie need not send them any more.
    async fn begin_as(&self, identity: Identity, said: &Credentials) -> Result<(), Fault> {
        let before = self.session(&Request::Unknown).await?;
        let same = before
            .as_ref()
            .filter(|session| session.identity() == identity);
        if let Some(session) = same {
            if self.origin.cookie == Some(&*session.id) {
                self.headers
                    .say(AnswerHeader::persistent("Credentials", false, None));
            }
            return Ok(());
        }
        self.sign_in(identity, Some(said), before.as_deref()).await
    }

    /// Flex's login: name and password in base64, in the body of the command.
    pub(super) async fn login(
        &self,
        message: &Message<'_, '_>,
        envelope: &Envelope,
        session: Option<&Session>,
    ) -> Result<Vec<u8>, Fault> {
        let wrong = || Fault::new(fault::AUTHENTICATION, "wrong name or password");
        let text = match message.body() {
            Some(Value::String(text)) => text.to_string(),
            Some(_) | None => return Err(wrong()),
        };
        let said = named(&text, message.credentials_charset().as_deref()).ok_or_else(wrong)?;
        let identity = self.known(&said).await?;
        self.sign_in(identity, Some(&said), session).await?;
        self.acknowledged(envelope)
    }

    /// What backends are told of whoever sent this packet.
    pub(super) fn told(&self) -> Told {
        Told {
            remote: None,
            own: match self.caller.get() {
                Some(Ok(_)) => self.origin.authorization.clone(),
                Some(Err(_)) | None => None,
            },
        }
    }

    /// The same, with what a Flex client gave for this destination, now or before in this session: it says so once.
    pub(super) async fn told_for(
        &self,
        message: &Message<'_, '_>,
        destination: &str,
        session: Option<&Session>,
    ) -> Result<Told, Fault> {
        let mut told = self.told();
        if !told::is_asked_for(&self.live.mapping) {
            return Ok(told);
        }
        let Some(text) = message.remote_credentials() else {
            told.remote = session.and_then(|session| told::kept_remote(session, destination));
            return Ok(told);
        };
        let said = named(&text, message.remote_charset().as_deref());
        if said.is_none() && !text.is_empty() {
            return Err(Fault::new(
                fault::BAD_ARGUMENTS,
                "the remote credentials are no `user:password` in base64",
            ));
        }
        if let Some(session) = session {
            told::keep_remote(session, destination, said.as_ref());
            self.store().save(session).await?;
        }
        told.remote = said;
        Ok(told)
    }
}

/// `name:password` in base64, as Flex and HTTP Basic have it: in the letters that `charset` names, else in UTF-8 where it is
/// that, else in Latin-1.
pub(crate) fn named(text: &str, charset: Option<&str>) -> Option<Credentials> {
    let bytes = BASE64.decode(text.trim()).ok()?;
    let said = charset.and_then(|label| Encoding::for_label(label.as_bytes()));
    let text = match said {
        Some(encoding) => encoding
            .decode_without_bom_handling_and_without_replacement(&bytes)?
            .into_owned(),
        None => String::from_utf8(bytes)
            .unwrap_or_else(|error| error.as_bytes().iter().copied().map(char::from).collect()),
    };
    let (user, password) = text.split_once(':')?;
    Some(Credentials::Password {
        user: user.to_owned(),
        password: password.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8], charset: Option<&str>) -> Option<(String, String)> {
        match named(&BASE64.encode(bytes), charset)? {
            Credentials::Password { user, password } => Some((user, password)),
            Credentials::Token(_) => None,
        }
    }

    #[test]
    fn letters_are_as_the_client_says_and_else_guessed() {
        let ann = |password: &str| Some(("ann".to_owned(), password.to_owned()));
        assert_eq!(of("ann:pä:ß".as_bytes(), None), ann("pä:ß"));
        assert_eq!(of("ann:pä:ß".as_bytes(), Some("UTF-8")), ann("pä:ß"));
        assert_eq!(of(b"ann:p\xe4", None), ann("pä"));
        assert_eq!(of(b"ann:p\xe4", Some("ISO-8859-1")), ann("pä"));
        assert_eq!(of(b"ann:\xbf", Some("windows-1251")), ann("ї"));
        assert_eq!(of(b"ann:p\xe4", Some("utf-8")), None);
        assert_eq!(of(b"ann:x", Some("no-such-letters")), ann("x"));
        assert_eq!(of(b"no colon", None), None);
        assert!(named("%%%", None).is_none());
    }
}

//! Who calls, and in which session: names and passwords that came with a packet, cookies, Flex's login.

use std::sync::{Arc, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use footbridge_amf::Value;
use footbridge_remoting::{Envelope, Fault, Message, Packet, Request, fault};

use super::Exchange;
use crate::gateway::lifetime;
use crate::login;
use crate::run::{Change, Identity};
use crate::session::Session;

impl Exchange<'_> {
    /// Reads the name and password that came with a packet: those of setCredentials begin a session, those of HTTP Basic count for
    /// this packet.
    pub(super) async fn credentials(&self, packet: &Packet<'_>) {
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
        let Some((name, password)) = said else {
            self.basic().await;
            return;
        };
        match self.known(&name, &password).await {
            Ok(identity) => {
                // The client goes on sending them, so its session may have begun already.
                let before = self.by_cookie();
                let same = before
                    .as_ref()
                    .is_some_and(|session| session.identity() == identity);
                if !same {
                    self.sign_in(identity, before.as_deref());
                }
            }
            Err(fault) => {
                let _ = self.caller.set(Err(fault));
            }
        }
    }

    pub(super) async fn basic(&self) {
        if let Some((name, password)) = &self.origin.basic
            && !self.live.mapping.gateway.login.is_empty()
        {
            let known = self.known(name, password).await;
            let _ = self.caller.set(known);
        }
    }

    pub(super) async fn known(&self, name: &str, password: &str) -> Result<Identity, Fault> {
        let kept = self.gateway.kept();
        login::identity(&self.live, kept, &self.origin.client, name, password).await
    }

    /// A new session of this identity, in place of the one before.
    pub(super) fn sign_in(&self, identity: Identity, before: Option<&Session>) {
        let session = Session::new(identity);
        let sessions = self.gateway.sessions();
        sessions.adopt(&session, before, lifetime(&self.live));
        *self.change() = Change::Began(session);
    }

    pub(super) fn by_cookie(&self) -> Option<Arc<Session>> {
        let lifetime = lifetime(&self.live);
        self.gateway.sessions().find(self.origin.cookie?, lifetime)
    }

    /// Flex's login: name and password in base64, in the body of the command.
    pub(super) async fn login(
        &self,
        message: &Message<'_, '_>,
        envelope: &Envelope,
        session: Option<&Arc<Session>>,
    ) -> Result<Vec<u8>, Fault> {
        let wrong = || Fault::new(fault::AUTHENTICATION, "wrong name or password");
        let text = match message.body() {
            Some(Value::String(text)) => text.to_string(),
            Some(_) | None => return Err(wrong()),
        };
        let (name, password) = named(&text).ok_or_else(wrong)?;
        let identity = self.known(&name, &password).await?;
        self.sign_in(identity, session.map(|session| &**session));
        self.acknowledged(envelope)
    }

    /// The session that the message names, else that of the cookie, else one that began in this packet.
    pub(super) fn session(&self, request: &Request<'_, '_>) -> Option<Arc<Session>> {
        let sessions = self.gateway.sessions();
        let lifetime = lifetime(&self.live);
        let named = request.message().and_then(|message| message.ds_id());
        named
            .and_then(|id| sessions.find(&id, lifetime))
            .or_else(|| sessions.find(self.origin.cookie?, lifetime))
            .filter(|_| self.caller.get().is_none())
            .or_else(|| match &*self.change() {
                Change::Began(session) => Some(Arc::clone(session)),
                Change::None | Change::Ended => None,
            })
    }

    pub(super) fn change(&self) -> MutexGuard<'_, Change> {
        self.change.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session for a client that wants one, unless a call of this packet has begun one.
    pub(super) fn begin_session(&self) -> Arc<Session> {
        let mut change = self.change();
        if let Change::Began(session) = &*change {
            return Arc::clone(session);
        }
        let session = self.gateway.sessions().begin(lifetime(&self.live));
        *change = Change::Began(Arc::clone(&session));
        session
    }
}

/// `name:password` in base64, as Flex's login and HTTP Basic have it.
pub(crate) fn named(text: &str) -> Option<(String, String)> {
    let bytes = BASE64.decode(text.trim()).ok()?;
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|error| error.as_bytes().iter().copied().map(char::from).collect());
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

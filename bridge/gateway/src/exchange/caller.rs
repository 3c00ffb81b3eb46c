//! Who calls, and in which session: names and passwords that came with a packet, cookies, Flex's login.

use std::sync::{Arc, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use footbridge_amf::Value;
use footbridge_mapping::model::Carrier;
use footbridge_remoting::{Envelope, Fault, Message, Packet, Request, Version, fault};

use super::Exchange;
use crate::login;
use crate::run::{Change, Identity};
use crate::session::{SUFFIX, Session, Store};

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
                if let Err(fault) = self.begin_as(identity).await {
                    let _ = self.caller.set(Err(fault));
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

    /// The session of whoever said a name and password. The client goes on sending them, so it may have begun already.
    async fn begin_as(&self, identity: Identity) -> Result<(), Fault> {
        let before = self.session(&Request::Unknown).await?;
        let same = before
            .as_ref()
            .is_some_and(|session| session.identity() == identity);
        if same {
            return Ok(());
        }
        self.sign_in(identity, before.as_deref()).await
    }

    /// A new session of this identity, in place of the one before.
    pub(super) async fn sign_in(
        &self,
        identity: Identity,
        before: Option<&Session>,
    ) -> Result<(), Fault> {
        let session = Session::new(identity, self.origin.client.site.clone());
        self.store().adopt(&session, before).await?;
        *self.change() = Change::Began(session);
        Ok(())
    }

    /// Ends the caller's session, if it has one.
    pub(super) async fn logout(&self, session: Option<&Arc<Session>>) -> Result<(), Fault> {
        if let Some(session) = session {
            self.store().end(session).await?;
            *self.change() = Change::Ended;
        }
        Ok(())
    }

    /// The sessions, where this mapping keeps them.
    pub(super) fn store(&self) -> Store<'_> {
        self.gateway.kept().store(&self.live)
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
        self.sign_in(identity, session.map(|session| &**session))
            .await?;
        self.acknowledged(envelope)
    }

    /// The session that the message names, else that of the cookie, else that of the URL, else one that began in this packet.
    pub(super) async fn session(
        &self,
        request: &Request<'_, '_>,
    ) -> Result<Option<Arc<Session>>, Fault> {
        if self.caller.get().is_none()
            && let Some(session) = self.carried(request).await?
        {
            return Ok(Some(session));
        }
        Ok(match &*self.change() {
            Change::Began(session) => Some(Arc::clone(session)),
            Change::None | Change::Ended => None,
        })
    }

    /// The session of an identifier that came with the call, by whatever `sessions.by` lets carry one.
    async fn carried(&self, request: &Request<'_, '_>) -> Result<Option<Arc<Session>>, Fault> {
        let said = &self.live.mapping.gateway.sessions;
        if said.takes(Carrier::DsId)
            && let Some(id) = request.message().and_then(|message| message.ds_id())
            && let Some(session) = self.find(&id).await?
            && session.is_of(self.origin.client.site.as_ref())
        {
            return Ok(Some(session));
        }
        if said.takes(Carrier::Cookie)
            && let Some(id) = self.origin.cookie
            && let Some(session) = self.find(id).await?
        {
            return Ok(Some(session));
        }
        if said.takes(Carrier::Url)
            && let Some(id) = self.origin.suffix
            && let Some(session) = self.find(id).await?
            && (said.signed_in_by_url || !session.is_signed_in())
        {
            return Ok(Some(session));
        }
        Ok(None)
    }

    /// The session of an identifier: for all calls of the packet the same, until one of them ends it.
    async fn find(&self, id: &str) -> Result<Option<Arc<Session>>, Fault> {
        let mut found = self.found.lock().await;
        match found.get(id) {
            Some(Some(session)) if !session.is_ended() => return Ok(Some(Arc::clone(session))),
            Some(None) => return Ok(None),
            Some(Some(_)) | None => {}
        }
        let session = self.store().find(id).await?;
        found.insert(id.to_owned(), session.clone());
        Ok(session)
    }

    /// What a client without cookies is to put behind its gateway's address from now on. Clients of AMF3 have a `DSId`, and a
    /// connection of ActionScript 3 would need a method of that name.
    pub(super) fn new_suffix(&self) -> Option<String> {
        let said = &self.live.mapping.gateway.sessions;
        let asks = self.version == Version::Amf0 && self.origin.cookie.is_none();
        if !asks || !said.takes(Carrier::Url) {
            return None;
        }
        match &*self.change() {
            Change::Began(session) if said.signed_in_by_url || !session.is_signed_in() => {
                Some(format!(";{SUFFIX}={}", session.id))
            }
            Change::Began(_) | Change::None | Change::Ended => None,
        }
    }

    /// Who calls, in a session or by what the packet says.
    ///
    /// # Errors
    /// Where it says who it is, and is not.
    pub(super) fn identity(&self, session: Option<&Arc<Session>>) -> Result<Identity, Fault> {
        match (session, self.caller.get()) {
            (Some(session), _) => Ok(session.identity()),
            (None, Some(known)) => known.clone(),
            (None, None) => Ok(Identity::default()),
        }
    }

    pub(super) fn change(&self) -> MutexGuard<'_, Change> {
        self.change.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session for a client that wants one, unless a call of this packet has begun one.
    pub(super) async fn begin_session(&self) -> Result<Arc<Session>, Fault> {
        // Calls that run side by side take turns.
        let _turn = self.found.lock().await;
        if let Change::Began(session) = &*self.change() {
            return Ok(Arc::clone(session));
        }
        let session = self.store().begin(self.origin.client.site.clone()).await?;
        *self.change() = Change::Began(Arc::clone(&session));
        Ok(session)
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

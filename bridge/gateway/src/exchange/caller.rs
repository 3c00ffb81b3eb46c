//! In which session a packet's calls are: by cookie, DSId or URL, or one that begins.

use std::sync::{Arc, MutexGuard, PoisonError};

use footbridge_mapping::model::Carrier;
use footbridge_remoting::{Fault, Message, Request, Version};
use footbridge_traffic::Credentials;

use super::Exchange;
use crate::run::{Change, Identity, audit, told};
use crate::session::{SUFFIX, Session, Store, ds_id};

impl Exchange<'_> {
    /// A new session of this identity, in place of the one before. What it was said with is kept where backends ask for it.
    pub(super) async fn sign_in(
        &self,
        identity: Identity,
        said: Option<&Credentials>,
        before: Option<&Session>,
    ) -> Result<(), Fault> {
        let session = Session::new(identity, &self.origin.client);
        if let Some(said) = said
            && told::is_asked_for(&self.live.mapping)
        {
            told::keep(&session, said);
        }
        self.store().adopt(&session, before).await?;
        *self.change() = Change::Began(session);
        Ok(())
    }

    /// Ends the caller's session, if it has one.
    pub(super) async fn logout(&self, session: Option<&Arc<Session>>) -> Result<(), Fault> {
        if let Some(session) = session {
            self.store().end(session).await?;
            audit::logout(&self.origin.client, session);
            *self.change() = Change::Ended;
        }
        Ok(())
    }

    /// The sessions, where this mapping keeps them.
    pub(super) fn store(&self) -> Store<'_> {
        self.gateway.kept().store(&self.live)
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
        {
            let client = &self.origin.client;
            if let Some(id) = ds_id::proven(&id, client, &self.gateway.kept().keys) {
                let _ = client.ds_id.set(id);
            }
            let found = self.find(ds_id::identifier(&id)).await?;
            if let Some(session) = found.filter(|session| session.is_of(client.site.as_ref())) {
                return Ok(Some(session));
            }
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

    /// What the answer to a ping says of a session: what the client says itself, if that leads here, for it takes no other.
    ///
    /// A client that came by a cookie or an URL, which others may have put there, gets one that nobody else knows. It leads nowhere
    /// before the client's next login; until then its session is that of the cookie or URL.
    pub(super) fn ds_id(&self, message: &Message<'_, '_>, session: &Session) -> String {
        let keys = &self.gateway.kept().keys;
        match message.ds_id() {
            Some(said) if session.is_known_as(ds_id::identifier(&said)) => said.into_owned(),
            Some(_) | None => match &*self.change() {
                Change::Began(new) if new.id == session.id => ds_id::of(session, keys),
                Change::Began(_) | Change::None | Change::Ended => ds_id::another(session, keys),
            },
        }
    }

    /// The session of an identifier: for all calls of the packet the same, until one of them ends it.
    pub(super) async fn find(&self, id: &str) -> Result<Option<Arc<Session>>, Fault> {
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
            (Some(session), None) => Ok(session.identity()),
            // One that began in this packet, by a ping or by what is remembered, is nobody's yet.
            (Some(session), Some(_)) if session.is_signed_in() => Ok(session.identity()),
            (_, Some(known)) => known.clone(),
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
        let session = self.store().begin(&self.origin.client).await?;
        *self.change() = Change::Began(Arc::clone(&session));
        Ok(session)
    }
}

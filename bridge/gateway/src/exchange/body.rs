//! One body: what it asks, and whoever answers it: a call, a command of a channel, a description, a fault.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use footbridge_amf::Value;
use footbridge_remoting::{
    Answer, Body, Command, Envelope, Fault, Message, Profile, Request, TypedAcknowledge, Version,
    command, fault,
};

use super::Exchange;
use super::stamp::{new_id, stamp};
use crate::dispatch;
use crate::session::Session;

impl Exchange<'_> {
    /// Answers one body, whatever happens; with `describes` the packet asks what its service is.
    ///
    /// What runs a call takes 20 KB and stands in a box of its own: this future is moved some ten times before it is polled.
    pub(super) async fn body(&self, describes: bool, body: Body<'_>) -> Vec<u8> {
        let id = new_id();
        let body = self.with_lists(body);
        let request = Request::recognise(&body);
        let mut envelope = Envelope::of(&body, &request, self.version);
        let profile = self.profile(&envelope);
        envelope.wire = profile.wire();
        self.headers.for_client(&profile);
        let session = match self.session(&request).await {
            Ok(session) => session,
            Err(fault) => return self.fault(&id, &envelope, fault),
        };
        self.saw_sender(session.as_ref(), &profile);
        if let (Some(reply), Some(session)) = (&mut envelope.message, &session) {
            reply.small |= self.version == Version::Amf3 && session.reads_small_messages();
        }
        if let Some(reply) = &mut envelope.message {
            reply.small &= profile.small_messages;
        }
        match self.describes(describes, &body.graph, &request) {
            Ok(None) => {}
            Ok(Some(described)) => {
                return self
                    .description(&described, &envelope, session.as_ref())
                    .and_then(|body| self.fitting(body))
                    .unwrap_or_else(|fault| self.fault(&id, &envelope, fault));
            }
            Err(fault) => return self.fault(&id, &envelope, fault),
        }
        match request {
            Request::Classic {
                service,
                operation,
                arguments,
            } => {
                let (service, operation) = (Arc::from(service), Arc::from(operation));
                let arguments = owned(arguments.into_owned());
                if self.asks_for_pages(&service) {
                    let arguments = (Arc::new(body.graph.into_owned()), arguments);
                    let pages = self.pages(id, envelope, session, &operation, arguments);
                    return Box::pin(pages).await;
                }
                let found = dispatch::classic(&self.live.mapping, &service, &operation);
                Box::pin(self.call(
                    id,
                    envelope,
                    session,
                    (service, operation),
                    found,
                    (None, self.told()),
                    (Arc::new(body.graph.into_owned()), arguments),
                    None,
                ))
                .await
                .0
            }
            Request::Remoting {
                message,
                destination,
                source,
                operation,
                arguments,
            } => {
                let found = dispatch::remoting(
                    &self.live.mapping,
                    &destination,
                    source.as_deref(),
                    &operation,
                );
                let service = match &source {
                    Some(source) if *source != operation => Arc::from(source.as_ref()),
                    _ => Arc::from(destination.as_ref()),
                };
                let told = self.told_for(&message, &destination, session.as_deref());
                let told = match told.await {
                    Ok(told) => told,
                    Err(fault) => return self.fault(&id, &envelope, fault),
                };
                let operation = Arc::from(operation.as_ref());
                let patience = message.request_timeout().map(Duration::from_millis);
                let arguments = owned(arguments.into_owned());
                Box::pin(self.call(
                    id,
                    envelope,
                    session,
                    (service, operation),
                    found,
                    (patience, told),
                    (Arc::new(body.graph.into_owned()), arguments),
                    None,
                ))
                .await
                .0
            }
            Request::Command { message, command } => self
                .command(&id, &envelope, &message, command, session)
                .await
                .unwrap_or_else(|fault| self.fault(&id, &envelope, fault)),
            Request::Http { asked } => {
                let destination = asked.destination();
                let found = dispatch::proxy(&self.live.mapping, &destination);
                let told = self.told_for(&asked.message, &destination, session.as_deref());
                let told = match told.await {
                    Ok(told) => told,
                    Err(fault) => return self.fault(&id, &envelope, fault),
                };
                let patience = asked.message.request_timeout().map(Duration::from_millis);
                let values = owned(asked.values());
                Box::pin(self.call(
                    id,
                    envelope,
                    session,
                    (destination.into(), "request".into()),
                    found,
                    (patience, told),
                    (Arc::new(body.graph.into_owned()), values),
                    None,
                ))
                .await
                .0
            }
            Request::Other { message } => {
                self.fault(&id, &envelope, command::no_destination(&message))
            }
            Request::Unknown => {
                let fault = Fault::new(
                    fault::ENCODING,
                    "the call names no operation and holds no message",
                );
                self.fault(&id, &envelope, fault)
            }
        }
    }

    /// Answers a command of a channel.
    async fn command(
        &self,
        id: &str,
        envelope: &Envelope,
        message: &Message<'_, '_>,
        command: Command,
        session: Option<Arc<Session>>,
    ) -> Result<Vec<u8>, Fault> {
        let session = match (command, session) {
            (Command::Ping | Command::TriggerConnect, None) => Some(self.begin_session().await?),
            (_, session) => session,
        };
        if let Some(session) = &session {
            if envelope.message.as_ref().is_some_and(|reply| reply.small) {
                session.small_messages.store(true, Ordering::Relaxed);
            }
            self.store().save(session).await?;
        }
        match command {
            Command::Login => return self.login(message, envelope, session.as_deref()).await,
            Command::Logout => {
                self.logout(session.as_ref()).await?;
                return self.acknowledged(envelope);
            }
            _ => {}
        }
        let ds_id = session
            .as_ref()
            .map_or_else(String::new, |session| self.ds_id(message, session));
        let limit = self.limits().reply;
        let stamp = stamp(envelope);
        let body = command::answer(command, message, envelope, &ds_id, limit, &stamp)?;
        tracing::debug!(call = id, ?command, "answered");
        Ok(body)
    }

    /// The answer to a login or a logout.
    pub(super) fn acknowledged(&self, envelope: &Envelope) -> Result<Vec<u8>, Fault> {
        let limit = self.limits().reply;
        let acknowledge = TypedAcknowledge::default();
        let mut answer = Answer::acknowledge(envelope, acknowledge, limit, &stamp(envelope))?;
        answer.sink().string("success")?;
        Ok(answer.finish()?)
    }

    /// A body with the lists that its path's profile sees in it. One that is recognised by the call sees what all do.
    fn with_lists<'b>(&self, mut body: Body<'b>) -> Body<'b> {
        body.graph.take_lists_from(self.origin.profile.lists_in);
        body
    }

    /// What is known of the client of a call.
    pub(super) fn profile(&self, envelope: &Envelope) -> Arc<Profile> {
        self.origin
            .profile
            .of_call(envelope, &self.origin.client.name)
    }
}

fn owned(values: Vec<Value<'_>>) -> Vec<Value<'static>> {
    values.into_iter().map(Value::into_owned).collect()
}

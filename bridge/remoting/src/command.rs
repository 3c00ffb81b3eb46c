//! Answers to what Flex channels ask by themselves, before and between calls.
//!
//! Only what is true is acknowledged: a subscription that nobody would serve, a login that nobody would check are
//! faults, so that a client never waits for messages that cannot come.

use crate::answer::{Answer, Stamp, TypedAcknowledge};
use crate::envelope::Envelope;
use crate::fault::{self, Fault};
use crate::message::Message;
use footbridge_amf::WriteError;

/// The `operation` of a `CommandMessage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// 0: a consumer wants the messages of a destination.
    Subscribe,
    /// 1: it wants no more of them.
    Unsubscribe,
    /// 2: the messages since the last poll.
    Poll,
    /// 4: a server's answer to a poll; clients do not send it.
    ClientSync,
    /// 5: is anybody there, and under which session.
    Ping,
    /// 7: other addresses of this channel.
    ClusterRequest,
    /// 8: user and password.
    Login,
    /// 9: forget them.
    Logout,
    /// 10: a server's word that a subscription ended; clients do not send it.
    SubscriptionInvalidate,
    /// 11: several subscriptions at once.
    MultiSubscribe,
    /// 12: the channel closes.
    Disconnect,
    /// 13: connect without a call.
    TriggerConnect,
    /// Any other number, or none.
    Unknown(Option<i64>),
}

impl Command {
    /// The command of a number.
    pub fn of(number: Option<i64>) -> Self {
        match number {
            Some(0) => Self::Subscribe,
            Some(1) => Self::Unsubscribe,
            Some(2) => Self::Poll,
            Some(4) => Self::ClientSync,
            Some(5) => Self::Ping,
            Some(7) => Self::ClusterRequest,
            Some(8) => Self::Login,
            Some(9) => Self::Logout,
            Some(10) => Self::SubscriptionInvalidate,
            Some(11) => Self::MultiSubscribe,
            Some(12) => Self::Disconnect,
            Some(13) => Self::TriggerConnect,
            other => Self::Unknown(other),
        }
    }
}

/// Answers a command by a whole body, or says why not. `ds_id` is the session's identifier, which pings and connects
/// give to the client.
///
/// # Errors
/// A fault for what no mapping defines (subscriptions, polls), for logins, and for commands that do not exist.
pub fn answer(
    command: Command,
    message: &Message<'_, '_>,
    envelope: &Envelope,
    ds_id: &str,
    limit: usize,
    stamp: &Stamp,
) -> Result<Vec<u8>, Fault> {
    let small = envelope.message.as_ref().is_some_and(|reply| reply.small);
    let named = TypedAcknowledge {
        ds_id: Some(ds_id),
        ..TypedAcknowledge::default()
    };
    match command {
        // The server's DSMessagingVersion switches small messages on in the client, so only who asked for them gets it.
        Command::Ping => {
            let acknowledge = TypedAcknowledge {
                ds_id: Some(ds_id),
                small_messages: small,
                ..TypedAcknowledge::default()
            };
            Ok(empty(envelope, acknowledge, limit, stamp)?)
        }
        Command::TriggerConnect => Ok(empty(envelope, named, limit, stamp)?),
        Command::Disconnect | Command::Logout => {
            Ok(empty(envelope, TypedAcknowledge::default(), limit, stamp)?)
        }
        // `false`: there are no other addresses.
        Command::ClusterRequest => {
            let mut answer =
                Answer::acknowledge(envelope, TypedAcknowledge::default(), limit, stamp)?;
            answer.sink().bool(false)?;
            Ok(answer.finish()?)
        }
        Command::Login => Err(Fault::new(
            fault::AUTHENTICATION,
            "user and password are not known here",
        )),
        Command::Subscribe | Command::Unsubscribe | Command::MultiSubscribe | Command::Poll => {
            Err(no_destination(message))
        }
        Command::ClientSync | Command::SubscriptionInvalidate => Err(Fault::new(
            fault::RESOURCE_NOT_FOUND,
            "this command is sent by servers only",
        )),
        Command::Unknown(Some(number)) => Err(Fault::new(
            fault::RESOURCE_NOT_FOUND,
            format!("no command has the number {number}"),
        )),
        Command::Unknown(None) => Err(Fault::new(fault::ENCODING, "the command has no number")),
    }
}

/// The one fault of everything that needs a destination which no mapping defines.
pub fn no_destination(message: &Message<'_, '_>) -> Fault {
    let text = match message.text("destination").filter(|name| !name.is_empty()) {
        Some(name) => format!("no destination for messages is named `{name}`"),
        None => "there is no destination for messages".to_owned(),
    };
    Fault::new(fault::RESOURCE_NOT_FOUND, text)
}

fn empty(
    envelope: &Envelope,
    acknowledge: TypedAcknowledge<'_>,
    limit: usize,
    stamp: &Stamp,
) -> Result<Vec<u8>, WriteError> {
    let mut answer = Answer::acknowledge(envelope, acknowledge, limit, stamp)?;
    answer.sink().null()?;
    answer.finish()
}

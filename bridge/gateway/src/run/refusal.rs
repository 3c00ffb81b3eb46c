//! What `faults` calls a refusal of the traffic rules, and the fault that clients get where no rule fits.
//!
//! The first two parts of a code say what the client may do about it, the third which of the rules it was.

use footbridge_mapping::model::FaultKey;
use footbridge_remoting::fault;
use footbridge_traffic::{Kind, Refusal};

use super::failure::{Failure, Trouble, because};

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let (key, code) = match refusal.kind {
            Kind::Timeout => (FaultKey::Timeout, fault::TIMEOUT),
            Kind::Idle => (FaultKey::Timeout, fault::TIMEOUT_IDLE),
            Kind::Connect => (FaultKey::Unavailable, fault::UNAVAILABLE),
            Kind::Tls => (FaultKey::Unavailable, fault::UNAVAILABLE_TLS),
            Kind::Proxy => (FaultKey::Unavailable, fault::UNAVAILABLE_PROXY),
            Kind::BreakerOpen => (FaultKey::Unavailable, fault::UNAVAILABLE_BREAKER),
            Kind::QueueFull => (FaultKey::Unavailable, fault::UNAVAILABLE_QUEUE),
            Kind::Token => (FaultKey::Unavailable, fault::UNAVAILABLE_TOKEN),
            Kind::CutOff => (FaultKey::Unreadable, fault::BAD_REPLY_CUT_OFF),
            Kind::Unreadable => (FaultKey::Unreadable, fault::BAD_REPLY),
            Kind::TooLarge => (FaultKey::Unreadable, fault::BAD_REPLY_TOO_LARGE),
            Kind::Redirect => (FaultKey::Unreadable, fault::BAD_REPLY_REDIRECT),
            // Nothing was sent, and no rule can make it good.
            Kind::Target | Kind::Header => {
                return Self::Decided(Box::new(because(
                    fault::BAD_ARGUMENTS,
                    &refusal.message.clone(),
                    refusal,
                )));
            }
            Kind::Caller => {
                return Self::Decided(Box::new(because(
                    fault::AUTHENTICATION,
                    &refusal.message.clone(),
                    refusal,
                )));
            }
        };
        let message = refusal.message.clone();
        Self::Open(Box::new(Trouble {
            key,
            ..Trouble::new(because(code, &message, refusal))
        }))
    }
}

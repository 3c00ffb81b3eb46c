//! Bytes that are held: requests while they are read and run, answers until their clients have taken them.
//!
//! They are counted as they come, never as they are announced: a client that declares a long body and sends nothing takes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use footbridge_mapping::model::GatewayLimits;
use footbridge_remoting::{Fault, fault};
use metrics::counter;

use super::{Usage, take};
use crate::stats;

/// Bytes that are held for one client; dropped, they count no more.
#[derive(Debug)]
pub(crate) struct Held {
    client: Arc<Usage>,
    bytes: AtomicUsize,
}

impl Held {
    /// Nothing, so far.
    pub(crate) fn of(client: &Arc<Usage>) -> Self {
        Self {
            client: Arc::clone(client),
            bytes: AtomicUsize::default(),
        }
    }

    /// Holds so many bytes more.
    ///
    /// # Errors
    /// `Client.TooManyCalls` where the client holds its share, `Server.Unavailable` where all together hold what there is.
    pub(crate) fn more(&self, bytes: usize, limits: GatewayLimits) -> Result<(), Fault> {
        let Usage { totals, held, .. } = &*self.client;
        if !take(held, bytes, limits.held_each) {
            return Err(clients_share(limits));
        }
        if !take(&totals.held, bytes, limits.held) {
            held.fetch_sub(bytes, Ordering::Relaxed);
            return Err(full());
        }
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }

    /// Holds the answer of a call, which is done. A small one is held in any case, so that nobody does twice what was done.
    ///
    /// # Errors
    /// As [`more`](Held::more).
    pub(crate) fn answer(&self, bytes: usize, limits: GatewayLimits) -> Result<(), Fault> {
        let limits = match bytes <= SMALL {
            true => GatewayLimits {
                held: usize::MAX,
                held_each: usize::MAX,
                ..limits
            },
            false => limits,
        };
        self.more(bytes, limits)
    }

    /// Holds no more than so many bytes, which are all that is left of what was held.
    pub(crate) fn at_most(&self, bytes: usize) {
        let before = self.bytes.fetch_min(bytes, Ordering::Relaxed);
        let less = before.saturating_sub(bytes);
        self.client.held.fetch_sub(less, Ordering::Relaxed);
        self.client.totals.held.fetch_sub(less, Ordering::Relaxed);
    }
}

impl Usage {
    /// Whether something of a call's would still be held.
    ///
    /// # Errors
    /// As [`Held::more`].
    pub(super) fn has_room(&self, limits: GatewayLimits) -> Result<(), Fault> {
        let leaves = |held: &AtomicUsize, limit: usize| held.load(Ordering::Relaxed) < limit;
        if !leaves(&self.held, limits.held_each) {
            return Err(clients_share(limits));
        }
        if !leaves(&self.totals.held, limits.held) {
            return Err(full());
        }
        Ok(())
    }
}

fn clients_share(limits: GatewayLimits) -> Fault {
    counter!(stats::SHED, "reason" => "client-bytes").increment(1);
    Fault::new(
        fault::TOO_MANY_CALLS,
        format!(
            "requests and answers of one client may take {} bytes at once",
            limits.held_each
        ),
    )
}

fn full() -> Fault {
    counter!(stats::SHED, "reason" => "gateway-bytes").increment(1);
    Fault::new(
        fault::UNAVAILABLE,
        "the gateway holds as many requests and answers as it may; try again in a moment",
    )
}

/// Bytes of a request that are read, and of an answer that are sent, however much there is: what a connection takes anyway.
pub(crate) const SMALL: usize = 4 << 10;

impl Drop for Held {
    fn drop(&mut self) {
        let bytes = *self.bytes.get_mut();
        self.client.held.fetch_sub(bytes, Ordering::Relaxed);
        self.client.totals.held.fetch_sub(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Load;
    use super::super::usage::tests::{LIMITS, two};
    use super::*;

    #[test]
    fn a_client_holds_its_share_and_all_together_what_there_is() {
        let load = Load::default();
        let [ada, bob] = two(&load).map(|client| Held::of(&client));
        let code = |refused: Result<(), Fault>| refused.unwrap_err().code.into_owned();
        ada.more(400, LIMITS).unwrap();
        ada.more(200, LIMITS).unwrap();
        assert_eq!(code(ada.more(1, LIMITS)), fault::TOO_MANY_CALLS);
        bob.more(400, LIMITS).unwrap();
        assert_eq!(code(bob.more(1, LIMITS)), fault::UNAVAILABLE);
        ada.at_most(500);
        bob.more(100, LIMITS).unwrap();
        assert_eq!(load.held(), 1_000);
        drop(ada);
        assert_eq!(load.held(), 500);
        drop(bob);
        assert_eq!(load.held(), 0);
    }

    #[test]
    fn who_holds_its_share_calls_no_more_but_gets_small_answers() {
        let load = Load::default();
        let [ada, bob] = two(&load);
        let held = Held::of(&ada);
        held.more(600, LIMITS).unwrap();
        let refused = ada.admit(LIMITS).unwrap_err();
        assert_eq!(refused.code, fault::TOO_MANY_CALLS);
        assert!(bob.admit(LIMITS).is_ok());
        held.answer(SMALL, LIMITS).unwrap();
        assert!(held.answer(SMALL + 1, LIMITS).is_err());
        let refused = bob.admit(LIMITS).unwrap_err();
        assert_eq!(refused.code, fault::UNAVAILABLE);
        assert_eq!(load.running(), 0);
    }

    #[test]
    fn what_is_not_held_is_not_given_back() {
        let load = Load::default();
        let [ada, bob] = two(&load).map(|client| Held::of(&client));
        bob.more(100, LIMITS).unwrap();
        ada.more(10, LIMITS).unwrap();
        for (left, held) in [(11, 10), (10, 10), (4, 4), (0, 0), (1, 0)] {
            ada.at_most(left);
            assert_eq!(load.held(), 100 + held);
        }
    }
}

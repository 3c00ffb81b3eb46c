//! What each client's address takes, and the calls that run of it.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use footbridge_mapping::model::GatewayLimits;
use footbridge_remoting::{Fault, fault};
use metrics::counter;

use super::{Load, Totals, take};
use crate::stats;

/// What one client's address takes of the gateway. It lasts as long as something is taken.
#[derive(Debug)]
pub(crate) struct Usage {
    pub(super) totals: Arc<Totals>,
    of: IpAddr,
    pub(super) connections: AtomicUsize,
    pub(super) held: AtomicUsize,
    running: AtomicUsize,
}

/// The right of one call to run; dropped, its place is free.
#[derive(Debug)]
pub(crate) struct Admission<'u>(&'u Usage);

/// Those who take something.
#[derive(Debug, Default)]
pub(super) struct Usages(Mutex<HashMap<IpAddr, Weak<Usage>>>);

impl Load {
    /// What this address takes, together with whoever else has it.
    pub(crate) fn usage(&self, address: IpAddr) -> Arc<Usage> {
        let of = client(address);
        let mut usages = self.0.usages.lock();
        if let Some(usage) = usages.get(&of).and_then(Weak::upgrade) {
            return usage;
        }
        let usage = Arc::new(Usage {
            totals: Arc::clone(&self.0),
            of,
            connections: AtomicUsize::default(),
            held: AtomicUsize::default(),
            running: AtomicUsize::default(),
        });
        usages.insert(of, Arc::downgrade(&usage));
        usage
    }
}

impl Usage {
    /// Lets a call run, if there is room for it and for its client.
    ///
    /// # Errors
    /// `Server.Unavailable` where the gateway is full, `Client.TooManyCalls` where the client has its share.
    pub(crate) fn admit(&self, limits: GatewayLimits) -> Result<Admission<'_>, Fault> {
        self.has_room(limits)?;
        if !take(&self.totals.running, 1, limits.running) {
            counter!(stats::SHED, "reason" => "gateway").increment(1);
            return Err(Fault::new(
                fault::UNAVAILABLE,
                "the gateway is busy; try again in a moment",
            ));
        }
        if !take(&self.running, 1, limits.running_each) {
            self.totals.running.fetch_sub(1, Ordering::Relaxed);
            counter!(stats::SHED, "reason" => "client").increment(1);
            return Err(Fault::new(
                fault::TOO_MANY_CALLS,
                format!(
                    "{} calls of one client may run at once",
                    limits.running_each
                ),
            ));
        }
        Ok(Admission(self))
    }
}

impl Drop for Usage {
    fn drop(&mut self) {
        let mut usages = self.totals.usages.lock();
        // Another one may stand there already: whoever came after the last use ended and before this.
        if usages
            .get(&self.of)
            .is_some_and(|usage| usage.strong_count() == 0)
        {
            usages.remove(&self.of);
        }
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
        self.0.totals.running.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Usages {
    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Weak<Usage>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The address by which a client counts. Whoever has one address of IPv6 has at least the 2^64 of its network (RFC 6177).
fn client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(network))
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::load) const LIMITS: GatewayLimits = GatewayLimits {
        request: 1,
        reply: 1,
        depth: 1,
        values: 1,
        calls: 1,
        running: 3,
        running_each: 2,
        held: 1_000,
        held_each: 600,
        connections: 3,
        connections_each: 2,
    };

    pub(in crate::load) fn two(load: &Load) -> [Arc<Usage>; 2] {
        ["10.0.0.1", "10.0.0.2"].map(|address| load.usage(address.parse().unwrap()))
    }

    #[test]
    fn a_client_has_its_share_and_the_gateway_its_limit() {
        let load = Load::default();
        let [ada, bob] = two(&load);
        let first = ada.admit(LIMITS).unwrap();
        let _second = ada.admit(LIMITS).unwrap();
        let code = |refused: Result<Admission<'_>, Fault>| refused.unwrap_err().code.into_owned();
        assert_eq!(code(ada.admit(LIMITS)), fault::TOO_MANY_CALLS);
        let _third = bob.admit(LIMITS).unwrap();
        assert_eq!(code(bob.admit(LIMITS)), fault::UNAVAILABLE);
        drop(first);
        drop(bob.admit(LIMITS).unwrap());
        assert_eq!(load.running(), 2);
    }

    #[test]
    fn nothing_is_kept_of_a_client_that_has_gone() {
        let load = Load::default();
        let [ada, again] = [(); 2].map(|()| load.usage("10.0.0.1".parse().unwrap()));
        assert!(Arc::ptr_eq(&ada, &again));
        drop(ada);
        assert_eq!(load.0.usages.lock().len(), 1);
        drop(again);
        assert!(load.0.usages.lock().is_empty());
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        let of = |address: &str| client(address.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(of("192.0.2.1"), "192.0.2.1");
    }
}

//! How much runs at once, and who is sent away before it is too much.
//!
//! Refusing is cheap and waiting is not: a call over the limit is answered at once by a fault, while those that run
//! keep their time. A client that asks for more than its share is refused before the gateway is full.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use footbridge_mapping::model::GatewayLimits;
use footbridge_remoting::{Fault, fault};
use metrics::counter;

use crate::stats;

/// What runs in this process.
#[derive(Debug, Default)]
pub struct Load {
    running: AtomicUsize,
    connections: AtomicUsize,
    by_address: Mutex<HashMap<Arc<str>, usize>>,
}

/// The right of one call to run; dropped, its place is free.
#[derive(Debug)]
pub(crate) struct Admission<'l> {
    load: &'l Load,
    address: Arc<str>,
}

/// One open connection.
#[derive(Debug)]
pub(crate) struct Connected<'l>(&'l Load);

impl Load {
    /// Calls that run.
    pub fn running(&self) -> usize {
        self.running.load(Ordering::Relaxed)
    }

    /// Connections that are open.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    pub(crate) fn connected(&self) -> Connected<'_> {
        self.connections.fetch_add(1, Ordering::Relaxed);
        Connected(self)
    }

    /// Lets a call run, if there is room for it and for its client.
    ///
    /// # Errors
    /// `Server.Unavailable` where the gateway is full, `Client.TooManyCalls` where the client has its share.
    pub(crate) fn admit(
        &self,
        limits: GatewayLimits,
        address: &Arc<str>,
    ) -> Result<Admission<'_>, Fault> {
        if self.running.fetch_add(1, Ordering::Relaxed) >= limits.running {
            self.running.fetch_sub(1, Ordering::Relaxed);
            counter!(stats::SHED, "reason" => "gateway").increment(1);
            return Err(Fault::new(
                fault::UNAVAILABLE,
                "the gateway is busy; try again in a moment",
            ));
        }
        let mut by_address = lock(&self.by_address);
        let own = by_address.entry(Arc::clone(address)).or_default();
        if *own >= limits.running_each {
            drop(by_address);
            self.running.fetch_sub(1, Ordering::Relaxed);
            counter!(stats::SHED, "reason" => "client").increment(1);
            return Err(Fault::new(
                fault::TOO_MANY_CALLS,
                format!(
                    "{} calls of one client may run at once",
                    limits.running_each
                ),
            ));
        }
        *own += 1;
        drop(by_address);
        Ok(Admission {
            load: self,
            address: Arc::clone(address),
        })
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        self.load.running.fetch_sub(1, Ordering::Relaxed);
        let mut by_address = lock(&self.load.by_address);
        if let Some(own) = by_address.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                by_address.remove(&self.address);
            }
        }
    }
}

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: GatewayLimits = GatewayLimits {
        request: 1,
        reply: 1,
        depth: 1,
        values: 1,
        calls: 1,
        running: 3,
        running_each: 2,
    };

    #[test]
    fn a_client_has_its_share_and_the_gateway_its_limit() {
        let load = Load::default();
        let (ada, bob): (Arc<str>, Arc<str>) = ("10.0.0.1".into(), "10.0.0.2".into());
        let first = load.admit(LIMITS, &ada).unwrap();
        let _second = load.admit(LIMITS, &ada).unwrap();
        let code = |refused: Result<Admission<'_>, Fault>| refused.unwrap_err().code.into_owned();
        assert_eq!(code(load.admit(LIMITS, &ada)), fault::TOO_MANY_CALLS);
        let _third = load.admit(LIMITS, &bob).unwrap();
        assert_eq!(code(load.admit(LIMITS, &bob)), fault::UNAVAILABLE);
        drop(first);
        drop(load.admit(LIMITS, &bob).unwrap());
        assert_eq!(load.running(), 2);
    }

    #[test]
    fn nothing_is_kept_of_a_client_that_has_gone() {
        let load = Load::default();
        let address: Arc<str> = "10.0.0.1".into();
        drop(load.admit(LIMITS, &address).unwrap());
        assert!(lock(&load.by_address).is_empty());
    }
}

//! Whose connection it is, and whether that client may have one more.

use std::net::IpAddr;
use std::sync::Arc;

use crate::gateway::Gateway;
use crate::load::{Connected, Usage};
use crate::rarely::Rarely;
use crate::stats;

/// The client of a connection, counted as long as the connection lasts.
#[derive(Debug)]
pub(crate) struct Visitor {
    /// The peer, or the client for which a proxy says that it speaks.
    pub(crate) address: IpAddr,
    /// What it takes of the gateway.
    pub(crate) usage: Arc<Usage>,
    /// Whether a header of the PROXY protocol comes first.
    pub(crate) passed_on: bool,
    connected: Connected,
}

impl Visitor {
    /// The peer of a connection that was just accepted.
    pub(crate) fn new(gateway: &Gateway, address: IpAddr) -> Self {
        let live = gateway.live();
        let behind = &live.mapping.gateway.edge.behind;
        Self {
            address,
            usage: gateway.load().usage(address),
            passed_on: behind.proxy_protocol && behind.believes(&address),
            connected: gateway.load().connected(),
        }
    }

    /// Is the client that a proxy names.
    pub(crate) fn becomes(&mut self, gateway: &Gateway, client: IpAddr) {
        self.address = client;
        self.usage = gateway.load().usage(client);
    }

    /// Whether it may stay: a client has so many connections; a proxy, which speaks for many, as many as there are.
    pub(crate) fn may_stay(&mut self, gateway: &Gateway, crowded: &Rarely) -> bool {
        let live = gateway.live();
        let limits = live.mapping.gateway.limits;
        if live.mapping.gateway.edge.behind.believes(&self.address)
            || self.connected.count_for(&self.usage, limits)
        {
            return true;
        }
        metrics::counter!(stats::SHED, "reason" => "connections").increment(1);
        if let Some(times) = crowded.happened() {
            tracing::warn!(
                client = %self.address,
                times,
                "a client has {} connections already, and no more are taken of it",
                limits.connections_each
            );
        }
        false
    }
}

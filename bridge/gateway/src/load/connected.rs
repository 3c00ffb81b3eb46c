//! Connections, in all and of one client.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use footbridge_mapping::model::GatewayLimits;

use super::{Load, Totals, Usage, take};

/// One open connection.
#[derive(Debug)]
pub(crate) struct Connected {
    totals: Arc<Totals>,
    /// Whose it is, where that counts.
    client: Option<Arc<Usage>>,
}

impl Load {
    /// A connection has been accepted.
    pub(crate) fn connected(&self) -> Connected {
        self.0.connections.fetch_add(1, Ordering::Relaxed);
        Connected {
            totals: Arc::clone(&self.0),
            client: None,
        }
    }
}

impl Connected {
    /// Counts for a client; `false` where it has as many as it may.
    pub(crate) fn count_for(&mut self, client: &Arc<Usage>, limits: GatewayLimits) -> bool {
        let fits = take(&client.connections, 1, limits.connections_each);
        if fits {
            self.client = Some(Arc::clone(client));
        }
        fits
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.totals.connections.fetch_sub(1, Ordering::Relaxed);
        if let Some(client) = &self.client {
            client.connections.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::usage::tests::{LIMITS, two};
    use super::*;

    #[test]
    fn a_client_has_so_many_connections_and_others_theirs() {
        let load = Load::default();
        let [ada, bob] = two(&load);
        let connect = |client| {
            let mut connected = load.connected();
            connected.count_for(client, LIMITS).then_some(connected)
        };
        let first = connect(&ada).unwrap();
        let _second = connect(&ada).unwrap();
        assert!(connect(&ada).is_none());
        assert!(connect(&bob).is_some());
        assert_eq!(load.connections(), 2);
        drop(first);
        assert!(connect(&ada).is_some());
    }
}

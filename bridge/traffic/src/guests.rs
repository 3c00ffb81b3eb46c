//! Hosts beside the backend's own, which a proxy may ask for: with none of the backend's secrets, and never at an
//! address that is not public.

use std::net::SocketAddr;
use std::sync::Arc;

use footbridge_mapping::model::TrafficSettings;
use footbridge_mapping::reach::Reach;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// How others than the backend's own origin are asked.
pub(crate) struct Guests {
    pub(crate) http: reqwest::Client,
}

/// A name leads to an address that is not public, and that the mapping does not name either. Who sent it, or whose name it
/// is, is at fault.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the host has no address that may be asked")]
pub(crate) struct Private;

impl Guests {
    /// `builder` is that of the backend's own client; the certificate of `auth` is not shown to others.
    ///
    /// # Errors
    /// In a clause, as for the backend itself.
    pub(crate) fn new(builder: reqwest::ClientBuilder, reach: &Arc<Reach>) -> Result<Self, String> {
        let http = builder
            .dns_resolver(Arc::new(Guard(Arc::clone(reach))))
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { http })
    }
}

/// The same settings without what proves who calls.
pub(crate) fn unproven(traffic: &TrafficSettings) -> TrafficSettings {
    TrafficSettings {
        auth: Vec::new(),
        ..traffic.clone()
    }
}

/// Looks names up and leaves out what may not be asked. What is left is what is connected to, so a name that leads
/// elsewhere a moment later changes nothing.
struct Guard(Arc<Reach>);

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = Arc::clone(&self.0);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found
                .filter(|address| reach.allows_address(address.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(Private.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

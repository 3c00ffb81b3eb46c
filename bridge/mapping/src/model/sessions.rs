//! `sessions`: how long they live, what carries them, and where they are kept.

use std::sync::Arc;
use std::time::Duration;

/// `sessions` of `gateway.yaml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sessions {
    /// Without a call it ends after this; 20 minutes.
    pub idle: Duration,
    /// It ends after this in any case; 12 hours.
    pub longest: Duration,
    /// `by`: what a client may name its session by, beside the argument of an operation.
    pub by: Vec<Carrier>,
    /// `signed-in-by-url`: whether the suffix of a URL may name the session of somebody who has logged in.
    pub signed_in_by_url: bool,
    /// `store`: the database that keeps them; `None` for this process.
    pub store: Option<Arc<str>>,
}

/// What carries a session's identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// `cookie`
    Cookie,
    /// `url`: a suffix of the gateway's path.
    Url,
    /// `ds-id`: the header of Flex messages.
    DsId,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(20 * 60),
            longest: Duration::from_secs(12 * 60 * 60),
            by: vec![Carrier::Cookie, Carrier::Url, Carrier::DsId],
            signed_in_by_url: false,
            store: None,
        }
    }
}

impl Sessions {
    /// Whether a client may name its session so.
    pub fn takes(&self, carrier: Carrier) -> bool {
        self.by.contains(&carrier)
    }
}

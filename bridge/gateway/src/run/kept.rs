//! What outlives a call: sessions, cached answers, first answers of `once`, and how often each caller has called.

use super::cache::Answers;
use super::once::{Firsts, Room};
use super::pageable::Indices;
use super::rate::Rates;
use crate::keys::Keys;
use crate::live::Live;
use crate::login::Known;
use crate::session::{Sessions, Store};

/// The gateway's memory between calls, in this process. It stays when the mapping changes, but for cached answers.
#[derive(Debug, Default)]
pub struct Kept {
    /// Who has called before.
    pub sessions: Sessions,
    /// What seals what clients and stores keep for the gateway.
    pub keys: Keys,
    pub(crate) pages: Indices,
    pub(crate) answers: Answers,
    pub(crate) firsts: Firsts,
    pub(crate) room: Room,
    pub(crate) rates: Rates,
    pub(crate) known: Known,
}

impl Kept {
    /// The sessions, where this mapping keeps them.
    pub fn store<'k>(&'k self, live: &'k Live) -> Store<'k> {
        self.sessions.store(live, &self.keys)
    }
}

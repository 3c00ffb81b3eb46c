//! Headers of the answer's packet: collected while its bodies run, sent where the client reads them.

use std::sync::{Mutex, PoisonError};

use footbridge_remoting::header::REQUEST_PERSISTENT_HEADER;
use footbridge_remoting::profile::AnswerVersion;
use footbridge_remoting::{AnswerHeader, Profile, Version};

/// What the answer's packet is to say beside its bodies.
#[derive(Debug, Default)]
pub(super) struct Headers(Mutex<Collected>);

#[derive(Debug, Default)]
struct Collected {
    headers: Vec<AnswerHeader>,
    /// Whether a body came from a client that is better sent no headers.
    unread: bool,
    /// Whether the packet's version is 0, whatever was asked.
    zero: bool,
}

impl Headers {
    /// Adds a header, in place of one of its name; `None` (which could not be written) adds nothing. Only
    /// `RequestPersistentHeader` may be said several times, since each names another header.
    pub(super) fn say(&self, header: Option<AnswerHeader>) {
        let Some(header) = header else {
            return;
        };
        let mut collected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if header.name() != REQUEST_PERSISTENT_HEADER {
            collected
                .headers
                .retain(|other| other.name() != header.name());
        }
        if collected.headers.len() < MOST {
            collected.headers.push(header);
        }
    }

    /// Takes note of who sent a body.
    pub(super) fn for_client(&self, profile: &Profile) {
        let zero = profile.answer_version == AnswerVersion::Zero;
        if profile.response_headers && !zero {
            return;
        }
        let mut collected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        collected.unread |= !profile.response_headers;
        collected.zero |= zero;
    }

    /// The version of the answer's packet.
    pub(super) fn version(&self, asked: Version) -> Version {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).zero {
            true => Version::Amf0,
            false => asked,
        }
    }

    /// All that were said; none where the client does not read them.
    pub(super) fn collected(&self) -> Vec<AnswerHeader> {
        let mut collected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if collected.unread {
            return Vec::new();
        }
        std::mem::take(&mut collected.headers)
    }
}

/// Headers of one packet; a handful are known.
const MOST: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_a_name_counts() {
        let headers = Headers::default();
        headers.say(AnswerHeader::append_to_gateway_url("?a=1"));
        headers.say(AnswerHeader::persistent("A", false, None));
        headers.say(AnswerHeader::persistent("B", false, None));
        headers.say(AnswerHeader::append_to_gateway_url("?a=2"));
        let collected = headers.collected();
        assert_eq!(collected.len(), 3);
        assert_eq!(
            collected.last().cloned(),
            AnswerHeader::append_to_gateway_url("?a=2")
        );
    }

    #[test]
    fn who_reads_no_headers_is_sent_none() {
        let headers = Headers::default();
        headers.for_client(&Profile::built_in("flash").unwrap());
        headers.for_client(&Profile::built_in("royale").unwrap());
        headers.say(AnswerHeader::append_to_gateway_url("?a=1"));
        assert!(headers.collected().is_empty());
    }
}

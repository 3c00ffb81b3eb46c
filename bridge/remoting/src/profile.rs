//! Client profiles: one table of named differences between clients.
//!
//! What the bytes of a request decide (AMF0 or AMF3, a Flex message or a classic call) is the [`Envelope`]'s; a profile says
//! what they do not tell. It is pinned by a gateway path, or recognised.

use std::borrow::Cow;
use std::sync::Arc;

use footbridge_amf::ListForms;

use crate::envelope::{Envelope, Wire};
use crate::packet::Version;
use crate::shape::ListShape;

/// What one kind of client reads and sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name, in the log of each call.
    pub name: Cow<'static, str>,
    /// Whether it is chosen anew for each call by what the call tells.
    pub recognise: bool,
    /// `rows`: rows in the answer to a classic call in AMF0.
    pub rows: Rows,
    /// `lists`: rows and lists in AMF3.
    pub lists: Lists,
    /// `small-messages`: Flex messages in their short form, to clients that announce them.
    pub small_messages: bool,
    /// `references`: in AMF0 a value that appears again is written as a reference, so that cycles can be said.
    pub references: bool,
    /// `debug-events`: a body `/onDebugEvents` may stand before the others, where debugging is on.
    pub debug_events: bool,
    /// `response-headers`: the answer's packet may have headers.
    pub response_headers: bool,
    /// `lists-in`: which values of a request are lists.
    pub lists_in: ListForms,
    /// `integers`: how integers are written in AMF3.
    pub integers: Integers,
    /// `faults`: what tells the fault of a classic call.
    pub faults: Faults,
    /// `answer-version`: the version of the answer's packet.
    pub answer_version: AnswerVersion,
}

/// `integers` of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integers {
    /// `int`, where they fit its 29 bits.
    Int,
    /// `number`, always.
    Number,
}

/// `faults` of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faults {
    /// `status`: the status object of Flash Remoting.
    Status,
    /// `message`: Flex's `ErrorMessage`.
    Message,
}

/// `answer-version` of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerVersion {
    /// `asked`: that of the request.
    Asked,
    /// `0`, also where the bodies are in AMF3.
    Zero,
}

/// `rows` of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// `RecordSet`
    RecordSet,
    /// `Array`, of objects.
    Array,
}

/// `lists` of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lists {
    /// `ArrayCollection`, an externalizable object.
    ArrayCollection,
    /// `Array`
    Array,
}

impl Profile {
    /// The built-in ones by name: `auto flash-8 flash flex air ruffle ruffle-2025 royale lightspark`.
    pub fn built_in(name: &str) -> Option<Self> {
        BUILT_IN
            .iter()
            .find(|profile| profile.name == name)
            .cloned()
    }

    /// What is said of a client nobody knows.
    pub fn auto() -> &'static Self {
        &BUILT_IN[0]
    }

    /// The names of the built-in ones.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|profile| match &profile.name {
            Cow::Borrowed(name) => *name,
            // The table below has none.
            Cow::Owned(_) => "",
        })
    }

    /// The profile of one call: itself, or what is recognised.
    ///
    /// AIR and Lightspark name themselves in `User-Agent`; Flash Player, Flex and Royale in a browser do not, so they are told apart as far as
    /// they differ on the wire. Flex messages in AMF0 packets come from Ruffle alone.
    pub fn of_call(self: &Arc<Self>, envelope: &Envelope, agent: &str) -> Arc<Self> {
        if !self.recognise {
            return Arc::clone(self);
        }
        let name = match (envelope.version, envelope.is_classic()) {
            _ if agent.contains("AdobeAIR/") => "air",
            _ if agent.starts_with("Lightspark ") => "lightspark",
            (Version::Amf0 | Version::Fms, false) => "ruffle",
            (Version::Amf0 | Version::Fms, true) => "flash-8",
            (Version::Amf3, false) => "flex",
            (Version::Amf3, true) => "flash",
        };
        RECOGNISED
            .iter()
            .find(|profile| profile.name == name)
            .map_or_else(|| Arc::clone(self), Arc::clone)
    }

    /// What it says of the bytes of an answer.
    pub fn wire(&self) -> Wire {
        Wire {
            references: self.references,
            integers: self.integers == Integers::Int,
            error_messages: self.faults == Faults::Message,
        }
    }

    /// What rows and lists become in AMF3.
    pub(crate) fn list_shape(&self) -> ListShape {
        match self.lists {
            Lists::ArrayCollection => ListShape::ArrayCollection,
            Lists::Array => ListShape::Array,
        }
    }

    /// What rows become in classic AMF0.
    pub(crate) fn row_shape(&self) -> ListShape {
        match self.rows {
            Rows::RecordSet => ListShape::RecordSet,
            Rows::Array => ListShape::Array,
        }
    }
}

/// What most clients have in common.
const COMMON: Profile = Profile {
    name: Cow::Borrowed("auto"),
    recognise: false,
    rows: Rows::RecordSet,
    lists: Lists::ArrayCollection,
    small_messages: true,
    references: false,
    debug_events: true,
    response_headers: true,
    lists_in: ListForms::Maps,
    integers: Integers::Int,
    faults: Faults::Status,
    answer_version: AnswerVersion::Asked,
};

static BUILT_IN: [Profile; 9] = [
    Profile {
        recognise: true,
        ..COMMON
    },
    // ActionScript 2 has neither AMF3 nor ArrayCollection.
    Profile {
        name: Cow::Borrowed("flash-8"),
        lists: Lists::Array,
        small_messages: false,
        ..COMMON
    },
    Profile {
        name: Cow::Borrowed("flash"),
        small_messages: false,
        ..COMMON
    },
    Profile {
        name: Cow::Borrowed("flex"),
        ..COMMON
    },
    Profile {
        name: Cow::Borrowed("air"),
        ..COMMON
    },
    // It drops a whole answer with an externalizable object in it, and reads no response headers.
    Profile {
        name: Cow::Borrowed("ruffle"),
        lists: Lists::Array,
        small_messages: false,
        response_headers: false,
        ..COMMON
    },
    // Builds before the summer of 2026 send lists as objects.
    Profile {
        name: Cow::Borrowed("ruffle-2025"),
        lists: Lists::Array,
        small_messages: false,
        response_headers: false,
        lists_in: ListForms::Objects,
        ..COMMON
    },
    // Each body of an answer calls its responder, which takes all but an ErrorMessage for a result; and a header that is no text
    // ends the call.
    Profile {
        name: Cow::Borrowed("royale"),
        debug_events: false,
        response_headers: false,
        faults: Faults::Message,
        ..COMMON
    },
    // It does not expect the switch to AMF3 in a packet of version 3, and calls a method for each header.
    Profile {
        name: Cow::Borrowed("lightspark"),
        lists: Lists::Array,
        small_messages: false,
        response_headers: false,
        answer_version: AnswerVersion::Zero,
        ..COMMON
    },
];

static RECOGNISED: std::sync::LazyLock<Vec<Arc<Profile>>> =
    std::sync::LazyLock::new(|| BUILT_IN.iter().cloned().map(Arc::new).collect());

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::{Encoding, Wire};

    fn recognised(version: Version, flex: bool, agent: &str) -> String {
        let envelope = Envelope {
            response: "/1".to_owned(),
            version,
            encoding: Encoding::Amf3,
            message: flex.then(crate::FlexReply::default),
            wire: Wire::default(),
        };
        let auto = Arc::new(Profile::built_in("auto").unwrap());
        auto.of_call(&envelope, agent).name.to_string()
    }

    #[test]
    fn clients_are_recognised_by_what_their_calls_tell() {
        assert_eq!(recognised(Version::Amf3, true, "Mozilla/5.0"), "flex");
        assert_eq!(recognised(Version::Amf3, false, "Mozilla/5.0"), "flash");
        assert_eq!(recognised(Version::Amf0, true, "Mozilla/5.0"), "ruffle");
        assert_eq!(
            recognised(Version::Amf0, false, "Shockwave Flash"),
            "flash-8"
        );
        let air =
            "Mozilla/5.0 (Windows; U; en) AppleWebKit/533.19.4 (KHTML, like Gecko) AdobeAIR/32.0";
        assert_eq!(recognised(Version::Amf3, true, air), "air");
    }

    #[test]
    fn a_pinned_profile_stays() {
        let royale = Arc::new(Profile::built_in("royale").unwrap());
        let envelope = Envelope {
            response: "/1".to_owned(),
            version: Version::Amf0,
            encoding: Encoding::Amf0,
            message: None,
            wire: Wire::default(),
        };
        assert_eq!(royale.of_call(&envelope, "AdobeAIR/32.0").name, "royale");
        assert!(Profile::names().all(|name| Profile::built_in(name).is_some()));
    }
}

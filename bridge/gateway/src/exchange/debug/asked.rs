//! Which events a packet asks for, and how many of them: by the members of `NetDebugConfig`, or by a header that says true.

use footbridge_amf::Value;
use footbridge_remoting::{Header, Packet};

/// Which events, and how much of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) trace: bool,
    pub(super) errors: bool,
    pub(super) calls: bool,
    pub(super) headers: bool,
    pub(super) http: bool,
    pub(super) times: bool,
    /// `m_maxevents`: how many there may be; `None` stands for as many as there may be here.
    most_events: Option<usize>,
    /// `m_maxarray`: how many items of a list are shown, likewise.
    most_items: Option<usize>,
}

impl Asked {
    /// What the headers of a packet say.
    pub(super) fn by(packet: &Packet<'_>) -> Self {
        let said = |name: &str| {
            let header = packet.header(name)?;
            // A client without debugging classes sends the header with nothing in it.
            let nothing = matches!(
                header.value,
                Value::Null | Value::Undefined | Value::Bool(false)
            );
            (!nothing).then_some(header)
        };
        let mut asked = Self::default();
        if let Some(header) = said("amf_server_debug") {
            let on = |name: &str, otherwise: bool| match header.graph.member(&header.value, name) {
                Some(Value::Bool(on)) => *on,
                Some(_) | None => otherwise,
            };
            if on("m_debug", true) {
                asked = Self {
                    trace: on("trace", true),
                    errors: on("error", true),
                    calls: on("amf", false),
                    headers: on("amfheaders", false),
                    http: on("httpheaders", false),
                    times: true,
                    most_events: bound(header, "m_maxevents"),
                    most_items: bound(header, "m_maxarray"),
                };
            }
        }
        if said("TraceHeader").is_some() {
            asked.trace = true;
            asked.errors = true;
        }
        asked.times |= said("ServiceBrowser").is_some();
        asked
    }

    /// Whether nothing is asked for.
    pub(super) fn is_nothing(self) -> bool {
        self == Self::default()
    }

    /// How many events there may be.
    pub(super) fn most_events(self) -> usize {
        self.most_events.unwrap_or(MOST_EVENTS).min(MOST_EVENTS)
    }

    /// How many items of each list are shown.
    pub(super) fn most_items(self) -> usize {
        self.most_items.unwrap_or(MOST_ITEMS).min(MOST_ITEMS)
    }
}

/// A bound that the debugger sets; less than one, and what is no number, sets none.
fn bound(header: &Header<'_>, name: &str) -> Option<usize> {
    let bound = match header.graph.member(&header.value, name)? {
        Value::Int(bound) => f64::from(*bound),
        Value::Number(bound) => *bound,
        _ => return None,
    };
    // Beyond the end of `usize` it is the largest one.
    (bound >= 1.0).then_some(bound as usize)
}

/// Events of one answer, whatever is asked for: some of every call that a packet may hold.
const MOST_EVENTS: usize = 500;

/// Items of each list that are shown, whatever is asked for.
const MOST_ITEMS: usize = 500;

#[cfg(test)]
mod tests {
    use footbridge_amf::Limits;

    use super::*;

    fn asked(name: &str, value: &[u8]) -> Asked {
        let mut bytes = b"\0\0\0\x01".to_vec();
        bytes.extend(u16::try_from(name.len()).unwrap().to_be_bytes());
        bytes.extend(name.as_bytes());
        bytes.extend(b"\x01\0\0\0\0");
        bytes.extend(value);
        bytes.extend(b"\0\0");
        Asked::by(&Packet::read(&bytes, &Limits::default()).unwrap())
    }

    #[test]
    fn a_debugger_chooses_its_events() {
        let config = b"\x10\0\x0eNetDebugConfig\0\x05trace\x01\0\0\x03amf\x01\x01\0\0\x09";
        assert_eq!(
            asked("amf_server_debug", config),
            Asked {
                errors: true,
                calls: true,
                times: true,
                ..Asked::default()
            }
        );
        let off = b"\x03\0\x07m_debug\x01\0\0\0\x09";
        assert_eq!(asked("amf_server_debug", off), Asked::default());
    }

    #[test]
    fn a_client_without_debugging_classes_asks_for_nothing() {
        for nothing in [&b"\x06"[..], b"\x05", b"\x01\0"] {
            assert_eq!(asked("amf_server_debug", nothing), Asked::default());
        }
        assert!(asked("TraceHeader", b"\x01\x01").trace);
        assert!(asked("serviceBrowser", b"\x01\x01").times);
    }

    #[test]
    fn a_debugger_bounds_its_events_as_far_as_it_says_a_number() {
        let bounds = |value: &[u8]| {
            let asked = asked("amf_server_debug", value);
            (asked.most_events(), asked.most_items())
        };
        // 25 and 10, as NetConnection Debugger says them.
        let config = b"\x10\0\x0eNetDebugConfig\0\x0bm_maxevents\0\x40\x39\0\0\0\0\0\0\
            \0\x0am_maxarray\0\x40\x24\0\0\0\0\0\0\0\0\x09";
        assert_eq!(bounds(config), (25, 10));
        let (infinite, nan) = (b"\x7f\xf0\0\0\0\0\0\0", b"\x7f\xf8\0\0\0\0\0\0");
        for number in [infinite, nan, &[0; 8], b"\xc0\x24\0\0\0\0\0\0"] {
            let config = [&b"\x03\0\x0bm_maxevents\0"[..], number, b"\0\0\x09"].concat();
            assert_eq!(bounds(&config), (MOST_EVENTS, MOST_ITEMS), "{number:?}");
        }
        let text = b"\x03\0\x0am_maxarray\x02\0\x0210\0\0\x09";
        assert_eq!(bounds(text), (MOST_EVENTS, MOST_ITEMS));
    }
}

//! Anything at all, and documents that are nearly right.

use proptest::prelude::*;

use crate::bodies;

const REPLY: &str = r##"<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:c="http://schemas.xmlsoap.org/soap/encoding/" xmlns:t="urn:constructs:rpc_encoded"><e:Body><t:echoResponse><return c:arrayType="t:Node[2]"><item href="#a"/><item id="b"><name>x</name><next href="#b"/></item></return></t:echoResponse><multiRef id="a" i:type="t:Node"><name i:nil="true"/><next href="#b"/></multiRef></e:Body></e:Envelope>"##;

/// One or more places of a text are taken out, doubled, or replaced by a piece of another place.
fn nearly(text: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let place = (0..text.len(), 0..40_usize, 0..text.len(), 0..4_u8);
    prop::collection::vec(place, 1..4).prop_map(move |changes| {
        let mut bytes = text.as_bytes().to_vec();
        for (at, length, other, kind) in changes {
            let at = at.min(bytes.len());
            let end = (at + length).min(bytes.len());
            let other = other.min(bytes.len());
            let piece = bytes[other..(other + length).min(bytes.len())].to_vec();
            match kind {
                0 => drop(bytes.drain(at..end)),
                1 => drop(bytes.splice(at..at, piece)),
                2 => drop(bytes.splice(at..end, piece)),
                _ => bytes.truncate(end.max(1)),
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_wsdl_ends(bytes in prop_oneof![nearly(bodies::WSDL), nearly(bodies::ENCODED)]) {
        bodies::any_wsdl(&bytes);
    }

    #[test]
    fn any_reply_ends(bytes in nearly(REPLY)) {
        bodies::any_reply(&bytes);
    }

    #[test]
    fn noise_ends(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        bodies::any_wsdl(&bytes);
        bodies::any_reply(&bytes);
    }
}

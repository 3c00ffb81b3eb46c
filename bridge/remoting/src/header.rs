//! Headers of an answer's packet: what a server tells the client's connection beside its calls.
//!
//! Flash Player calls the method of the header's name on the connection's client; without one it ignores the header, or reports an
//! error where must-understand is set. `NetServices` has the three methods named here. Ruffle ignores all headers.

use std::borrow::Cow;
use std::sync::Arc;

use footbridge_amf::{Class, Sink, WriteError, amf0};

/// A header of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerHeader {
    name: Cow<'static, str>,
    must_understand: bool,
    /// One AMF0 value.
    value: Vec<u8>,
}

/// The suffix that goes to the gateway's URL from now on; the client puts it behind the URL that it knew first.
pub const APPEND_TO_GATEWAY_URL: &str = "AppendToGatewayUrl";
/// The URL that the client's connection has from now on.
pub const REPLACE_GATEWAY_URL: &str = "ReplaceGatewayUrl";
/// A header that the client sends with each packet from now on.
pub const REQUEST_PERSISTENT_HEADER: &str = "RequestPersistentHeader";

impl AnswerHeader {
    /// A header with a text, the only value that Royale reads; with must-understand a client without such a method gets an error.
    /// `None` where name or text is over 65,535 bytes.
    pub fn text(
        name: impl Into<Cow<'static, str>>,
        must_understand: bool,
        text: &str,
    ) -> Option<Self> {
        let short = u16::try_from(text.len()).is_ok();
        Self::written(name, must_understand, |sink| sink.string(text)).filter(|_| short)
    }

    /// `AppendToGatewayUrl`: the client calls `URL + suffix` from now on.
    pub fn append_to_gateway_url(suffix: &str) -> Option<Self> {
        Self::text(APPEND_TO_GATEWAY_URL, false, suffix)
    }

    /// `ReplaceGatewayUrl`: the client calls this URL from now on.
    pub fn replace_gateway_url(url: &str) -> Option<Self> {
        Self::text(REPLACE_GATEWAY_URL, false, url)
    }

    /// `RequestPersistentHeader`: the client sends a header of this name with each packet from now on, its value a text or null.
    /// Null under the name `Credentials` makes it forget name and password.
    pub fn persistent(name: &str, must_understand: bool, data: Option<&str>) -> Option<Self> {
        Self::written(REQUEST_PERSISTENT_HEADER, true, |sink| {
            sink.begin_object(&Arc::new(Class::anonymous()))?;
            sink.member("name")?;
            sink.string(name)?;
            sink.member("mustUnderstand")?;
            sink.bool(must_understand)?;
            sink.member("data")?;
            match data {
                Some(text) => sink.string(text)?,
                None => sink.null()?,
            }
            sink.end()
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Appends it as it stands in a packet, its length exact.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        crate::answer::write_utf8(out, &[&self.name]);
        out.push(u8::from(self.must_understand));
        let length = u32::try_from(self.value.len()).expect("values are shorter than LONGEST");
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&self.value);
    }

    fn written(
        name: impl Into<Cow<'static, str>>,
        must_understand: bool,
        write: impl FnOnce(&mut dyn Sink) -> Result<(), WriteError>,
    ) -> Option<Self> {
        let name = name.into();
        u16::try_from(name.len()).ok()?;
        let mut writer = amf0::Writer::new(Vec::new(), LONGEST);
        write(&mut writer).ok()?;
        Some(Self {
            name,
            must_understand,
            value: writer.finish().ok()?,
        })
    }
}

/// Bytes of a header's value: far more than any text or name of a header.
const LONGEST: usize = 256 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(header: Option<AnswerHeader>) -> Vec<u8> {
        let mut out = Vec::new();
        header.unwrap().write(&mut out);
        out
    }

    #[test]
    fn a_text_is_written_with_its_length() {
        assert_eq!(
            bytes(AnswerHeader::append_to_gateway_url(";a=1")),
            b"\0\x12AppendToGatewayUrl\0\0\0\0\x07\x02\0\x04;a=1"
        );
    }

    #[test]
    fn a_persistent_header_is_an_object_that_must_be_understood() {
        assert_eq!(
            bytes(AnswerHeader::persistent("Credentials", false, None)),
            b"\0\x17RequestPersistentHeader\x01\0\0\0\x31\x03\0\x04name\x02\0\x0bCredentials\0\x0emustUnderstand\x01\0\0\x04data\x05\0\0\x09"
        );
    }

    #[test]
    fn what_no_header_can_hold_is_none() {
        let long = "x".repeat(65_536);
        assert_eq!(AnswerHeader::replace_gateway_url(&long), None);
        assert_eq!(AnswerHeader::text(long, false, ""), None);
    }
}

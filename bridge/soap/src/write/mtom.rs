//! Large bytes beside the envelope: XOP in multipart/related (MTOM §3).

use footbridge_mapping::data::{Data, convert};

use super::content::{Tag, Writer};
use crate::model::Version;
use crate::xml::namespace::XOP;

impl Writer<'_> {
    /// Writes an element of bytes as a reference to a part; `false` for bytes that are too few.
    pub(super) fn attach(
        &mut self,
        tag: &str,
        data: &Data,
        threshold: usize,
        attributes: &Tag,
    ) -> bool {
        let Some(bytes) = convert::to_bytes(data).filter(|bytes| bytes.len() >= threshold) else {
            return false;
        };
        let id = format!("part{}@footbridge", self.attachments.len());
        self.open(tag, attributes);
        self.out.push_str("<xop:Include xmlns:xop=\"");
        self.out.push_str(XOP);
        self.out.push_str("\" href=\"cid:");
        // `@` stands for itself in a cid URL (RFC 2392).
        self.out.push_str(&id);
        self.out.push_str("\"/>");
        self.close(tag);
        self.attachments.push((id, bytes));
        true
    }
}

/// Content type and body of an envelope with its attachments.
pub(super) fn multipart(
    version: Version,
    action: &str,
    boundary: &str,
    envelope: &str,
    attachments: &[(String, std::sync::Arc<[u8]>)],
) -> (String, Vec<u8>) {
    let (kind, inner) = match version {
        Version::Soap11 => ("text/xml", String::new()),
        Version::Soap12 => ("application/soap+xml", format!("; action=\"{action}\"")),
    };
    let content_type = format!(
        "multipart/related; type=\"application/xop+xml\"; start=\"<root@footbridge>\"; start-info=\"{kind}\"; boundary=\"{boundary}\"{inner}"
    );
    let mut body = Vec::with_capacity(envelope.len() + 512);
    let head = format!(
        "--{boundary}\r\nContent-Type: application/xop+xml; charset=utf-8; type=\"{kind}\"\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <root@footbridge>\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(envelope.as_bytes());
    for (id, bytes) in attachments {
        let head = format!(
            "\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <{id}>\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
    }
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (content_type, body)
}

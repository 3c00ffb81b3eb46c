//! XML as it comes: text of any encoding, events, and a flat tree of as much of them as is wanted at once.

#[cfg(feature = "x509")]
mod canonical;

mod decode;
pub(crate) use decode::decode;

mod escape;
pub(crate) use escape::{attribute, plain, text, valid};

mod name;
pub use name::Name;

mod parser;
pub(crate) use parser::{Parser, Step};
pub use parser::{XmlError, XmlLimits};

mod tree;
pub(crate) use tree::Tree;

/// Namespaces that documents and envelopes name.
pub mod namespace {
    /// XML Schema.
    pub const XSD: &str = "http://www.w3.org/2001/XMLSchema";
    /// XML Schema of 1999, which old toolkits still name.
    pub const XSD_1999: &str = "http://www.w3.org/1999/XMLSchema";
    /// XML Schema of 2000.
    pub const XSD_2000: &str = "http://www.w3.org/2000/10/XMLSchema";
    /// `xsi:type`, `xsi:nil`.
    pub const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
    /// WSDL 1.1.
    pub const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";
    /// The SOAP 1.1 binding of WSDL 1.1.
    pub const WSDL_SOAP: &str = "http://schemas.xmlsoap.org/wsdl/soap/";
    /// The SOAP 1.2 binding of WSDL 1.1.
    pub const WSDL_SOAP12: &str = "http://schemas.xmlsoap.org/wsdl/soap12/";
    /// The MIME binding of WSDL 1.1.
    pub const WSDL_MIME: &str = "http://schemas.xmlsoap.org/wsdl/mime/";
    /// Envelope of SOAP 1.1.
    pub const SOAP11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
    /// Envelope of SOAP 1.2.
    pub const SOAP12: &str = "http://www.w3.org/2003/05/soap-envelope";
    /// Section 5 encoding of SOAP 1.1.
    pub const ENCODING11: &str = "http://schemas.xmlsoap.org/soap/encoding/";
    /// Encoding of SOAP 1.2.
    pub const ENCODING12: &str = "http://www.w3.org/2003/05/soap-encoding";
    /// Apache SOAP's Map and Vector.
    pub const APACHE: &str = "http://xml.apache.org/xml-soap";
    /// XOP `Include`.
    pub const XOP: &str = "http://www.w3.org/2004/08/xop/include";
    /// `xml:lang` and its like.
    pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
    /// Media types of binary elements.
    pub const XMLMIME: &str = "http://www.w3.org/2005/05/xmlmime";
    /// WS-Addressing 1.0.
    pub const ADDRESSING: &str = "http://www.w3.org/2005/08/addressing";
    /// WS-Addressing in a WSDL, as of May 2006.
    pub const ADDRESSING_WSDL: &str = "http://www.w3.org/2006/05/addressing/wsdl";
    /// WS-Addressing in a WSDL, as of its metadata of 2007.
    pub const ADDRESSING_METADATA: &str = "http://www.w3.org/2007/05/addressing/metadata";
    /// The diffgram of a .NET DataSet.
    pub const DIFFGRAM: &str = "urn:schemas-microsoft-com:xml-diffgram-v1";
    /// WS-Security 1.0.
    pub const WSSE: &str =
        "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
    /// WS-Security utilities: `Id`, `Timestamp`, `Created`.
    pub const WSU: &str =
        "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
}

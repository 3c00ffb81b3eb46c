//! A dynamic SOAP client without sockets: WSDL 1.1 and XML Schema in, envelopes written and read. No code generation.
//!
//! No I/O, no clock and no randomness: documents come through a [`load::Resolver`], replies as bytes, moments and
//! nonces as a [`security::Stamp`]. Read in this order:
//!
//! 1. [`load::load`]: documents become one immutable [`model::Model`], shared by all calls; what cannot be understood is
//!    a warning, and the rest stays usable. [`model::Model::port`] and [`model::Port::operation`] find what a mapping
//!    names.
//! 2. [`write::write`]: arguments become an envelope with its HTTP headers, strictly as the schema has it.
//!    [`write::bind`] makes them of arguments by position, [`write::Aliases`] knows the types of classes.
//! 3. [`read::Shapes`]: what each type looks like to a client; [`read::read_into`]: a reply straight into an answer;
//!    [`read::read_data`]: a reply as data for expressions. Both are lax, and [`read::Notes`] tell what was forgiven.
//! 4. [`security`]: header blocks of WS-Security and WS-Addressing; `signature`, with the feature `x509`, signs what was
//!    written.
//! 5. [`describe`]: what a WSDL has, in the words of the mapping language, with filled examples.
//! 6. [`mock`]: a service that answers with such examples.
//!
//! What a backend does with it, once per service at load: [`load::load`], [`read::Shapes::compile`] and
//! [`write::Aliases::of`] with the service's scope; once per call: [`write::bind`], [`write::write`], one POST,
//! [`read::read_into`] where the reply goes to the client as the WSDL describes it, or [`read::read_data`] where an
//! expression or a slot has a say ([`read::Shapes::needs_data`], `returns … from`, `value`, `remember`). A
//! [`read::Fault`] has the words that fault rules ask for in [`read::Fault::codes`], and its decoded detail in
//! [`read::Fault::data`].
//!
//! ```
//! use std::sync::Arc;
//! use footbridge_mapping::data::Data;
//! use footbridge_mapping::model::TypeScope;
//! use footbridge_soap::load::{Options, load};
//! use footbridge_soap::write::{Aliases, Arguments, Nulls, Settings, bind, write};
//! use jiff::tz::TimeZone;
//!
//! let wsdl = r#"<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
//!   xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t">
//!   <message name="in"><part name="city" type="x:string"/></message>
//!   <portType name="p"><operation name="rain"><input message="t:in"/></operation></portType>
//!   <binding name="b" type="t:p"><s:binding style="rpc"/><operation name="rain"><s:operation soapAction="urn:rain"/>
//!     <input><s:body use="literal" namespace="urn:t"/></input></operation></binding>
//!   <service name="s"><port name="p" binding="t:b"/></service></definitions>"#;
//! let model = load("x.wsdl", &mut |_: &str| Ok(wsdl.into()), &Options::default())?;
//! let port = model.port(None, None)?;
//! let operation = port.operation("rain")[0];
//! let body = bind(&model, operation, &[Data::text("Ulm")])?;
//! let arguments = Arguments { body: &body, headers: &Data::Null, blocks: &[], raw: None };
//! let aliases = Aliases::of(&model, &TypeScope::default());
//! let settings = Settings { zone: &TimeZone::UTC, aliases: &aliases, nulls: Nulls::Nil, mtom: None };
//! let request = write(&model, port, operation, &arguments, &settings)?;
//! assert_eq!(request.action.as_deref(), Some("\"urn:rain\""));
//! assert!(String::from_utf8(request.body)?.contains("<ns0:rain><city>Ulm</city></ns0:rain>"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod describe;
pub mod load;
pub mod mock;
pub mod model;
pub mod read;
pub mod security;
#[cfg(feature = "x509")]
pub mod signature;
pub mod write;
pub mod xml;

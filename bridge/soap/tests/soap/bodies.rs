//! What fuzz targets and properties share: whatever comes, it ends, without panic and within its limits.

use std::sync::{Arc, LazyLock};

use footbridge_amf::amf3;
use footbridge_mapping::model::TypeScope;
use footbridge_remoting::{Encoding, ListShape, Style};
use footbridge_soap::load::{Options, ResolveError, load};
use footbridge_soap::model::Model;
use footbridge_soap::read::{self, Limits, Notes, Reply, Shapes};
use footbridge_soap::{describe, write};
use jiff::tz::TimeZone;

/// A WSDL with most constructs.
pub(crate) const WSDL: &str = include_str!("../constructs/content.wsdl");
/// A WSDL with SOAP encoding.
pub(crate) const ENCODED: &str = include_str!("../constructs/rpc_encoded.wsdl");

/// Any text as a WSDL: a model or an error; and what it describes can be told and filled.
pub(crate) fn any_wsdl(bytes: &[u8]) {
    let mut resolver = |address: &str| match address {
        "x" => Ok(bytes.to_vec()),
        // It may import itself under other names, but not for ever.
        "y" | "z" => Ok(bytes.to_vec()),
        other => Err(ResolveError(other.to_owned())),
    };
    let Ok(model) = load("x", &mut resolver, &Options::default()) else {
        return;
    };
    let model = Arc::new(model);
    let _shapes = Shapes::compile(&model, &TypeScope::default(), &TimeZone::UTC);
    let aliases = write::Aliases::of(&model, &TypeScope::default());
    let settings = write::Settings {
        zone: &TimeZone::UTC,
        aliases: &aliases,
        nulls: write::Nulls::Nil,
        mtom: None,
    };
    for service in &model.services {
        for port in &service.ports {
            for operation in port.operations.iter() {
                let described = describe::operation(&model, operation);
                let arguments = write::Arguments {
                    body: &described.example,
                    headers: &footbridge_mapping::data::Data::Null,
                    blocks: &[],
                    raw: None,
                };
                // An example of a broken schema may not be valid.
                let _ = write::write(&model, port, operation, &arguments, &settings);
            }
        }
    }
}

/// Any bytes as the reply of each operation.
pub(crate) fn any_reply(bytes: &[u8]) {
    static SERVICES: LazyLock<Vec<(Arc<Model>, Shapes)>> = LazyLock::new(|| {
        [WSDL, ENCODED]
            .into_iter()
            .map(|wsdl| {
                let mut resolver = |_: &str| Ok(wsdl.as_bytes().to_vec());
                let model =
                    Arc::new(load("x", &mut resolver, &Options::default()).expect("it loads"));
                let shapes = Shapes::compile(&model, &TypeScope::default(), &TimeZone::UTC);
                (model, shapes)
            })
            .collect()
    });
    let style = Style {
        encoding: Encoding::Amf3,
        rows: ListShape::ArrayCollection,
        lists: ListShape::ArrayCollection,
        externals: true,
    };
    for (model, shapes) in SERVICES.iter() {
        let port = model.port(None, None).expect("a port");
        for content_type in ["text/xml", "multipart/related; boundary=b"] {
            let reply = Reply {
                status: 200,
                content_type: Some(content_type),
                body: bytes,
            };
            for operation in port.operations.iter() {
                let mut notes = Notes::default();
                let limits = Limits::default();
                let mut writer = amf3::Writer::new(Vec::new(), 1 << 20);
                let written = read::read_into(
                    &reply,
                    shapes,
                    operation,
                    &style,
                    "s",
                    &limits,
                    &mut writer,
                    &mut notes,
                );
                if let Ok(read::Outcome::Value(())) = written {
                    writer.finish().expect("exactly one value");
                }
                let _ = read::read_data(&reply, shapes, operation, &limits, &mut notes);
            }
            let _ = read::read_request(
                &reply,
                shapes,
                port,
                &Limits::default(),
                &mut Notes::default(),
            );
        }
    }
}

//! What a mapping can say against wrong documents: a catalogue, patches; and what is told of those that are no WSDL.

use footbridge_soap::load::{LoadError, Options, Patch, ResolveError, load};
use footbridge_soap::model::Model;
use footbridge_soap::xml::Name;

/// A WSDL whose schema names others.
fn wsdl(schema: &str) -> String {
    format!(
        "<definitions xmlns='http://schemas.xmlsoap.org/wsdl/' xmlns:x='http://www.w3.org/2001/XMLSchema' xmlns:t='urn:t' xmlns:o='urn:o' targetNamespace='urn:t'><types><x:schema targetNamespace='urn:t'>{schema}<x:element name='a'><x:complexType><x:sequence><x:element name='b' type='o:B'/></x:sequence></x:complexType></x:element></x:schema></types></definitions>"
    )
}

const OTHER: &str = "<x:schema xmlns:x='http://www.w3.org/2001/XMLSchema' targetNamespace='urn:o'><x:simpleType name='B'><x:restriction base='x:int'/></x:simpleType></x:schema>";

fn with(schema: &str, options: &Options) -> (Model, Vec<String>) {
    let text = wsdl(schema);
    let mut asked = Vec::new();
    let mut resolver = |address: &str| {
        asked.push(address.to_owned());
        match address {
            "http://h/x.wsdl" => Ok(text.clone().into_bytes()),
            "local.xsd" | "http://h/local.xsd" => Ok(OTHER.as_bytes().to_vec()),
            _ => Err(ResolveError("refused".to_owned())),
        }
    };
    let model = load("http://h/x.wsdl", &mut resolver, options).expect("it loads");
    (model, asked)
}

fn is_known(model: &Model) -> bool {
    model.type_named(&Name::new("urn:o", "B")).is_some()
}

#[test]
fn a_catalogue_takes_the_place_of_addresses_and_namespaces() {
    let import = "<x:import namespace='urn:o' schemaLocation='http://gone/o.xsd'/>";
    let (model, asked) = with(import, &Options::default());
    assert!(!is_known(&model));
    assert_eq!(asked, ["http://h/x.wsdl", "http://gone/o.xsd"]);
    assert!(
        model.warnings[0]
            .message
            .contains("`http://gone/o.xsd` cannot be read (refused)"),
        "{:?}",
        model.warnings
    );
    for key in ["http://gone/o.xsd", "urn:o"] {
        let mut options = Options::default();
        options.catalog.insert(key.into(), "local.xsd".into());
        let (model, asked) = with(import, &options);
        assert!(is_known(&model), "{key}");
        assert!(
            !asked.contains(&"http://gone/o.xsd".to_owned()),
            "{asked:?}"
        );
        assert_eq!(model.warnings, []);
    }
}

#[test]
fn patches_repair_what_cannot_be_changed() {
    let options = |patch| Options {
        patches: vec![patch],
        ..Options::default()
    };
    let import = Patch::Import {
        location: "local.xsd".into(),
    };
    assert!(!is_known(&with("", &Options::default()).0));
    assert!(is_known(&with("", &options(import)).0));
    let replace = Patch::Replace {
        find: "o:B".into(),
        with: "x:int".into(),
    };
    assert_eq!(with("", &options(replace)).0.warnings, []);
    let local = |model: &Model| {
        let element = model
            .element_named(&Name::new("urn:t", "a"))
            .expect("it is declared");
        let footbridge_soap::model::TypeKind::Complex(complex) =
            &model.kind(model.element(element).kind).kind
        else {
            panic!("it has elements");
        };
        model.element(complex.fields[0].element).name.to_string()
    };
    assert_eq!(local(&with("", &Options::default()).0), "b");
    let qualify = Patch::Qualify {
        namespace: "urn:t".into(),
        qualified: true,
    };
    assert_eq!(local(&with("", &options(qualify)).0), "{urn:t}b");
}

#[test]
fn built_in_schemas_are_never_asked_for() {
    let (model, asked) = with(
        "<x:import namespace='http://schemas.xmlsoap.org/soap/encoding/' schemaLocation='http://schemas.xmlsoap.org/soap/encoding/'/><x:import namespace='http://www.w3.org/XML/1998/namespace' schemaLocation='http://www.w3.org/2001/xml.xsd'/>",
        &Options::default(),
    );
    assert_eq!(asked, ["http://h/x.wsdl"]);
    assert!(
        model
            .type_named(&Name::new(
                "http://schemas.xmlsoap.org/soap/encoding/",
                "Array"
            ))
            .is_some()
    );
}

#[test]
fn what_is_no_wsdl_is_told_with_a_way_out() {
    let fails = |text: &str, options: &Options| {
        load("x", &mut |_: &str| Ok(text.as_bytes().to_vec()), options).expect_err("it is no WSDL")
    };
    let plain = Options::default();
    assert_eq!(
        fails("<html></html>", &plain).to_string(),
        "`x` is no WSDL 1.1: its element is `html`; it is a web page, often the WSDL's address ends in ?wsdl"
    );
    assert!(
        fails("<description xmlns='http://www.w3.org/ns/wsdl'/>", &plain)
            .to_string()
            .contains("WSDL 2.0")
    );
    assert!(matches!(fails("{}", &plain), LoadError::Unreadable { .. }));
    assert!(matches!(
        fails("<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", &plain),
        LoadError::Unreadable { .. }
    ));
    let small = Options {
        bytes: 10,
        ..Options::default()
    };
    assert_eq!(
        fails(OTHER, &small).to_string(),
        "the documents of `x` are more than 10 bytes"
    );
    let missing = load(
        "x",
        &mut |_: &str| Err::<Vec<u8>, _>(ResolveError("no such file".to_owned())),
        &plain,
    );
    assert_eq!(
        missing.expect_err("it is missing").to_string(),
        "cannot get `x`: no such file"
    );
}

#[test]
fn a_port_that_is_not_there_is_told_with_those_that_are() {
    let service =
        crate::harness::Service::load(&crate::harness::folder("constructs").join("wrapped.wsdl"));
    let error = service
        .model
        .port(Some("Servise"), None)
        .expect_err("no such service");
    assert_eq!(
        error.to_string(),
        "the WSDL has no SOAP port Servise; it has Service.Port"
    );
}

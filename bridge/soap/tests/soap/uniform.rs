//! Items that are matched against what is expected, beside the same items read as events.

use std::fmt::Write as _;

use footbridge_remoting::Style;
use footbridge_soap::read::{self, Limits, Notes, Outcome, Reply};
use proptest::prelude::*;

use crate::harness::{Service, classic, flex, folder, written};

fn service() -> Service {
    Service::load(&folder("constructs").join("uniform.wsdl"))
}

/// The answer as canonical JSON, and what was forgiven.
fn answer(service: &Service, items: &str, style: &Style, limits: &Limits) -> (String, String) {
    let reply = format!(
        "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' \
         xmlns:xsd='http://www.w3.org/2001/XMLSchema' xmlns:t='urn:constructs:uniform'><e:Body>\
         <t:listRowsResponse>{items}</t:listRowsResponse></e:Body></e:Envelope>"
    );
    let reply = Reply {
        status: 200,
        content_type: None,
        body: reply.as_bytes(),
    };
    let port = service.model.port(None, None).expect("a port");
    let mut notes = Notes::default();
    let text = written(|sink| {
        let outcome = read::read_into(
            &reply,
            &service.shapes,
            port.operation("listRows")[0],
            style,
            "s",
            limits,
            sink,
            &mut notes,
        );
        match outcome {
            Ok(Outcome::Value(())) => Ok(()),
            Ok(Outcome::Fault(fault)) => Err(fault.message.to_string()),
            Err(error) => Err(error.to_string()),
        }
    });
    (text, format!("{notes:?}"))
}

/// The same with a comment in each item, which no prediction takes.
fn as_events(items: &str) -> String {
    items
        .replace("</row>", "<!-- --></row>")
        .replace("</t:row>", "<!-- --></t:row>")
}

fn agree(service: &Service, items: &str) -> Result<(), TestCaseError> {
    for style in [flex(), classic()] {
        let limits = Limits::default();
        prop_assert_eq!(
            answer(service, items, &style, &limits),
            answer(service, &as_events(items), &style, &limits)
        );
    }
    Ok(())
}

#[test]
fn what_repeats_is_read_as_events_would_be() {
    let service = service();
    let usual = "<row><id>1</id><name>a</name><price>1.50</price><when>2026-11-20T09:30:00Z</when><paid>true</paid><tag>x</tag><tag>y</tag><maker><name>m</name><country>de</country></maker><parts><part><sku>s</sku><qty>1</qty></part><part><sku>t</sku></part></parts></row>";
    let (text, notes) = answer(&service, usual, &flex(), &Limits::default());
    assert_eq!(
        text,
        r#"{"$external":"flex.messaging.io.ArrayCollection","source":[{"$class":"samples.Row","id":1,"name":"a","price":"1.50","when":{"$date":"2026-11-20T09:30:00.000Z"},"paid":true,"note":null,"tag":{"$external":"flex.messaging.io.ArrayCollection","source":["x","y"]},"maker":{"$class":"samples.Maker","name":"m","country":"de"},"parts":{"$external":"flex.messaging.io.ArrayCollection","source":[{"$class":"samples.Part","sku":"s","qty":1},{"$class":"samples.Part","sku":"t","qty":null}]}}]}"#
    );
    assert!(!notes.contains("Forgiven"), "{notes}");
    for different in [
        "<row><id>1</id><name>&lt;a&#233;&amp;</name></row>",
        "<row><name>n</name><id>1</id></row>",
        "<row><id>1</id><id>2</id></row>",
        "<row><id>1</id><unknown>2</unknown></row>",
        "<row><id xsi:nil='true'/><name xsi:nil='1'></name><price xsi:nil=\"false\">1</price></row>",
        "<row xsi:nil='true'/>",
        "<row/>",
        "<row xsi:type='t:Row'><id xsi:type='xsd:int'>1</id><name xsi:type='xsd:string'>n</name></row>",
        "<row xsi:type='t:Nothing'><id xsi:type='xsd:nothing'>1</id></row>",
        "<row><id>one</id><paid>maybe</paid><when>  :  :  </when></row>",
        "<row><name><![CDATA[a]]>b</name><note/></row>",
        "<row><name>a\r\nb</name></row>",
        "<row>\n  <id> 1 </id>\n  <maker/>\n  <parts/>\n  <tag/>\n</row>",
        "<row><maker><name>m</name><extra/></maker></row>",
        "<row><parts><part><sku>s</sku></part><other/></parts></row>",
        "<row><name>a<b/>c</name></row>",
        "<row><t:id>1</t:id><x:name xmlns:x='urn:x'>n</x:name></row>",
        "<t:row><t:id>1</t:id></t:row>",
        "<row><id >1</id ></row>",
        "<row><note></note></row>",
        "<row><note a='1'></note></row>",
        "<row><name>a</name>stray</row>",
        "<row a='>'><id>1</id></row>",
        "<row><id a='>' b='/'>1</id></row>",
        "<other><id>1</id></other>",
    ] {
        let items = format!("{usual}{different}\n{usual}<!-- -->{different}{different}{usual}");
        agree(&service, &items).expect(different);
    }
}

#[test]
fn what_is_malformed_or_too_deep_is_told_as_ever() {
    let service = service();
    let usual = "<row><id>1</id></row>";
    for wrong in [
        "<row><id>1</name></row>",
        "<row><id>1</id>",
        "<row><name>&nothing;</name></row>",
        "<row><name>&amp</name></row>",
        "<row><id></row>",
        "<row",
        "<row><id",
    ] {
        let items = format!("{usual}{wrong}{usual}");
        let (text, _) = answer(&service, &items, &flex(), &Limits::default());
        assert!(!text.starts_with('{'), "{wrong}: {text}");
    }
    let mut limits = Limits::default();
    limits.xml.depth = 5;
    let (text, _) = answer(&service, usual, &flex(), &limits);
    assert!(text.starts_with('{'), "{text}");
    let deep = "<row><id>1</id></row><row><maker><name>n</name></maker></row>";
    let (text, _) = answer(&service, deep, &flex(), &limits);
    assert_eq!(text, "the XML has more levels than 5");
}

/// One item: fields in the schema's order or not, each of several spellings.
fn item() -> impl Strategy<Value = String> {
    let field = prop_oneof![
        "[0-9]{1,3}".prop_map(|text| format!("<id>{text}</id>")),
        "[a-c&<é ]{0,20}".prop_map(|text| {
            let text = text.replace('&', "&amp;").replace('<', "&lt;");
            format!("<name>{text}</name>")
        }),
        Just("<name xsi:nil='true'/>".to_owned()),
        Just("<tag>a</tag><tag/><tag>b</tag>".to_owned()),
        Just("<price>10.50</price>".to_owned()),
        Just("<maker><name>m</name></maker>".to_owned()),
        Just("<parts><part><sku>s</sku></part></parts>".to_owned()),
        Just("<unknown/>".to_owned()),
        Just("\n ".to_owned()),
    ];
    proptest::collection::vec(field, 0..7).prop_map(|fields| {
        let mut text = "<row>".to_owned();
        for field in fields {
            let _ = write!(text, "{field}");
        }
        text.push_str("</row>");
        text
    })
}

proptest! {
    #[test]
    fn any_items_are_read_alike(items in proptest::collection::vec(item(), 0..12)) {
        agree(&service(), &items.concat())?;
    }
}

//! Names of services and operations as clients write them, and the URLs at which they call.

use footbridge_amf::canonical::{self, Encoding as Shown};
use footbridge_amf::{Graph, Limits};
use footbridge_remoting::outgoing::{self, Addressed, Outgoing, Target};
use footbridge_remoting::{Encoding, Packet, fault};

use crate::support::{Answer, Running, classic, live, serve_at, unmigrated};

const GATEWAY: &str = "gateway: test
backends: {shop: {sqlite: shop.db, migrations: migrations}}
paths: {/app/messagebroker/amf: auto, /plain/: auto, /tool;v=1: auto}
defaults: {roles: public}
";

const SERVICE: &str = "service: com.shop.Produkte
also: [Products, shop/Old, 'http://shop.example/old.asmx?WSDL', 'Bücher.Läden']
destinations: [ColdFusion, 'my-destination']
operations:
  find: {also: [search, 'suche.alles', 'naïve'], value: found}
";

async fn start() -> (Running, tempfile::TempDir) {
    let root = tempfile::tempdir().unwrap();
    let (_, live) = live(root.path(), GATEWAY, SERVICE).await;
    (serve_at(live, root.path()).await, root)
}

/// What came, or the fault's code.
fn came(answer: &Answer) -> String {
    let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
    let body = &packet.bodies[0];
    let shown = canonical::to_json(&body.graph, &body.content, Shown::Amf0).unwrap();
    let member = |name: &str| {
        shown
            .get(name)
            .and_then(|value| value.as_str())
            .map(str::to_owned)
    };
    member("code")
        .or_else(|| member("faultCode"))
        .or_else(|| member("body"))
        .unwrap_or_else(|| shown.as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn each_name_of_a_service_and_of_an_operation_leads_there() {
    let (running, _root) = start().await;
    for target in [
        "com.shop.Produkte.find",
        "com.shop.Produkte.search",
        "Products.find",
        "Products/find",
        // Names of operations may have dots.
        "Products.suche.alles",
        "com.shop.Produkte.suche.alles",
        "shop/Old.find",
        "http://shop.example/old.asmx?WSDL.search",
        "Bücher.Läden.find",
        "Bücher.Läden.naïve",
    ] {
        assert_eq!(
            came(&running.post(&classic(&[target])).await),
            "found",
            "{target}"
        );
    }
}

#[tokio::test]
async fn names_that_are_none_are_faults_of_their_own_call() {
    let (running, _root) = start().await;
    let long = "x".repeat(60_000);
    for target in [
        ".",
        "..",
        "...",
        ".find",
        "find",
        "Products.",
        "Products..find",
        ".Products.find",
        "/",
        "/find",
        "//find",
        "Products/",
        "Products//find",
        "products.find",
        "Products.Find",
        "Products.find.",
        "Products.find ",
        " Products.find",
        "Products:find",
        "Products\\find",
        "Bucher.Laden.find",
        // The same letters in another form of Unicode are another name.
        "Bu\u{308}cher.La\u{308}den.find",
        "../../mappings/service.find",
        "..\\..\\shop.db",
        "/etc/passwd",
        "file:///etc/passwd.find",
        "Products.find\0",
        "\0",
        "%2e%2e/Products.find",
        "Products.__proto__",
        "Products.constructor",
        "java.lang.Runtime.exec",
        "http://169.254.169.254/latest?WSDL.get",
        "Products.find?x=1",
        "${jndi:ldap://x}.find",
        "<script>.find",
        "\u{202e}Products.find",
        "𝔓roducts.find",
        &long,
    ] {
        let answer = running.post(&classic(&[target, "Products.find"])).await;
        assert_eq!(answer.status, 200, "{target:?}");
        assert_eq!(came(&answer), fault::RESOURCE_NOT_FOUND, "{target:?}");
        let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
        assert_eq!(packet.bodies[1].target, "/2/onResult", "{target:?}");
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(!text.contains("root:") && !text.contains(&*_root.path().to_string_lossy()));
    }
    // Nothing at all stands for a Flex message, and this is none.
    assert_eq!(came(&running.post(&classic(&[""])).await), fault::ENCODING);
}

#[tokio::test]
async fn a_flex_message_names_destination_and_source() {
    let (running, _root) = start().await;
    let graph = Graph::new();
    for (destination, source, operation, found) in [
        ("com.shop.Produkte", None, "find", true),
        ("Products", None, "suche.alles", true),
        ("Bücher.Läden", None, "naïve", true),
        ("ColdFusion", Some("com.shop.Produkte"), "search", true),
        ("my-destination", Some("Products"), "find", true),
        // Royale repeats the operation.
        ("Products", Some("find"), "find", true),
        ("my-destination", None, "find", false),
        ("my-destination", Some("../Products"), "find", false),
        ("nobody", Some("Products"), "find", false),
        ("", Some("Products"), "find", false),
        ("Products", None, "../find", false),
    ] {
        for encoding in [Encoding::Amf3, Encoding::Amf0] {
            let address = Addressed {
                destination,
                source,
                operation,
                message_id: "ID",
                ..Addressed::default()
            };
            let call = Outgoing {
                graph: &graph,
                arguments: &[],
                target: Target::Remoting(address),
            };
            let packet = outgoing::request(encoding, &[call], 10_000).unwrap();
            let expected = if found {
                "found"
            } else {
                fault::RESOURCE_NOT_FOUND
            };
            let answer = running.post(&packet).await;
            assert_eq!(
                came(&answer),
                expected,
                "{destination} {source:?} {operation}"
            );
        }
    }
}

#[tokio::test]
async fn the_urls_that_old_clients_have_built_in_lead_to_the_gateway() {
    let (running, _root) = start().await;
    for (path, status) in [
        ("/gateway", 200),
        ("/flashservices/gateway", 200),
        ("/flashservices/gateway/", 200),
        ("/flashservices/gateway;jsessionid=8A3B", 200),
        ("/flashservices/gateway?user=1", 200),
        ("/flex2gateway/", 200),
        ("/flex2gateway", 200),
        ("/flex2gateway/;jsessionid=8A3B", 200),
        ("/flex2gateway/cfamfpolling", 200),
        ("/amfphp/gateway.php", 200),
        ("/amfphp/gateway.php?PHPSESSID=1", 200),
        ("/messagebroker/amf", 200),
        ("/messagebroker/amf;jsessionid=8A3B?x=1", 200),
        ("/messagebroker/amf;a=1;b=2", 200),
        ("/messagebroker/amfpolling", 200),
        // A context root is a path of its own.
        ("/app/messagebroker/amf", 200),
        ("/app/messagebroker/amf/", 200),
        ("/app/messagebroker/amf;jsessionid=1", 200),
        ("/plain", 200),
        ("/plain/", 200),
        ("/tool", 200),
        ("/other/messagebroker/amf", 404),
        ("/Gateway", 404),
        ("/gateway//", 404),
        ("/gateway/x", 404),
        ("/x/../gateway", 404),
        ("/gateway/..", 404),
        ("/%67ateway", 404),
        ("/gateway%2f", 404),
        ("/messagebroker;jsessionid=1/amf", 404),
        ("/", 404),
    ] {
        let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/x-amf");
        let answer = running.send(&head, &classic(&["Products.find"])).await;
        assert_eq!(answer.status, status, "{path}");
        if status == 200 {
            assert_eq!(came(&answer), "found", "{path}");
        }
    }
}

#[tokio::test]
async fn only_the_paths_that_are_named_are_there_without_the_built_in_ones() {
    let root = tempfile::tempdir().unwrap();
    let gateway =
        "gateway: test\npaths: {/only: auto, built-in: false}\ndefaults: {roles: public}\n";
    let (_, live) = unmigrated(root.path(), gateway, SERVICE);
    let running = serve_at(live, root.path()).await;
    for (path, status) in [
        ("/only", 200),
        ("/gateway", 404),
        ("/messagebroker/amf", 404),
    ] {
        let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/x-amf");
        let answer = running.send(&head, &classic(&["Products.find"])).await;
        assert_eq!(answer.status, status, "{path}");
    }
}

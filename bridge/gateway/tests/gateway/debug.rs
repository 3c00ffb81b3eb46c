//! Debug events: what callers who may ask are told beside their answers, and what nobody is told.

use base64::Engine as _;
use footbridge_amf::canonical::{self, Encoding as Shown};
use footbridge_amf::{Graph, Limits, Value};
use footbridge_remoting::outgoing::{self, Addressed, Outgoing, Target};
use footbridge_remoting::{Encoding, Packet};
use serde_json::{Value as Json, json};

use crate::support::{Answer, Running, classic, live, serve_at, with_headers};

const HERE: &str = "debug: {peers: [127.0.0.1]}\n";

const REST: &str = "backends:
  shop: {sqlite: shop.db, migrations: migrations}
login:
  - users: users
paths: {/royale: royale, /ruffle: ruffle}
defaults: {roles: public}
";

const SERVICE: &str = "service: shop.Debugged
backend: shop
operations:
  products: {sql: 'SELECT id, name FROM product ORDER BY id'}
  cheap:
    args: {limit: 'int?'}
    steps:
      all: {sql: 'SELECT id, name FROM product'}
      one: {when: limit is given, sql: 'SELECT id FROM product', returns: 'int[]'}
      size: {value: =size(all)}
    returns: int
  open: {args: {user: string, password: secret}, value: =user}
  broken: {sql: 'SELECT id FROM product WHERE id = 99', returns: Product}
  slow: {value: 1, delay: 100ms}
  count: {args: {items: 'int[]', more: string}, value: =size(items), returns: int}
  cached: {sql: 'SELECT count(*) AS n FROM product', returns: int, cache: 1m}
";

/// What NetConnection Debugger sends, with all that it can ask for.
const ALL: &[u8] = b"\x10\0\x0eNetDebugConfig\0\x07m_debug\x01\x01\0\x05trace\x01\x01\0\x05error\x01\x01\
    \0\x03amf\x01\x01\0\x0aamfheaders\x01\x01\0\x0bhttpheaders\x01\x01\0\x0bm_maxevents\0\x40\x39\0\0\0\0\0\0\0\0\x09";

async fn start(debug: &str) -> (Running, tempfile::TempDir) {
    use argon2::password_hash::PasswordHasher;
    let root = tempfile::tempdir().unwrap();
    let hash = argon2::Argon2::default().hash_password(b"hush").unwrap();
    std::fs::write(
        root.path().join("users"),
        format!("ann:{hash}:developers\n"),
    )
    .unwrap();
    let (_, live) = live(
        root.path(),
        &format!("gateway: test\n{debug}{REST}"),
        SERVICE,
    )
    .await;
    assert!(live.prepare().await.diagnostics.is_empty());
    (serve_at(live, root.path()).await, root)
}

async fn post(running: &Running, path: &str, more: &str, packet: &[u8]) -> Answer {
    let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/x-amf{more}");
    running.send(&head, packet).await
}

/// The targets of an answer, and its events by type.
fn told(answer: &Answer) -> (Vec<String>, Vec<Json>) {
    let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
    assert_eq!((packet.trailing, packet.unreadable), (0, None));
    let targets: Vec<_> = packet
        .bodies
        .iter()
        .map(|body| body.target.to_string())
        .collect();
    let events = packet
        .bodies
        .iter()
        .find(|body| body.target.ends_with("/onDebugEvents"))
        .map(|body| canonical::to_json(&body.graph, &body.content, Shown::Amf0).unwrap());
    let events = events.map_or_else(Vec::new, |events| {
        let outer = events.as_array().expect("a list");
        assert_eq!(outer.len(), 1, "that holds one list");
        outer[0].as_array().unwrap().clone()
    });
    (targets, events)
}

fn event<'e>(events: &'e [Json], kind: &str) -> &'e Json {
    let found = events.iter().find(|event| event["EventType"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} in {events:#?}"))
}

/// The lines of the trace, without times and identifiers.
fn trace(events: &[Json]) -> Vec<String> {
    let lines = event(events, "trace")["messages"].as_array().unwrap();
    let plain = |line: &Json| {
        let line = line.as_str().unwrap();
        line.split(", ")
            .filter(|part| !part.ends_with(" ms") && !part.starts_with("call "))
            .collect::<Vec<_>>()
            .join(", ")
    };
    lines.iter().map(plain).collect()
}

#[tokio::test]
async fn events_come_in_the_order_of_the_calls() {
    let (running, _root) = start(HERE).await;
    let calls = classic(&["shop.Debugged.slow", "shop.Debugged.broken"]);
    let packet = with_headers(&calls, &[("amf_server_debug", true, ALL)]);
    let answer = post(&running, "/gateway", "", &packet).await;
    let (_, events) = told(&answer);
    assert_eq!(event(&events, "AmfMethodCall")["MethodName"], "slow");
    let lines = trace(&events);
    assert!(lines[0].starts_with("shop.Debugged.slow"), "{lines:?}");
    assert!(
        lines
            .last()
            .is_some_and(|line| line.starts_with("shop.Debugged.broken")),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_debugger_gets_its_events_before_the_answers() {
    let (running, _root) = start(HERE).await;
    let calls = classic(&["shop.Debugged.products", "shop.Debugged.broken"]);
    let packet = with_headers(&calls, &[("amf_server_debug", true, ALL)]);
    let answer = post(
        &running,
        "/gateway",
        "\r\nUser-Agent: Shockwave Flash",
        &packet,
    )
    .await;
    let (targets, events) = told(&answer);
    assert_eq!(targets, ["/2/onDebugEvents", "/1/onResult", "/2/onStatus"]);
    for event in &events {
        assert_eq!(event["Source"], "Server");
        assert!(event["Time"].is_number());
        assert!(event["Date"][0].as_str().unwrap().starts_with("20"));
    }
    let http = &event(&events, "HttpRequestHeaders")["HttpHeaders"];
    assert_eq!(http["user-agent"], "Shockwave Flash");
    assert_eq!(
        event(&events, "AmfHeaders")["AmfHeaders"],
        json!([{"name": "amf_server_debug", "mustUnderstand": true}])
    );
    let call = event(&events, "AmfMethodCall");
    let parts = [
        "TargetURI",
        "ResponseURI",
        "ClassPath",
        "ClassName",
        "MethodName",
    ];
    assert_eq!(
        parts.map(|part| call[part].as_str().unwrap()),
        [
            "shop.Debugged.products",
            "/1",
            "shop",
            "Debugged",
            "products"
        ]
    );
    assert_eq!(
        trace(&events),
        [
            "shop.Debugged.products sql on shop: ok, 2 rows",
            "shop.Debugged.products: ok, profile flash-8",
            "shop.Debugged.broken sql on shop: Client.NotFound",
            "shop.Debugged.broken: Client.NotFound, profile flash-8",
        ]
    );
    let error = event(&events, "Error");
    assert_eq!(
        (&error["MethodName"], &error["Data"]["code"]),
        (&json!("/2/onStatus"), &json!("Client.NotFound"))
    );
    let times = event(&events, "profiling");
    assert!(times["totalTime"].as_f64() >= times["callTime"].as_f64());
}

#[tokio::test]
async fn the_trace_has_each_step_and_what_did_not_run() {
    let (running, _root) = start(HERE).await;
    let packet = with_headers(
        &classic(&["shop.Debugged.cheap"]),
        &[("TraceHeader", false, b"\x01\x01")],
    );
    let (_, events) = told(&post(&running, "/gateway", "", &packet).await);
    let mut steps = trace(&events);
    steps[..2].sort();
    assert_eq!(
        steps,
        [
            "shop.Debugged.cheap all sql on shop: ok, 2 rows",
            "shop.Debugged.cheap one sql on shop: skipped by `when`",
            "shop.Debugged.cheap size value: ok",
            "shop.Debugged.cheap steps: ok",
            "shop.Debugged.cheap: ok, profile flash-8",
        ]
    );
    let kinds: Vec<_> = events
        .iter()
        .map(|event| event["EventType"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["trace"], "and nothing else was asked for");

    let packet = with_headers(
        &classic(&["shop.Debugged.cached"]),
        &[("TraceHeader", false, b"\x01\x01")],
    );
    post(&running, "/gateway", "", &packet).await;
    let (_, events) = told(&post(&running, "/gateway", "", &packet).await);
    assert_eq!(
        trace(&events)[0],
        "shop.Debugged.cached: answered by `cache`"
    );
}

#[tokio::test]
async fn who_may_not_ask_is_answered_as_if_nothing_had_been_asked() {
    let packet = with_headers(
        &classic(&["shop.Debugged.products"]),
        &[("amf_server_debug", true, ALL)],
    );
    let basic = |text: &str| {
        let code = base64::engine::general_purpose::STANDARD.encode(text);
        format!("\r\nAuthorization: Basic {code}")
    };
    let ann = basic("ann:hush");
    let roles = "debug: {roles: [developers]}\n";
    let both = "debug: {roles: [developers], peers: [10.0.0.0/8]}\n";
    for (debug, more, is_told) in [
        ("", "", false),
        ("debug: {peers: [10.0.0.0/8]}\n", "", false),
        (roles, "", false),
        (roles, &*ann, true),
        (both, &*ann, false),
        ("debug: {roles: public}\n", "", true),
    ] {
        let (running, _root) = start(debug).await;
        let (targets, events) = told(&post(&running, "/gateway", more, &packet).await);
        assert_eq!(
            targets.last().map(String::as_str),
            Some("/1/onResult"),
            "{debug}"
        );
        assert_eq!(
            (targets.len() == 2, !events.is_empty()),
            (is_told, is_told),
            "{debug}{more}"
        );
    }
}

#[tokio::test]
async fn a_client_that_asks_for_nothing_is_told_nothing() {
    let (running, _root) = start(HERE).await;
    let off = b"\x03\0\x07m_debug\x01\0\0\0\x09";
    for value in [&b"\x06"[..], b"\x05", off] {
        let packet = with_headers(
            &classic(&["shop.Debugged.products"]),
            &[("amf_server_debug", true, value)],
        );
        let (targets, _) = told(&post(&running, "/gateway", "", &packet).await);
        assert_eq!(targets, ["/1/onResult"]);
    }
}

#[tokio::test]
async fn no_event_shows_a_secret() {
    let (running, _root) = start(HERE).await;
    let graph = Graph::new();
    let call = Outgoing {
        graph: &graph,
        arguments: &[Value::String("ann".into()), Value::String("hush-1".into())],
        target: Target::Classic("shop.Debugged.open"),
    };
    let nobody_knows = Outgoing {
        arguments: &[Value::String("hush-2".into())],
        target: Target::Classic("shop.Debugged.opne"),
        ..call
    };
    let packet = outgoing::request(Encoding::Amf0, &[call, nobody_knows], 10_000).unwrap();
    let credentials = b"\x03\0\x06userid\x02\0\x03ann\0\x08password\x02\0\x04hush\0\0\x09";
    let packet = with_headers(
        &packet,
        &[
            ("amf_server_debug", true, ALL),
            ("Credentials", false, credentials),
            ("Token", false, b"\x02\0\x06hush-3"),
        ],
    );
    let more = "\r\nCookie: footbridge=hush-4; other=hush-5\r\nX-Api-Key: hush-6\r\nReferer: http://x/?sid=hush-7";
    let answer = post(&running, "/gateway", more, &packet).await;
    let (targets, events) = told(&answer);
    assert_eq!(targets.len(), 3, "the events came");
    let text = serde_json::to_string(&events).unwrap();
    assert!(!text.contains("hush"), "{text}");
    assert_eq!(
        event(&events, "AmfMethodCall")["Parameters"],
        json!(["ann", "(not shown)"])
    );
}

#[tokio::test]
async fn flex_messages_and_ruffle_get_the_events_and_royale_does_not() {
    let (running, _root) = start(HERE).await;
    let graph = Graph::new();
    let address = Addressed {
        destination: "shop.Debugged",
        operation: "products",
        message_id: "ID",
        ..Addressed::default()
    };
    let call = Outgoing {
        graph: &graph,
        arguments: &[],
        target: Target::Remoting(address),
    };
    for (encoding, path, is_told) in [
        (Encoding::Amf3, "/gateway", true),
        (Encoding::Amf3, "/royale", false),
        (Encoding::Amf0, "/gateway", true),
        (Encoding::Amf0, "/ruffle", true),
    ] {
        let packet = outgoing::request(encoding, &[call], 10_000).unwrap();
        let packet = with_headers(&packet, &[("amf_server_debug", true, ALL)]);
        let answer = post(&running, path, "", &packet).await;
        let (targets, events) = told(&answer);
        assert_eq!(targets.last().map(String::as_str), Some("/1/onResult"));
        assert_eq!(targets.len() == 2, is_told, "{path} {encoding:?}");
        if is_told {
            assert!(trace(&events)[0].starts_with("shop.Debugged.products sql on shop: ok"));
            let read = Packet::read(&answer.body, &Limits::default()).unwrap();
            let start: &[u8] = match encoding {
                Encoding::Amf3 => b"\x11\x09",
                Encoding::Amf0 | Encoding::Json => b"\x0a\0\0\0\x01",
            };
            let target = read.bodies[0].target.len();
            // Version, counts, target, response `null`, length.
            let content = &answer.body[6 + 2 + target + 6 + 4..];
            assert!(
                content.starts_with(start),
                "a version-3 packet is AMF3 throughout"
            );
        }
    }
}

/// Code and place of each error event.
fn errors(events: &[Json]) -> Vec<(&str, &str)> {
    let errors = events.iter().filter(|event| event["EventType"] == "Error");
    errors
        .map(|error| {
            let code = error["Data"]["code"].as_str().unwrap();
            assert_eq!(error["Data"]["correlation"].as_str().unwrap().len(), 16);
            (error["MethodName"].as_str().unwrap(), code)
        })
        .collect()
}

/// A packet whose first body cannot be read: in place of its empty list stands a marker that does not exist.
fn first_unreadable(targets: &[&str]) -> Vec<u8> {
    let mut packet = classic(targets);
    let content = packet
        .windows(9)
        .position(|bytes| bytes == [0, 0, 0, 5, 0x0a, 0, 0, 0, 0])
        .unwrap();
    packet[content + 4] = 0x7f;
    packet
}

#[tokio::test]
async fn what_is_refused_before_it_is_a_call_is_an_error_at_its_place() {
    let (running, _root) = start(HERE).await;
    let targets = ["a.b", "nothing.here", "shop.Debugged.products", ""];
    let packet = with_headers(
        &first_unreadable(&targets),
        &[("amf_server_debug", true, ALL)],
    );
    let (targets, events) = told(&post(&running, "/gateway", "", &packet).await);
    assert_eq!(targets[0], "/4/onDebugEvents");
    assert_eq!(targets.len(), 5);
    assert_eq!(
        errors(&events),
        [
            ("/1/onStatus", "Client.Message.Encoding"),
            ("/2/onStatus", "Server.ResourceNotFound"),
            ("/4/onStatus", "Client.Message.Encoding"),
        ]
    );
}

#[tokio::test]
async fn a_command_that_fails_is_an_error() {
    let (running, _root) = start(HERE).await;
    // A subscription.
    let address = Addressed {
        destination: "feed",
        message_id: "ID",
        ..Addressed::default()
    };
    let call = Outgoing {
        graph: &Graph::new(),
        arguments: &[],
        target: Target::Command(0, address),
    };
    for encoding in [Encoding::Amf3, Encoding::Amf0] {
        let packet = outgoing::request(encoding, &[call], 10_000).unwrap();
        let packet = with_headers(&packet, &[("amf_server_debug", true, ALL)]);
        let (targets, events) = told(&post(&running, "/gateway", "", &packet).await);
        assert_eq!(targets, ["/1/onDebugEvents", "/1/onStatus"]);
        assert_eq!(
            errors(&events),
            [("/1/onStatus", "Server.ResourceNotFound")]
        );
    }
}

#[tokio::test]
async fn who_may_not_ask_is_not_told_of_bodies_that_nobody_could_read() {
    let (running, _root) = start("debug: {roles: [developers]}\n").await;
    let packet = with_headers(
        &first_unreadable(&["a.b"]),
        &[("amf_server_debug", true, ALL)],
    );
    let ann = base64::engine::general_purpose::STANDARD.encode("ann:hush");
    let ann = format!("\r\nAuthorization: Basic {ann}");
    for (path, more, is_told) in [
        ("/gateway", "", false),
        ("/gateway", &*ann, true),
        ("/royale", &*ann, false),
    ] {
        let (targets, events) = told(&post(&running, path, more, &packet).await);
        assert_eq!(targets.last().map(String::as_str), Some("/1/onStatus"));
        assert_eq!(errors(&events).len(), usize::from(is_told), "{path}{more}");
        assert_eq!(targets.len(), 1 + usize::from(is_told));
    }
}

/// A `NetDebugConfig` that asks for calls too, with these bounds.
fn bounded(events: f64, items: f64) -> Vec<u8> {
    let mut config = b"\x10\0\x0eNetDebugConfig\0\x03amf\x01\x01".to_vec();
    for (name, bound) in [("m_maxevents", events), ("m_maxarray", items)] {
        config.extend([0, u8::try_from(name.len()).unwrap()]);
        config.extend(name.as_bytes());
        config.push(0);
        config.extend(bound.to_be_bytes());
    }
    config.extend(b"\0\0\x09");
    config
}

#[tokio::test]
async fn a_debugger_gets_no_more_events_than_it_asks_for() {
    let (running, _root) = start(HERE).await;
    let calls = classic(&[
        "shop.Debugged.products",
        "shop.Debugged.broken",
        "shop.Debugged.products",
        "shop.Debugged.broken",
    ]);
    for (most, expected) in [
        (
            25.0,
            "AmfMethodCall AmfMethodCall AmfMethodCall AmfMethodCall trace Error Error profiling",
        ),
        (5.0, "AmfMethodCall trace Error Error profiling"),
        (3.0, "trace Error profiling"),
        (1.0, "trace"),
        (
            f64::INFINITY,
            "AmfMethodCall AmfMethodCall AmfMethodCall AmfMethodCall trace Error Error profiling",
        ),
    ] {
        let config = bounded(most, 10.0);
        let packet = with_headers(&calls, &[("amf_server_debug", true, &config)]);
        let (_, events) = told(&post(&running, "/gateway", "", &packet).await);
        let kinds: Vec<_> = events
            .iter()
            .map(|event| event["EventType"].as_str().unwrap())
            .collect();
        assert_eq!(kinds.join(" "), expected);
        let left_out = 6 - kinds
            .iter()
            .filter(|kind| ["AmfMethodCall", "Error"].contains(kind))
            .count();
        let lines = trace(&events);
        let last = lines.last().unwrap();
        match left_out {
            0 => assert!(last.starts_with("shop.Debugged.broken"), "{last}"),
            more => assert_eq!(*last, format!("and {more} events more")),
        }
    }
}

#[tokio::test]
async fn a_debugger_sees_no_more_of_a_list_than_it_asks_for() {
    let (running, _root) = start(HERE).await;
    let numbers: Vec<_> = (1..=12).collect();
    let calls = [("shop.Debugged.count", json!([numbers, "b"]))];
    for encoding in [Encoding::Amf0, Encoding::Amf3] {
        let packet = crate::classic::packet(encoding, &calls);
        for (most, shown) in [
            (10.0, json!([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, "and 2 more"])),
            (2.0, json!([1, 2, "and 10 more"])),
            (12.0, json!(numbers)),
            (-1.0, json!(numbers)),
        ] {
            let config = bounded(25.0, most);
            let packet = with_headers(&packet, &[("amf_server_debug", true, &config)]);
            let (targets, events) = told(&post(&running, "/gateway", "", &packet).await);
            assert_eq!(targets.last().map(String::as_str), Some("/1/onResult"));
            let call = event(&events, "AmfMethodCall");
            assert_eq!(call["Parameters"], json!([shown, "b"]), "{most}");
        }
    }
}

//! The admin listener: health and metrics.

use std::sync::Arc;

use footbridge_amf::{Graph, Value, canonical};
use footbridge_gateway::{Gateway, Server};
use footbridge_remoting::Encoding;
use footbridge_remoting::outgoing::{self, Outgoing, Target};
use tokio::sync::oneshot;

use crate::support::{Answer, GATEWAY, classic, get, live, post, unmigrated};

const SERVICE: &str = "service: admin.Echo
operations:
  five: {value: 5}
  names: {backend: shop, sql: 'SELECT name FROM product', returns: 'string[]'}
  missing: {backend: shop, sql: 'SELECT name FROM product WHERE id = 99', returns: string}
  take: {args: {count: int, order: Line}, value: =count}
  refuse: {fault: {code: Client.Refused, message: no}}
types:
  Line: {title: string, amounts: 'number[]', sum: decimal}
";

const CONSTANT: &str = "service: admin.Constant\noperations:\n  one: {value: 1}\n";

/// A gateway with an admin listener; its address and the admin's.
async fn start(gateway: &str) -> (String, String, oneshot::Sender<()>, tempfile::TempDir) {
    let root = tempfile::tempdir().unwrap();
    let (_, live) = live(root.path(), gateway, SERVICE).await;
    let server = Server::listen(
        Arc::new(Gateway::new(live)),
        &[footbridge_mapping::model::Listener::http("127.0.0.1:0")],
        Some("127.0.0.1:0"),
    )
    .await
    .unwrap();
    let address = server.addresses().unwrap()[0].to_string();
    let admin = server.admin().unwrap().to_string();
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    (address, admin, stop, root)
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

#[tokio::test]
async fn a_gateway_that_listens_lives_and_is_ready() {
    let (_, admin, _stop, _root) = start(GATEWAY).await;
    assert_eq!(get(&admin, "/health/live").await.status, 200);
    let ready = get(&admin, "/health/ready").await;
    assert_eq!(ready.status, 200);
    let report: serde_json::Value = serde_json::from_slice(&ready.body).unwrap();
    assert_eq!(report["state"], "ready");
    assert_eq!(report["backends"]["shop"]["state"], "up");
    assert_eq!(
        get(&admin, "/gateway").await.status,
        404,
        "calls go elsewhere"
    );
}

#[tokio::test]
async fn a_backend_that_is_away_fails_readiness_only_where_it_is_required() {
    // Nobody listens at port 1 of this machine.
    let away = |more: &str| {
        format!(
            "gateway: test\nbackends:\n  gone: {{postgres: postgres://a@127.0.0.1:1/a{more}}}\ndefaults: {{roles: public}}\n"
        )
    };
    for (more, status) in [("", 200), (", required: true", 503)] {
        let root = tempfile::tempdir().unwrap();
        let (_, live) = unmigrated(root.path(), &away(more), CONSTANT);
        let server = Server::listen(
            Arc::new(Gateway::new(live)),
            &[footbridge_mapping::model::Listener::http("127.0.0.1:0")],
            Some("127.0.0.1:0"),
        )
        .await
        .unwrap();
        let admin = server.admin().unwrap().to_string();
        let (_stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        let ready = get(&admin, "/health/ready").await;
        assert_eq!(ready.status, status, "{}", text(&ready));
        assert!(
            text(&ready).contains(r#""gone":{"state":"away""#),
            "{}",
            text(&ready)
        );
    }
}

#[tokio::test]
async fn calls_and_faults_are_counted_by_names_of_the_mapping() {
    let (address, admin, _stop, _root) = start(GATEWAY).await;
    let packet = classic(&["admin.Echo.five", "admin.Echo.refuse", "made.up"]);
    assert_eq!(post(&address, &packet).await.status, 200);
    let metrics = text(&get(&admin, "/metrics").await);
    for line in [
        r#"footbridge_calls_total{operation="admin.Echo.five",outcome="ok"} 1"#,
        r#"footbridge_faults_total{operation="admin.Echo.refuse",code="Client.Refused"} 1"#,
        r#"footbridge_call_seconds_count{operation="admin.Echo.five"} 1"#,
        r#"footbridge_pool_connections{backend="shop",state="read"}"#,
        "footbridge_calls_running 0",
        r#"footbridge_requests_total{face="amf"}"#,
        r#"footbridge_request_bytes_total{face="amf"}"#,
        r#"footbridge_answer_bytes_total{face="amf"}"#,
        "footbridge_connections ",
        "footbridge_sessions ",
        "# HELP footbridge_sessions Sessions that live",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    assert!(
        !metrics.contains("made.up"),
        "what clients write is no label"
    );
}

#[tokio::test]
async fn runs_of_backends_and_values_of_another_type_are_counted() {
    let (address, admin, _stop, _root) = start(GATEWAY).await;
    let packet = classic(&["admin.Echo.names", "admin.Echo.missing"]);
    assert_eq!(post(&address, &packet).await.status, 200);
    let mut graph = Graph::new();
    let order = serde_json::json!({"title": 7, "amounts": ["1.5", 2], "sum": "3.5"});
    let order = canonical::from_json_into(&mut graph, &order).unwrap();
    // A text for the int, a number for the title, a text among the amounts; decimals have no other form than text.
    let take = Outgoing {
        graph: &graph,
        arguments: &[Value::String("5".into()), order],
        target: Target::Classic("admin.Echo.take"),
    };
    let packet = outgoing::request(Encoding::Amf0, &[take], 10_000).unwrap();
    assert_eq!(post(&address, &packet).await.faults()[0].0, "/1/onResult");
    let metrics = text(&get(&admin, "/metrics").await);
    // One process has one recorder, and other tests ask databases too.
    let count = |line: &str| {
        let found = metrics.lines().find_map(|found| found.strip_prefix(line));
        let found = found.unwrap_or_else(|| panic!("no {line} in\n{metrics}"));
        found.trim().parse::<u64>().unwrap()
    };
    assert_eq!(
        count(r#"footbridge_coerced_total{operation="admin.Echo.take"}"#),
        3
    );
    assert!(count(r#"footbridge_backend_runs_total{backend="shop",outcome="ok"}"#) >= 1);
    assert!(count(r#"footbridge_backend_runs_total{backend="shop",outcome="failed"}"#) >= 1);
    assert!(count(r#"footbridge_backend_seconds_count{backend="shop"}"#) >= 2);
}

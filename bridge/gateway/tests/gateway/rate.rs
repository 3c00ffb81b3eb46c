//! `rate`: each identity and each operation has its own, a stranger that of its address; through packets and JSON alike.

use footbridge_remoting::fault;

use crate::support::{GATEWAY, Running, classic, live, serve_at};

const SERVICE: &str = "service: rate.Echo
rate: 3/h
operations:
  one: {value: 1}
  other: {value: 2}
  free: {value: 3, rate: 1000/h}
";

/// Who calls, from where.
type Who = (Option<&'static str>, &'static str);

const ANN: Who = (Some("ann"), "192.0.2.1");
const BOB: Who = (Some("bob"), "192.0.2.1");
const STRANGER: Who = (None, "192.0.2.1");

async fn start() -> (Running, tempfile::TempDir) {
    let root = tempfile::tempdir().unwrap();
    let behind = "behind: {peers: [127.0.0.0/8], identity-header: X-Remote-User}\n";
    let gateway = format!("{GATEWAY}paths: {{/api: json}}\n{behind}");
    let (_, live) = live(root.path(), &gateway, SERVICE).await;
    (serve_at(live, root.path()).await, root)
}

/// How many calls of a packet are answered; the others are refused by the fault that says why.
async fn answered(running: &Running, who: Who, calls: &[&str]) -> usize {
    let head = said(
        who,
        "POST /gateway HTTP/1.1\r\nContent-Type: application/x-amf",
    );
    let faults = running.send(&head, &classic(calls)).await.faults();
    assert_eq!(faults.len(), calls.len());
    let refused = faults
        .iter()
        .filter(|(target, _)| target.ends_with("/onStatus"));
    for (_, code) in refused.clone() {
        assert_eq!(code, fault::TOO_MANY_CALLS);
    }
    calls.len() - refused.count()
}

fn said((user, address): Who, head: &str) -> String {
    let user = user.map_or_else(String::new, |user| format!("\r\nX-Remote-User: {user}"));
    format!("{head}\r\nX-Forwarded-For: {address}{user}")
}

#[tokio::test]
async fn each_identity_has_its_own_rate_wherever_it_calls_from() {
    let (running, _root) = start().await;
    assert_eq!(answered(&running, ANN, &["rate.Echo.one"; 5]).await, 3);
    let elsewhere = (Some("ann"), "192.0.2.9");
    assert_eq!(answered(&running, elsewhere, &["rate.Echo.one"]).await, 0);
    assert_eq!(answered(&running, BOB, &["rate.Echo.one"; 5]).await, 3);
}

#[tokio::test]
async fn each_operation_has_its_own_rate() {
    let (running, _root) = start().await;
    assert_eq!(answered(&running, ANN, &["rate.Echo.one"; 5]).await, 3);
    assert_eq!(answered(&running, ANN, &["rate.Echo.other"; 5]).await, 3);
    assert_eq!(answered(&running, ANN, &["rate.Echo.free"; 9]).await, 9);
}

#[tokio::test]
async fn strangers_have_the_rate_of_their_address() {
    let (running, _root) = start().await;
    assert_eq!(answered(&running, STRANGER, &["rate.Echo.one"; 5]).await, 3);
    let neighbour = (None, "192.0.2.2");
    assert_eq!(
        answered(&running, neighbour, &["rate.Echo.one"; 5]).await,
        3
    );
    assert_eq!(answered(&running, ANN, &["rate.Echo.one"; 5]).await, 3);
    assert_eq!(answered(&running, STRANGER, &["rate.Echo.one"]).await, 0);
}

#[tokio::test]
async fn a_rate_is_one_through_every_face() {
    let (running, _root) = start().await;
    assert_eq!(answered(&running, ANN, &["rate.Echo.one"; 2]).await, 2);
    let head = "POST /api/rate.Echo/one HTTP/1.1\r\nContent-Type: application/json";
    let mut statuses = Vec::new();
    for _ in 0..2 {
        statuses.push(running.send(&said(ANN, head), b"[]").await.status);
    }
    assert_eq!(statuses, [200, 429]);
    assert_eq!(answered(&running, ANN, &["rate.Echo.one"]).await, 0);
}

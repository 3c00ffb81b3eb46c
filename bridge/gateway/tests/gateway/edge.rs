//! Files beside gateway paths, proxies before the gateway, and too much at once.

use std::sync::Arc;

use footbridge_remoting::fault;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{GATEWAY, classic, live, log, serve_at};

const SERVICE: &str = "service: edge.Echo
operations:
  who: {value: =call.address}
  slow: {value: 1, delay: 300ms}
  same: {args: {value: any}, value: =value}
";

#[tokio::test]
async fn files_are_served_where_no_gateway_path_fits() {
    let root = tempfile::tempdir().unwrap();
    let gateway = format!("{GATEWAY}static: {{/: www, /games: play}}\n");
    let (_, live) = live(root.path(), &gateway, SERVICE).await;
    for (path, text) in [
        ("www/index.html", "page"),
        ("www/shop.swf", "FWS"),
        ("www/.env", "SECRET=1"),
        ("play/a b.txt", "spaced"),
        ("outside.txt", "outside"),
    ] {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let running = serve_at(live, root.path()).await;
    let get = async |path: &str| running.send(&format!("GET {path} HTTP/1.1"), b"").await;
    let swf = get("/shop.swf").await;
    assert_eq!(
        (swf.status, swf.header("content-type"), &swf.body[..]),
        (200, Some("application/x-shockwave-flash"), &b"FWS"[..])
    );
    assert_eq!(get("/").await.body, b"page");
    assert_eq!(get("/games/a%20b.txt").await.body, b"spaced");
    for path in [
        "/.env",
        "/%2eenv",
        "/../outside.txt",
        "/%2e%2e/outside.txt",
        "/games/../../outside.txt",
        "/games/..%2f..%2foutside.txt",
        "/nothing.swf",
        "/mappings/gateway.yaml",
    ] {
        assert_eq!(get(path).await.status, 404, "{path}");
    }
    let refused = running.send("POST /shop.swf HTTP/1.1", b"").await;
    assert_eq!(refused.status, 405);
    assert!(running.post(&classic(&["edge.Echo.who"])).await.status == 200);
}

#[tokio::test]
async fn only_a_named_proxy_says_who_calls() {
    for (peers, address) in [("[127.0.0.0/8]", "192.0.2.7"), ("[10.0.0.1]", "127.0.0.1")] {
        let root = tempfile::tempdir().unwrap();
        let gateway = format!("{GATEWAY}behind: {{peers: {peers}}}\n");
        let (_, live) = live(root.path(), &gateway, SERVICE).await;
        let running = serve_at(live, root.path()).await;
        let head = "POST /gateway HTTP/1.1\r\nContent-Type: application/x-amf\r\n\
                    X-Forwarded-For: 192.0.2.7\r\nX-Request-Id: request-of-the-proxy";
        let answer = running
            .send(head, &classic(&["edge.Echo.who", "edge.Echo.unknown"]))
            .await;
        assert!(
            answer
                .body
                .windows(address.len())
                .any(|part| part == address.as_bytes()),
            "{peers}: {answer:?}"
        );
        let believed = address == "192.0.2.7";
        assert_eq!(
            answer.header("x-request-id"),
            believed.then_some("request-of-the-proxy")
        );
    }
    assert!(
        log().contains("request=\"request-of-the-proxy\""),
        "{}",
        log()
    );
}

#[tokio::test]
async fn too_many_calls_at_once_are_refused_and_the_others_are_answered() {
    let root = tempfile::tempdir().unwrap();
    let gateway = format!("{GATEWAY}limits: {{running: 3, running-each: 3}}\n");
    let (_, live) = live(root.path(), &gateway, SERVICE).await;
    let running = Arc::new(serve_at(live, root.path()).await);
    let calls = (0..8).map(|_| {
        let running = Arc::clone(&running);
        async move {
            let answer = running.post(&classic(&["edge.Echo.slow"])).await;
            (answer.status, answer.faults())
        }
    });
    // All are sent before the first is waited for.
    let mut calls: tokio::task::JoinSet<_> = calls.collect();
    let mut refused = 0;
    while let Some(answer) = calls.join_next().await {
        let (status, faults) = answer.unwrap();
        assert_eq!(status, 200);
        let (target, code) = &faults[0];
        if target.ends_with("/onStatus") {
            assert_eq!(code, fault::UNAVAILABLE);
            refused += 1;
        }
    }
    assert_eq!(refused, 5);
    assert_eq!(running.gateway.load().running(), 0);
    let after = running.post(&classic(&["edge.Echo.who"])).await;
    assert!(after.faults()[0].0.ends_with("/onResult"), "it recovers");
}

#[tokio::test]
async fn a_proxy_says_before_the_request_whose_connection_it_passes_on() {
    let request = "POST /gateway HTTP/1.1\r\nContent-Type: application/x-amf";
    let told = |answer: &crate::support::Answer, address: &str| {
        let found = answer
            .body
            .windows(address.len())
            .any(|part| part == address.as_bytes());
        assert!(found, "{address}: {answer:?}");
    };
    let gateway = async |peers: &str| {
        let root = tempfile::tempdir().unwrap();
        let gateway = format!("{GATEWAY}behind: {{peers: [{peers}], proxy-protocol: true}}\n");
        let (_, live) = live(root.path(), &gateway, SERVICE).await;
        (serve_at(live, root.path()).await, root)
    };
    let (behind, _root) = gateway("127.0.0.0/8").await;
    let who = classic(&["edge.Echo.who"]);
    let passed_on = format!("PROXY TCP4 192.0.2.7 10.0.0.1 12345 80\r\n{request}");
    told(&behind.send(&passed_on, &who).await, "192.0.2.7");
    let own = format!("PROXY UNKNOWN\r\n{request}");
    told(&behind.send(&own, &who).await, "127.0.0.1");
    // What the client writes into the request is not what the proxy says.
    let lie = format!("{passed_on}\r\nX-Forwarded-For: 203.0.113.1");
    told(&behind.send(&lie, &who).await, "192.0.2.7");
    let mut bare = tokio::net::TcpStream::connect(behind.address)
        .await
        .unwrap();
    bare.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    // The gateway hangs up, politely or not.
    let _ = bare.read_to_end(&mut answer).await;
    assert!(answer.is_empty(), "{answer:?}");

    let (open, _root) = gateway("10.0.0.1").await;
    told(&open.send(request, &who).await, "127.0.0.1");
    let refused = open.send(&passed_on, &who).await;
    assert_eq!(refused.status, 400, "nobody else is believed");
}

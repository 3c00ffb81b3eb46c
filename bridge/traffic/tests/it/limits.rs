//! Room, breaker, headers.

use std::sync::Arc;
use std::time::Duration;

use footbridge_mapping::model::{Breaker, HttpKind, WsdlSettings};
use footbridge_traffic::{BreakerState, Client, Kind};
use tokio::time::Instant;

use crate::support::{Answer, Server, backend, client, get, ok, plain, post, soon, status, told};

#[tokio::test(start_paused = true)]
async fn who_finds_no_room_is_refused_at_once_or_waits_for_its_turn() {
    let server = Server::says([Answer::Stall(Vec::new())]).await;
    let mut settings = plain();
    (settings.pool, settings.queue) = (2, 1);
    let client = Arc::new(client(&server.address(), settings));
    let calls: Vec<_> = (0..3)
        .map(|_| {
            let client = Arc::clone(&client);
            tokio::spawn(async move { told(client.send(&get("/"), soon()).await) })
        })
        .collect();
    while client.status().waiting < 1 {
        tokio::task::yield_now().await;
    }
    let begun = Instant::now();
    assert_eq!(
        told(client.send(&get("/"), soon()).await),
        Err(Kind::QueueFull)
    );
    assert_eq!(begun.elapsed(), Duration::ZERO);
    for call in calls {
        assert_eq!(call.await.expect("it ends"), Err(Kind::Timeout));
    }
    let status = client.status();
    assert_eq!((status.calls, status.failed, status.refused), (4, 4, 1));
    assert_eq!((status.in_flight, status.waiting), (0, 0));
}

fn quick_breaker() -> Breaker {
    Breaker {
        faults: 0.5,
        calls: 4,
        pause: Duration::from_secs(5),
    }
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_fails_is_left_alone_for_a_while() {
    let server = Server::asked(|turn, _| match turn {
        0..4 => status(500, "", "broken"),
        _ => ok("well again"),
    })
    .await;
    let mut settings = plain();
    settings.breaker = quick_breaker();
    let client = client(&server.address(), settings);
    for _ in 0..4 {
        assert_eq!(
            told(client.send(&get("/"), soon()).await),
            Ok("broken".into())
        );
    }
    assert_eq!(client.status().breaker, BreakerState::Open);
    assert_eq!(
        told(client.send(&get("/"), soon()).await),
        Err(Kind::BreakerOpen)
    );
    assert_eq!(server.lines().len(), 4, "nothing was sent");
    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(
        told(client.send(&get("/"), soon()).await),
        Ok("well again".into())
    );
    assert_eq!(client.status().breaker, BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_calls_own_mistakes_and_soap_faults_open_no_breaker() {
    let mut settings = plain();
    settings.breaker = quick_breaker();
    let missing = Server::says([status(404, "", "no")]).await;
    let rest = client(&missing.address(), settings.clone());
    let fault = status(500, "Content-Type: text/xml\r\n", "<Envelope/>");
    let faults = Server::says([fault]).await;
    let wsdl = HttpKind::Wsdl(WsdlSettings {
        document: "x.wsdl".into(),
        service: None,
        port: None,
        mtom: false,
        catalog: Default::default(),
        patches: Vec::new(),
    });
    let backend = backend(&faults.address(), wsdl, settings);
    let soap = Client::new(&backend, None, ".".as_ref()).expect("the settings are right");
    for _ in 0..10 {
        assert!(rest.send(&get("/"), soon()).await.is_ok());
        assert!(soap.send(&post("/", "x"), soon()).await.is_ok());
    }
    assert_eq!(rest.status().breaker, BreakerState::Closed);
    assert_eq!(soap.status().breaker, BreakerState::Closed);
}

#[tokio::test(start_paused = true)]
async fn callers_who_go_away_at_the_deadline_count_as_failures() {
    let server = Server::says([Answer::Stall(Vec::new())]).await;
    let mut settings = plain();
    settings.breaker = quick_breaker();
    let client = client(&server.address(), settings);
    for _ in 0..4 {
        let until = Instant::now() + Duration::from_secs(2);
        let gone = tokio::time::timeout_at(until, client.send(&get("/"), until)).await;
        assert!(gone.is_err() || gone.is_ok_and(|answer| answer.is_err()));
    }
    assert_eq!(client.status().breaker, BreakerState::Open);
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_nobody_listens_for_is_told() {
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        format!("http://{}", listener.local_addr().expect("it is bound"))
    };
    let client = client(&gone, plain());
    let refused = client.send(&get("/"), soon()).await;
    let refusal = refused.expect_err("nobody is there");
    assert_eq!(refusal.kind, Kind::Connect);
    let whole = format!("{refusal} {:?}", refusal.cause);
    assert!(!whole.contains("http://"), "{whole}");
}

#[tokio::test(start_paused = true)]
async fn headers_of_a_mapping_do_not_frame_messages() {
    let server = Server::says([ok("")]).await;
    let mut settings = plain();
    settings.headers = vec![
        ("X-Fixed".into(), "one".to_owned()),
        ("X-Both".into(), "backend".to_owned()),
    ];
    let client = client(&server.address(), settings);
    let mut request = post("/", "hello");
    for (name, value) in [
        ("x-both", "call"),
        ("content-length", "99"),
        ("transfer-encoding", "chunked"),
        ("connection", "close"),
        ("accept-encoding", "identity"),
    ] {
        request
            .headers
            .insert(name, http::HeaderValue::from_static(value));
    }
    assert!(client.send(&request, soon()).await.is_ok());
    let seen = &server.seen()[0];
    assert_eq!(seen.header("x-fixed"), Some("one"));
    assert_eq!(seen.header("x-both"), Some("call"));
    assert_eq!(seen.header("content-length"), Some("5"));
    assert_eq!(seen.header("transfer-encoding"), None);
    assert_eq!(seen.header("accept-encoding"), Some("identity"));
    assert_eq!(seen.body, b"hello");
}

#[test]
fn a_header_of_two_lines_is_none() {
    for split in ["a\r\nX-Evil: 1", "a\nb", "a\0b"] {
        assert!(http::HeaderValue::from_str(split).is_err(), "{split:?}");
    }
}

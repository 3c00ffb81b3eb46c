//! Sending again.

use std::time::Duration;

use footbridge_traffic::{Kind, Request};
use tokio::time::Instant;

use crate::support::{Answer, Server, client, get, ok, plain, post, soon, status, told};

fn with_retries(request: Request, retries: u32) -> Request {
    Request { retries, ..request }
}

#[tokio::test(start_paused = true)]
async fn what_reads_is_sent_again_after_a_while() {
    let server = Server::says([
        status(503, "", "busy"),
        Answer::Cut(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".to_vec()),
        ok("done"),
    ])
    .await;
    let client = client(&server.address(), plain());
    let answer = client.send(&with_retries(get("/"), 2), soon()).await;
    let reply = answer.expect("the third is good");
    assert_eq!((reply.status, reply.sent), (200, 3));
    let status = client.status();
    assert_eq!(
        (status.calls, status.sent, status.retried, status.failed),
        (1, 3, 2, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn what_may_have_acted_is_sent_once() {
    let cut = Server::says([Answer::Cut(Vec::new()), ok("twice!")]).await;
    let request = with_retries(post("/", "x"), 5);
    let answer = client(&cut.address(), plain()).send(&request, soon()).await;
    assert_eq!(told(answer), Err(Kind::CutOff));
    let busy = Server::says([status(503, "", "busy"), ok("twice!")]).await;
    let answer = client(&busy.address(), plain())
        .send(&request, soon())
        .await;
    assert_eq!(told(answer), Ok("busy".into()));
    assert_eq!((cut.seen().len(), busy.seen().len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn other_failures_are_not_sent_again() {
    for answer in [status(500, "", "x"), status(404, "", "x"), ok("x")] {
        let server = Server::says([answer]).await;
        let client = client(&server.address(), plain());
        let answer = client.send(&with_retries(get("/"), 5), soon()).await;
        assert_eq!(answer.expect("it answers").sent, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn the_backend_may_say_when() {
    let server = Server::says([status(429, "Retry-After: 3\r\n", ""), ok("done")]).await;
    let client = client(&server.address(), plain());
    let begun = Instant::now();
    let answer = client.send(&with_retries(get("/"), 1), soon()).await;
    assert_eq!(told(answer), Ok("done".into()));
    assert!(begun.elapsed() >= Duration::from_secs(3));
    assert!(begun.elapsed() < Duration::from_millis(3100));
}

#[tokio::test(start_paused = true)]
async fn what_would_come_after_the_deadline_is_not_waited_for() {
    let server = Server::says([status(503, "Retry-After: 60\r\n", "later")]).await;
    let client = client(&server.address(), plain());
    let begun = Instant::now();
    let answer = client.send(&with_retries(get("/"), 5), soon()).await;
    assert_eq!(told(answer), Ok("later".into()));
    assert!(begun.elapsed() < Duration::from_millis(100));
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_fails_altogether_is_not_asked_twice_as_often() {
    let server = Server::says([status(503, "", "busy")]).await;
    let mut settings = plain();
    settings.breaker.calls = 10_000;
    let client = client(&server.address(), settings);
    for _ in 0..100 {
        let answer = client.send(&with_retries(get("/"), 1), soon()).await;
        assert!(answer.is_ok());
    }
    // A reserve of ten, and one for each five calls.
    let retried = client.status().retried;
    assert!((28..=30).contains(&retried), "{retried}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_was_never_made_may_be_tried_again_for_writes_too() {
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        format!("http://{}", listener.local_addr().expect("it is bound"))
    };
    let client = client(&gone, plain());
    let answer = client.send(&with_retries(post("/", "x"), 2), soon()).await;
    assert_eq!(told(answer), Err(Kind::Connect));
    assert_eq!(client.status().sent, 3);
}

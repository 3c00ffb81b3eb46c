//! Answers that are late, broken, cut off, too large.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use footbridge_traffic::Kind;
use tokio::time::Instant;

use crate::support::{Answer, Server, client, get, ok, plain, raw, soon, status, told};

/// What a client sees of one answer.
async fn seen(answer: Answer) -> Result<String, Kind> {
    let server = Server::says([answer]).await;
    told(
        client(&server.address(), plain())
            .send(&get("/"), soon())
            .await,
    )
}

#[tokio::test(start_paused = true)]
async fn a_good_answer_keeps_status_headers_and_connection() {
    let server = Server::says([
        status(404, "X-Why: gone\r\n", "no"),
        ok("yes"),
        Answer::Say(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()),
    ])
    .await;
    let client = client(&format!("{}/api", server.address()), plain());
    let first = client
        .send(&get("/a?b=%2F"), soon())
        .await
        .expect("it answers");
    assert_eq!((first.status, first.sent), (404, 1));
    assert_eq!(first.headers["x-why"], "gone");
    assert_eq!(&first.body[..], b"no");
    assert_eq!(told(client.send(&get("/"), soon()).await), Ok("yes".into()));
    assert_eq!(
        told(client.send(&get("/"), soon()).await),
        Ok(String::new())
    );
    assert_eq!(server.lines()[0], "GET /api/a?b=%2F HTTP/1.1");
    let connections: Vec<_> = server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [1, 1, 1], "kept alive");
}

#[tokio::test(start_paused = true)]
async fn nothing_for_ever_ends_at_the_deadline() {
    let begun = Instant::now();
    for nothing in [&b""[..], b"HTTP/1.1 200 OK\r\nX-Slow"] {
        assert_eq!(
            seen(Answer::Stall(nothing.to_vec())).await,
            Err(Kind::Timeout)
        );
    }
    let passed = begun.elapsed().as_millis();
    assert!((20_000..20_100).contains(&passed), "{passed}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_stands_still_ends_before_the_deadline() {
    let server = Server::says([Answer::Stall(
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".to_vec(),
    )])
    .await;
    let mut settings = plain();
    settings.idle = Duration::from_secs(2);
    let begun = Instant::now();
    let answer = client(&server.address(), settings)
        .send(&get("/"), soon())
        .await;
    assert_eq!(told(answer), Err(Kind::Idle));
    assert!(begun.elapsed() < Duration::from_millis(2100));
}

#[tokio::test(start_paused = true)]
async fn answers_that_end_early_are_no_answers() {
    for early in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\nContent-",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
    ] {
        let text = String::from_utf8_lossy(early).into_owned();
        assert_eq!(
            seen(Answer::Cut(early.to_vec())).await,
            Err(Kind::CutOff),
            "{text:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_http_is_told() {
    for strange in [
        &b"220 mail.example ESMTP\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
        b"\x00\x01\x02\r\n\r\n",
    ] {
        let text = String::from_utf8_lossy(strange).into_owned();
        let seen = seen(Answer::Cut(strange.to_vec())).await;
        assert!(
            matches!(seen, Err(Kind::Unreadable | Kind::CutOff)),
            "{text:?}: {seen:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_beyond_the_length_are_nobodys_answer() {
    let server = Server::says([
        Answer::Say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil".to_vec()),
        ok("mine"),
    ])
    .await;
    let client = client(&server.address(), plain());
    assert_eq!(told(client.send(&get("/1"), soon()).await), Ok("ok".into()));
    assert_eq!(
        told(client.send(&get("/2"), soon()).await),
        Ok("mine".into())
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_a_length_ends_with_its_connection() {
    let whole = Answer::Cut(b"HTTP/1.1 200 OK\r\n\r\nall of it".to_vec());
    assert_eq!(seen(whole).await, Ok("all of it".into()));
}

#[tokio::test(start_paused = true)]
async fn what_is_larger_than_allowed_is_stopped() {
    let mut settings = plain();
    settings.max_reply = 1 << 16;
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![0; 64 << 20]).expect("into memory");
    let bomb = bomb.finish().expect("into memory");
    let packed = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n";
    let endless = Answer::Endless(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(),
        raw("1000\r\n", &[b'x'; 0x1002]),
    );
    for large in [
        Answer::Cut(b"HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n".to_vec()),
        Answer::Cut(raw(packed, &bomb)),
        Answer::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; 1000]),
    ] {
        let server = Server::says([large]).await;
        let client = client(&server.address(), settings.clone());
        assert_eq!(
            told(client.send(&get("/"), soon()).await),
            Err(Kind::TooLarge)
        );
    }
    let server = Server::says([endless]).await;
    let answer = client(&server.address(), settings)
        .send(&get("/"), soon())
        .await;
    // The last two bytes of each piece are no line break.
    assert!(answer.is_err());
}

#[tokio::test(start_paused = true)]
async fn compression_is_asked_for_and_taken_off() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(b"packed").expect("into memory");
    let packed = packed.finish().expect("into memory");
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        packed.len()
    );
    let server = Server::says([Answer::Say(raw(&head, &packed))]).await;
    let client = client(&server.address(), plain());
    assert_eq!(
        told(client.send(&get("/"), soon()).await),
        Ok("packed".into())
    );
    assert_eq!(
        server.seen()[0].header("accept-encoding"),
        Some("gzip, deflate")
    );
    // The last byte is missing.
    let short = Answer::Cut(raw(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",
        &packed[..packed.len() - 1],
    ));
    assert_eq!(seen(short).await, Err(Kind::CutOff));
}

#[tokio::test(start_paused = true)]
async fn an_answer_comes_piece_by_piece() {
    let server = Server::says([Answer::Stall(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n".to_vec(),
    )])
    .await;
    let client = client(&server.address(), plain());
    let mut answer = client.open(&get("/"), soon()).await.expect("it begins");
    assert_eq!(
        answer.piece().await.expect("it is there").as_deref(),
        Some(&b"abc"[..])
    );
    assert_eq!(client.status().in_flight, 1);
    drop(answer);
    assert_eq!(client.status().in_flight, 0);
}

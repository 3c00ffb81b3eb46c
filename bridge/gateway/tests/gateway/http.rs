//! What HTTP decides before a packet is looked at.

use footbridge_remoting::fault;

use crate::support::{classic, log, mapping, start};

#[tokio::test]
async fn a_person_is_told_what_this_is() {
    let running = start(mapping()).await;
    let page = running.send("GET /gateway HTTP/1.1", b"").await;
    assert_eq!(page.status, 200);
    assert!(
        String::from_utf8(page.body)
            .unwrap()
            .contains("AMF gateway")
    );
    assert_eq!(running.send("GET /other HTTP/1.1", b"").await.status, 404);
    let refused = running.send("DELETE /gateway HTTP/1.1", b"").await;
    assert_eq!(
        (refused.status, refused.header("allow")),
        (405, Some("GET, HEAD, OPTIONS, POST"))
    );
}

#[tokio::test]
async fn only_amf_is_taken() {
    let running = start(mapping()).await;
    let packet = classic(&["a.b"]);
    let form = running
        .send(
            "POST /gateway HTTP/1.1\r\nContent-Type: text/plain",
            &packet,
        )
        .await;
    assert_eq!(form.status, 415);
    let typed = running
        .send(
            "POST /gateway HTTP/1.1\r\nContent-Type: Application/X-AMF; charset=x",
            &packet,
        )
        .await;
    assert_eq!(typed.status, 200);
    assert_eq!(typed.header("content-type"), Some("application/x-amf"));
}

#[tokio::test]
async fn http_1_0_is_answered_with_a_length() {
    let running = start(mapping()).await;
    let answer = running
        .send(
            "POST /gateway HTTP/1.0\r\nContent-Type: application/x-amf",
            &classic(&["a.b"]),
        )
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-length"),
        Some(answer.body.len().to_string().as_str())
    );
}

#[tokio::test]
async fn what_is_no_packet_is_a_plain_400() {
    let running = start(mapping()).await;
    let answer = running.post(b"hello").await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (400, Some("text/plain; charset=utf-8"))
    );
    assert_eq!(running.post(b"").await.status, 400);

    let odd = b"\x1b[2J what-is-no-packet \xff\n second line";
    assert_eq!(running.post(odd).await.status, 400);
    let log = log();
    let told = "a request is no packet error=";
    let length = format!("bytes={}", odd.len());
    assert!(
        log.lines()
            .any(|line| line.contains(told) && line.ends_with(&length)),
        "{log}"
    );
    // It may be a password that came to the wrong path.
    assert!(!log.contains("what-is-no-packet"), "{log}");
}

#[tokio::test]
async fn a_body_over_the_limit_is_told_in_the_packet() {
    let running = start(mapping()).await;
    let mut packet = classic(&["a.b", "a.c"]);
    packet.extend_from_slice(&[0; 20_000]);
    let answer = running.post(&packet).await;
    assert_eq!(answer.status, 200);
    let told = |target: &str| (target.to_owned(), fault::TOO_LARGE.to_owned());
    assert_eq!(answer.faults(), [told("/1/onStatus"), told("/2/onStatus")]);
}

#[tokio::test]
async fn gzip_is_taken_and_given() {
    use std::io::{Read, Write};
    let running = start(mapping()).await;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&classic(&[&"x.".repeat(3_000)])).unwrap();
    let packed = packer.finish().unwrap();
    let head = "POST /gateway HTTP/1.1\r\nContent-Type: application/x-amf\r\nContent-Encoding: gzip\r\nAccept-Encoding: gzip";
    let mut answer = running.send(head, &packed).await;
    assert_eq!(
        (answer.status, answer.header("content-encoding")),
        (200, Some("gzip"))
    );
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&answer.body[..])
        .read_to_end(&mut unpacked)
        .unwrap();
    answer.body = unpacked;
    assert_eq!(
        answer.faults(),
        [(
            "/1/onStatus".to_owned(),
            fault::RESOURCE_NOT_FOUND.to_owned()
        )]
    );

    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let mut packet = classic(&["a.b"]);
    packet.extend_from_slice(&vec![0; 5_000_000]);
    bomb.write_all(&packet).unwrap();
    let answer = running.send(head, &bomb.finish().unwrap()).await;
    assert_eq!(
        answer.faults(),
        [("/1/onStatus".to_owned(), fault::TOO_LARGE.to_owned())]
    );
}

#[tokio::test]
async fn pages_of_listed_origins_may_call() {
    let running = start(mapping()).await;
    let listed = running
        .send(
            "OPTIONS /gateway HTTP/1.1\r\nOrigin: https://play.example",
            b"",
        )
        .await;
    assert_eq!(listed.status, 204);
    assert_eq!(
        listed.header("access-control-allow-origin"),
        Some("https://play.example")
    );
    assert_eq!(
        listed.header("access-control-allow-headers"),
        Some("content-type")
    );
    let other = running
        .send(
            "OPTIONS /gateway HTTP/1.1\r\nOrigin: https://evil.example",
            b"",
        )
        .await;
    assert_eq!(
        (other.status, other.header("access-control-allow-origin")),
        (403, None)
    );
    let policy = running.send("GET /crossdomain.xml HTTP/1.1", b"").await;
    assert!(
        String::from_utf8(policy.body)
            .unwrap()
            .contains("domain=\"play.example\"")
    );
}

#[tokio::test]
async fn without_origins_there_is_no_policy_file() {
    let mut mapping = mapping();
    mapping.gateway.origins.clear();
    let running = start(mapping).await;
    assert_eq!(
        running
            .send("GET /crossdomain.xml HTTP/1.1", b"")
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_kept_connection_takes_one_packet_after_another() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let running = start(mapping()).await;
    let mut stream = tokio::net::TcpStream::connect(running.address)
        .await
        .unwrap();
    let packet = classic(&["a.b"]);
    for _ in 0..3 {
        let head = format!(
            "POST /gateway HTTP/1.1\r\nHost: test\r\nContent-Type: application/x-amf\r\nContent-Length: {}\r\n\r\n",
            packet.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&packet).await.unwrap();
        let mut seen = Vec::new();
        while !seen.ends_with(b"\0\0\x09") {
            let mut bytes = [0; 4096];
            let count = stream.read(&mut bytes).await.unwrap();
            assert!(count > 0, "the connection stays open");
            seen.extend_from_slice(&bytes[..count]);
        }
        assert!(seen.starts_with(b"HTTP/1.1 200 "));
    }
}

#[tokio::test]
async fn a_stopped_server_ends_idle_connections_and_takes_no_new_ones() {
    use tokio::io::AsyncReadExt;
    let (address, mut stream) = {
        let running = start(mapping()).await;
        (
            running.address,
            tokio::net::TcpStream::connect(running.address)
                .await
                .unwrap(),
        )
    };
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    assert!(rest.is_empty());
    let refused = tokio::time::timeout(std::time::Duration::from_secs(10), async {
        while tokio::net::TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    });
    refused.await.expect("the port is given back");
}

//! Connections that requests share (HTTP/2): how long they wait for their clients. The client here writes its frames itself
//! (RFC 9113 §4.1), since it must grant windows as no well-behaved one does.

use std::time::Duration;

use footbridge_gateway::Patience;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bounds::{ATTACKER, LARGE, connect, start_with, until};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const WINDOW_UPDATE: u8 = 8;

const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()];
    [&head.concat(), payload].concat()
}

/// The next frame: its kind and its flags; `None` where the connection has ended.
async fn next(stream: &mut (impl AsyncReadExt + Unpin)) -> Option<(u8, u8)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.ok()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; usize::try_from(length).unwrap()];
    stream.read_exact(&mut payload).await.ok()?;
    Some((head[3], head[4]))
}

/// What a connection begins with.
pub(crate) async fn begin(stream: &mut TcpStream) {
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let begin = [&preface[..], &frame(SETTINGS, 0, 0, &[])].concat();
    stream.write_all(&begin).await.unwrap();
}

#[tokio::test]
async fn a_shared_connection_without_a_request_is_closed_after_the_idle_time() {
    let patience = Patience {
        idle: Duration::from_millis(300),
        ..Patience::default()
    };
    let (running, _root) = start_with("connections-each: 100", "", patience).await;
    let mut stream = connect(&running, ATTACKER).await;
    begin(&mut stream).await;
    // GET, http, /, and the authority x (RFC 7541, appendix A).
    let get = [0x82, 0x86, 0x84, 0x01, 1, b'x'];
    let get = frame(HEADERS, END_STREAM | END_HEADERS, 1, &get);
    stream.write_all(&get).await.unwrap();
    let waiting = async {
        let mut kinds = Vec::new();
        while let Some((kind, _)) = next(&mut stream).await {
            kinds.push(kind);
        }
        kinds
    };
    let kinds = tokio::time::timeout(Duration::from_secs(10), waiting)
        .await
        .expect("the connection is closed");
    assert!(kinds.contains(&HEADERS), "it is answered: {kinds:?}");
    until("it counts no more", || {
        running.gateway.load().connections() == 0
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_is_taken_below_the_least_rate_is_given_up() {
    let patience = Patience {
        answer: Duration::from_millis(300),
        ..Patience::default()
    };
    let (running, _root) = start_with(LARGE, "", patience).await;
    let mut stream = connect(&running, ATTACKER).await;
    begin(&mut stream).await;
    // What the gateway lets a request take holds when that has been acknowledged (RFC 9113 §6.5.3).
    while next(&mut stream).await != Some((SETTINGS, 0)) {}
    let acknowledged = frame(SETTINGS, ACK, 0, &[]);
    stream.write_all(&acknowledged).await.unwrap();
    let mut post = vec![0x83, 0x86, 0x01, 1, b'x'];
    // `:path` and `content-type` are the names 4 and 31.
    post.extend(b"\x04\x15/api/bounds.Echo/same");
    post.extend(b"\x0f\x10\x10application/json");
    let mut request = frame(HEADERS, END_HEADERS, 1, &post);
    let body = format!("[\"{}\"]", "x".repeat(400 << 10));
    for piece in body.as_bytes().chunks(16 << 10) {
        request.extend(frame(DATA, 0, 1, piece));
    }
    request.extend(frame(DATA, END_STREAM, 1, &[]));
    stream.write_all(&request).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    // The first 64 KiB need no leave. Then a kilobyte at a time, so that no write stands still and 64 KiB take more than a second.
    let granting = async {
        let more = 1024_u32.to_be_bytes();
        let more = [0, 1].map(|stream| frame(WINDOW_UPDATE, 0, stream, &more));
        while writer.write_all(&more.concat()).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        std::future::pending::<()>().await;
    };
    let reading = async {
        let mut pieces = 0;
        while let Some((kind, flags)) = next(&mut reader).await {
            pieces += usize::from(kind == DATA);
            assert!(
                kind != DATA || flags & END_STREAM == 0,
                "it is sent to its end"
            );
        }
        pieces
    };
    let pieces = tokio::select! {
        pieces = reading => pieces,
        () = granting => unreachable!("it goes on"),
    };
    assert!(pieces > 4, "it was being sent: {pieces}");
    let load = running.gateway.load();
    until("nothing is held", || {
        load.held() == 0 && load.connections() == 0
    })
    .await;
}

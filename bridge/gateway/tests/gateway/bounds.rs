//! One client takes what it can get: connections, memory of requests and of answers. The others are answered all the same.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use footbridge_gateway::{Gateway, Patience, Server};
use footbridge_remoting::fault;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::http2;
use crate::support::{Answer, GATEWAY, Running, classic, live, log, serve_with};

const SERVICE: &str = "service: bounds.Echo
operations:
  one: {value: 1}
  same: {args: {value: any}, value: =value}
  who: {value: =call.address}
";

const SIZES: &str = "request: 100KiB, reply: 300KiB, held-each: 1MiB, held: 4MiB";

async fn start(limits: &str, more: &str) -> (Running, tempfile::TempDir) {
    start_with(limits, more, Patience::default()).await
}

pub(crate) async fn start_with(
    limits: &str,
    more: &str,
    patience: Patience,
) -> (Running, tempfile::TempDir) {
    let root = tempfile::tempdir().unwrap();
    let gateway = format!("{GATEWAY}paths: {{/api: json}}\nlimits: {{{limits}}}\n{more}");
    let (_, live) = live(root.path(), &gateway, SERVICE).await;
    (serve_with(live, root.path(), patience).await, root)
}

/// A connection from this address of the machine.
pub(crate) async fn connect(running: &Running, from: [u8; 4]) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket
        .bind(SocketAddr::new(Ipv4Addr::from(from).into(), 0))
        .unwrap();
    socket.connect(running.address).await.unwrap()
}

pub(crate) const ATTACKER: [u8; 4] = [127, 0, 0, 66];
const OTHER: [u8; 4] = [127, 0, 0, 1];

/// Sends a packet on a connection and reads the answer; `None` where there is none.
async fn ask(mut stream: TcpStream, packet: &[u8]) -> Option<Answer> {
    stream.write_all(&last_request(packet)).await.ok()?;
    answer_on(stream).await
}

/// The last request on its connection.
fn last_request(packet: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /gateway HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-amf\r\nContent-Length: {}\r\n\r\n",
        packet.len()
    );
    [head.as_bytes(), packet].concat()
}

/// What is answered on a connection until its end.
async fn answer_on(mut stream: TcpStream) -> Option<Answer> {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    (!answer.is_empty()).then(|| Answer::parse(&answer))
}

async fn is_answered(running: &Running, from: [u8; 4]) -> bool {
    let stream = connect(running, from).await;
    let packet = classic(&["bounds.Echo.one"]);
    let answer = tokio::time::timeout(Duration::from_secs(10), ask(stream, &packet))
        .await
        .expect("an answer or the end of the connection");
    answer.is_some_and(|answer| answer.faults()[0].0 == "/1/onResult")
}

/// Waits until something of the gateway is as it should be.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting)
        .await
        .unwrap_or_else(|_| panic!("{what}"));
}

#[tokio::test]
async fn one_client_has_so_many_connections_and_the_others_theirs() {
    let (running, _root) = start("connections: 30, connections-each: 20", "").await;
    let mut held = Vec::new();
    for _ in 0..60 {
        let mut stream = connect(&running, ATTACKER).await;
        // Half a head, by which a connection is kept open; where it is closed already, nobody takes it.
        let _ = stream
            .write_all(b"POST /gateway HTTP/1.1\r\nX-Slow: ")
            .await;
        held.push(stream);
    }
    until("so many stay and the others are closed", || {
        running.gateway.load().connections() == 20
    })
    .await;
    assert!(!is_answered(&running, ATTACKER).await);
    assert!(is_answered(&running, OTHER).await);
    let told = log().matches("has 20 connections already").count();
    assert_eq!(told, 1, "told once, and not for each");
    drop(held);
    until("all are let go", || {
        running.gateway.load().connections() == 0
    })
    .await;
    assert!(is_answered(&running, ATTACKER).await, "it recovers");
}

#[tokio::test]
async fn a_proxy_has_as_many_connections_as_there_are() {
    let behind = "behind: {peers: [127.0.0.66]}\n";
    let (running, _root) = start("connections-each: 5", behind).await;
    let mut held = Vec::new();
    for _ in 0..20 {
        held.push(connect(&running, ATTACKER).await);
    }
    assert!(is_answered(&running, ATTACKER).await);
    assert!(running.gateway.load().connections() >= 20);
}

#[tokio::test]
async fn a_client_counts_also_where_a_proxy_passes_its_connections_on() {
    let behind = "behind: {peers: [127.0.0.1], proxy-protocol: true}\n";
    let (running, _root) = start("connections-each: 5", behind).await;
    let passed_on = async |client: &str| {
        let mut stream = connect(&running, OTHER).await;
        let header = format!("PROXY TCP4 {client} 10.0.0.1 12345 80\r\n");
        stream.write_all(header.as_bytes()).await.unwrap();
        stream
    };
    let mut held = Vec::new();
    for _ in 0..5 {
        held.push(passed_on("192.0.2.66").await);
    }
    let who = classic(&["bounds.Echo.who"]);
    // The five are read side by side with those that follow.
    let sixth = async { while ask(passed_on("192.0.2.66").await, &who).await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(20), sixth)
        .await
        .expect("a sixth is closed");
    let other = ask(passed_on("192.0.2.7").await, &who).await.unwrap();
    assert_eq!(other.faults()[0].0, "/1/onResult");
}

/// The beginning of a request whose body lacks its last bytes.
async fn unfinished(stream: &mut TcpStream, path: &str, length: usize) {
    let kind = if path == "/gateway" {
        "application/x-amf"
    } else {
        "application/json"
    };
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut packet = classic(&["bounds.Echo.one"]);
    packet.resize(length - 50, 0);
    stream.write_all(&packet).await.unwrap();
}

#[tokio::test]
async fn unfinished_bodies_take_no_more_than_their_clients_share() {
    let (running, _root) = start(SIZES, "").await;
    let mut held = Vec::new();
    for _ in 0..60 {
        let mut stream = connect(&running, ATTACKER).await;
        unfinished(&mut stream, "/gateway", 100 << 10).await;
        held.push(stream);
    }
    let load = running.gateway.load();
    until("all that is allowed is held", || load.held() > 700 << 10).await;
    assert!(is_answered(&running, OTHER).await);
    // The attacker is told, by fault where it can be addressed and by status where not.
    for (path, told) in [("/gateway", "200"), ("/api/bounds.Echo/one", "429")] {
        let mut stream = connect(&running, ATTACKER).await;
        unfinished(&mut stream, path, 100 << 10).await;
        stream.write_all(&[0; 50]).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = Answer::parse(&answer);
        assert_eq!(answer.status.to_string(), told, "{answer:?}");
        match path {
            "/gateway" => assert_eq!(answer.faults()[0].1, fault::TOO_MANY_CALLS),
            _ => {
                let body = String::from_utf8_lossy(&answer.body);
                assert!(body.contains(fault::TOO_MANY_CALLS), "{body}");
            }
        }
    }
    assert!(load.held() <= 1 << 20, "{}", load.held());
    drop(held);
    until("all is given back", || load.held() == 0).await;
    assert!(is_answered(&running, ATTACKER).await, "it recovers");
}

#[tokio::test]
async fn a_declared_length_takes_nothing() {
    let (running, _root) = start(SIZES, "").await;
    let mut held = Vec::new();
    for _ in 0..40 {
        let mut stream = connect(&running, ATTACKER).await;
        stream
            .write_all(
                b"POST /gateway HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amf\r\nContent-Length: 102400\r\n\r\n\0\0",
            )
            .await
            .unwrap();
        held.push(stream);
    }
    assert!(is_answered(&running, ATTACKER).await);
    assert!(running.gateway.load().held() < 10_000);
}

/// A call whose answer is as long as its argument, by JSON.
async fn long_answer(stream: &mut TcpStream, length: usize) {
    let body = format!("[\"{}\"]", "x".repeat(length));
    let head = format!(
        "POST /api/bounds.Echo/same HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
}

/// A connection whose system takes next to nothing for a client that does not read.
async fn unread(running: &Running) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    socket
        .bind(SocketAddr::new(Ipv4Addr::from(ATTACKER).into(), 0))
        .unwrap();
    socket.connect(running.address).await.unwrap()
}

/// The gateway's system takes some megabytes of an answer, however little the client's does.
const LONG: usize = 9 << 20;

pub(crate) const LARGE: &str = "request: 10MiB, reply: 10MiB, held-each: 40MiB, held: 100MiB";

#[tokio::test]
async fn unread_answers_take_no_more_than_their_clients_share() {
    let (running, _root) = start(LARGE, "").await;
    let load = running.gateway.load();
    let mut held = Vec::new();
    let mut statuses = Vec::new();
    for _ in 0..8 {
        let mut stream = unread(&running).await;
        long_answer(&mut stream, LONG).await;
        // The first line is there as soon as there is an answer, and leaves the rest unread.
        let mut line = [0; 12];
        stream.read_exact(&mut line).await.unwrap();
        statuses.push(String::from_utf8_lossy(&line).into_owned());
        held.push(stream);
        assert!(load.held() <= 40 << 20, "{}", load.held());
    }
    let count = |status| {
        statuses
            .iter()
            .filter(|line| line.ends_with(status))
            .count()
    };
    assert_eq!((count("200"), count("429")), (3, 5), "{statuses:?}");
    assert!(load.held() >= 3 * LONG);
    assert!(is_answered(&running, OTHER).await);
    drop(held);
    until("all is given back", || load.held() == 0).await;
    assert!(is_answered(&running, ATTACKER).await, "it recovers");
}

#[tokio::test]
async fn an_answer_that_goes_on_too_seldom_is_given_up() {
    let patience = Patience {
        answer: Duration::from_millis(300),
        ..Patience::default()
    };
    let (running, _root) = start_with(LARGE, "", patience).await;
    let load = running.gateway.load();
    let mut stream = unread(&running).await;
    long_answer(&mut stream, LONG).await;
    let reading = async {
        // However often a byte is read, the system has no room for more of the answer for a long time, so its writes stand still.
        while stream.read_u8().await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let gone = until("it is given up", || {
        load.connections() == 0 && load.held() == 0
    });
    tokio::select! {
        () = reading => {}
        () = gone => {}
    }
    until("nothing is held", || load.held() == 0).await;
}

#[tokio::test]
async fn heads_that_do_not_end_are_given_up_and_idle_connections_later() {
    let patience = Patience {
        head: Duration::from_millis(200),
        idle: Duration::from_secs(60),
        ..Patience::default()
    };
    let (running, _root) = start_with("connections-each: 100", "", patience).await;
    let silent = connect(&running, ATTACKER).await;
    let mut shared = connect(&running, ATTACKER).await;
    http2::begin(&mut shared).await;
    for said in [
        &b"P"[..],
        b"POST /gateway HTTP/1.1\r\nX-Slow: ",
        b"PRI * HTTP/2",
    ] {
        let mut stream = connect(&running, ATTACKER).await;
        stream.write_all(said).await.unwrap();
        let mut answer = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer));
        assert!(ended.await.is_ok(), "{}", said.escape_ascii());
    }
    assert_eq!(
        running.gateway.load().connections(),
        2,
        "nothing was begun on them"
    );
    drop((silent, shared));
}

#[tokio::test]
async fn connections_wait_where_all_are_taken_and_health_has_its_own() {
    let root = tempfile::tempdir().unwrap();
    let gateway = format!("{GATEWAY}limits: {{connections: 4}}\nadmin: 127.0.0.1:0\n");
    let (_, live) = live(root.path(), &gateway, SERVICE).await;
    let gateway = Arc::new(Gateway::new(live).at(root.path()));
    let listeners = [footbridge_mapping::model::Listener::http("127.0.0.1:0")];
    let server = Server::listen(Arc::clone(&gateway), &listeners, Some("127.0.0.1:0"))
        .await
        .unwrap();
    let admin = server.admin().unwrap().to_string();
    let address = server.addresses().unwrap()[0];
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    let mut held = VecDeque::new();
    for _ in 0..8 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"POST /gateway").await.unwrap();
        held.push_back(stream);
    }
    until("all are taken", || gateway.load().connections() == 4).await;
    let health = crate::support::get(&admin, "/health/ready").await;
    assert_eq!(health.status, 200);
    let packet = classic(&["bounds.Echo.one"]);
    let mut waiting = TcpStream::connect(address).await.unwrap();
    waiting.write_all(&last_request(&packet)).await.unwrap();
    // Those that are taken go on to be answered, while this one and the four before it wait.
    let mut first = held.pop_front().unwrap();
    let request = last_request(&packet);
    let rest = request.strip_prefix(b"POST /gateway").unwrap();
    first.write_all(rest).await.unwrap();
    let first = answer_on(first).await.unwrap();
    assert_eq!(first.faults()[0].0, "/1/onResult");
    let unanswered = waiting.try_read(&mut [0]).map_err(|error| error.kind());
    assert_eq!(unanswered, Err(std::io::ErrorKind::WouldBlock));
    // The others go, and with them what stands before this one.
    drop(held);
    let waited = answer_on(waiting).await.unwrap();
    assert_eq!(waited.faults()[0].0, "/1/onResult");
    drop(stop);
    serving.await.unwrap();
}

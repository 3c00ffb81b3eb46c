//! What attackers and accidents send. Each test asks the same: is the answer one a client can bear, does it say nothing of our
//! insides, is memory bounded, and are others answered meanwhile?

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use footbridge_remoting::fault;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, MutexGuard};
use tokio::task::JoinSet;

use crate::bounds;
use crate::support::{Answer, GATEWAY, Running, classic, live, serve_at};

const SERVICE: &str = "service: hostile.Echo
operations:
  same: {args: {value: any}, value: =value}
  one: {value: 1}
";

/// One of these tests at a time: they measure what the whole process takes.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Until it is dropped, no other of these tests runs.
pub(crate) async fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().await
}

/// How many descriptors this process has open; the gateway runs in it.
pub(crate) fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

/// A gateway as it is by default, with a path of JSON.
async fn start() -> (Arc<Running>, (tempfile::TempDir, MutexGuard<'static, ()>)) {
    let alone = alone().await;
    let root = tempfile::tempdir().unwrap();
    let gateway = format!("{GATEWAY}paths: {{/api: json}}\n");
    let (_, live) = live(root.path(), &gateway, SERVICE).await;
    (Arc::new(serve_at(live, root.path()).await), (root, alone))
}

/// Runs an attack while somebody calls who does nothing wrong; how often that was, the longest that an answer took, and the most
/// memory that was seen.
pub(crate) async fn meanwhile(
    running: &Running,
    call: &str,
    attack: impl Future<Output = ()>,
) -> (usize, Duration, usize) {
    let over = AtomicBool::new(false);
    let client = async {
        let (mut calls, mut longest, mut most) = (0, Duration::ZERO, 0);
        while !over.load(Ordering::Relaxed) {
            let began = Instant::now();
            let answer = running.post(&classic(&[call])).await;
            assert_eq!(answer.faults()[0].0, "/1/onResult");
            longest = longest.max(began.elapsed());
            most = most.max(resident());
            calls += 1;
        }
        (calls, longest, most)
    };
    let attack = async {
        attack.await;
        over.store(true, Ordering::Relaxed);
    };
    tokio::join!(client, attack).0
}

/// What every attack must leave as it was: others are answered meanwhile, memory grows by less than `most` bytes, descriptors are
/// given back, and nothing goes on running.
async fn bears(running: &Running, most: usize, attack: impl Future<Output = ()>) {
    let (before, memory) = (descriptors(), resident());
    let (calls, longest, highest) = meanwhile(running, "hostile.Echo.one", attack).await;
    let grown = highest.max(resident()).saturating_sub(memory);
    println!(
        "{calls} calls of others meanwhile, the longest took {longest:?}; {grown} bytes more at most"
    );
    assert!(
        calls > 0 && longest < Duration::from_secs(10),
        "{longest:?}"
    );
    assert!(grown < most, "{grown} bytes more");
    let gone = async {
        let load = running.gateway.load();
        while load.connections() > 0 || load.running() > 0 || load.held() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone)
        .await
        .expect("connections that are closed are let go, and their calls end");
    assert!(descriptors() <= before + 100, "{before}, {}", descriptors());
}

/// Sends a request whose answer tells nothing of our insides.
async fn ask(running: &Running, head: &str, body: &[u8]) -> Answer {
    let answer = running.send(head, body).await;
    tells_nothing(&answer);
    answer
}

/// Nothing of the answer is from inside.
pub(crate) fn tells_nothing(answer: &Answer) {
    let text = String::from_utf8_lossy(&answer.body);
    for inside in [
        "panicked",
        "src/",
        ".rs:",
        env!("CARGO_MANIFEST_DIR"),
        "/home/",
        "RUST_BACKTRACE",
    ] {
        assert!(!text.contains(inside), "{inside}: {text}");
    }
}

/// Resident memory of this process in bytes; the gateway runs in it.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<usize>().ok());
    kilobytes.unwrap_or_default() * 1024
}

/// Runs something and says how much more memory there is afterwards than before it.
pub(crate) async fn grown(run: impl Future<Output = ()>) -> usize {
    let before = resident();
    run.await;
    resident().saturating_sub(before)
}

pub(crate) const AMF: &str = "POST /gateway HTTP/1.1\r\nContent-Type: application/x-amf";

/// The packets that fuzzing found worth keeping, and those recorded from real clients.
fn corpus() -> Vec<Vec<u8>> {
    let remoting = Path::new(env!("CARGO_MANIFEST_DIR")).join("../remoting");
    let folders = [
        remoting.join("fuzz/corpus/packet"),
        remoting.join("tests/wire"),
    ];
    let files = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path());
    let packets: Vec<_> = files.map(|file| std::fs::read(file).unwrap()).collect();
    assert!(packets.len() > 30);
    packets
}

#[tokio::test]
async fn broken_packets_at_rate_are_answered_one_by_one() {
    let (running, _root) = start().await;
    let mut chance = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: usize| {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        usize::try_from(chance % below.max(1) as u64).unwrap()
    };
    let mut packets = Vec::new();
    for packet in corpus() {
        for _ in 0..20 {
            let mut broken = packet.clone();
            for _ in 0..=next(4) {
                if broken.is_empty() {
                    break;
                }
                let at = next(broken.len());
                match next(3) {
                    0 => broken[at] = u8::try_from(next(256)).unwrap(),
                    1 => broken.truncate(at),
                    _ => broken.insert(at, 0xff),
                }
            }
            packets.push(broken);
        }
        packets.push(packet);
    }
    bears(&running, 64 << 20, async {
        let mut sending = JoinSet::new();
        for chunk in packets.chunks(packets.len().div_ceil(8)) {
            let (running, chunk) = (Arc::clone(&running), chunk.to_vec());
            sending.spawn(async move {
                for packet in chunk {
                    let answer = ask(&running, AMF, &packet).await;
                    assert!(matches!(answer.status, 200 | 400), "{}", answer.status);
                }
            });
        }
        while let Some(sent) = sending.join_next().await {
            sent.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn slow_heads_and_bodies_keep_nobody_waiting() {
    let (running, _root) = start().await;
    bears(&running, 64 << 20, async {
        let mut slow = Vec::new();
        for at in 0..300 {
            let mut stream = bounds::connect(&running, bounds::ATTACKER).await;
            let said: &[u8] = match at % 3 {
                0 => b"P",
                1 => b"POST /gateway HTTP/1.1\r\nHost: x\r\nX-Slow: ",
                _ => b"POST /gateway HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amf\r\nContent-Length: 100000\r\n\r\n\0\0",
            };
            // Those that are too many for one client are closed.
            let _ = stream.write_all(said).await;
            slow.push(stream);
        }
        let call = classic(&["hostile.Echo.one"]);
        for _ in 0..20 {
            assert_eq!(ask(&running, AMF, &call).await.faults()[0].0, "/1/onResult");
        }
    })
    .await;
}

#[tokio::test]
async fn long_bodies_that_never_end_take_no_room_from_short_ones() {
    let (running, _root) = start().await;
    bears(&running, 160 << 20, async {
        let mut open = Vec::new();
        for _ in 0..24 {
            let mut stream = TcpStream::connect(running.address).await.unwrap();
            let head = format!("{AMF}\r\nHost: x\r\nContent-Length: 2097152\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(&vec![0; 2_000_000]).await.unwrap();
            open.push(stream);
        }
        let all_came = async {
            while running.gateway.load().held() < 24 * 1_900_000 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), all_came)
            .await
            .expect("what has come is counted");
    })
    .await;
}

#[tokio::test]
async fn bodies_of_any_length_take_bounded_memory() {
    let (running, _root) = start().await;
    let packet = classic(&["hostile.Echo.same"]);
    // The bodies of this side are 72 MiB; the gateway keeps 2 MiB of each while it is read.
    bears(&running, 160 << 20, async {
        let mut sending = JoinSet::new();
        for _ in 0..8 {
            let (running, mut long) = (Arc::clone(&running), packet.clone());
            long.resize(9 << 20, 0);
            sending.spawn(async move {
                let answer = ask(&running, AMF, &long).await;
                let told = ("/1/onStatus".to_owned(), fault::TOO_LARGE.to_owned());
                assert_eq!(answer.faults(), [told]);
            });
        }
        while let Some(sent) = sending.join_next().await {
            sent.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn gzip_bombs_unpack_to_the_limit_and_no_further() {
    use std::io::Write;
    let (running, _root) = start().await;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(&classic(&["hostile.Echo.same"])).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..100 {
        packer.write_all(&zeros).unwrap();
    }
    let bomb = packer.finish().unwrap();
    // Each would be 100 MiB.
    bears(&running, 100 << 20, async {
        let mut sending = JoinSet::new();
        for _ in 0..16 {
            let (running, bomb) = (Arc::clone(&running), bomb.clone());
            sending.spawn(async move {
                let head = format!("{AMF}\r\nContent-Encoding: gzip");
                let answer = ask(&running, &head, &bomb).await;
                assert_eq!(answer.faults()[0].1, fault::TOO_LARGE);
                let head = "POST /api/hostile.Echo/same HTTP/1.1\r\n\
                            Content-Type: application/json\r\nContent-Encoding: gzip";
                assert_eq!(ask(&running, head, &bomb).await.status, 413);
            });
        }
        while let Some(sent) = sending.join_next().await {
            sent.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn ten_thousand_calls_of_one_packet_run_as_far_as_is_allowed() {
    let (running, _root) = start().await;
    let packet = classic(&vec!["hostile.Echo.one"; 10_000]);
    bears(&running, 96 << 20, async {
        for _ in 0..3 {
            let answer = ask(&running, AMF, &packet).await;
            let faults = answer.faults();
            assert_eq!(faults.len(), 10_000);
            let ran = faults
                .iter()
                .filter(|(target, _)| target.ends_with("/onResult"))
                .count();
            assert_eq!(ran, 100);
            let refused = faults[100..].iter();
            assert!(
                refused
                    .into_iter()
                    .all(|(_, code)| code == fault::TOO_MANY_CALLS)
            );
        }
    })
    .await;
}

#[tokio::test]
async fn deep_values_are_refused_in_every_encoding() {
    let (running, _root) = start().await;
    let around = |value: &[u8]| {
        let mut packet = b"\0\0\0\0\0\x01\0\x11hostile.Echo.same\0\x02/1\xff\xff\xff\xff".to_vec();
        packet.extend_from_slice(value);
        packet
    };
    let mut amf3 = vec![0x0a, 0, 0, 0, 1, 0x11];
    amf3.extend_from_slice(&[0x09, 0x03, 0x01].repeat(200_000));
    let mut dictionaries = vec![0x0a, 0, 0, 0, 1, 0x11];
    dictionaries.extend_from_slice(&[0x11, 0x03, 0x00].repeat(200_000));
    let values = [
        [0x0a, 0, 0, 0, 1].repeat(200_000),
        [0x03, 0, 1, b'a'].repeat(200_000),
        amf3,
        dictionaries,
    ];
    bears(&running, 96 << 20, async {
        for value in values {
            let answer = ask(&running, AMF, &around(&value)).await;
            assert_eq!(answer.faults()[0].1, fault::TOO_LARGE);
        }
        let head = "POST /api/hostile.Echo/same HTTP/1.1\r\nContent-Type: application/json";
        for body in ["[".repeat(500_000), "{\"a\":".repeat(200_000)] {
            assert_eq!(ask(&running, head, body.as_bytes()).await.status, 400);
        }
    })
    .await;
}

#[tokio::test]
async fn claims_of_huge_counts_take_no_memory() {
    let (running, _root) = start().await;
    bears(&running, 32 << 20, async {
        for value in [
            &b"\x0a\xff\xff\xff\xff"[..],
            b"\x08\xff\xff\xff\xff",
            b"\x0c\x7f\xff\xff\xff",
            b"\x0a\0\0\0\x01\x11\x09\xff\xff\xff\xff\x01",
            b"\x0a\0\0\0\x01\x11\x0d\xff\xff\xff\xff\0",
            b"\x0a\0\0\0\x01\x11\x0c\xff\xff\xff\xff",
        ] {
            let mut packet = b"\0\0\0\0\0\x01\0\x11hostile.Echo.same\0\x02/1\0\0\0\x05".to_vec();
            packet.extend_from_slice(value);
            let answer = ask(&running, AMF, &packet).await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.faults()[0].0, "/1/onStatus");
        }
    })
    .await;
}

#[tokio::test]
async fn floods_of_headers_are_refused() {
    let (running, _root) = start().await;
    bears(&running, 64 << 20, async {
        for _ in 0..20 {
            let many = "\r\nX-Flood: 1".repeat(2_000);
            let answer = ask(&running, &format!("{AMF}{many}"), b"").await;
            assert_eq!(answer.status, 431);
            let long = format!("{AMF}\r\nX-Long: {}", "x".repeat(2 << 20));
            let mut stream = TcpStream::connect(running.address).await.unwrap();
            // The gateway may hang up before it has read all of it.
            let _ = stream.write_all(long.as_bytes()).await;
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 431"));
        }
        // The packet's own headers: 65,535 of them.
        let mut packet = vec![0, 0, 0xff, 0xff];
        for _ in 0..0xffff {
            packet.extend_from_slice(b"\0\x01h\0\0\0\0\x01\x05");
        }
        packet.extend_from_slice(&classic(&["hostile.Echo.one"])[4..]);
        let answer = ask(&running, AMF, &packet).await;
        assert!(matches!(answer.status, 200 | 400), "{}", answer.status);
    })
    .await;
}

#[tokio::test]
async fn names_lead_nowhere_but_to_operations() {
    let (running, _root) = start().await;
    for name in [
        "hostile.Echo.one.",
        ".hostile.Echo.one",
        "hostile..Echo.one",
        "hostile/Echo.one",
        "hostile.Echo/one",
        "hostile:Echo.one",
        "../hostile.Echo.one",
        "hostile.Echo.../one",
        "..\\..\\etc\\passwd",
        "file:///etc/passwd.read",
        "http://127.0.0.1/x?WSDL.operation",
        "hostile.Echo.one\0",
        "HOSTILE.ECHO.ONE",
        "hostile.Echo.ｏne",
        "hostile.Echo.o\u{301}ne",
        "hostile.Echo.__proto__",
        "hostile.Echo.constructor",
        "hostile.Echo",
        ".",
        "/",
        " ",
        "\u{202e}eno.ohcE",
    ] {
        let answer = running.post(&classic(&[name])).await;
        let told = (
            "/1/onStatus".to_owned(),
            fault::RESOURCE_NOT_FOUND.to_owned(),
        );
        assert_eq!(answer.faults(), [told], "{name}");
        tells_nothing(&answer);
    }
}

#[tokio::test]
async fn a_guessed_session_is_none() {
    let (running, _root) = start().await;
    bears(&running, 32 << 20, async {
        for at in 0..200_u32 {
            let guess = format!("{AMF}\r\nCookie: footbridge={at:08X}-0000-4000-8000-000000000000");
            let answer = ask(&running, &guess, &classic(&["hostile.Echo.one"])).await;
            assert_eq!((answer.status, answer.header("set-cookie")), (200, None));
        }
    })
    .await;
    assert!(running.gateway.sessions().is_empty());
}

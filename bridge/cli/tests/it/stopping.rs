//! What a gateway does when it is told to stop.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

const SERVICE: &str = "service: t.Slow
roles: public
operations:
  slow:
    value: ready
    delay: 1s
  quick:
    value: here
";

#[test]
fn calls_that_run_are_answered_before_it_stops() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mappings = folder.path().join("mappings");
    std::fs::create_dir(&mappings).expect("a folder of mappings");
    std::fs::write(mappings.join("gateway.yaml"), "gateway: test\n").expect("a gateway file");
    std::fs::write(mappings.join("slow.yaml"), SERVICE).expect("a service file");
    let mut gateway = Command::new(env!("CARGO_BIN_EXE_footbridge"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("starting a gateway");
    let mut lines = BufReader::new(gateway.stdout.take().expect("its output")).lines();
    let address = lines
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| Some(line.strip_prefix("listening on http://")?.to_owned()))
        .expect("it says where it listens");

    let slow = send(&address, "t.Slow.slow");
    // Answered behind the other's request, which is under way then.
    assert!(answer(send(&address, "t.Slow.quick")).contains("here"));
    let told = Command::new("kill")
        .args(["-TERM", &gateway.id().to_string()])
        .status()
        .expect("running kill");
    assert!(told.success());

    assert!(answer(slow).contains("ready"), "the call was dropped");
    let status = gateway.wait().expect("it ends");
    assert!(status.success(), "{status}");
    assert!(
        lines.map_while(Result::ok).any(|line| line == "stopped"),
        "it says that it stopped"
    );
    assert!(
        TcpStream::connect(&address).is_err(),
        "nothing listens any more"
    );
}

/// Sends a packet of AMF0 with one call without arguments.
fn send(address: &str, operation: &str) -> TcpStream {
    let mut packet = vec![0, 0, 0, 0, 0, 1];
    for text in [operation, "/1"] {
        packet.extend_from_slice(
            &u16::try_from(text.len())
                .expect("a short text")
                .to_be_bytes(),
        );
        packet.extend_from_slice(text.as_bytes());
    }
    packet.extend_from_slice(&[0, 0, 0, 5, 0x0a, 0, 0, 0, 0]);
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a time-out");
    let head = format!(
        "POST /gateway HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-amf\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        packet.len()
    );
    stream
        .write_all(head.as_bytes())
        .expect("it takes a request");
    stream.write_all(&packet).expect("it takes a packet");
    stream
}

fn answer(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

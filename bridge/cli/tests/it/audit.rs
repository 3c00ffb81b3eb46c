//! Lines of the audit, as an operator finds them: in both forms of the log, whatever is logged of calls.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const GATEWAY: &str = "gateway: test
login:
  - users: users
paths: {/api: json}
";

const SERVICE: &str = "service: t.Door
roles: public
operations:
  enter: {value: 1, login: {id: ann}}
  pay: {value: 1, audit: true}
  look: {value: 1}
  seldom: {value: 1, rate: 1/h}
  closed: {value: 1, roles: [admin]}
";

/// What is written of the same calls: `(message, operation, outcome)` of each line that says it is of the audit.
const AUDIT: [[&str; 3]; 5] = [
    ["called", "t.Door.enter", "ok"],
    ["called", "t.Door.pay", "ok"],
    ["called", "t.Door.seldom", "Client.TooManyCalls"],
    ["called", "t.Door.closed", "Client.Authentication"],
    ["login", "", "Client.Authentication"],
];

#[test]
fn the_audit_is_told_from_calls_in_lines_for_people() {
    let log = log_of(&["--log", "human"], "info");
    let (audit, calls) = told_apart(&log, |line| line.contains(" INFO audit: "));
    assert_lines(&audit, |line, [message, operation, outcome]| {
        line.contains(&format!("audit: {message} "))
            && (operation.is_empty() || line.contains(&format!("operation=\"{operation}\"")))
            && line.contains(&format!("outcome=\"{outcome}\""))
            && line.contains("address=\"127.0.0.1\"")
    });
    assert!(calls.iter().any(|line| line.contains("operation=\"look\"")));
    assert!(!log.contains("secret"), "{log}");
}

#[test]
fn the_audit_is_told_from_calls_in_json() {
    let log = log_of(&["--log", "json"], "info");
    let (audit, calls) = told_apart(&log, |line| line.contains("\"target\":\"audit\""));
    assert_lines(&audit, |line, [message, operation, outcome]| {
        line.contains(&format!("\"message\":\"{message}\""))
            && (operation.is_empty() || line.contains(&format!("\"operation\":\"{operation}\"")))
            && line.contains(&format!("\"outcome\":\"{outcome}\""))
    });
    assert!(
        calls
            .iter()
            .any(|line| line.contains("\"operation\":\"look\""))
    );
    assert!(calls.iter().all(|line| !line.contains("\"target\"")));
}

#[test]
fn the_audit_is_written_where_calls_are_not() {
    for (arguments, filter) in [
        (&["--log", "human"][..], "warn"),
        (&["--log", "human"], "off"),
        (&["--log", "json"], "warn,footbridge_gateway=error"),
        (&["--dev"], ""),
    ] {
        let log = log_of(arguments, filter);
        let (audit, calls) = told_apart(&log, |line| {
            line.contains(" INFO audit: ") || line.contains("\"target\":\"audit\"")
        });
        assert_eq!(audit.len(), AUDIT.len(), "{arguments:?} {filter}: {log}");
        assert!(
            !calls.iter().any(|line| line.contains("look")),
            "{arguments:?} {filter}: {log}"
        );
    }
}

#[test]
fn the_audit_ends_where_the_filter_names_it() {
    let log = log_of(&["--log", "human"], "info,audit=off");
    let (audit, calls) = told_apart(&log, |line| line.contains("audit"));
    assert_eq!(audit, [""; 0]);
    assert!(calls.iter().any(|line| line.contains("operation=\"look\"")));
}

/// Lines of the audit, and the others.
fn told_apart(log: &str, is_audit: impl Fn(&str) -> bool) -> (Vec<&str>, Vec<&str>) {
    log.lines().partition(|line| is_audit(line))
}

/// Each line of [`AUDIT`] is there once, and no other.
fn assert_lines(audit: &[&str], is_of: impl Fn(&str, [&str; 3]) -> bool) {
    for expected in AUDIT {
        let found = audit.iter().filter(|line| is_of(line, expected)).count();
        assert_eq!(found, 1, "{expected:?} in {audit:#?}");
    }
    assert_eq!(audit.len(), AUDIT.len(), "{audit:#?}");
}

/// What a gateway writes to standard error while its operations are called, one after the other.
fn log_of(arguments: &[&str], filter: &str) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    project(folder.path());
    let mut gateway = Command::new(env!("CARGO_BIN_EXE_footbridge"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .args(arguments)
        .env("FOOTBRIDGE_LOG", filter)
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starting a gateway");
    let mut output = BufReader::new(gateway.stdout.take().expect("its output"));
    let address = output
        .by_ref()
        .lines()
        .map_while(Result::ok)
        .find_map(|line| Some(line.strip_prefix("listening on http://")?.to_owned()))
        .expect("it says where it listens");
    // What `--dev` shows goes there too.
    let shown = std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));

    for operation in ["enter", "pay", "look", "seldom", "seldom", "closed"] {
        call(&address, operation, "");
    }
    // ann:secret, where nobody is named so.
    call(
        &address,
        "look",
        "Authorization: Basic YW5uOnNlY3JldA==\r\n",
    );
    gateway.kill().expect("it runs");
    gateway.wait().expect("it ends");
    let _ = shown.join();
    let mut log = String::new();
    let mut errors = gateway.stderr.take().expect("its errors");
    errors.read_to_string(&mut log).expect("a text");
    log
}

fn project(folder: &Path) {
    let mappings = folder.join("mappings");
    std::fs::create_dir(&mappings).expect("a folder of mappings");
    for (name, text) in [
        ("users", "# nobody\n"),
        ("mappings/gateway.yaml", GATEWAY),
        ("mappings/door.yaml", SERVICE),
    ] {
        std::fs::write(folder.join(name), text).expect("a file");
    }
}

/// Calls an operation through the JSON face, and waits for the answer.
fn call(address: &str, operation: &str, headers: &str) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a time-out");
    let request = format!(
        "POST /api/t.Door/{operation} HTTP/1.1\r\nHost: {address}\r\n{headers}Content-Type: application/json\r\n\
         Connection: close\r\nContent-Length: 2\r\n\r\n[]"
    );
    stream
        .write_all(request.as_bytes())
        .expect("it takes a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
}

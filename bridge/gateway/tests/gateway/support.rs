//! A gateway to be tried, and a client for it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use footbridge_amf::{Graph, Limits, Value};
use footbridge_gateway::documents::Documents;
use footbridge_gateway::{Gateway, Live, Patience, Server};
use footbridge_mapping::compile::{ProcessEnvironment, Project, SourceFile, compile};
use footbridge_mapping::diagnostic::render;
use footbridge_mapping::model::{self, GatewayLimits, Mapping, Sessions};
use footbridge_remoting::Packet;
use footbridge_remoting::outgoing::{self, Outgoing, Target};
use footbridge_sql::Databases;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// A gateway that serves until it is dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) gateway: Arc<Gateway>,
    _stop: oneshot::Sender<()>,
}

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// A mapping without services: every call is a fault.
pub(crate) fn mapping() -> Mapping {
    Mapping {
        gateway: model::Gateway {
            name: Arc::from("test"),
            listen: vec![model::Listener::http("127.0.0.1:0")],
            edge: model::Edge::default(),
            paths: ["/gateway", "/messagebroker/amf"]
                .map(model::GatewayPath::auto)
                .to_vec(),
            origins: vec![Arc::from("https://play.example")],
            backends: indexmap::IndexMap::new(),
            limits: GatewayLimits {
                request: 10_000,
                reply: 100_000,
                depth: 64,
                values: 1_000,
                calls: 3,
                running: 100,
                running_each: 50,
                held: 1 << 28,
                held_each: 1 << 26,
                connections: 1_000,
                connections_each: 500,
            },
            sessions: Sessions {
                idle: Duration::from_secs(60),
                longest: Duration::from_secs(600),
                ..Sessions::default()
            },
            login: Vec::new(),
            keys: Vec::new(),
            debug: None,
            describe: None,
            stubs: false,
        },
        services: Vec::new(),
        by_name: HashMap::new(),
        by_destination: HashMap::new(),
        proxies: HashMap::new(),
    }
}

/// The least that a `gateway.yaml` with a database says.
pub(crate) const GATEWAY: &str = "gateway: test
backends:
  shop: {sqlite: shop.db, migrations: migrations}
defaults: {roles: public}
";

/// A project of `gateway.yaml` and one service, its database migrated.
pub(crate) async fn live(root: &Path, gateway: &str, service: &str) -> (Project, Live) {
    let (project, live) = unmigrated(root, gateway, service);
    std::fs::create_dir_all(root.join("migrations")).unwrap();
    let table =
        "CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price DECIMAL NOT NULL);
        INSERT INTO product VALUES (1, 'nut', '0.10'), (2, 'bolt', '1.25');";
    std::fs::write(root.join("migrations/0001_product.sql"), table).unwrap();
    for database in live.databases.iter() {
        database.migrate().await.unwrap();
    }
    (project, live)
}

/// The same, its database as it is.
pub(crate) fn unmigrated(root: &Path, gateway: &str, service: &str) -> (Project, Live) {
    let file = |path: &str, text: &str| SourceFile::new(path, text.as_bytes());
    let files = vec![
        file("mappings/gateway.yaml", gateway),
        file("mappings/service.yaml", service),
    ];
    let project = Project {
        root: root.to_owned(),
        files,
    };
    let compiled = compile(
        &project,
        &ProcessEnvironment {
            root: root.to_owned(),
        },
    );
    let mapping = compiled
        .mapping
        .unwrap_or_else(|| panic!("{}", render(&compiled.diagnostics, &project, false)));
    let databases = Arc::new(Databases::open(&mapping, root).unwrap());
    (
        project,
        Live::open(mapping, databases, Documents::default(), root).unwrap(),
    )
}

pub(crate) async fn start(mapping: Mapping) -> Running {
    serve(Live {
        mapping: Arc::new(mapping),
        databases: Arc::default(),
        clients: Arc::default(),
        documents: Arc::default(),
    })
    .await
}

/// What this process has logged so far. The log is on before the first call, since its macros remember whether anybody listens.
pub(crate) fn log() -> String {
    static LINES: LazyLock<Lines> = LazyLock::new(|| {
        let lines = Lines::default();
        let writer = lines.clone();
        tracing_subscriber::fmt()
            .with_ansi(false)
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(move || writer.clone())
            .init();
        lines
    });
    String::from_utf8_lossy(&LINES.0.lock().unwrap()).into_owned()
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub(crate) async fn serve(live: Live) -> Running {
    serve_at(live, Path::new(".")).await
}

/// Serves a project in a folder.
pub(crate) async fn serve_at(live: Live, root: &Path) -> Running {
    serve_with(live, root, Patience::default()).await
}

/// The same, with other times to wait for clients.
pub(crate) async fn serve_with(live: Live, root: &Path, patience: Patience) -> Running {
    log();
    let gateway = Arc::new(Gateway::new(live).at(root));
    let server = Server::bind(Arc::clone(&gateway), &["127.0.0.1:0"])
        .await
        .unwrap()
        .with_patience(patience);
    let address = server.addresses().unwrap()[0];
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    Running {
        address,
        gateway,
        _stop: stop,
    }
}

/// Sends a request whose head lacks only the length, and reads the answer.
async fn send(address: impl tokio::net::ToSocketAddrs, head: &str, body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let host = stream.peer_addr().unwrap();
    let head = format!(
        "{head}\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    Answer::parse(&answer)
}

/// A GET of a path.
pub(crate) async fn get(address: &str, path: &str) -> Answer {
    send(address, &format!("GET {path} HTTP/1.1"), b"").await
}

/// A packet to the first gateway path.
pub(crate) async fn post(address: &str, packet: &[u8]) -> Answer {
    let head = "POST /gateway HTTP/1.1\r\nContent-Type: application/x-amf";
    send(address, head, packet).await
}

impl Running {
    /// Sends a request whose head lacks only the length, and reads the answer.
    pub(crate) async fn send(&self, head: &str, body: &[u8]) -> Answer {
        send(self.address, head, body).await
    }

    pub(crate) async fn post(&self, body: &[u8]) -> Answer {
        self.send(
            "POST /gateway HTTP/1.1\r\nContent-Type: application/x-amf",
            body,
        )
        .await
    }
}

impl Answer {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let end = bytes
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .expect("a head");
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.lines();
        let status = lines
            .next()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Self {
            status,
            headers,
            body: bytes[end + 4..].to_vec(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The target of each body and the fault code in it.
    pub(crate) fn faults(&self) -> Vec<(String, String)> {
        let packet = Packet::read(&self.body, &Limits::default()).expect("a packet");
        assert_eq!(packet.unreadable, None);
        assert_eq!(packet.trailing, 0);
        let code = |body: &footbridge_remoting::Body<'_>| {
            let value = ["code", "faultCode"]
                .iter()
                .find_map(|name| body.graph.member(&body.content, name));
            match value {
                Some(Value::String(code)) => code.to_string(),
                other => format!("{other:?}"),
            }
        };
        packet
            .bodies
            .iter()
            .map(|body| (body.target.to_string(), code(body)))
            .collect()
    }
}

/// A packet of classic calls without arguments.
pub(crate) fn classic(targets: &[&str]) -> Vec<u8> {
    let graph = Graph::new();
    let calls: Vec<_> = targets
        .iter()
        .map(|target| Outgoing {
            graph: &graph,
            arguments: &[],
            target: Target::Classic(target),
        })
        .collect();
    outgoing::request(footbridge_remoting::Encoding::Amf0, &calls, 100_000).unwrap()
}

/// A packet with these headers, each a name, must-understand, and one AMF0 value, in place of its own.
pub(crate) fn with_headers(packet: &[u8], headers: &[(&str, bool, &[u8])]) -> Vec<u8> {
    assert_eq!(packet[2..4], [0, 0], "the packet has headers already");
    let mut with = packet[..2].to_vec();
    with.extend(u16::try_from(headers.len()).unwrap().to_be_bytes());
    for (name, must_understand, value) in headers {
        with.extend(u16::try_from(name.len()).unwrap().to_be_bytes());
        with.extend(name.as_bytes());
        with.push(u8::from(*must_understand));
        with.extend(u32::try_from(value.len()).unwrap().to_be_bytes());
        with.extend(*value);
    }
    with.extend(&packet[4..]);
    with
}

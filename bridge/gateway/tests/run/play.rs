//! Cases of calls and their answers.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use footbridge_amf::{Graph, GraphBuilder, Limits, canonical};
use footbridge_gateway::Live;
use footbridge_gateway::documents::Outside;
use footbridge_gateway::run::{self, Client, Context, Identity, Share};
use footbridge_mapping::compile::{Project, compile};
use footbridge_mapping::data::AmfValue;
use footbridge_mapping::diagnostic::render;
use footbridge_remoting::{
    Encoding, Envelope, Fault, Packet, Stamp, Style, Version, Wire, assemble,
};
use footbridge_sql::Databases;
use tokio::time::Instant;

/// 2026-11-20T09:30:00Z
const NOW: f64 = 1_795_167_000_000.0;

/// Plays all cases of a folder beside this file, each on what `live` makes of its mapping and an empty folder.
pub(crate) async fn cases(folder: &str, live: impl AsyncFn(&Path, &Path) -> Live) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/run")
        .join(folder);
    let update = std::env::var_os("UPDATE").is_some();
    let mut cases: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "calls")
        })
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    let mut wrong = String::new();
    for case in cases {
        let expected = std::fs::read_to_string(&case).unwrap();
        let got = play(&case, &expected, &live).await;
        if got == expected {
            continue;
        }
        if update {
            std::fs::write(&case, &got).unwrap();
            continue;
        }
        let _ = writeln!(wrong, "{}:", case.display());
        for (line, (expected, got)) in expected.lines().zip(got.lines()).enumerate() {
            if expected != got {
                let _ = writeln!(
                    wrong,
                    "  line {}\n  expected {expected}\n  got      {got}",
                    line + 1
                );
            }
        }
        if expected.lines().count() != got.lines().count() {
            let _ = writeln!(wrong, "  expected\n{expected}\n  got\n{got}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The case's text with the answers that come.
async fn play(case: &Path, text: &str, live: &impl AsyncFn(&Path, &Path) -> Live) -> String {
    let root = tempfile::tempdir().unwrap();
    let live = Arc::new(live(case, root.path()).await);
    let mut played = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        played.push_str(line);
        played.push('\n');
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        while lines.next_if(|line| !line.is_empty()).is_some() {}
        let (encoding, call) = line.split_once(' ').expect("`amf3 service.operation …`");
        let encoding = match encoding {
            "amf0" => Encoding::Amf0,
            "amf3" => Encoding::Amf3,
            "json" => Encoding::Json,
            other => panic!("{}: no encoding `{other}`", case.display()),
        };
        played.push_str(&answer(&live, encoding, call).await);
        played.push('\n');
    }
    played
}

/// What one call is answered, as a case says it.
pub(crate) async fn answer(live: &Arc<Live>, encoding: Encoding, call: &str) -> String {
    answer_in_packet(live, &Arc::default(), encoding, call).await
}

/// The same for one of several calls of a packet.
pub(crate) async fn answer_in_packet(
    live: &Arc<Live>,
    share: &Arc<Share>,
    encoding: Encoding,
    call: &str,
) -> String {
    let (name, arguments) = call.split_once(' ').unwrap_or((call, ""));
    let (service, operation) = name.rsplit_once('.').expect("`service.operation`");
    let service = &live.mapping.services[live.mapping.by_name[service]];
    let operation = Arc::clone(&service.operations[operation]);
    let (graph, arguments) = canonical::from_text(&format!("[{arguments}]"))
        .unwrap_or_else(|problem| panic!("{call}: {problem}"));
    let graph = Arc::new(graph);
    let arguments = graph
        .list(&arguments)
        .unwrap()
        .iter()
        .map(|value| AmfValue {
            graph: Arc::clone(&graph),
            value: value.clone(),
        })
        .collect();
    let envelope = Envelope {
        response: "/1".to_owned(),
        version: match encoding {
            Encoding::Amf0 | Encoding::Json => Version::Amf0,
            Encoding::Amf3 => Version::Amf3,
        },
        encoding,
        message: None,
        wire: Wire::default(),
    };
    let context = Context {
        live: Arc::clone(live),
        identity: Identity::default(),
        client: Client::default(),
        id: Arc::from("call-1"),
        time: NOW,
        deadline: Instant::now() + Duration::from_secs(30),
        style: Style::of(&envelope),
        share: Arc::clone(share),
        session: None,
        told: run::Told::default(),
        signing: Arc::default(),
        asked: None,
        kept: Arc::default(),
        trace: None,
        upstream: Arc::default(),
    };
    let stamp = Stamp {
        message_id: String::new(),
        client_id: String::new(),
        now: NOW,
    };
    match run::operation(&context, &operation, arguments, &envelope, &stamp).await {
        Ok(body) => value(encoding, body),
        Err(fault) => told(&fault),
    }
}

/// The value of an answer's body, one item a line where it is a list.
fn value(encoding: Encoding, body: Vec<u8>) -> String {
    let version = match encoding {
        Encoding::Amf0 => Version::Amf0,
        Encoding::Amf3 => Version::Amf3,
        Encoding::Json => {
            let text = String::from_utf8(body).unwrap();
            return text.replace("},{", "},\n{");
        }
    };
    let packet: Vec<u8> = assemble(version, &[], vec![body]).concat();
    let packet = Packet::read(&packet, &Limits::default()).unwrap();
    assert_eq!(packet.unreadable, None);
    let body = &packet.bodies[0];
    json(&body.graph, &body.content, encoding)
}

fn json(graph: &Graph<'_>, value: &footbridge_amf::Value<'_>, encoding: Encoding) -> String {
    let shown = match encoding {
        Encoding::Amf0 => canonical::Encoding::Amf0,
        Encoding::Amf3 | Encoding::Json => canonical::Encoding::Amf3,
    };
    let text = canonical::to_text(graph, value, shown).unwrap();
    text.replace("},{", "},\n{").replace("],[", "],\n[")
}

fn told(fault: &Fault) -> String {
    let mut told = format!("! {fault}");
    if let Some(detail) = &fault.detail {
        let _ = write!(told, "\n  detail {detail}");
    }
    if let Some(data) = &fault.data {
        let mut builder = GraphBuilder::new();
        data.emit(&mut builder).unwrap();
        let (graph, value) = builder.finish().unwrap();
        let _ = write!(told, "\n  data {}", json(&graph, &value, Encoding::Amf3));
    }
    told
}

/// A project that is in force: its databases migrated, and asked about every text.
pub(crate) async fn in_force(project: &Project, root: &Path) -> Live {
    let live = loaded(project, root).await;
    let findings = live.prepare().await;
    assert!(
        findings.diagnostics.is_empty() && findings.away.is_empty(),
        "{}{:?}",
        render(&findings.diagnostics, project, false),
        findings.away
    );
    live
}

/// A project that compiles, its databases migrated.
pub(crate) async fn loaded(project: &Project, root: &Path) -> Live {
    let outside = Outside::new(&project.root);
    let compiled = compile(project, &outside);
    let mapping = compiled
        .mapping
        .unwrap_or_else(|| panic!("{}", render(&compiled.diagnostics, project, false)));
    let databases = Arc::new(Databases::open(&mapping, root).unwrap());
    for database in databases.iter() {
        database.migrate().await.unwrap();
    }
    Live::open(mapping, databases, outside.documents(), root).unwrap()
}

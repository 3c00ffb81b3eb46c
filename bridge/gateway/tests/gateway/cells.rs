//! Whatever carries a session, wherever sessions are kept: nobody guesses one, and none outlives its time or its logout.

use std::sync::Arc;
use std::time::Duration;

use footbridge_amf::canonical::{self, Encoding as Shown};
use footbridge_amf::{Graph, Limits};
use footbridge_gateway::shared;
use footbridge_mapping::data::Data;
use footbridge_remoting::outgoing::{self, Addressed, Outgoing, Target};
use footbridge_remoting::{Encoding, Packet, fault};
use footbridge_sql::{Database, Output, Query};
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use crate::game::command;
use crate::support::{Answer, Running, live, serve_at};

/// Idle for 20 minutes, 12 hours at the longest.
const GATEWAY: &str = "gateway: test
backends:
  shop: {sqlite: shop.db, migrations: migrations}
  kept: {sqlite: kept.db}
sessions: {store: STORE, idle: 20m, longest: 12h, signed-in-by-url: true}
keys: [\"${file:key}\"]
";

const SERVICE: &str = "service: cells
roles: public
session: =sid
operations:
  enter:
    args: {user: string}
    value: {sid: =session.token}
    login: {id: =user, name: =user, roles: [player]}
  who: {value: =identity.name, roles: users}
  whose: {args: {sid: \"secret?\"}, value: =identity.name, roles: users}
  leave: {value: true, logout: true}
  quit: {args: {sid: \"secret?\"}, value: true, logout: true}
";

/// What carries a session.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Carrier {
    Cookie,
    Url,
    DsId,
    Argument,
}

/// Where sessions are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kept {
    Memory,
    Database,
}

struct Cell {
    carrier: Carrier,
    kept: Kept,
    running: Running,
    table: Arc<Database>,
    _root: tempfile::TempDir,
}

impl Cell {
    async fn new(carrier: Carrier, kept: Kept) -> Self {
        let root = tempfile::tempdir().unwrap();
        let key = "a key of tests, which is long enough";
        std::fs::write(root.path().join("key"), key).unwrap();
        let store = match kept {
            Kept::Memory => "memory",
            Kept::Database => "kept",
        };
        let (_, live) = live(root.path(), &GATEWAY.replace("STORE", store), SERVICE).await;
        let table = Arc::clone(live.databases.get("kept").unwrap());
        shared::create(&table).await.unwrap();
        Self {
            carrier,
            kept,
            running: serve_at(live, root.path()).await,
            table,
            _root: root,
        }
    }

    /// Calls an operation as whoever has this identifier; without one as a stranger.
    async fn call(&self, operation: &str, id: Option<&str>, mut arguments: Vec<Json>) -> Json {
        let (mut path, mut head) = ("/gateway".to_owned(), String::new());
        let mut operation = operation;
        if let Some(id) = id {
            match self.carrier {
                Carrier::Cookie => head = format!("\r\nCookie: footbridge={id}"),
                Carrier::Url => path = format!("/gateway;fbsid={id}"),
                Carrier::DsId => {}
                Carrier::Argument => {
                    arguments.push(json!(id));
                    operation = match operation {
                        "who" => "whose",
                        "leave" => "quit",
                        other => other,
                    };
                }
            }
        }
        let mut graph = Graph::new();
        let arguments: Vec<_> = arguments
            .iter()
            .map(|argument| canonical::from_json_into(&mut graph, argument).unwrap())
            .collect();
        let classic = format!("cells.{operation}");
        let (encoding, target) = match self.carrier {
            Carrier::DsId => (
                Encoding::Amf3,
                Target::Remoting(Addressed {
                    destination: "cells",
                    source: None,
                    operation,
                    message_id: "6F2B6C34-3A5E-4B0A-9C57-0D6B0A3C1F42",
                    ds_id: id,
                    small_messages: false,
                }),
            ),
            Carrier::Cookie | Carrier::Url | Carrier::Argument => {
                (Encoding::Amf0, Target::Classic(&classic))
            }
        };
        let call = Outgoing {
            graph: &graph,
            arguments: &arguments,
            target,
        };
        let packet = outgoing::request(encoding, &[call], 10_000).unwrap();
        let answer = self.send(&path, &head, &packet).await;
        told(&answer)
    }

    async fn send(&self, path: &str, head: &str, packet: &[u8]) -> Answer {
        let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/x-amf{head}");
        self.running.send(&head, packet).await
    }

    /// Logs somebody in, and gives what the carrier carries from now on.
    async fn enter(&self, user: &str) -> String {
        let ds_id = match self.carrier {
            Carrier::DsId => {
                let answer = self.send("/gateway", "", &command(5, "", "nil")).await;
                let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
                let body = &packet.bodies[0];
                let shown = canonical::to_json(&body.graph, &body.content, Shown::Amf3).unwrap();
                shown["headers"]["DSId"].as_str().map(str::to_owned)
            }
            Carrier::Cookie | Carrier::Url | Carrier::Argument => None,
        };
        let answer = match &ds_id {
            Some(id) => self.call("enter", Some(id), vec![json!(user)]).await,
            None => self.call("enter", None, vec![json!(user)]).await,
        };
        let sid = answer["sid"].as_str();
        let sid = sid.unwrap_or_else(|| panic!("{:?} {:?}: {answer}", self.carrier, self.kept));
        let sid = sid.to_owned();
        ds_id.unwrap_or(sid)
    }

    async fn who(&self, id: &str) -> Json {
        self.call("who", Some(id), Vec::new()).await
    }

    /// Lets time pass.
    async fn pass(&self, minutes: u64) {
        match self.kept {
            Kept::Memory => {
                tokio::time::pause();
                tokio::time::advance(Duration::from_secs(minutes * 60)).await;
                tokio::time::resume();
            }
            Kept::Database => {
                let ago = minutes * 60_000;
                self.change(&format!(
                    "UPDATE footbridge_session SET used = used - {ago}, began = began - {ago}"
                ))
                .await;
            }
        }
    }

    async fn change(&self, text: &str) {
        let text = Arc::from(text);
        let query = Query {
            text: &text,
            binds: &[],
            declared: &[],
            columns: &[],
            page: None,
            writes: true,
            max_rows: 1,
            zone: &TimeZone::UTC,
            deadline: None,
        };
        self.table
            .run(&query, Output::Records { plan: None })
            .await
            .unwrap();
    }

    /// How many identifiers lead to a session.
    async fn count(&self) -> i64 {
        if self.kept == Kept::Memory {
            return i64::try_from(self.running.gateway.sessions().len()).unwrap();
        }
        let text = Arc::from("SELECT count(*) AS n FROM footbridge_session");
        let query = Query {
            text: &text,
            binds: &[],
            declared: &[],
            columns: &[],
            page: None,
            writes: false,
            max_rows: 1,
            zone: &TimeZone::UTC,
            deadline: None,
        };
        let found = self.table.run(&query, Output::Records { plan: None }).await;
        match found.unwrap().data[0].member("n") {
            Data::Int(count) => count,
            other => panic!("{other:?}"),
        }
    }
}

/// What an answer says, or the code of its fault.
fn told(answer: &Answer) -> Json {
    let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
    let body = &packet.bodies[0];
    let shown = canonical::to_json(&body.graph, &body.content, Shown::Amf3).unwrap();
    if body.target.ends_with("onStatus") {
        let code = ["code", "faultCode"].map(|name| shown[name].clone());
        return code.into_iter().find(Json::is_string).unwrap_or(shown);
    }
    match shown.get("correlationId") {
        Some(_) => shown["body"].clone(),
        None => shown,
    }
}

/// Every carrier with every store, each with a clock of its own: time passes for all that there is in a runtime.
fn each(test: impl AsyncFn(&Cell, &str)) {
    let carriers = [
        Carrier::Cookie,
        Carrier::Url,
        Carrier::DsId,
        Carrier::Argument,
    ];
    for carrier in carriers {
        for kept in [Kept::Memory, Kept::Database] {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async {
                let cell = Cell::new(carrier, kept).await;
                test(&cell, &format!("{carrier:?}, {kept:?}")).await;
            });
        }
    }
}

#[test]
fn nobody_guesses_a_session() {
    each(async |cell, name| {
        let id = cell.enter("ann").await;
        assert_eq!(cell.who(&id).await, "ann", "{name}");
        let before = cell.count().await;
        let (bare, _) = id.split_once('.').unwrap_or((&id, ""));
        let last = if bare.ends_with('0') { '1' } else { '0' };
        let mut guesses = vec![
            String::new(),
            "nil".to_owned(),
            bare.to_ascii_lowercase(),
            bare.replace('-', ""),
            format!("{}{last}", &bare[..bare.len() - 1]),
            bare[..bare.len() - 1].to_owned(),
            format!("{bare}%"),
            "%".to_owned(),
            "' OR '1'='1".to_owned(),
        ];
        guesses.extend((0..50).map(|at| format!("{at:08X}-0000-4000-8000-000000000000")));
        for guess in guesses {
            let is_of_url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            if cell.carrier == Carrier::Url && !guess.bytes().all(is_of_url) {
                continue;
            }
            let refused = cell.who(&guess).await;
            assert_eq!(refused, fault::AUTHENTICATION, "{name}: `{guess}`");
        }
        assert_eq!(cell.count().await, before, "{name}: a guess begins nothing");
        assert_eq!(cell.who(&id).await, "ann", "{name}");
    });
}

#[test]
fn a_session_ends_when_nobody_uses_it() {
    each(async |cell, name| {
        let id = cell.enter("ann").await;
        for _ in 0..2 {
            cell.pass(19).await;
            assert_eq!(cell.who(&id).await, "ann", "{name}");
        }
        cell.pass(22).await;
        assert_eq!(cell.who(&id).await, fault::AUTHENTICATION, "{name}");
    });
}

#[test]
fn a_session_ends_at_its_longest_however_it_is_used() {
    each(async |cell, name| {
        let id = cell.enter("ann").await;
        // Once in 19 minutes, for 11 hours and 43 minutes.
        for _ in 0..37 {
            cell.pass(19).await;
            assert_eq!(cell.who(&id).await, "ann", "{name}");
        }
        cell.pass(18).await;
        assert_eq!(cell.who(&id).await, fault::AUTHENTICATION, "{name}");
    });
}

#[test]
fn a_logout_ends_the_session_for_whoever_knows_it() {
    each(async |cell, name| {
        let (ann, bob) = (cell.enter("ann").await, cell.enter("bob").await);
        assert_eq!(
            cell.call("leave", Some(&ann), Vec::new()).await,
            true,
            "{name}"
        );
        assert_eq!(cell.who(&ann).await, fault::AUTHENTICATION, "{name}");
        assert_eq!(cell.who(&bob).await, "bob", "{name}");
    });
}

#[test]
fn a_session_has_two_identifiers_at_most() {
    each(async |cell, name| {
        let mut id = cell.enter("ann").await;
        // Each login ends the session before it, with all its names.
        for _ in 0..5 {
            let answer = cell.call("enter", Some(&id), vec![json!("ann")]).await;
            if let (Some(sid), true) = (answer["sid"].as_str(), cell.carrier != Carrier::DsId) {
                id = sid.to_owned();
            }
        }
        if cell.carrier == Carrier::Argument {
            // `enter` takes none, so nothing said which session was the one before.
            return;
        }
        assert_eq!(cell.who(&id).await, "ann", "{name}");
        let most = if cell.carrier == Carrier::DsId { 2 } else { 1 };
        assert_eq!(cell.count().await, most, "{name}");
    });
}

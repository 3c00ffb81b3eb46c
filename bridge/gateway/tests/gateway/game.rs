//! Clients of one service that knows its callers: by cookie, by DSId, by URL.

use std::path::Path;

use footbridge_amf::canonical::{self, Encoding as Shown};
use footbridge_amf::{Graph, Limits};
use footbridge_remoting::outgoing::{self, Outgoing, Target};
use footbridge_remoting::{Encoding, Packet};
use serde_json::{Value as Json, json};

use crate::classic;
use crate::support::{Answer, GATEWAY, Running, live, serve};

pub(crate) const SERVICE: &str = "service: game
backend: shop
roles: public
session: =sid
operations:
  login:
    args: {user: string, password: secret}
    steps:
      account:
        operation: game.checkPassword
    login: {id: =account, name: =user, roles: [player], team: red}
    remember: {since: =call.service}
    value: {sid: =session.token, id: =identity.id}
    rate: 5/min
    faults:
      when account is not given: {code: BAD_LOGIN, message: wrong name or password}
  checkPassword:
    args: {user: string, password: secret}
    sql: SELECT id FROM product WHERE name = :user AND :password = 'pw'
    returns: int?
    roles: internal
  who:
    value: {name: =identity.name, team: =identity.team, since: =session.since, colour: =session.colour}
    roles: [player]
  whose:
    args: {sid: \"secret?\"}
    value: =identity.name
    roles: users
  paint:
    args: {colour: string}
    value: true
    remember: {colour: =colour}
  mark:
    args: {mark: string}
    value: true
    remember: {mark: =mark}
  both:
    value: [=session.colour, =session.mark]
  colour:
    value: =session.colour
  logout:
    value: true
    logout: true
  count:
    sql: SELECT count(*) AS n FROM product
    returns: int
  add:
    args: {key: string, name: string}
    sql: INSERT INTO product (name, price) VALUES (:name, '1')
    value: =reply.key
    returns: int
    once: =key
  cached:
    args: {like: string}
    sql: SELECT count(*) AS n FROM product WHERE name LIKE :like
    returns: int
    cache: 1h
  mine:
    sql: SELECT count(*) AS n, :identity.name AS name FROM product
    returns: Mine
    cache: 1h
  closed:
    args: {key: string}
    value: 1
    require: identity.id is given
    once: =key
    audit: [key]
";

pub(crate) struct Game {
    pub(crate) _root: Option<tempfile::TempDir>,
    pub(crate) running: Running,
}

/// What came: the answer, and the cookie that was set.
pub(crate) struct Came {
    pub(crate) answer: Json,
    pub(crate) cookie: Option<String>,
}

pub(crate) async fn game() -> Game {
    let root = tempfile::tempdir().unwrap();
    let (_, live) = live(root.path(), GATEWAY, SERVICE).await;
    Game {
        running: serve(live).await,
        _root: Some(root),
    }
}

impl Game {
    /// Several classic calls in one packet.
    pub(crate) async fn calls(
        &self,
        calls: &[(&str, Json)],
        cookie: Option<&str>,
    ) -> (Vec<Json>, Option<String>) {
        let cookie = cookie.map_or_else(String::new, |id| format!("\r\nCookie: footbridge={id}"));
        let head = format!("/gateway HTTP/1.1\r\nContent-Type: application/x-amf{cookie}");
        let (answers, answer) = self.sent(&head, calls).await;
        (answers, classic::cookie(&answer))
    }

    /// The same at a path, without a cookie; with the whole answer.
    pub(crate) async fn at(&self, path: &str, calls: &[(&str, Json)]) -> (Vec<Json>, Answer) {
        let head = format!("{path} HTTP/1.1\r\nContent-Type: application/x-amf");
        self.sent(&head, calls).await
    }

    async fn sent(&self, head: &str, calls: &[(&str, Json)]) -> (Vec<Json>, Answer) {
        let packet = classic::packet(Encoding::Amf0, calls);
        let answer = self.running.send(&format!("POST {head}"), &packet).await;
        let answers = classic::answers(Encoding::Amf0, &answer);
        (answers, answer)
    }

    pub(crate) async fn call(&self, target: &str, arguments: Json, cookie: Option<&str>) -> Came {
        let (mut answers, cookie) = self.calls(&[(target, arguments)], cookie).await;
        Came {
            answer: answers.remove(0),
            cookie,
        }
    }

    pub(crate) async fn login(&self, cookie: Option<&str>) -> (String, String) {
        let came = self.call("game.login", json!(["nut", "pw"]), cookie).await;
        assert_eq!(came.answer["id"], json!(1));
        let token = came.answer["sid"].as_str().unwrap().to_owned();
        (came.cookie.expect("a login sets a cookie"), token)
    }
}

const USERS: &str = "gateway: test
backends:
  shop: {sqlite: shop.db, migrations: migrations}
login:
  - users: users
";

pub(crate) const CLOSED: &str = "service: closed
operations:
  who:
    value: {name: =identity.name, roles: =identity.roles}
    roles: [player]
  users:
    value: =identity.id
    roles: users
  admin:
    value: 1
    roles: [admin]
  open:
    value: =identity.name
    roles: public
";

/// The users of a project: ann, whose password is `secret`.
pub(crate) fn write_users(root: &Path) {
    use argon2::password_hash::PasswordHasher;
    let hash = argon2::Argon2::default().hash_password(b"secret").unwrap();
    std::fs::write(
        root.join("users"),
        format!("# users\nann:{hash}:player,tester\n"),
    )
    .unwrap();
}

pub(crate) async fn closed() -> Game {
    let root = tempfile::tempdir().unwrap();
    write_users(root.path());
    let (_, live) = live(root.path(), USERS, CLOSED).await;
    Game {
        running: serve(live).await,
        _root: Some(root),
    }
}

/// A packet of one Flex command.
pub(crate) fn command(operation: u8, body: &str, ds_id: &str) -> Vec<u8> {
    flex(&json!({
        "$class": "flex.messaging.messages.CommandMessage",
        "operation": operation,
        "body": body,
        "headers": {"DSId": ds_id, "DSEndpoint": "my-amf"},
        "messageId": "6F2B6C34-3A5E-4B0A-9C57-0D6B0A3C1F42",
        "destination": "",
        "correlationId": "",
        "clientId": null,
        "timeToLive": 0,
        "timestamp": 0,
    }))
}

/// A packet of one Flex message to the destination `closed`, with headers as the client sets them.
pub(crate) fn message(operation: &str, arguments: &Json, headers: &Json) -> Vec<u8> {
    flex(&json!({
        "$class": "flex.messaging.messages.RemotingMessage",
        "operation": operation,
        "source": null,
        "body": arguments,
        "headers": headers,
        "messageId": "6F2B6C34-3A5E-4B0A-9C57-0D6B0A3C1F42",
        "destination": "closed",
        "clientId": null,
        "timeToLive": 0,
        "timestamp": 0,
    }))
}

fn flex(message: &Json) -> Vec<u8> {
    let mut graph = Graph::new();
    let message = canonical::from_json_into(&mut graph, message).unwrap();
    let call = Outgoing {
        graph: &graph,
        arguments: &[message],
        target: Target::Classic("null"),
    };
    outgoing::request(Encoding::Amf3, &[call], 10_000).unwrap()
}

impl Game {
    pub(crate) async fn send_flex(&self, head: &str, packet: &[u8]) -> Json {
        let head = format!("POST /gateway HTTP/1.1\r\nContent-Type: application/x-amf{head}");
        let answer = self.running.send(&head, packet).await;
        let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
        let body = &packet.bodies[0];
        canonical::to_json(&body.graph, &body.content, Shown::Amf3).unwrap()
    }

    pub(crate) async fn remoting(&self, operation: &str, ds_id: &str) -> Json {
        let packet = self.remoting_packet(operation, ds_id);
        self.send_flex("", &packet).await
    }

    pub(crate) fn remoting_packet(&self, operation: &str, ds_id: &str) -> Vec<u8> {
        let graph = Graph::new();
        let addressed = outgoing::Addressed {
            destination: "closed",
            source: None,
            operation,
            message_id: "6F2B6C34-3A5E-4B0A-9C57-0D6B0A3C1F42",
            ds_id: Some(ds_id),
            small_messages: false,
        };
        let call = Outgoing {
            graph: &graph,
            arguments: &[],
            target: Target::Remoting(addressed),
        };
        outgoing::request(Encoding::Amf3, &[call], 10_000).unwrap()
    }
}

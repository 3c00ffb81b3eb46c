//! Sessions, logins and rules of calls, from bytes to bytes.

use footbridge_amf::canonical::{self, Encoding as Shown};
use footbridge_amf::{Graph, Limits};
use footbridge_remoting::outgoing::{self, Outgoing, Target};
use footbridge_remoting::{Encoding, Packet};
use serde_json::{Value as Json, json};

use crate::game::{Game, closed, command, game};

#[tokio::test]
async fn a_login_opens_what_is_for_roles_and_a_logout_closes_it() {
    let game = game().await;
    let before = game.call("game.who", json!([]), None).await;
    assert_eq!(before.answer, "Client.Authentication");
    assert_eq!(before.cookie, None, "a mere call begins no session");
    let (cookie, token) = game.login(None).await;
    assert_eq!(cookie, token);
    let who = game.call("game.who", json!([]), Some(&cookie)).await.answer;
    assert_eq!(
        who,
        json!({"name": "nut", "team": "red", "since": "game", "colour": null})
    );
    let out = game.call("game.logout", json!([]), Some(&cookie)).await;
    assert_eq!(out.cookie.as_deref(), Some(""), "the cookie is taken away");
    let after = game.call("game.who", json!([]), Some(&cookie)).await;
    assert_eq!(after.answer, "Client.Authentication");
}

#[tokio::test]
async fn who_logs_in_and_who_is_refused_has_a_line_in_the_audit_log() {
    let before = crate::support::log().len();
    let game = game().await;
    game.login(None).await;
    game.call("game.who", json!([]), None).await;
    let log = crate::support::log().split_off(before);
    let line = |outcome: &str, operation: &str| {
        log.lines().any(|line| {
            line.contains(" audit: ") && line.contains(outcome) && line.contains(operation)
        })
    };
    assert!(
        line("outcome=\"ok\"", "operation=\"game.login\" who=\"1\""),
        "{log}"
    );
    assert!(
        line(
            "outcome=\"Client.Authentication\"",
            "operation=\"game.who\""
        ),
        "{log}"
    );
    assert!(!log.contains("\"pw\""), "no password: {log}");
}

#[tokio::test]
async fn a_login_has_a_new_identifier_and_the_old_one_is_worth_nothing() {
    let game = game().await;
    let planted = game
        .call("game.paint", json!(["red"]), None)
        .await
        .cookie
        .unwrap();
    let (cookie, _) = game.login(Some(&planted)).await;
    assert_ne!(cookie, planted);
    let old = game
        .call("game.who", json!([]), Some(&planted))
        .await
        .answer;
    assert_eq!(old, "Client.Authentication");
    let who = game.call("game.who", json!([]), Some(&cookie)).await.answer;
    assert_eq!(
        who["colour"],
        Json::Null,
        "what the old session kept is gone"
    );
}

#[tokio::test]
async fn a_failed_login_signs_nobody_in_and_guessing_is_limited() {
    let game = game().await;
    let (cookie, _) = game.login(None).await;
    for _ in 0..4 {
        let came = game.call("game.login", json!(["nut", "guess"]), None).await;
        assert_eq!((came.answer, came.cookie), (json!("BAD_LOGIN"), None));
    }
    let sixth = game
        .call("game.login", json!(["nut", "pw"]), None)
        .await
        .answer;
    assert_eq!(sixth, "Client.TooManyCalls");
    assert_eq!(
        game.call("game.who", json!([]), Some(&cookie)).await.answer["name"],
        "nut"
    );
}

#[tokio::test]
async fn an_argument_that_names_a_session_alone_says_who_calls() {
    let game = game().await;
    let (cookie, token) = game.login(None).await;
    let whose = async |sid: Json, cookie: Option<&str>| {
        game.call("game.whose", json!([sid]), cookie).await.answer
    };
    assert_eq!(whose(json!(token), None).await, "nut");
    assert_eq!(
        whose(json!("invented"), Some(&cookie)).await,
        "Client.Authentication"
    );
    assert_eq!(
        whose(Json::Null, Some(&cookie)).await,
        "Client.Authentication"
    );
}

#[tokio::test]
async fn a_packet_is_one_caller_from_the_call_that_begins_its_session() {
    let game = game().await;
    let calls = [
        ("game.colour", json!([])),
        ("game.paint", json!(["blue"])),
        ("game.colour", json!([])),
        ("game.login", json!(["nut", "pw"])),
        ("game.who", json!([])),
    ];
    let (answers, cookie) = game.calls(&calls[..3], None).await;
    assert_eq!(answers, [Json::Null, json!(true), json!("blue")]);
    let (answers, cookie) = game.calls(&calls[2..], cookie.as_deref()).await;
    assert_eq!(answers[0], "blue");
    assert_eq!(answers[2]["name"], "nut");
    assert_eq!(answers[1]["sid"].as_str(), cookie.as_deref());
}

#[tokio::test]
async fn a_second_call_of_a_key_gets_the_first_answer() {
    let game = game().await;
    let add =
        async |key: &str, name: &str| game.call("game.add", json!([key, name]), None).await.answer;
    assert_eq!(add("k1", "pin").await, json!(3));
    assert_eq!(add("k1", "pin").await, json!(3));
    assert_eq!(
        add("k1", "other").await,
        "Client.BadArguments",
        "the same key for another call"
    );
    assert_eq!(add("k2", "pin").await, json!(4));
    let twins = [
        ("game.add", json!(["k3", "x"])),
        ("game.add", json!(["k3", "x"])),
    ];
    assert_eq!(
        game.calls(&twins, None).await.0,
        [json!(5), json!(5)],
        "the second waits"
    );
    assert_eq!(
        game.call("game.count", json!([]), None).await.answer,
        json!(5)
    );
}

#[tokio::test]
async fn require_comes_before_the_answers_that_are_kept() {
    let game = game().await;
    let (cookie, _) = game.login(None).await;
    let closed = async |cookie| game.call("game.closed", json!(["k"]), cookie).await.answer;
    assert_eq!(closed(Some(cookie.as_str())).await, json!(1));
    assert_eq!(closed(None).await, "Client.Authorization");
    let log = crate::support::log();
    let line = log
        .lines()
        .find(|line| line.contains("\"game.closed\"") && line.contains("outcome=\"ok\""))
        .expect("the audit has a line");
    assert!(
        line.contains("who=\"1\"") && line.contains(r#"{\"key\":\"k\"}"#),
        "{line}"
    );
    assert!(log.contains("outcome=\"Client.Authorization\""));
}

#[tokio::test]
async fn a_cached_answer_serves_its_arguments_and_its_caller_alone() {
    let game = game().await;
    let cached = async |like: &str| game.call("game.cached", json!([like]), None).await.answer;
    assert_eq!(
        (cached("n%").await, cached("%").await),
        (json!(1), json!(2))
    );
    game.call("game.add", json!(["k", "nail"]), None).await;
    assert_eq!(
        (cached("n%").await, cached("%").await),
        (json!(1), json!(2)),
        "as they were"
    );
    assert_eq!(cached("nai%").await, json!(1));
    let (cookie, _) = game.login(None).await;
    let mine = async |cookie| game.call("game.mine", json!([]), cookie).await.answer;
    assert_eq!(mine(Some(cookie.as_str())).await["name"], "nut");
    assert_eq!(mine(None).await["name"], Json::Null);
}

/// A packet of one classic call with the header that setCredentials makes.
fn with_credentials(target: &str, user: &str, password: &str) -> Vec<u8> {
    let graph = Graph::new();
    let call = Outgoing {
        graph: &graph,
        arguments: &[],
        target: Target::Classic(target),
    };
    let packet = outgoing::request(Encoding::Amf0, &[call], 10_000).unwrap();
    let text = |text: &str| [&(text.len() as u16).to_be_bytes(), text.as_bytes()].concat();
    let member = |name: &str, value: &str| [text(name), vec![2], text(value)].concat();
    let value = [
        vec![3],
        member("userid", user),
        member("password", password),
        vec![0, 0, 9],
    ]
    .concat();
    let header = [
        text("Credentials"),
        vec![0],
        (value.len() as u32).to_be_bytes().to_vec(),
        value,
    ]
    .concat();
    [&packet[..2], &[0, 1], &header[..], &packet[4..]].concat()
}

impl Game {
    async fn send(&self, head: &str, packet: &[u8]) -> (Json, Option<String>) {
        let head = format!("POST /gateway HTTP/1.1\r\nContent-Type: application/x-amf{head}");
        let answer = self.running.send(&head, packet).await;
        let cookie = answer.header("set-cookie").and_then(|cookie| {
            Some(
                cookie
                    .strip_prefix("footbridge=")?
                    .split(';')
                    .next()?
                    .to_owned(),
            )
        });
        let packet = Packet::read(&answer.body, &Limits::default()).unwrap();
        let body = &packet.bodies[0];
        let shown = canonical::to_json(&body.graph, &body.content, Shown::Amf0).unwrap();
        (shown, cookie)
    }
}

#[tokio::test]
async fn credentials_of_the_header_begin_a_session_that_goes_on_without_them() {
    let closed = closed().await;
    let packet = with_credentials("closed.who", "ann", "secret");
    let (who, cookie) = closed.send("", &packet).await;
    assert_eq!(who, json!({"name": "ann", "roles": ["player", "tester"]}));
    let cookie = cookie.expect("a session began");
    let again = closed
        .send(&format!("\r\nCookie: footbridge={cookie}"), &packet)
        .await;
    assert_eq!(again, (who, None), "the same session goes on");
    let users = closed
        .call("closed.users", json!([]), Some(&cookie))
        .await
        .answer;
    assert_eq!(users, "ann");
    let admin = closed
        .call("closed.admin", json!([]), Some(&cookie))
        .await
        .answer;
    assert_eq!(admin, "Client.Authorization");
    for (user, password) in [("ann", "guess"), ("bob", "secret")] {
        let (fault, cookie) = closed
            .send("", &with_credentials("closed.open", user, password))
            .await;
        assert_eq!(
            fault["code"], "Client.Authentication",
            "even where strangers may call: {user} {fault}"
        );
        assert_eq!(cookie, None);
    }
}

#[tokio::test]
async fn http_basic_says_who_calls_for_one_packet() {
    let closed = closed().await;
    let packet = crate::support::classic(&["closed.users"]);
    // ann:secret, ann:guess
    let (who, cookie) = closed
        .send("\r\nAuthorization: Basic YW5uOnNlY3JldA==", &packet)
        .await;
    assert_eq!((who, cookie), (json!("ann"), None));
    let (fault, _) = closed
        .send("\r\nAuthorization: Basic YW5uOmd1ZXNz", &packet)
        .await;
    assert_eq!(fault["code"], "Client.Authentication");
}

#[tokio::test]
async fn guessing_a_password_is_limited() {
    let closed = closed().await;
    let packet = crate::support::classic(&["closed.users"]);
    let mut codes = Vec::new();
    for _ in 0..11 {
        let (fault, _) = closed
            .send("\r\nAuthorization: Basic YW5uOmd1ZXNz", &packet)
            .await;
        codes.push(fault["code"].as_str().unwrap_or_default().to_owned());
    }
    assert_eq!(
        codes.last().map(String::as_str),
        Some("Client.TooManyCalls")
    );
}

#[tokio::test]
async fn a_planted_cookie_opens_nothing_for_who_has_planted_it() {
    let closed = closed().await;
    let id = |answer: &Json| answer["headers"]["DSId"].as_str().unwrap().to_owned();
    let own = id(&closed.send_flex("", &command(5, "", "nil")).await);
    let cookie = format!("\r\nCookie: footbridge={}", own.split_once('.').unwrap().0);
    // Somebody else's browser has that cookie now.
    let victim = id(&closed.send_flex(&cookie, &command(5, "", "nil")).await);
    assert_ne!(victim, own);
    let login = command(8, "YW5uOnNlY3JldA==", &victim);
    assert_eq!(closed.send_flex(&cookie, &login).await["body"], "success");
    assert_eq!(closed.remoting("users", &victim).await["body"], "ann");
    let planter = closed.remoting("users", &own).await;
    assert_eq!(planter["faultCode"], "Client.Authentication");
}

#[tokio::test]
async fn flex_logs_in_under_the_identifier_that_it_was_given_and_out_again() {
    let closed = closed().await;
    let ping = closed.send_flex("", &command(5, "", "nil")).await;
    let ds_id = ping["headers"]["DSId"]
        .as_str()
        .expect("a ping names the session")
        .to_owned();
    // ann:guess, ann:secret
    let wrong = closed
        .send_flex("", &command(8, "YW5uOmd1ZXNz", &ds_id))
        .await;
    assert_eq!(wrong["faultCode"], "Client.Authentication");
    let right = closed
        .send_flex("", &command(8, "YW5uOnNlY3JldA==", &ds_id))
        .await;
    assert_eq!(right["body"], "success");
    let who = closed.remoting("users", &ds_id).await;
    assert_eq!(
        who["body"], "ann",
        "the old identifier leads to the new session"
    );
    let before = crate::support::log().len();
    assert_eq!(
        closed.send_flex("", &command(9, "", &ds_id)).await["body"],
        "success"
    );
    let log = crate::support::log().split_off(before);
    let line = "audit: logout who=\"ann\" address=\"127.0.0.1\" outcome=\"ok\"";
    assert!(log.contains(line), "{log}");
    let out = closed.remoting("users", &ds_id).await;
    assert_eq!(out["faultCode"], "Client.Authentication");
    // A Flex client keeps the first identifier that it was given as long as it runs.
    for again in ["ping", "login"] {
        let number = if again == "ping" { 5 } else { 8 };
        let answer = closed
            .send_flex("", &command(number, "YW5uOnNlY3JldA==", &ds_id))
            .await;
        assert_eq!(answer["faultCode"], Json::Null, "{again}: {answer}");
    }
    assert_eq!(closed.remoting("users", &ds_id).await["body"], "ann");
    let invented = closed
        .remoting("open", "7B3C1F50-0000-4000-8000-0000000000A1")
        .await;
    assert_eq!(
        invented["body"],
        Json::Null,
        "an invented identifier is a stranger's, no error"
    );
}

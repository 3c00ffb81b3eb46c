//! Who calls: fixed keys, digest, tokens, the caller, cookies.

use std::sync::Arc;
use std::time::Duration;

use footbridge_mapping::model::{Auth, KeyPlace, OAuth2};
use footbridge_traffic::{Client, CookieJar, Credentials, Kind};

use crate::support::{Answer, Seen, Server, client, get, ok, plain, post, soon, status, told};

fn knowing(server: &Server, auth: Vec<Auth>) -> Client {
    let mut settings = plain();
    settings.auth = auth;
    client(&server.address(), settings)
}

fn key(place: KeyPlace, name: &str, value: &str) -> Auth {
    Auth::Key {
        place,
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn fixed_keys_stand_where_they_belong() {
    let server = Server::says([ok("")]).await;
    let client = knowing(
        &server,
        vec![
            Auth::Basic {
                user: "Aladdin".to_owned(),
                password: "open sesame".to_owned(),
            },
            key(KeyPlace::Header, "X-Key", "k1"),
            key(KeyPlace::Query, "key", "a&b"),
            key(KeyPlace::Cookie, "key", "k3"),
        ],
    );
    assert!(client.send(&get("/a?b=1"), soon()).await.is_ok());
    let seen = &server.seen()[0];
    assert_eq!(server.lines(), ["GET /a?b=1&key=a%26b HTTP/1.1"]);
    assert_eq!(
        seen.header("authorization"),
        Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    );
    assert_eq!(seen.header("x-key"), Some("k1"));
    assert_eq!(seen.header("cookie"), Some("key=k3"));
    let shown = format!("{client:?}");
    assert!(
        !shown.contains("k1") && !shown.contains("127.0.0.1"),
        "{shown}"
    );
}

#[tokio::test(start_paused = true)]
async fn digest_answers_the_challenge_once_and_remembers_it() {
    for algorithm in ["MD5", "SHA-256"] {
        let challenge = format!(
            "WWW-Authenticate: Basic realm=\"x\"\r\nWWW-Authenticate: Digest realm=\"x\", qop=\"auth\", algorithm={algorithm}, nonce=\"n1\", opaque=\"o\"\r\n"
        );
        let server = Server::asked(move |_, seen: &Seen| match seen.header("authorization") {
            Some(answer) if answer.starts_with("Digest ") => ok("in"),
            _ => status(401, &challenge, "who?"),
        })
        .await;
        let client = knowing(
            &server,
            vec![Auth::Digest {
                user: "anna".to_owned(),
                password: "secret".to_owned(),
            }],
        );
        for path in ["/a?x=1", "/b"] {
            assert_eq!(
                told(client.send(&post(path, "body"), soon()).await),
                Ok("in".into())
            );
        }
        let answers: Vec<_> = server
            .seen()
            .iter()
            .map(|seen| seen.header("authorization").unwrap_or_default().to_owned())
            .collect();
        assert_eq!(answers.len(), 3, "one challenge");
        assert!(answers[1].contains("uri=\"/a?x=1\"") && answers[1].contains("nc=00000001"));
        assert!(answers[1].contains(algorithm) && !answers[1].contains("secret"));
        assert!(answers[2].contains("uri=\"/b\"") && answers[2].contains("nc=00000002"));
    }
}

#[tokio::test(start_paused = true)]
async fn digest_gives_up_where_it_is_not_believed() {
    let challenge = "WWW-Authenticate: Digest realm=\"x\", qop=\"auth\", nonce=\"n1\"\r\n";
    let server = Server::says([status(401, challenge, "no")]).await;
    let client = knowing(
        &server,
        vec![Auth::Digest {
            user: "anna".to_owned(),
            password: "wrong".to_owned(),
        }],
    );
    assert_eq!(
        client
            .send(&get("/"), soon())
            .await
            .expect("it answers")
            .status,
        401
    );
    assert_eq!(server.lines().len(), 2);
}

/// A token server: each token that it gives has a number.
fn tokens(life: &'static str) -> impl Fn(usize, &Seen) -> Answer {
    move |turn, _| {
        let number = turn + 1;
        ok(&format!(
            "{{\"access_token\": \"t{number}\", \"token_type\": \"Bearer\"{life}}}"
        ))
    }
}

fn oauth2(server: &Server) -> OAuth2 {
    OAuth2 {
        token_url: format!("{}/token", server.address()),
        client: "gate way".to_owned(),
        secret: "s:3".to_owned(),
        scopes: vec!["read".to_owned(), "write".to_owned()],
        audience: Some("shop".to_owned()),
        refresh: None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_is_got_once_for_all_and_renewed_before_it_ends() {
    let issuer = Server::asked(tokens(", \"expires_in\": \"100\"")).await;
    let server = Server::says([ok("in")]).await;
    let client = Arc::new(knowing(&server, vec![Auth::OAuth2(oauth2(&issuer))]));
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let client = Arc::clone(&client);
            tokio::spawn(async move { told(client.send(&get("/"), soon()).await) })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.expect("it ends"), Ok("in".into()));
    }
    assert_eq!(issuer.seen().len(), 1, "one for all");
    let asked = &issuer.seen()[0];
    assert_eq!(
        String::from_utf8_lossy(&asked.body),
        "grant_type=client_credentials&scope=read+write&audience=shop"
    );
    assert_eq!(
        asked.header("authorization"),
        Some("Basic Z2F0ZSt3YXk6cyUzQTM=")
    );
    assert_eq!(server.seen()[0].header("authorization"), Some("Bearer t1"));
    tokio::time::advance(Duration::from_secs(81)).await;
    assert!(client.send(&get("/"), soon()).await.is_ok());
    let last = server.seen();
    let last = last.last().expect("it came");
    assert_eq!(last.header("authorization"), Some("Bearer t2"));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_not_taken_is_replaced_once() {
    let issuer = Server::asked(tokens("")).await;
    let server = Server::asked(|_, seen: &Seen| match seen.header("authorization") {
        Some("Bearer t1") => status(401, "", "old"),
        _ => ok("in"),
    })
    .await;
    let client = knowing(&server, vec![Auth::OAuth2(oauth2(&issuer))]);
    assert_eq!(
        told(client.send(&post("/", "x"), soon()).await),
        Ok("in".into())
    );
    assert_eq!((issuer.seen().len(), server.seen().len()), (2, 2));
    let never = Server::says([status(401, "", "never")]).await;
    let client = knowing(&never, vec![Auth::OAuth2(oauth2(&issuer))]);
    assert_eq!(
        client
            .send(&get("/"), soon())
            .await
            .expect("it answers")
            .status,
        401
    );
    assert_eq!(never.seen().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_is_renewed_and_the_secret_goes_where_it_is_read() {
    let issuer = Server::asked(|turn, seen: &Seen| {
        let body = String::from_utf8_lossy(&seen.body).into_owned();
        if !body.contains("client_secret=s%3A3") {
            return status(401, "", "{\"error\": \"invalid_client\"}");
        }
        ok(&format!(
            "{{\"access_token\": \"t{turn}\", \"expires_in\": 10, \"refresh_token\": \"r{turn}\"}}"
        ))
    })
    .await;
    let server = Server::says([ok("in")]).await;
    let mut settings = oauth2(&issuer);
    settings.refresh = Some("r0".to_owned());
    let client = knowing(&server, vec![Auth::OAuth2(settings)]);
    assert!(client.send(&get("/"), soon()).await.is_ok());
    tokio::time::advance(Duration::from_secs(9)).await;
    assert!(client.send(&get("/"), soon()).await.is_ok());
    let bodies: Vec<_> = issuer
        .seen()
        .iter()
        .map(|seen| String::from_utf8_lossy(&seen.body).into_owned())
        .collect();
    assert_eq!(bodies.len(), 3, "{bodies:?}");
    assert!(bodies[1].contains("grant_type=refresh_token&refresh_token=r0"));
    assert!(bodies[2].contains("refresh_token=r1"));
}

#[tokio::test(start_paused = true)]
async fn without_a_token_nothing_is_sent_and_the_token_server_has_a_rest() {
    let issuer = Server::says([status(500, "", "ill")]).await;
    let server = Server::says([ok("in")]).await;
    let client = knowing(&server, vec![Auth::OAuth2(oauth2(&issuer))]);
    for _ in 0..3 {
        assert_eq!(told(client.send(&get("/"), soon()).await), Err(Kind::Token));
    }
    assert!(server.seen().is_empty());
    assert_eq!(issuer.seen().len(), 1);
    // One that is good for a while longer serves meanwhile.
    let issuer = Server::asked(|turn, _| match turn {
        0 => ok("{\"access_token\": \"t\", \"expires_in\": 100}"),
        _ => status(500, "", "ill"),
    })
    .await;
    let client = knowing(&server, vec![Auth::OAuth2(oauth2(&issuer))]);
    assert!(client.send(&get("/"), soon()).await.is_ok());
    tokio::time::advance(Duration::from_secs(90)).await;
    assert!(client.send(&get("/"), soon()).await.is_ok());
    tokio::time::advance(Duration::from_secs(11)).await;
    assert_eq!(told(client.send(&get("/"), soon()).await), Err(Kind::Token));
}

#[tokio::test(start_paused = true)]
async fn the_callers_own_credentials_are_passed_on_or_nothing_is_sent() {
    let server = Server::says([ok("in")]).await;
    let client = knowing(&server, vec![Auth::Caller]);
    assert_eq!(
        told(client.send(&get("/"), soon()).await),
        Err(Kind::Caller)
    );
    let mut request = get("/");
    request.caller = Some(Credentials::Token("abc".to_owned()));
    assert!(client.send(&request, soon()).await.is_ok());
    request.caller = Some(Credentials::Password {
        user: "ä".to_owned(),
        password: "b".to_owned(),
    });
    assert!(client.send(&request, soon()).await.is_ok());
    request.caller = Some(Credentials::Token("a\r\nX: y".to_owned()));
    assert_eq!(told(client.send(&request, soon()).await), Err(Kind::Caller));
    let sent: Vec<_> = server
        .seen()
        .iter()
        .map(|seen| seen.header("authorization").unwrap_or_default().to_owned())
        .collect();
    assert_eq!(sent, ["Bearer abc", "Basic w6Q6Yg=="]);
}

#[tokio::test(start_paused = true)]
async fn cookies_belong_to_a_session() {
    let server = Server::says([status(200, "Set-Cookie: sid=1; Path=/\r\n", ""), ok("")]).await;
    let client = client(&server.address(), plain());
    let jar = Arc::new(CookieJar::default());
    let mut request = get("/");
    request.cookies = Some(Arc::clone(&jar));
    for _ in 0..2 {
        assert!(client.send(&request, soon()).await.is_ok());
    }
    request.cookies = Some(Arc::default());
    assert!(client.send(&request, soon()).await.is_ok());
    assert!(client.send(&get("/"), soon()).await.is_ok());
    let sent: Vec<_> = server
        .seen()
        .iter()
        .map(|seen| seen.header("cookie").map(str::to_owned))
        .collect();
    assert_eq!(sent, [None, Some("sid=1".to_owned()), None, None]);
}

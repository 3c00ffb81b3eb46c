//! Redirects stay within the origin.

use footbridge_traffic::{Kind, Target};
use http::Method;

use crate::support::{Answer, Seen, Server, client, get, ok, plain, post, soon, status, told};

fn moved(code: u16, to: &str) -> Answer {
    status(code, &format!("Location: {to}\r\n"), "moved")
}

#[tokio::test(start_paused = true)]
async fn without_redirects_the_answer_is_the_answer() {
    let server = Server::says([moved(302, "/b")]).await;
    let answer = client(&server.address(), plain())
        .send(&get("/a"), soon())
        .await;
    assert_eq!(answer.expect("it answers").status, 302);
    assert_eq!(server.lines().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn they_are_followed_so_often_and_no_further() {
    let server = Server::asked(|_, seen: &Seen| match seen.head.split(' ').nth(1) {
        Some("/a") => moved(301, "b"),
        Some("/b") => moved(308, "/c?x=1"),
        Some("/c?x=1") => ok("here"),
        _ => moved(302, "/loop"),
    })
    .await;
    let mut settings = plain();
    settings.redirects = 2;
    let client = client(&server.address(), settings);
    assert_eq!(
        told(client.send(&get("/a"), soon()).await),
        Ok("here".into())
    );
    assert_eq!(
        told(client.send(&get("/loop"), soon()).await),
        Err(Kind::Redirect)
    );
    assert_eq!(server.lines().len(), 6);
}

#[tokio::test(start_paused = true)]
async fn no_redirect_leaves_the_origin() {
    let other = Server::says([ok("stolen")]).await;
    let elsewhere = other.address();
    for to in [
        elsewhere.clone(),
        elsewhere.replace("127.0.0.1", "user@127.0.0.1"),
        format!("//127.0.0.1:{}/", other.port),
        "https://127.0.0.1/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "http://[".to_owned(),
    ] {
        let server = Server::says([moved(307, &to)]).await;
        let mut settings = plain();
        settings.redirects = 5;
        let client = client(&server.address(), settings);
        assert_eq!(
            told(client.send(&post("/", "secret"), soon()).await),
            Err(Kind::Redirect),
            "{to}"
        );
    }
    assert!(other.seen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_post_stays_a_post_unless_the_answer_is_elsewhere() {
    for (code, line, body) in [
        (301, "POST /b HTTP/1.1", "hello"),
        (302, "POST /b HTTP/1.1", "hello"),
        (303, "GET /b HTTP/1.1", ""),
        (307, "POST /b HTTP/1.1", "hello"),
        (308, "POST /b HTTP/1.1", "hello"),
    ] {
        let server = Server::says([moved(code, "/b"), ok("")]).await;
        let mut settings = plain();
        settings.redirects = 1;
        let answer = client(&server.address(), settings)
            .send(&post("/a", "hello"), soon())
            .await;
        assert!(answer.is_ok());
        assert_eq!(server.lines()[1], line);
        assert_eq!(server.seen()[1].body, body.as_bytes());
    }
}

#[tokio::test(start_paused = true)]
async fn a_next_page_is_of_the_same_origin() {
    let server = Server::says([ok("page")]).await;
    let client = client(&format!("{}/api", server.address()), plain());
    let here = Target::Below("/list?page=1".to_owned());
    let next = client.join(&here, "?page=2").expect("it is of the origin");
    let mut request = get("/");
    request.target = next;
    request.method = Method::GET;
    assert!(client.send(&request, soon()).await.is_ok());
    assert_eq!(server.lines(), ["GET /api/list?page=2 HTTP/1.1"]);
    let other = client.join(&here, "http://127.0.0.1:1/list");
    assert_eq!(other.map_err(|refusal| refusal.kind), Err(Kind::Target));
}

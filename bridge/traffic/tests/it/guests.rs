//! What a proxy may ask for beside its backend.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use footbridge_mapping::model::{Auth, BackendKind, HttpKind, TrafficSettings};
use footbridge_mapping::reach::{Reach, UrlPattern};
use footbridge_traffic::{Client, CookieJar, Kind, Request, Target};
use http::{HeaderValue, Method};

use crate::support::{Server, backend, ok, soon, status, told};

/// A client of a proxy whose backend is at `base`.
fn client(base: Option<&str>, allow: &[String], networks: &[&str]) -> Client {
    let settings = TrafficSettings {
        redirects: 5,
        headers: vec![("x-own".into(), "fixed".into())],
        auth: vec![Auth::Basic {
            user: "me".into(),
            password: "secret".into(),
        }],
        connect: Duration::from_secs(1),
        ..TrafficSettings::default()
    };
    let reach = Reach {
        patterns: allow
            .iter()
            .map(|text| UrlPattern::parse(text).expect("it is a pattern"))
            .collect(),
        networks: networks
            .iter()
            .map(|text| text.parse().expect("it is a network"))
            .collect(),
    };
    let mut own = backend("http://unused.invalid", HttpKind::Rest, settings);
    let BackendKind::Http(http) = &mut own.kind else {
        unreachable!("it is reached by HTTP");
    };
    http.url = base.map(Arc::from);
    Client::of_proxy(&own, None, &Arc::new(reach), Path::new(".")).expect("a client")
}

fn get(url: &str) -> Request {
    Request::new(Method::GET, Target::Url(url.to_owned()))
}

#[tokio::test]
async fn guests_get_nothing_that_is_the_backends() {
    let own = Server::says([ok("own")]).await;
    let guest = Server::says([ok("guest")]).await;
    let allow = [format!("{}/feed/*", guest.address())];
    let base = format!("{}/api", own.address());
    let client = client(Some(&base), &allow, &[]);
    let mut request = get(&format!("{}/feed/a?x=1", guest.address()));
    request.cookies = Some(Arc::new(CookieJar::default()));
    assert_eq!(
        told(client.send(&request, soon()).await),
        Ok("guest".into())
    );
    let seen = guest.seen();
    assert_eq!(seen[0].header("authorization"), None);
    assert_eq!(seen[0].header("x-own"), None);
    request.target = Target::Address;
    assert_eq!(told(client.send(&request, soon()).await), Ok("own".into()));
    request.target = Target::Url(format!("{base}?q=2"));
    assert_eq!(told(client.send(&request, soon()).await), Ok("own".into()));
    assert_eq!(own.lines(), ["GET /api HTTP/1.1", "GET /api?q=2 HTTP/1.1"]);
    let seen = own.seen();
    assert!(
        seen.iter()
            .all(|seen| seen.header("authorization").is_some())
    );
    assert_eq!(seen[0].header("x-own"), Some("fixed"));
}

#[tokio::test]
async fn nothing_else_is_asked() {
    let own = Server::says([ok("own")]).await;
    let client = client(
        Some(&format!("{}/api", own.address())),
        &["http://guest.example/feed/*".to_owned()],
        &[],
    );
    for url in [
        format!("{}/", own.address()),
        format!("{}/api/", own.address()),
        format!("{}/api/../admin", own.address()),
        format!("http://localhost:{}/api", own.port),
        format!("http://2130706433:{}/other", own.port),
        "http://guest.example/feeds".to_owned(),
        "/feed/x".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let answer = told(client.send(&get(&url), soon()).await);
        assert_eq!(answer, Err(Kind::Target), "{url}");
    }
    assert!(own.seen().is_empty());
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_is_not_asked() {
    let server = Server::says([ok("private")]).await;
    // `localhost` stands here for any name of the world that somebody lets lead to an address within.
    let url = format!("http://localhost:{}/x", server.port);
    let allow = [format!("http://localhost:{}/*", server.port)];
    let guarded = client(None, &allow, &[]);
    assert_eq!(
        told(guarded.send(&get(&url), soon()).await),
        Err(Kind::Target)
    );
    assert!(server.seen().is_empty());
    let open = client(None, &allow, &["127.0.0.0/8", "::1/128"]);
    assert_eq!(
        told(open.send(&get(&url), soon()).await),
        Ok("private".into())
    );
}

#[tokio::test]
async fn redirects_lead_to_what_is_allowed_and_no_further() {
    let inner = Server::says([ok("inner")]).await;
    let to = |location: String| status(302, &format!("Location: {location}\r\n"), "");
    let locations = [
        format!("{}/secret", inner.address()),
        format!("http://localhost:{}/feed/x", inner.port),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "/other".to_owned(),
        "//127.1/x".to_owned(),
        format!("http://a@127.0.0.1:{}/feed/x", inner.port),
    ];
    for location in locations {
        let guest = Server::says([to(location.clone())]).await;
        let allow = [
            format!("{}/feed/*", guest.address()),
            format!("{}/feed/*", inner.address()),
        ];
        let client = client(None, &allow, &[]);
        let answer = told(
            client
                .send(&get(&format!("{}/feed/a", guest.address())), soon())
                .await,
        );
        assert_eq!(answer, Err(Kind::Redirect), "{location}");
        assert_eq!(guest.seen().len(), 1);
    }
    assert!(inner.seen().is_empty());

    let guest = Server::says([to(format!("{}/feed/b", inner.address()))]).await;
    let allow = [
        format!("{}/feed/*", guest.address()),
        format!("{}/feed/*", inner.address()),
    ];
    let client = client(None, &allow, &[]);
    let mut request = get(&format!("{}/feed/a", guest.address()));
    let value = HeaderValue::from_static("Bearer mine");
    request.headers.insert("authorization", value);
    assert_eq!(
        told(client.send(&request, soon()).await),
        Ok("inner".into())
    );
    assert!(guest.seen()[0].header("authorization").is_some());
    assert_eq!(
        inner.seen()[0].header("authorization"),
        None,
        "it was meant for another"
    );
}

#[tokio::test]
async fn a_proxy_without_a_backend_needs_a_url() {
    let client = client(None, &["http://guest.example/*".to_owned()], &[]);
    let request = Request::new(Method::GET, Target::Address);
    assert_eq!(told(client.send(&request, soon()).await), Err(Kind::Target));
}

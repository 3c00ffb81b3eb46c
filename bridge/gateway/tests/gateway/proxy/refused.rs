//! What must not get through, by a proxy or by any other form of a mapping.

use footbridge_amf::{Graph, canonical};
use footbridge_remoting::Encoding;
use footbridge_remoting::outgoing::{self, Outgoing, Target};
use serde_json::json;

use super::{Upstream, envelope, gateway, header, http, send, soap};

#[tokio::test]
async fn requests_reach_what_is_allowed_and_nothing_else() {
    let upstream = Upstream::start().await;
    let (running, _root) = gateway(&upstream).await;
    let port = upstream.port;
    let followed = send(
        &running,
        http(
            "newsFeed",
            &format!("http://127.0.0.1:{port}/feed/moved"),
            json!({}),
        ),
    )
    .await;
    assert_eq!(followed["body"], "<news/>", "{followed}");
    assert_eq!(
        upstream.lines(),
        ["GET /feed/moved HTTP/1.1", "GET /feed/news HTTP/1.1"]
    );
    upstream.last();
    for url in [
        format!("http://127.0.0.1:{port}/admin"),
        format!("http://127.0.0.1:{port}/feed/../admin"),
        format!("http://127.0.0.1:{port}/feed/%2e%2e/admin"),
        format!("http://127.0.0.1:{port}/feed/..;/admin"),
        format!("http://127.0.0.1:{port}/feed/%252e%252e%252fadmin"),
        format!("http://127.0.0.1:{port}/feed/a%2f..%2f..%2fadmin"),
        format!("http://127.0.0.1:{port}/feed\\..\\admin"),
        format!("http://127.0.0.1:{port}/?/feed/news"),
        format!("http://127.0.0.1:{port}/#/feed/news"),
        format!("http://guest.example@127.0.0.1:{port}/x/y"),
        format!("http://127.0.0.1:{port}@guest.example/feed/news"),
        format!("http://guest.example:80#@127.0.0.1:{port}/x/y"),
        format!("http://127.0.0.1:{port}\\@guest.example/x/y"),
        format!("http://[::ffff:127.0.0.1]:{port}/feed/news"),
        format!("http://[::1]:{port}/feed/news"),
        format!("http://0.0.0.0:{port}/feed/news"),
        format!("http://2130706433:{port}/admin"),
        format!("http://0x7f000001:{port}/admin"),
        format!("http://0177.0.0.1:{port}/admin"),
        format!("http://127.1:{port}/admin"),
        format!("http://localhost:{port}/feed/news"),
        format!("http://LOCALHOST.:{port}/feed/news"),
        format!("http://127.0.0.1:{port}/feed/out"),
        format!("http://127.0.0.1:{port}/feed/within"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://①②⑦.⓪.⓪.①/feed/news".to_owned(),
        "http://guest。example/y".to_owned(),
        "http://guest.example.evil.example/x/y".to_owned(),
        "file:///etc/passwd".to_owned(),
        "gopher://127.0.0.1/x".to_owned(),
        "javascript:alert(1)".to_owned(),
        "//127.0.0.1/feed/news".to_owned(),
        "/admin".to_owned(),
        format!("http://127.0.0.1:{port}/feed/x HTTP/1.1\r\nX: y"),
        "x".repeat(100_000),
    ] {
        let answer = send(&running, http("newsFeed", &url, json!({}))).await;
        assert_eq!(
            answer["faultCode"], "Server.Proxy.Request.Failed",
            "{url}: {answer}"
        );
        let text = answer.to_string();
        assert!(
            !text.contains("reached") && !text.contains("panicked"),
            "{url}: {text}"
        );
    }
    let lines = upstream.lines();
    assert!(
        lines
            .iter()
            .all(|line| line.contains(" /feed/out ") || line.contains(" /feed/within ")),
        "{lines:?}"
    );
}

#[tokio::test]
async fn methods_and_headers_that_nobody_allows_are_not_sent() {
    let upstream = Upstream::start().await;
    let (running, _root) = gateway(&upstream).await;
    for more in [
        json!({"method": "DELETE"}),
        json!({"method": "TRACE"}),
        json!({"method": "CONNECT"}),
        json!({"method": "GET / HTTP/1.1\r\nX: y\r\n\r\n"}),
        json!({"httpHeaders": {"Accept-Language": "a\r\nX-Injected: 1"}}),
        json!({"method": "POST", "body": "x", "contentType": "text/plain\r\nX-Injected: 1"}),
        json!({"method": "POST", "body": {"a": {"b": 1}}}),
        json!({"method": "POST", "body": ["a"]}),
    ] {
        let answer = send(&running, http("newsFeed", "", more.clone())).await;
        assert_eq!(
            answer["faultCode"], "Server.Proxy.Request.Failed",
            "{more}: {answer}"
        );
    }
    assert!(upstream.lines().is_empty());
}

#[tokio::test]
async fn envelopes_of_anything_else_do_not_pass() {
    let upstream = Upstream::start().await;
    let (running, _root) = gateway(&upstream).await;
    let get = "<GetQuote xmlns='urn:quotes'/>";
    let reset = "<ResetCache xmlns='urn:quotes'/>";
    let own = upstream.address();
    let bodies = [
        envelope(&format!("<e:Body>{reset}</e:Body>")),
        envelope("<e:Body><Audit xmlns='urn:quotes'/></e:Body>"),
        envelope("<e:Body><GetQuote xmlns='urn:other'/></e:Body>"),
        envelope(&format!("<e:Body>{get}{reset}</e:Body>")),
        envelope(&format!("<e:Body>{get}</e:Body><e:Body>{reset}</e:Body>")),
        envelope(&format!("<e:Body>{get}<x id='1'/>{reset}</e:Body>")),
        envelope(&format!("<Body>{reset}</Body><e:Body>{get}</e:Body>")),
        envelope(&format!(
            "<e:Header><a:Action xmlns:a='http://www.w3.org/2005/08/addressing'>urn:reset</a:Action></e:Header><e:Body>{get}</e:Body>"
        )),
        format!(
            "<!DOCTYPE x [<!ENTITY r SYSTEM 'file:///etc/passwd'>]>{}",
            envelope("<e:Body>&r;</e:Body>").split_once("?>").unwrap().1
        ),
        envelope(""),
        String::new(),
        "no XML".to_owned(),
        "<".repeat(10_000),
    ];
    for body in bodies {
        let answer = send(&running, soap(&body, "urn:get")).await;
        let code = answer["faultCode"].as_str().unwrap_or_default();
        assert!(
            [
                "Server.Proxy.Request.Failed",
                "Client.Authorization",
                "Client.Authentication"
            ]
            .contains(&code),
            "{body}: {answer}"
        );
    }
    let post = json!({"method": "POST", "contentType": "text/xml", "body": envelope(&format!("<e:Body>{reset}</e:Body>"))});
    for (url, more) in [
        (String::new(), post.clone()),
        (format!("{own}/soap"), post.clone()),
        (format!("{own}/soap?x"), post.clone()),
        (format!("{own}/soap/"), post.clone()),
        (format!("{own}/SOAP"), post),
        (format!("{own}/soap?op=ResetCache"), json!({})),
        (format!("{own}/soap?wsdl&method=ResetCache"), json!({})),
        (String::new(), json!({"body": {"method": "ResetCache"}})),
        (
            format!("{own}/soap?wsdl"),
            json!({"body": {"method": "ResetCache"}}),
        ),
    ] {
        let answer = send(&running, http("wsQuotes", &url, more)).await;
        let code = answer["faultCode"].as_str().unwrap_or_default();
        assert!(
            ["Server.Proxy.Request.Failed", "Client.Authorization"].contains(&code),
            "{url}: {answer}"
        );
    }
    assert!(upstream.lines().is_empty(), "{:?}", upstream.lines());
}

#[tokio::test]
async fn no_argument_of_a_rest_operation_changes_where_it_goes() {
    let upstream = Upstream::start().await;
    let (running, _root) = gateway(&upstream).await;
    for hostile in [
        "..",
        "../../admin",
        "..%2f..%2fadmin",
        "%2e%2e",
        "x/../../admin",
        "\\..\\admin",
        "..;/admin",
        "x?y=1",
        "x#y",
        "@evil.example/",
        "//evil.example/",
        "http://evil.example/",
        "x HTTP/1.1\r\nHost: evil",
        "\u{ff0e}\u{ff0e}/admin",
        "a\0b",
        "\u{2025}/x",
    ] {
        let mut graph = Graph::new();
        let values = [hostile, hostile, "plain"]
            .map(|text| canonical::from_json_into(&mut graph, &json!(text)).unwrap());
        let call = Outgoing {
            graph: &graph,
            arguments: &values,
            target: Target::Classic("rest.get"),
        };
        let packet = outgoing::request(Encoding::Amf0, &[call], 100_000).unwrap();
        running.post(&packet).await;
        let mut values = values;
        values[0] = canonical::from_json_into(&mut graph, &json!("id")).unwrap();
        values[2] = canonical::from_json_into(&mut graph, &json!(hostile)).unwrap();
        let call = Outgoing {
            graph: &graph,
            arguments: &values,
            target: Target::Classic("rest.get"),
        };
        let packet = outgoing::request(Encoding::Amf0, &[call], 100_000).unwrap();
        running.post(&packet).await;
    }
    let seen = upstream.seen.lock().unwrap().clone();
    assert!(!seen.is_empty());
    for request in seen {
        let line = request.lines().next().unwrap();
        let path = line.split(' ').nth(1).unwrap().split('?').next().unwrap();
        assert!(
            path.starts_with("/feed/") && path.ends_with("/end"),
            "{line}"
        );
        assert_eq!(path.matches('/').count(), 3, "{line}");
        assert!(!path.split('/').any(|part| part == ".."), "{line}");
        assert!(
            header(&request, "host").unwrap().starts_with("127.0.0.1"),
            "{request}"
        );
    }
}

#[tokio::test]
async fn an_address_as_the_name_of_a_service_is_a_name() {
    let upstream = Upstream::start().await;
    let (running, _root) = gateway(&upstream).await;
    // ColdFusion's gateway called web services that clients named by their WSDL's address.
    for target in [
        format!("{}/soap?wsdl.GetQuote", upstream.address()),
        "http://169.254.169.254/x?WSDL.get".to_owned(),
        "file:///etc/passwd.get".to_owned(),
        "newsFeed.request".to_owned(),
        "DefaultHTTP.request".to_owned(),
        "proxy newsFeed.request".to_owned(),
    ] {
        let packet = crate::support::classic(&[&target]);
        let faults = running.post(&packet).await.faults();
        assert_eq!(faults[0].1, "Server.ResourceNotFound", "{target}");
    }
    assert!(upstream.lines().is_empty());
}

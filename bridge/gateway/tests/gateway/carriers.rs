//! What names a session: cookie, suffix of the URL, `DSId`.

use serde_json::json;

use crate::game::{CLOSED, Game, SERVICE, command, write_users};
use crate::support::{Answer, GATEWAY, live, serve};

async fn game_with(sessions: &str) -> Game {
    let root = tempfile::tempdir().unwrap();
    let gateway = format!("{GATEWAY}{sessions}\n");
    let (_, live) = live(root.path(), &gateway, SERVICE).await;
    Game {
        running: serve(live).await,
        _root: Some(root),
    }
}

/// What the answer tells a client to put behind its gateway's address.
fn suffix(answer: &Answer) -> Option<String> {
    let packet =
        footbridge_remoting::Packet::read(&answer.body, &footbridge_amf::Limits::default())
            .unwrap();
    let header = packet
        .headers
        .iter()
        .find(|header| header.name == "AppendToGatewayUrl")?;
    match &header.value {
        footbridge_amf::Value::String(text) => Some(text.to_string()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_client_without_cookies_keeps_its_session_by_what_it_puts_behind_the_address() {
    let game = game_with("").await;
    let (answers, answer) = game.at("/gateway", &[("game.paint", json!(["red"]))]).await;
    assert_eq!(answers, [json!(true)]);
    let suffix = suffix(&answer).expect("a session began");
    assert!(suffix.starts_with(";fbsid="), "{suffix}");
    for path in [
        "/gateway",
        "/messagebroker/amf",
        "/gateway/",
        "/gateway;jsessionid=1F",
        "/gateway?x=1",
    ] {
        let path = format!("{path}{suffix}");
        let (answers, answer) = game.at(&path, &[("game.colour", json!([]))]).await;
        assert_eq!(answers, [json!("red")], "{path}");
        assert_eq!(self::suffix(&answer), None, "it is there already");
    }
    let invented = "/gateway;fbsid=7B3C1F50-0000-4000-8000-0000000000A1";
    let (answers, _) = game.at(invented, &[("game.colour", json!([]))]).await;
    assert_eq!(answers, [json!(null)]);
}

#[tokio::test]
async fn a_url_names_nobody_who_has_logged_in_unless_that_is_said() {
    for (sessions, said) in [("", false), ("sessions: {signed-in-by-url: true}", true)] {
        let game = game_with(sessions).await;
        let login = [("game.login", json!(["nut", "pw"]))];
        let (answers, answer) = game.at("/gateway", &login).await;
        assert_eq!(suffix(&answer).is_some(), said);
        let id = answers[0]["sid"].as_str().unwrap();
        let path = format!("/gateway;fbsid={id}");
        let (answers, _) = game.at(&path, &[("game.who", json!([]))]).await;
        assert_eq!(answers[0]["name"] == "nut", said, "{answers:?}");
    }
}

#[tokio::test]
async fn only_what_is_said_carries_a_session() {
    let game = game_with("sessions: {by: [ds-id]}").await;
    let (_, answer) = game.at("/gateway", &[("game.paint", json!(["red"]))]).await;
    assert_eq!((suffix(&answer), answer.header("set-cookie")), (None, None));
    let game = game_with("sessions: {by: [cookie]}").await;
    let came = game.call("game.paint", json!(["red"]), None).await;
    let cookie = came.cookie.expect("a cookie");
    let (answers, answer) = game
        .at(
            &format!("/gateway;fbsid={cookie}"),
            &[("game.colour", json!([]))],
        )
        .await;
    assert_eq!((&answers[0], suffix(&answer)), (&json!(null), None));
    let colour = game.call("game.colour", json!([]), Some(&cookie)).await;
    assert_eq!(colour.answer, "red");
}

#[tokio::test]
async fn a_ds_id_is_that_of_the_site_that_it_was_given_to() {
    let root = tempfile::tempdir().unwrap();
    write_users(root.path());
    let users = format!(
        "{GATEWAY}login:\n  - users: users\norigins: [\"https://a.example\", \"https://b.example\"]\n"
    );
    let (_, live) = live(root.path(), &users, CLOSED).await;
    let game = Game {
        running: serve(live).await,
        _root: Some(root),
    };
    let own = format!("\r\nOrigin: http://{}", game.running.address);
    let (a, b) = (
        "\r\nOrigin: https://a.example",
        "\r\nOrigin: https://b.example",
    );
    // Given to; taken from; not taken from.
    for (given, taken, refused) in [
        (a, vec![a, "", &own], vec![b]),
        (&*own, vec![&own, ""], vec![a, b]),
        ("", vec!["", &own], vec![a, b]),
    ] {
        let ping = game.send_flex(given, &command(5, "", "nil")).await;
        let ds_id = ping["headers"]["DSId"].as_str().unwrap().to_owned();
        let login = command(8, "YW5uOnNlY3JldA==", &ds_id);
        assert_eq!(game.send_flex(given, &login).await["body"], "success");
        for site in taken {
            let packet = game.remoting_packet("users", &ds_id);
            assert_eq!(
                game.send_flex(site, &packet).await["body"],
                "ann",
                "{given} {site}"
            );
        }
        for site in refused {
            let packet = game.remoting_packet("users", &ds_id);
            assert_eq!(
                game.send_flex(site, &packet).await["faultCode"],
                "Client.Authentication",
                "{given} {site}"
            );
            // No error for a ping: it is a new client.
            let ping = game.send_flex(site, &command(5, "", &ds_id)).await;
            assert_ne!(ping["headers"]["DSId"].as_str(), Some(&*ds_id));
        }
    }
}

#[tokio::test]
async fn a_known_ds_id_in_another_http_session_is_no_error() {
    let game = crate::game::closed().await;
    let ping = game.send_flex("", &command(5, "", "nil")).await;
    let ds_id = ping["headers"]["DSId"].as_str().unwrap().to_owned();
    let login = command(8, "YW5uOnNlY3JldA==", &ds_id);
    assert_eq!(game.send_flex("", &login).await["body"], "success");
    let other = game.send_flex("", &command(5, "", "nil")).await;
    let other = other["headers"]["DSId"].as_str().unwrap();
    for cookie in [
        format!("\r\nCookie: footbridge={other}"),
        "\r\nCookie: footbridge=gone; JSESSIONID=1".to_owned(),
    ] {
        let packet = game.remoting_packet("users", &ds_id);
        assert_eq!(game.send_flex(&cookie, &packet).await["body"], "ann");
    }
}

#[tokio::test]
async fn a_cookie_goes_to_pages_of_other_sites_where_origins_names_one_and_there_is_https() {
    let lax = "Path=/; HttpOnly; SameSite=Lax";
    let (secure, none) = (
        "Path=/; HttpOnly; SameSite=Lax; Secure",
        "Path=/; HttpOnly; SameSite=None; Secure",
    );
    for (gateway, rules) in [
        ("", lax),
        ("origins: [\"https://play.example\"]", lax),
        ("behind: {public-url: \"https://shop.example\"}", secure),
        (
            "behind: {public-url: \"https://shop.example\"}\norigins: [\"*\", \"https://shop.example:8443\"]",
            secure,
        ),
        (
            "behind: {public-url: \"https://shop.example\"}\norigins: [\"https://play.example\"]",
            none,
        ),
    ] {
        let game = game_with(gateway).await;
        for (operation, arguments) in [("game.paint", json!(["red"])), ("game.logout", json!([]))] {
            let (_, answer) = game.at("/gateway", &[(operation, arguments)]).await;
            let cookie = answer.header("set-cookie").expect("a cookie");
            assert!(cookie.starts_with("footbridge="), "{cookie}");
            assert!(cookie.ends_with(rules), "{gateway}: {cookie}");
        }
    }
}

//! `setCredentials`, byte for byte: what a client sends, and how it is asked to forget it.

use crate::game::{CLOSED, Game, write_users};
use crate::support::{GATEWAY, classic, live, serve, with_headers};

/// `{userid: "ann", password: "secret"}`
const ANN: &[u8] = b"\x03\0\x06userid\x02\0\x03ann\0\x08password\x02\0\x06secret\0\0\x09";

/// An answer without headers, to the first call: `"ann"`.
const ANSWER: &[u8] = b"\0\0\
    \0\0\
    \0\x01\0\x0b/1/onResult\0\x04null\0\0\0\x06\x02\0\x03ann";

/// The same, behind `RequestPersistentHeader`, which must be understood:
/// `{name: "Credentials", mustUnderstand: false, data: null}`
const FORGET: &[u8] = b"\0\0\
    \0\x01\0\x17RequestPersistentHeader\x01\0\0\0\x31\
    \x03\0\x04name\x02\0\x0bCredentials\0\x0emustUnderstand\x01\0\0\x04data\x05\0\0\x09\
    \0\x01\0\x0b/1/onResult\0\x04null\0\0\0\x06\x02\0\x03ann";

async fn start() -> Game {
    let root = tempfile::tempdir().unwrap();
    write_users(root.path());
    let gateway = format!(
        "{GATEWAY}login:\n  - users: users\npaths: {{/gateway: auto, /ruffle: ruffle, /old: ruffle-2025, /royale: royale}}\n"
    );
    let (_, live) = live(root.path(), &gateway, CLOSED).await;
    Game {
        running: serve(live).await,
        _root: Some(root),
    }
}

/// The answer's packet, and the cookie that it sets.
async fn send(game: &Game, path: &str, cookie: &str) -> (Vec<u8>, Option<String>) {
    let packet = with_headers(&classic(&["closed.users"]), &[("Credentials", false, ANN)]);
    let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/x-amf{cookie}");
    let answer = game.running.send(&head, &packet).await;
    let cookie = answer.header("set-cookie").map(|cookie| {
        let (pair, _) = cookie.split_once(';').unwrap();
        format!("\r\nCookie: {pair}")
    });
    (answer.body, cookie)
}

#[tokio::test]
async fn a_client_is_asked_to_forget_once_its_session_came_back() {
    let game = start().await;
    for (path, second) in [
        ("/gateway", FORGET),
        ("/ruffle", ANSWER),
        ("/old", ANSWER),
        ("/royale", ANSWER),
    ] {
        // Whether it keeps cookies is not known yet; without them it goes on sending the header.
        let (first, cookie) = send(&game, path, "").await;
        assert!(first.ends_with(&ANSWER[4..]), "{path}: {first:02x?}");
        let forget = b"RequestPersistentHeader";
        assert!(!first.windows(forget.len()).any(|some| some == forget));
        let cookie = cookie.expect("a session began");
        let (answer, again) = send(&game, path, &cookie).await;
        assert_eq!(answer, second, "{path}");
        assert_eq!(again, None, "{path}: the same session goes on");
    }
}

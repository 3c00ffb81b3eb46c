//! Who guesses: passwords of many names by every door, and sessions by the thousand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use footbridge_remoting::fault;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::game::{CLOSED, Game, command, write_users};
use crate::hostile::{AMF, alone, descriptors, grown, tells_nothing};
use crate::support::{GATEWAY, Running, classic, live, serve_at};

/// A gateway that knows ann.
async fn start() -> (Arc<Game>, tempfile::TempDir) {
    let root = tempfile::tempdir().unwrap();
    write_users(root.path());
    let gateway = format!("{GATEWAY}login:\n  - users: users\n");
    let (_, live) = live(root.path(), &gateway, CLOSED).await;
    let running = serve_at(live, root.path()).await;
    let game = Game {
        _root: None,
        running,
    };
    (Arc::new(game), root)
}

/// Calls all the while as somebody who does nothing wrong; gives how often, and the longest that an answer took.
async fn meanwhile(running: &Running, attack: impl Future<Output = ()>) -> (usize, Duration) {
    let over = AtomicBool::new(false);
    let client = async {
        let (mut calls, mut longest) = (0, Duration::ZERO);
        while !over.load(Ordering::Relaxed) {
            let began = Instant::now();
            let answer = running.post(&classic(&["closed.open"])).await;
            assert_eq!(answer.faults()[0].0, "/1/onResult");
            longest = longest.max(began.elapsed());
            calls += 1;
        }
        (calls, longest)
    };
    let attack = async {
        attack.await;
        over.store(true, Ordering::Relaxed);
    };
    tokio::join!(client, attack).0
}

#[tokio::test]
async fn stuffed_credentials_are_refused_by_every_door_and_others_are_answered() {
    let _alone = alone().await;
    let (game, _root) = start().await;
    let before = descriptors();
    let mut hashed = 0;
    let grown = grown(async {
        let attack = async {
            let mut sending = JoinSet::new();
            for chunk in 0..4 {
                let game = Arc::clone(&game);
                sending.spawn(async move {
                    let mut hashed = 0;
                    for at in 0..60 {
                        let name = format!("name{chunk}x{at}");
                        let guess = BASE64.encode(format!("{name}:password1"));
                        let answer = match at % 3 {
                            0 => {
                                let head = format!("{AMF}\r\nAuthorization: Basic {guess}");
                                game.running.send(&head, &classic(&["closed.users"])).await
                            }
                            1 => game.running.send(AMF, &command(8, &guess, "nil")).await,
                            _ => {
                                let basic = format!("Authorization: Basic {guess}");
                                let head = format!("{AMF}\r\n{basic}\r\n{basic}");
                                game.running.send(&head, &classic(&["closed.users"])).await
                            }
                        };
                        tells_nothing(&answer);
                        assert_eq!(answer.header("set-cookie"), None);
                        let (_, code) = answer.faults().remove(0);
                        match &*code {
                            fault::AUTHENTICATION => hashed += 1,
                            fault::TOO_MANY_CALLS => {}
                            other => panic!("{other}"),
                        }
                    }
                    hashed
                });
            }
            while let Some(sent) = sending.join_next().await {
                hashed += sent.unwrap();
            }
        };
        let (calls, longest) = meanwhile(&game.running, attack).await;
        println!("{calls} calls of others meanwhile, the longest took {longest:?}");
        assert!(calls > 0 && longest < Duration::from_secs(5), "{longest:?}");
    })
    .await;
    // 60 a minute for an address; a slow machine may see a second minute begin.
    assert!(
        (1..=180).contains(&hashed),
        "{hashed} guesses were looked at"
    );
    assert!(grown < 128 << 20, "{grown} bytes more");
    assert!(game.running.gateway.sessions().is_empty());
    assert!(descriptors() <= before + 100, "{before}, {}", descriptors());
}

#[tokio::test]
async fn a_flood_of_new_sessions_and_guessed_ones_is_bounded() {
    let _alone = alone().await;
    let (game, _root) = start().await;
    let before = descriptors();
    let grown = grown(async {
        let attack = async {
            for at in 0..600_u32 {
                let invented = format!("{at:08X}-0000-4000-8000-000000000000");
                let ping = game.send_flex("", &command(5, "", &invented)).await;
                assert_ne!(ping["headers"]["DSId"], invented);
                let guess = format!("\r\nCookie: footbridge={invented}");
                let head = format!("{AMF}{guess}");
                let answer = game.running.send(&head, &classic(&["closed.users"])).await;
                assert_eq!(answer.faults()[0].1, fault::AUTHENTICATION);
                let path = format!(
                    "POST /gateway;fbsid={invented} HTTP/1.1\r\nContent-Type: application/x-amf"
                );
                let answer = game.running.send(&path, &classic(&["closed.users"])).await;
                assert_eq!(answer.faults()[0].1, fault::AUTHENTICATION);
            }
        };
        let (calls, longest) = meanwhile(&game.running, attack).await;
        println!("{calls} calls of others meanwhile, the longest took {longest:?}");
        assert!(calls > 0 && longest < Duration::from_secs(5), "{longest:?}");
    })
    .await;
    assert_eq!(
        game.running.gateway.sessions().len(),
        600,
        "one for each ping, none for a guess"
    );
    assert!(grown < 64 << 20, "{grown} bytes more");
    assert!(descriptors() <= before + 100, "{before}, {}", descriptors());
}

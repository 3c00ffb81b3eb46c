//! Who guesses: passwords of many names by every door, and sessions by the thousand.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};
use footbridge_remoting::{Encoding, fault};
use serde_json::{Value as Json, json};
use tokio::task::JoinSet;

use crate::game::{CLOSED, Game, command, message, write_users};
use crate::hostile::{AMF, alone, descriptors, grown, meanwhile, tells_nothing};
use crate::support::{Answer, GATEWAY, classic, live, serve_at, with_headers};

/// Every door by which somebody can say who they are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Door {
    /// `Authorization: Basic` of a packet.
    Basic,
    /// The same twice in one request.
    BasicTwice,
    /// `Authorization: Basic` of the JSON face.
    JsonBasic,
    /// What `NetConnection.addHeader` and `setCredentials` send.
    CredentialsHeader,
    /// `ChannelSet.login`.
    FlexLogin,
    /// An operation with `login`, as a classic call.
    Operation,
    /// The same as a Flex message.
    FlexOperation,
    /// The same by the JSON face.
    JsonOperation,
    /// `Authorization: Bearer` of a packet.
    Bearer,
    /// The same of the JSON face.
    JsonBearer,
    /// `setRemoteCredentials`, which is for a backend and lets nobody in here.
    RemoteCredentials,
}

/// What stands between a door and a guess.
#[derive(Debug, PartialEq)]
enum Bound {
    /// The gateway's own, of names and passwords: 60 a minute for an address, by whatever door.
    Guesses,
    /// The `rate` of the operation, which looks the password up itself: 60 a minute as well.
    Rate,
    /// Nothing is looked up: nobody guesses a signature.
    None,
}

const DOORS: [Door; 11] = [
    Door::Basic,
    Door::BasicTwice,
    Door::JsonBasic,
    Door::CredentialsHeader,
    Door::FlexLogin,
    Door::Operation,
    Door::FlexOperation,
    Door::JsonOperation,
    Door::Bearer,
    Door::JsonBearer,
    Door::RemoteCredentials,
];

impl Door {
    fn bound(self) -> Bound {
        match self {
            Self::Basic
            | Self::BasicTwice
            | Self::JsonBasic
            | Self::CredentialsHeader
            | Self::FlexLogin => Bound::Guesses,
            Self::Operation | Self::FlexOperation | Self::JsonOperation => Bound::Rate,
            Self::Bearer | Self::JsonBearer | Self::RemoteCredentials => Bound::None,
        }
    }

    /// What is answered to this name and password.
    async fn knock(self, game: &Game, name: &str, password: &str) -> Answer {
        let basic = BASE64.encode(format!("{name}:{password}"));
        let authorization = format!("\r\nAuthorization: Basic {basic}");
        let bearer = format!("\r\nAuthorization: Bearer {}", token(name));
        let users = classic(&["closed.users"]);
        let both = json!([name, password]);
        let (head, body) = match self {
            Self::Basic => (format!("{AMF}{authorization}"), users),
            Self::BasicTwice => (format!("{AMF}{authorization}{authorization}"), users),
            Self::JsonBasic => (json_head("closed/users", &authorization), b"[]".to_vec()),
            Self::CredentialsHeader => {
                let said = credentials(name, password);
                let body = with_headers(&users, &[("Credentials", false, &said)]);
                (AMF.to_owned(), body)
            }
            Self::FlexLogin => (AMF.to_owned(), command(8, &basic, "nil")),
            Self::Operation => {
                let body = crate::classic::packet(Encoding::Amf0, &[("closed.enter", both)]);
                (AMF.to_owned(), body)
            }
            Self::FlexOperation => (AMF.to_owned(), message("enter", &both, &json!({}))),
            Self::JsonOperation => (json_head("closed/enter", ""), both.to_string().into_bytes()),
            Self::Bearer => (format!("{AMF}{bearer}"), users),
            Self::JsonBearer => (json_head("closed/users", &bearer), b"[]".to_vec()),
            Self::RemoteCredentials => {
                let headers = json!({"DSRemoteCredentials": basic});
                (AMF.to_owned(), message("users", &json!([]), &headers))
            }
        };
        game.running.send(&head, &body).await
    }

    /// The code of the fault that an answer is.
    fn code(self, answer: &Answer) -> String {
        match self {
            Self::JsonBasic | Self::JsonOperation | Self::JsonBearer => {
                let problem: Json = serde_json::from_slice(&answer.body).unwrap();
                problem["code"].as_str().unwrap_or("let in").to_owned()
            }
            Self::Basic
            | Self::BasicTwice
            | Self::CredentialsHeader
            | Self::FlexLogin
            | Self::Operation
            | Self::FlexOperation
            | Self::Bearer
            | Self::RemoteCredentials => answer.faults().remove(0).1,
        }
    }
}

fn json_head(operation: &str, headers: &str) -> String {
    format!("POST /api/{operation} HTTP/1.1\r\nContent-Type: application/json{headers}")
}

/// `{userid: name, password: password}` in AMF0.
fn credentials(name: &str, password: &str) -> Vec<u8> {
    let text = |text: &str| [&(text.len() as u16).to_be_bytes(), text.as_bytes()].concat();
    let member = |name: &str, value: &str| [text(name), vec![2], text(value)].concat();
    let members = [member("userid", name), member("password", password)].concat();
    [b"\x03", &*members, b"\0\0\x09"].concat()
}

/// A token that names somebody and is signed by nobody: 64 bytes, as ES256 has them.
fn token(name: &str) -> String {
    let claims = json!({"sub": name, "aud": "closed", "exp": 4_102_444_800_i64});
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    [
        part(br#"{"alg":"ES256"}"#),
        part(claims.to_string().as_bytes()),
        part(&[7; 64]),
    ]
    .join(".")
}

/// The public key of RFC 7517 appendix A.1.
const KEYS: &str = r#"{"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}"#;

/// A gateway that knows ann.
async fn start() -> (Arc<Game>, tempfile::TempDir) {
    let root = tempfile::tempdir().unwrap();
    write_users(root.path());
    std::fs::write(root.path().join("keys.json"), KEYS).unwrap();
    let gateway = format!(
        "{GATEWAY}login:\n  - users: users\n  - jwt: {{keys: keys.json, audience: closed}}\n\
         paths: {{/gateway: auto, /api: json}}\n"
    );
    let service = format!(
        "{CLOSED}  enter:
    args: {{user: string, password: secret}}
    roles: public
    rate: 60/min
    steps:
      found: {{operation: closed.look}}
    login: {{id: =found}}
    value: =session.token
    faults:
      when found is not given: {{code: Client.Authentication, message: wrong name or password}}
  look:
    backend: shop
    args: {{user: string, password: secret}}
    sql: SELECT id FROM product WHERE name = :user AND :password = 'secret'
    returns: int?
    roles: internal
"
    );
    let (_, live) = live(root.path(), &gateway, &service).await;
    let running = serve_at(live, root.path()).await;
    let game = Game {
        _root: None,
        running,
    };
    (Arc::new(game), root)
}

#[tokio::test]
async fn stuffed_credentials_are_refused_by_every_door_and_others_are_answered() {
    let _alone = alone().await;
    let (game, _root) = start().await;
    let before = descriptors();
    let (mut looked_at, mut by_rate) = (0, 0);
    let grown = grown(async {
        let attack = async {
            let mut sending = JoinSet::new();
            for door in DOORS {
                let game = Arc::clone(&game);
                sending.spawn(async move {
                    let mut looked_at = 0;
                    // So many that one door without a bound would be seen among all.
                    for at in 0..GUESSES {
                        let name = format!("name{door:?}x{at}");
                        let answer = door.knock(&game, &name, "password1").await;
                        tells_nothing(&answer);
                        assert_eq!(answer.header("set-cookie"), None, "{door:?}");
                        match &*door.code(&answer) {
                            fault::AUTHENTICATION => looked_at += 1,
                            fault::TOO_MANY_CALLS => {}
                            other => panic!("{door:?}: {other}"),
                        }
                    }
                    (door, looked_at)
                });
            }
            while let Some(sent) = sending.join_next().await {
                let (door, count) = sent.unwrap();
                match door.bound() {
                    Bound::Guesses => looked_at += count,
                    Bound::Rate => by_rate += count,
                    Bound::None => assert_eq!(count, GUESSES, "{door:?}"),
                }
            }
        };
        let (calls, longest, _) = meanwhile(&game.running, "closed.open", attack).await;
        println!("{calls} calls of others meanwhile, the longest took {longest:?}");
        assert!(calls > 0 && longest < Duration::from_secs(5), "{longest:?}");
    })
    .await;
    // 60 a minute for an address; a slow machine may see a second minute begin.
    for count in [looked_at, by_rate] {
        assert!((60..=180).contains(&count), "{looked_at}, {by_rate}");
    }
    assert!(grown < 128 << 20, "{grown} bytes more");
    assert!(game.running.gateway.sessions().is_empty());
    assert!(descriptors() <= before + 100, "{before}, {}", descriptors());
}

/// Guesses at each door: more than two minutes allow.
const GUESSES: usize = 200;

#[tokio::test]
async fn whoever_is_right_comes_in_by_the_doors_that_ask_for_a_password() {
    let _alone = alone().await;
    for door in DOORS {
        let (game, _root) = start().await;
        let name = match door.bound() {
            Bound::Guesses => "ann",
            Bound::Rate => "nut",
            // A password is nothing there.
            Bound::None => continue,
        };
        let answer = door.knock(&game, name, "secret").await;
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, 200, "{door:?}: {text}");
        assert!(!text.contains("Client."), "{door:?}: {text}");
    }
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
        let (calls, longest, _) = meanwhile(&game.running, "closed.open", attack).await;
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

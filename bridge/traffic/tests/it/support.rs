//! A server that answers each request as its script says, and clients of it.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use footbridge_mapping::diagnostic::Place;
use footbridge_mapping::model::{Backend, BackendKind, HttpBackend, HttpKind, TrafficSettings};
use footbridge_mapping::rows::Preset;
use footbridge_traffic::{Client, Kind, Refusal, Reply, Request, Target};
use http::Method;
use jiff::tz::TimeZone;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::Instant;

/// What a server does with one request.
#[derive(Clone)]
pub(crate) enum Answer {
    /// Writes these bytes and waits for the next request.
    Say(Vec<u8>),
    /// Writes these bytes and closes.
    Cut(Vec<u8>),
    /// Writes these bytes and then nothing, with the connection open.
    Stall(Vec<u8>),
    /// Writes the first, then the second for ever.
    Endless(Vec<u8>, Vec<u8>),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// The how manieth connection it came on.
    pub(crate) connection: usize,
}

/// A server on a free port of this machine.
pub(crate) struct Server {
    pub(crate) port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// Answers by script, in order; the last one for all that come later.
type Script = Arc<dyn Fn(usize, &Seen) -> Answer + Send + Sync>;

impl Server {
    /// Answers in this order, the last one for ever.
    pub(crate) async fn says(answers: impl Into<Vec<Answer>>) -> Self {
        let answers = answers.into();
        Self::asked(move |turn, _| answers[turn.min(answers.len() - 1)].clone()).await
    }

    /// Answers as it is asked.
    pub(crate) async fn asked(
        script: impl Fn(usize, &Seen) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::start(Arc::new(script), None).await
    }

    /// The same over TLS.
    pub(crate) async fn secured(config: rustls::ServerConfig) -> Self {
        let script = |_: usize, _: &Seen| ok("safe");
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        Self::start(Arc::new(script), Some(acceptor)).await
    }

    async fn start(script: Script, tls: Option<tokio_rustls::TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        tokio::spawn(async move {
            let mut connection = 0;
            while let Ok((stream, _)) = listener.accept().await {
                connection += 1;
                let (script, seen, tls) = (Arc::clone(&script), Arc::clone(&seen), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, connection, &script, &seen).await,
                        Some(tls) => {
                            let Ok(stream) = tls.accept(stream).await else {
                                return None;
                            };
                            serve(stream, connection, &script, &seen).await
                        }
                    }
                });
            }
        });
        Self { port, seen: kept }
    }

    /// Its address.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What has come.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("nobody panics").clone()
    }

    /// The first lines of what has come.
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |seen: &Seen| seen.head.lines().next().unwrap_or_default().to_owned();
        self.seen().iter().map(line).collect()
    }
}

impl Seen {
    /// A header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    connection: usize,
    script: &Script,
    seen: &Mutex<Vec<Seen>>,
) -> Option<()> {
    let mut bytes = Vec::new();
    loop {
        let head = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                let rest = bytes.split_off(end + 4);
                break String::from_utf8(std::mem::replace(&mut bytes, rest)).ok()?;
            }
            (stream.read_buf(&mut bytes).await.ok()? > 0).then_some(())?;
        };
        let mut asked = Seen {
            head,
            body: Vec::new(),
            connection,
        };
        let length = asked
            .header("content-length")
            .map_or(0, |text| text.parse().unwrap_or(0));
        while bytes.len() < length {
            (stream.read_buf(&mut bytes).await.ok()? > 0).then_some(())?;
        }
        let rest = bytes.split_off(length);
        asked.body = std::mem::replace(&mut bytes, rest);
        let turn = {
            let mut seen = seen.lock().expect("nobody panics");
            seen.push(asked.clone());
            seen.len() - 1
        };
        match script(turn, &asked) {
            Answer::Say(bytes) => {
                stream.write_all(&bytes).await.ok()?;
                stream.flush().await.ok()?;
            }
            Answer::Cut(bytes) => {
                stream.write_all(&bytes).await.ok()?;
                return stream.shutdown().await.ok();
            }
            Answer::Stall(bytes) => {
                stream.write_all(&bytes).await.ok()?;
                std::future::pending::<()>().await;
            }
            Answer::Endless(head, piece) => {
                stream.write_all(&head).await.ok()?;
                loop {
                    stream.write_all(&piece).await.ok()?;
                }
            }
        }
    }
}

/// A good answer.
pub(crate) fn ok(body: &str) -> Answer {
    status(200, "", body)
}

/// An answer; `headers` end in a line break each.
pub(crate) fn status(status: u16, headers: &str, body: &str) -> Answer {
    let length = body.len();
    Answer::Say(
        format!("HTTP/1.1 {status} S\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
            .into_bytes(),
    )
}

/// Bytes of a head and a body.
pub(crate) fn raw(head: &str, body: &[u8]) -> Vec<u8> {
    [head.as_bytes(), body].concat()
}

/// Settings of a backend that has nothing special.
pub(crate) fn plain() -> TrafficSettings {
    TrafficSettings::default()
}

/// A backend.
pub(crate) fn backend(address: &str, kind: HttpKind, traffic: TrafficSettings) -> Backend {
    Backend {
        name: "shop".into(),
        place: Place {
            file: "gateway.yaml".into(),
            span: 0..0,
        },
        kind: BackendKind::Http(Box::new(HttpBackend {
            description: kind,
            url: Some(address.into()),
            traffic,
        })),
        timeout: Duration::from_secs(10),
        preset: Preset::default(),
        zone: TimeZone::UTC,
        required: false,
    }
}

/// The client of a REST backend at this address.
pub(crate) fn client(address: &str, traffic: TrafficSettings) -> Client {
    Client::new(
        &backend(address, HttpKind::Rest, traffic),
        None,
        Path::new("."),
    )
    .expect("the settings are right")
}

/// GET of a path.
pub(crate) fn get(path: &str) -> Request {
    Request {
        repeatable: true,
        ..Request::new(Method::GET, Target::Below(path.to_owned()))
    }
}

/// POST of a body.
pub(crate) fn post(path: &str, body: &str) -> Request {
    Request {
        body: body.to_owned().into(),
        ..Request::new(Method::POST, Target::Below(path.to_owned()))
    }
}

/// Ten seconds from now.
pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

/// The body of an answer, or what was refused.
pub(crate) fn told(answer: Result<Reply, Refusal>) -> Result<String, Kind> {
    answer
        .map(|reply| String::from_utf8_lossy(&reply.body).into_owned())
        .map_err(|refusal| refusal.kind)
}

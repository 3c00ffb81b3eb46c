//! Documents from the network: fetched once, when a project is read for the first time, or when somebody says so.

use std::sync::Arc;
use std::time::Duration;

use footbridge_gateway::documents::Fetch;
use reqwest::Url;
use reqwest::redirect::{Attempt, Policy};

/// Most bytes of one document.
const MAX_BYTES: usize = 32 << 20;

/// How often a document may have moved.
const REDIRECTS: usize = 5;

/// Gets documents by their URLs, as a thread of its own with its own time.
pub(crate) fn fetch() -> Fetch {
    Arc::new(|url: &str| {
        let url = url.to_owned();
        let got = std::thread::spawn(move || get(&url)).join();
        got.unwrap_or_else(|_| Err("it cannot be fetched".to_owned()))
    })
}

fn get(url: &str) -> Result<Vec<u8>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            .connect_timeout(Duration::from_secs(5))
            .redirect(Policy::custom(|attempt| match moved_elsewhere(&attempt) {
                Some(why) => attempt.error(why),
                None => attempt.follow(),
            }))
            .no_proxy()
            .build()
            .map_err(|error| error.to_string())?;
        let said = |error: reqwest::Error| format!("`{url}` cannot be fetched: {}", cause(&error));
        let mut response = client.get(url).send().await.map_err(said)?;
        if !response.status().is_success() {
            return Err(format!("`{url}` answered HTTP {}", response.status()));
        }
        let mut bytes = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(said)? {
            if bytes.len() + piece.len() > MAX_BYTES {
                return Err(format!("`{url}` is larger than {} MiB", MAX_BYTES >> 20));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    })
}

/// Why a redirect is not followed. Whoever serves a document chooses where it leads, and must not choose among the hosts that
/// this machine can reach.
fn moved_elsewhere(attempt: &Attempt<'_>) -> Option<String> {
    let from = attempt.previous().last()?;
    let to = attempt.url();
    if attempt.previous().len() > REDIRECTS {
        return Some("it has moved too often".to_owned());
    }
    (!is_same_place(from, to)).then(|| {
        format!("it has moved to `{to}`, which is elsewhere; name that address if it is right")
    })
}

/// The same origin, or the same host by HTTPS where it was HTTP, each at its usual port.
fn is_same_place(from: &Url, to: &Url) -> bool {
    let upgraded = from.scheme() == "http"
        && to.scheme() == "https"
        && from.host() == to.host()
        && from.port().is_none()
        && to.port().is_none();
    from.origin() == to.origin() || upgraded
}

/// The innermost reason, without the address before it.
fn cause(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    /// Answers requests one by one with these, and tells how many came when it is asked to end.
    fn server(answers: Vec<String>) -> (u16, std::thread::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let serving = std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut head = [0; 4096];
                let _ = stream.read(&mut head).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        (port, serving)
    }

    fn moved(to: &str) -> String {
        format!(
            "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
    }

    const HERE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n<xsd>";

    #[test]
    fn a_document_may_move_within_its_server_alone() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (port, serving) = server(vec![moved("/b.xsd"), HERE.to_owned()]);
        let bytes = get(&format!("http://127.0.0.1:{port}/a.xsd")).unwrap();
        assert_eq!(bytes, b"<xsd>");
        serving.join().unwrap();
        let secret = TcpListener::bind("127.0.0.1:0").unwrap();
        let inside = secret.local_addr().unwrap();
        let local = format!("http://localhost:{}/secret", inside.port());
        for (to, said) in [
            (&*format!("http://{inside}/secret"), "elsewhere"),
            (&*local, "elsewhere"),
            ("http://169.254.169.254/latest/meta-data/", "elsewhere"),
            // No address of HTTP, so the answer stays the redirect that it is.
            ("file:///etc/passwd", "HTTP 302"),
        ] {
            let (port, serving) = server(vec![moved(to)]);
            let error = get(&format!("http://127.0.0.1:{port}/a.xsd")).unwrap_err();
            assert!(error.contains(said), "{to}: {error}");
            serving.join().unwrap();
        }
        secret.set_nonblocking(true).unwrap();
        assert!(secret.accept().is_err(), "nobody came to the inner host");
    }

    #[test]
    fn circles_end() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (port, serving) = server(vec![moved("/a.xsd"); 1 + REDIRECTS]);
        let error = get(&format!("http://127.0.0.1:{port}/a.xsd")).unwrap_err();
        assert!(error.contains("too often"), "{error}");
        serving.join().unwrap();
    }

    #[test]
    fn a_host_may_move_to_https() {
        let url = |text: &str| Url::parse(text).unwrap();
        let same = |from: &str, to: &str| is_same_place(&url(from), &url(to));
        assert!(same("http://a.example/x", "https://a.example/x"));
        assert!(!same("https://a.example/x", "http://a.example/x"));
        assert!(!same("http://a.example/x", "https://b.example/x"));
        assert!(!same("http://a.example/x", "https://a.example:8443/x"));
        assert!(!same("http://a.example/x", "https://x@b.example/x"));
    }
}

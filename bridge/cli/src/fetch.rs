//! Documents from the network: fetched once, when a project is read for the first time, or when somebody says so.

use std::sync::Arc;
use std::time::Duration;

use footbridge_gateway::documents::Fetch;

/// Most bytes of one document.
const MAX_BYTES: usize = 32 << 20;

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
            .redirect(reqwest::redirect::Policy::limited(5))
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

/// The innermost reason, without the address before it.
fn cause(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

//! The documents of a project: files below `wsdl/` and `schemas/`, and kept copies of what came from the network.
//!
//! ```text
//! .footbridge/documents/index.json      {"https://a.example/x?wsdl": {"file": "3f…", "sha256": "…"}}
//! .footbridge/documents/3f…             the bytes as they came
//! ```
//!
//! A copy is fetched once, and again only when somebody asks for it, so that the gateway starts without the network and
//! a document does not change under a mapping.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use footbridge_soap::load::{ResolveError, Resolver};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Gets the bytes behind an URL.
pub type Fetch = Arc<dyn Fn(&str) -> Result<Vec<u8>, String> + Send + Sync>;

/// Most bytes of one document.
const MAX_BYTES: u64 = 32 << 20;

/// The documents of a project.
#[derive(Clone)]
pub struct Store {
    root: PathBuf,
    /// Where all files are, whatever kind of document they are; else below the folder of their kind.
    flat: bool,
    fetch: Option<Fetch>,
    refresh: bool,
    keep: bool,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("root", &self.root)
            .field("refresh", &self.refresh)
            .finish_non_exhaustive()
    }
}

/// A kept copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Where it came from.
    pub url: String,
    /// The file, below the folder of documents.
    pub file: String,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

impl Store {
    /// The documents below a project folder.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            flat: false,
            fetch: None,
            refresh: false,
            keep: true,
        }
    }

    /// The documents of a folder without a project around it: what is fetched is not kept.
    pub fn loose(folder: &Path, fetch: Fetch) -> Self {
        Self {
            flat: true,
            fetch: Some(fetch),
            keep: false,
            ..Self::new(folder)
        }
    }

    /// The project folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn fetching(self, fetch: Fetch, refresh: bool) -> Self {
        Self {
            fetch: Some(fetch),
            refresh,
            ..self
        }
    }

    /// Gives the documents of one backend: those below its folder, or those of its document's own origin.
    pub fn resolver(&self, folder: &'static str, document: &str) -> Documents<'_> {
        Documents {
            store: self,
            folder,
            origin: origin(document).map(str::to_owned),
            allowed: Vec::new(),
        }
    }

    /// All copies, by their URLs.
    pub fn kept(&self) -> Vec<Kept> {
        self.index()
            .into_iter()
            .map(|(url, (file, sha256))| Kept { url, file, sha256 })
            .collect()
    }

    /// The bytes of a file below one of the project's folders.
    ///
    /// # Errors
    /// Why it cannot be read; the path must go down.
    pub fn file(&self, folder: &str, name: &str) -> Result<Vec<u8>, String> {
        let relative = Path::new(name);
        let down = !name.is_empty()
            && relative
                .components()
                .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !down {
            return Err(format!("`{name}` does not stand below `{folder}/`"));
        }
        if self.flat {
            return read(&self.root.join(relative)).map_err(|why| format!("`{name}` {why}"));
        }
        read(&self.root.join(folder).join(relative))
            .map_err(|why| format!("`{folder}/{name}` {why}"))
    }

    /// The bytes behind an URL: the copy, else what is fetched now and kept.
    ///
    /// # Errors
    /// Where there is no copy and it cannot be fetched, or the copy is not what was kept.
    pub fn url(&self, url: &str) -> Result<Vec<u8>, String> {
        if let (Some(fetch), false) = (&self.fetch, self.keep) {
            return fetch(url);
        }
        let mut index = self.index();
        if let (Some((file, sha256)), false) =
            (index.get(url), self.refresh && self.fetch.is_some())
        {
            let bytes = read(&self.folder().join(file))
                .map_err(|why| format!("the copy of `{url}` {why}"))?;
            if hex(&Sha256::digest(&bytes)) != *sha256 {
                return Err(format!(
                    "the copy of `{url}` is not what was kept; fetch it anew: `footbridge describe --refresh`"
                ));
            }
            return Ok(bytes);
        }
        let Some(fetch) = &self.fetch else {
            return Err(format!(
                "there is no copy of `{url}`; fetch it: `footbridge describe --refresh`"
            ));
        };
        let bytes = fetch(url)?;
        let sha256 = hex(&Sha256::digest(&bytes));
        let file = hex(&Sha256::digest(url.as_bytes()))
            .chars()
            .take(32)
            .collect::<String>();
        let keep = || -> std::io::Result<()> {
            std::fs::create_dir_all(self.folder())?;
            replace(&self.folder().join(&file), &bytes)
        };
        keep().map_err(|error| format!("a copy of `{url}` cannot be kept: {error}"))?;
        index.insert(url.to_owned(), (file, sha256));
        self.keep_index(&index)
            .map_err(|error| format!("a copy of `{url}` cannot be kept: {error}"))?;
        Ok(bytes)
    }

    fn folder(&self) -> PathBuf {
        self.root.join(".footbridge").join("documents")
    }

    fn index(&self) -> BTreeMap<String, (String, String)> {
        let text = std::fs::read_to_string(self.folder().join("index.json")).unwrap_or_default();
        let Ok(Value::Object(entries)) = serde_json::from_str(&text) else {
            return BTreeMap::new();
        };
        entries
            .into_iter()
            .filter_map(|(url, entry)| {
                let file = entry.get("file")?.as_str()?.to_owned();
                let plain = file.bytes().all(|byte| byte.is_ascii_hexdigit());
                let sha256 = entry.get("sha256")?.as_str()?.to_owned();
                plain.then_some((url, (file, sha256)))
            })
            .collect()
    }

    fn keep_index(&self, index: &BTreeMap<String, (String, String)>) -> std::io::Result<()> {
        let entries: serde_json::Map<String, Value> = index
            .iter()
            .map(|(url, (file, sha256))| (url.clone(), json!({ "file": file, "sha256": sha256 })))
            .collect();
        let mut text = serde_json::to_string_pretty(&Value::Object(entries))?;
        text.push('\n');
        replace(&self.folder().join("index.json"), text.as_bytes())
    }
}

/// The documents of one backend.
#[derive(Debug)]
pub struct Documents<'s> {
    store: &'s Store,
    folder: &'static str,
    origin: Option<String>,
    allowed: Vec<String>,
}

impl Documents<'_> {
    /// Lets a document be named that stands elsewhere.
    pub fn allow(&mut self, address: &str) {
        self.allowed.push(address.to_owned());
    }

    /// The bytes of a document.
    ///
    /// # Errors
    /// Why there are none.
    pub fn get(&self, address: &str) -> Result<Vec<u8>, String> {
        let Some(of) = origin(address) else {
            return self.store.file(self.folder, address);
        };
        let own = self.origin.as_deref() == Some(of);
        if !own && !self.allowed.iter().any(|allowed| allowed == address) {
            return Err(format!(
                "`{address}` is elsewhere; name a copy of it under `catalog`"
            ));
        }
        self.store.url(address)
    }
}

impl Resolver for Documents<'_> {
    fn resolve(&mut self, address: &str) -> Result<Vec<u8>, ResolveError> {
        self.get(address).map_err(ResolveError)
    }
}

/// Scheme, host and port of an URL; `None` for a file.
fn origin(address: &str) -> Option<&str> {
    let (scheme, rest) = address.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    address.get(..scheme.len() + "://".len() + host.len())
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    use std::io::Read as _;

    let why = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "is not there".to_owned(),
        _ => format!("cannot be read: {error}"),
    };
    let file = std::fs::File::open(path).map_err(why)?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(why)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("is larger than {} MiB", MAX_BYTES >> 20));
    }
    Ok(bytes)
}

/// Writes a file so that nobody sees half of it.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    std::fs::write(&beside, bytes)?;
    std::fs::rename(&beside, path)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn what_came_from_the_network_is_kept_and_not_fetched_again() {
        let root = tempfile::tempdir().unwrap();
        let fetched = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&fetched);
        let fetch: Fetch = Arc::new(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok(b"<definitions/>".to_vec())
        });
        let url = "https://a.example/x?wsdl";
        let store = Store::new(root.path());
        assert!(store.url(url).is_err(), "nobody fetches it");
        let fetching = store.clone().fetching(Arc::clone(&fetch), false);
        assert_eq!(fetching.url(url).unwrap(), b"<definitions/>");
        assert_eq!(fetching.url(url).unwrap(), b"<definitions/>");
        assert_eq!(store.url(url).unwrap(), b"<definitions/>");
        assert_eq!(fetched.load(Ordering::Relaxed), 1);
        store.clone().fetching(fetch, true).url(url).unwrap();
        assert_eq!(fetched.load(Ordering::Relaxed), 2);
        assert_eq!(store.kept()[0].url, url);
    }

    #[test]
    fn a_copy_that_was_changed_is_told() {
        let root = tempfile::tempdir().unwrap();
        let fetch: Fetch = Arc::new(|_| Ok(b"a".to_vec()));
        let store = Store::new(root.path()).fetching(fetch, false);
        store.url("https://a.example/x").unwrap();
        let file = &store.kept()[0].file;
        std::fs::write(root.path().join(".footbridge/documents").join(file), "b").unwrap();
        let error = store.url("https://a.example/x").unwrap_err();
        assert!(error.contains("is not what was kept"), "{error}");
    }

    #[test]
    fn documents_of_other_origins_and_folders_are_refused() {
        let root = tempfile::tempdir().unwrap();
        let fetch: Fetch = Arc::new(|_| Ok(b"a".to_vec()));
        let store = Store::new(root.path()).fetching(fetch, false);
        let mut resolver = store.resolver("wsdl", "https://a.example/x?wsdl");
        assert!(resolver.get("https://a.example/y.xsd").is_ok());
        assert!(resolver.get("https://b.example/y.xsd").is_err());
        resolver.allow("https://b.example/y.xsd");
        assert!(resolver.get("https://b.example/y.xsd").is_ok());
        let resolver = store.resolver("wsdl", "x.wsdl");
        assert!(resolver.get("https://a.example/y.xsd").is_err());
        assert!(resolver.get("../secret").is_err());
        assert!(resolver.get("/etc/passwd").is_err());
    }
}

//! A changed project folder: looked at again when it has become quiet.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

/// Tells when files of some folders have changed.
#[derive(Debug)]
pub struct Changes {
    /// Dropped, it stops telling.
    _watcher: RecommendedWatcher,
    events: mpsc::Receiver<()>,
}

impl Changes {
    /// Watches each of `folders` that exists, with all below it.
    ///
    /// # Errors
    /// Where the system does not watch, e.g. for lack of handles.
    pub fn of(folders: &[PathBuf]) -> notify::Result<Self> {
        // One event is as good as many, so a full channel loses nothing.
        let (sender, events) = mpsc::channel(1);
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                if event.is_ok_and(|event| is_change(&event.kind)) {
                    let _ = sender.try_send(());
                }
            })?;
        for folder in folders.iter().filter(|folder| folder.is_dir()) {
            watcher.watch(folder, RecursiveMode::Recursive)?;
        }
        Ok(Self {
            _watcher: watcher,
            events,
        })
    }

    /// Waits for a change, and then until nothing changes for a fifth of a second: editors write files in several steps, and a
    /// deployment writes many. Never ends if the watcher is gone.
    pub async fn next(&mut self) {
        if self.events.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
        while let Ok(Some(())) = tokio::time::timeout(QUIET, self.events.recv()).await {}
    }
}

/// The folders of a project whose files decide what the mapping means.
pub fn folders(root: &Path) -> Vec<PathBuf> {
    ["mappings", "replies", "schemas", "wsdl"]
        .map(|folder| root.join(folder))
        .to_vec()
}

fn is_change(kind: &EventKind) -> bool {
    match kind {
        EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) => true,
        // Reading a file is an event too, and we read them all.
        EventKind::Access(_) | EventKind::Any | EventKind::Other => false,
    }
}

const QUIET: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn a_changed_file_is_told_once_however_often_it_is_written() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("mappings/deep/a.yaml");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        let mut changes = Changes::of(&folders(root.path())).unwrap();
        for text in ["service: a", "service: b", "service: c"] {
            std::fs::write(&file, text).unwrap();
        }
        tokio::time::timeout(LONG, changes.next())
            .await
            .expect("a change is told");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "service: c");
        assert!(
            tokio::time::timeout(QUIET, changes.next()).await.is_err(),
            "reading is no change"
        );
        std::fs::remove_file(&file).unwrap();
        tokio::time::timeout(LONG, changes.next())
            .await
            .expect("a removal is told");
    }
}

//! Work that takes so long that other calls should not wait for it.

use tokio::runtime::{Handle, RuntimeFlavor};

/// Replies of so many bytes are read aside. Reading takes 0.4 ms for as many where rows are uniform, and up to 2 ms where they are
/// not; handing the other calls of a thread over takes some 0.02 ms.
const LARGE: usize = 256 << 10;

/// Reads a reply of so many bytes. Of a large one the thread does nothing else meanwhile, and says so: what waits for its turn
/// there goes on elsewhere.
pub(super) fn reading<T>(bytes: usize, read: impl FnOnce() -> T) -> T {
    if bytes < LARGE || !has_other_threads() {
        return read();
    }
    tokio::task::block_in_place(read)
}

fn has_other_threads() -> bool {
    Handle::try_current()
        .is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn others_go_on_while_a_large_reply_is_read() {
        let (say, hear) = mpsc::channel();
        // The only thread there is has this task and the one that it waits for.
        let heard = tokio::spawn(async move {
            tokio::spawn(async move { say.send(()) });
            reading(LARGE, || hear.recv_timeout(Duration::from_secs(10)).is_ok())
        });
        assert!(heard.await.expect("it ends"));
    }

    #[tokio::test]
    async fn a_single_thread_reads_as_it_comes() {
        assert_eq!(reading(LARGE, || 1), 1);
        assert_eq!(reading(0, || 2), 2);
    }
}

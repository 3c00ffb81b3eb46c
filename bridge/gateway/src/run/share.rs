//! A packet's share of the connections: its calls wait for each other before they wait for anybody else.
//!
//! A pool refuses who waits for two seconds, so that a client is told of an overload instead of keeping silent. Calls
//! that came in one packet are no overload: a hundred of them take turns, at most as many at once as the pool is wide,
//! and only their deadlines end the wait. The pool itself is fair: whose turn it is takes the place behind what others
//! asked for before, so a large packet makes nobody wait longer than for one statement of each of its connections.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use footbridge_mapping::model::Backend;
use footbridge_sql::Access;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What the calls of one packet take turns on.
#[derive(Debug, Default)]
pub struct Share {
    pools: Mutex<HashMap<PoolName, Arc<Semaphore>>>,
}

/// A backend, and one of its two pools.
type PoolName = (Arc<str>, Access);

/// The right to take a connection; held as long as the connection is.
pub(super) struct Turn {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Share {
    /// Waits until no more than the pool's width are under way.
    pub(super) async fn turn(&self, backend: &Backend, access: Access) -> Turn {
        let Some(settings) = backend.database() else {
            return Turn { _permit: None };
        };
        let width = match access {
            Access::Read => settings.pool,
            Access::Write => settings.write_pool,
        };
        let pool = {
            let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
            let key = (Arc::clone(&backend.name), access);
            let width = usize::try_from(width.max(1)).unwrap_or(1);
            Arc::clone(
                pools
                    .entry(key)
                    .or_insert_with(|| Arc::new(Semaphore::new(width))),
            )
        };
        Turn {
            // Nobody closes it.
            _permit: pool.acquire_owned().await.ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use footbridge_mapping::compile::{ProcessEnvironment, Project, SourceFile, compile};
    use futures_util::FutureExt as _;

    use super::*;

    fn shop() -> Arc<Backend> {
        let gateway = "gateway: test\nbackends: {shop: {sqlite: a.db, pool: 2}}\n";
        let project = Project {
            files: vec![SourceFile::new("mappings/gateway.yaml", gateway.as_bytes())],
            ..Project::default()
        };
        let compiled = compile(&project, &ProcessEnvironment { root: ".".into() });
        let mapping = compiled.mapping.expect("the mapping is right");
        Arc::clone(&mapping.gateway.backends["shop"])
    }

    #[tokio::test(start_paused = true)]
    async fn turns_are_as_many_as_connections() {
        let (shop, share) = (shop(), Share::default());
        let first = share.turn(&shop, Access::Read).await;
        let second = share.turn(&shop, Access::Read).await;
        assert!(share.turn(&shop, Access::Read).now_or_never().is_none());
        // Neither the connections that write nor another packet's turns are taken.
        let _write = share.turn(&shop, Access::Write).await;
        assert!(share.turn(&shop, Access::Write).now_or_never().is_none());
        assert!(
            Share::default()
                .turn(&shop, Access::Read)
                .now_or_never()
                .is_some()
        );

        // However long it takes.
        let waiting = share.turn(&shop, Access::Read);
        let ends = async {
            tokio::time::sleep(Duration::from_secs(600)).await;
            drop(first);
        };
        tokio::join!(waiting, ends);
        drop(second);
    }
}

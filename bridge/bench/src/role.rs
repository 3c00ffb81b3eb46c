//! What a process can be.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::post;
use futures_util::StreamExt as _;
use nix::sys::resource::{UsageWho, getrusage};
use sqlx::{AssertSqlSafe, Executor as _, MySqlPool, PgPool, SqlitePool};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;

use crate::sample::COLUMNS;

/// The variable that names the role.
pub const ROLE: &str = "FOOTBRIDGE_BENCH_ROLE";
/// The variable with the address of the database.
pub const ADDRESS: &str = "FOOTBRIDGE_BENCH_ADDRESS";
/// The variable with the project folder of the gateway, or the file with the bytes that a bare handler returns.
pub const PLACE: &str = "FOOTBRIDGE_BENCH_PLACE";

/// The variable that the project's mapping names for the database's password.
pub const PASSWORD: &str = "FOOTBRIDGE_BENCH_PASSWORD";

/// Plays the role that the environment names; the benchmark itself where it names none.
///
/// # Errors
/// What the role fails with.
pub fn play_or<F: Future<Output = Result<()>>>(benchmark: impl FnOnce() -> F) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match std::env::var(ROLE).as_deref() {
            Err(_) => benchmark().await,
            Ok("gateway") => gateway().await,
            Ok("fetch") => fetch(false).await,
            Ok("fetch-all") => fetch(true).await,
            Ok("bare") => bare().await,
            Ok("soap") => soap().await,
            Ok("soap-stub") => listening(crate::soap_call::stub().await?).await,
            Ok("soap-pass") => listening(crate::soap_call::pass().await?).await,
            Ok("rest-stub") => listening(crate::rest_call::stub().await?).await,
            Ok("rest-pass") => listening(crate::rest_call::pass().await?).await,
            Ok("soap-events") => soap_events().await,
            Ok(other) => bail!("no role {other}"),
        }
    })
}

/// The gateway, with the mapping of a project folder.
async fn gateway() -> Result<()> {
    let root = PathBuf::from(std::env::var(PLACE)?);
    let server = crate::gateway::start(&root).await?;
    let address = server.addresses()?.first().copied().context("no address")?;
    println!("{address}");
    tokio::spawn(server.run(std::future::pending()));
    obey(async |_| Ok(())).await
}

/// Reads or writes an envelope.
async fn soap() -> Result<()> {
    let mut work = crate::soap::worker()?;
    work()?;
    println!("ready");
    obey(async |times| {
        for _ in 0..times {
            work()?;
        }
        Ok(())
    })
    .await
}

/// Fetches a reply and reads its events.
async fn soap_events() -> Result<()> {
    let (client, address) = (crate::soap_call::client()?, std::env::var(ADDRESS)?);
    println!("ready");
    obey(async |times| {
        for _ in 0..times {
            crate::soap_call::events(&client, &address).await?;
        }
        Ok(())
    })
    .await
}

/// A server that runs already.
async fn listening(address: String) -> Result<()> {
    println!("{address}");
    obey(async |_| Ok(())).await
}

/// Fetches all rows of the table and drops them: each as it comes, or all at the end.
async fn fetch(all: bool) -> Result<()> {
    let pool = Pool::connect(&std::env::var(ADDRESS)?, 1).await?;
    println!("ready");
    let text = format!("SELECT {COLUMNS} FROM bench_sample ORDER BY id");
    obey(async |times| {
        for _ in 0..times {
            pool.fetch(&text, all).await?;
        }
        Ok(())
    })
    .await
}

/// An axum handler that runs the query of one row and returns fixed bytes.
async fn bare() -> Result<()> {
    let pool = Arc::new(Pool::connect(&std::env::var(ADDRESS)?, 10).await?);
    let bytes = Bytes::from(std::fs::read(std::env::var(PLACE)?)?);
    let text: Arc<str> = pool.one_row().into();
    let handler = move |_: Body| {
        let (pool, bytes, text) = (Arc::clone(&pool), bytes.clone(), Arc::clone(&text));
        async move {
            match pool.one(&text, 4_711).await {
                Ok(()) => Ok(([("content-type", "application/x-amf")], bytes)),
                Err(error) => Err(error.to_string()),
            }
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let router = Router::new().route("/gateway", post(handler));
    tokio::spawn(async move { axum::serve(listener, router).await });
    obey(async |_| Ok(())).await
}

/// Answers the lines of whoever started this.
async fn obey(mut work: impl AsyncFnMut(usize) -> Result<()>) -> Result<()> {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        match line.split_once(' ') {
            Some(("work", times)) => {
                work(times.parse()?).await?;
                println!("done");
            }
            _ => {
                let usage = getrusage(UsageWho::RUSAGE_SELF)?;
                let seconds = |time: nix::sys::time::TimeVal| {
                    #[expect(clippy::cast_precision_loss, reason = "seconds of a benchmark")]
                    let (whole, micros) = (time.tv_sec() as f64, time.tv_usec() as f64);
                    whole + micros / 1e6
                };
                let cpu = seconds(usage.user_time()) + seconds(usage.system_time());
                println!("{cpu} {}", peak()?);
            }
        }
    }
    Ok(())
}

/// The most memory that this program had, in bytes. Not from getrusage, whose number begins with that of whoever
/// started it.
fn peak() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .context("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

/// A pool of any driver.
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
    MySql(MySqlPool),
}

/// Fetches with a driver's own pool, and drops.
macro_rules! on_pool {
    ($self:expr, $pool:ident => $body:expr) => {
        match $self {
            Self::Sqlite($pool) => $body,
            Self::Postgres($pool) => $body,
            Self::MySql($pool) => $body,
        }
    };
}

impl Pool {
    async fn connect(address: &str, size: u32) -> Result<Self> {
        Ok(match address.split_once(':').context("no address")?.0 {
            "sqlite" => Self::Sqlite(
                sqlx::pool::PoolOptions::new()
                    .max_connections(size)
                    .connect(address)
                    .await?,
            ),
            "postgres" | "postgresql" => Self::Postgres(
                sqlx::pool::PoolOptions::new()
                    .max_connections(size)
                    .connect(address)
                    .await?,
            ),
            _ => Self::MySql(
                sqlx::pool::PoolOptions::new()
                    .max_connections(size)
                    .connect(address)
                    .await?,
            ),
        })
    }

    fn one_row(&self) -> String {
        let place = match self {
            Self::Sqlite(_) => "?1",
            Self::Postgres(_) => "$1",
            Self::MySql(_) => "?",
        };
        format!("SELECT {COLUMNS} FROM bench_sample WHERE id = {place}")
    }

    async fn fetch(&self, text: &str, all: bool) -> Result<()> {
        let text: Arc<str> = text.into();
        on_pool!(self, pool => {
            if all {
                drop(sqlx::query(AssertSqlSafe(text)).fetch_all(pool).await?);
                return Ok(());
            }
            let mut rows = sqlx::query(AssertSqlSafe(text)).fetch(pool);
            while let Some(row) = rows.next().await {
                drop(row?);
            }
        });
        Ok(())
    }

    async fn one(&self, text: &Arc<str>, id: i32) -> Result<()> {
        on_pool!(self, pool => {
            let query = sqlx::query(AssertSqlSafe(Arc::clone(text))).bind(id);
            pool.fetch_one(query).await?;
        });
        Ok(())
    }
}

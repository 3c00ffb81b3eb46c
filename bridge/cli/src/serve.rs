//! `footbridge serve`: the gateway, from a project folder.

use std::io::IsTerminal;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use footbridge_gateway::reload::{self, Changes};
use footbridge_gateway::{Gateway, Live, Server, ServerError};
use footbridge_mapping::diagnostic::Severity;
use footbridge_mapping::model::{Mapping, Roles};
use footbridge_sql::Databases;
use tracing_subscriber::EnvFilter;

use crate::Outcome;
use crate::dev::Terminal;
use crate::project::{self, Loaded, counted};

/// Serve the mappings of a project folder.
///
/// Reads mappings/, checks them, creates and migrates SQLite databases, and listens. A changed mapping is checked
/// and swapped in without dropping a call; a wrong one is reported, and the old one keeps running.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
FOOTBRIDGE_LOG chooses what is logged: `info` by default, `debug` shows each call, or by part:
  FOOTBRIDGE_LOG=info,footbridge_gateway=debug

Examples:
  footbridge serve
  footbridge serve shop --dev
  footbridge serve --listen 127.0.0.1:8081")]
pub(crate) struct Arguments {
    /// The project folder; mappings are in its mappings/.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Listen here in place of `listen` in gateway.yaml. Port 0 is any free one. May be given more than once.
    #[arg(long, value_name = "ADDR")]
    listen: Vec<String>,
    /// Show each call and its answer, and print a mapping to paste for a call that no mapping knows. Shows what
    /// clients send, so it listens on this machine only.
    #[arg(long)]
    dev: bool,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        log(self.dev);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(self.serve())
    }

    async fn serve(self) -> anyhow::Result<Outcome> {
        // Before the files are read, so that no change is missed.
        let changes = Changes::of(&reload::folders(&self.dir));
        let loaded = project::load(&self.dir)?;
        let files = loaded.project.files.len();
        loaded.print_diagnostics();
        let Some(mapping) = loaded.mapping.clone() else {
            eprintln!("nothing was started");
            return Ok(Outcome::Bad);
        };
        let addresses = if self.listen.is_empty() {
            mapping
                .gateway
                .listen
                .iter()
                .map(ToString::to_string)
                .collect()
        } else {
            self.listen.clone()
        };
        if self.dev {
            only_this_machine(&addresses)?;
        }

        let databases = Arc::new(Databases::open(&mapping, &self.dir)?);
        let mut gateway = Gateway::new(Live::open(
            Arc::clone(&mapping),
            Arc::clone(&databases),
            &self.dir,
        )?);
        if self.dev {
            gateway = gateway.watched_by(Arc::new(Terminal {
                stubs: mapping.gateway.stubs,
            }));
        }
        let gateway = Arc::new(gateway);
        let server = Server::bind(Arc::clone(&gateway), &addresses)
            .await
            .map_err(explain)?;

        say!(
            "{}: {} from {} in {}",
            mapping.gateway.name,
            services(&mapping),
            counted(files, "file"),
            project::mappings(&self.dir).display()
        );
        project::migrate(&mapping, &databases).await?;
        if !prepared(&gateway.live(), &loaded).await {
            return Ok(Outcome::Bad);
        }
        list(&mapping);
        let addresses = server
            .addresses()
            .context("cannot tell where the gateway listens")?;
        for address in &addresses {
            say!("listening on http://{address}");
        }
        if let (Some(address), Some(example)) = (addresses.first(), crate::dev::example(&mapping)) {
            // As it was typed: a line to paste must find the command, also where it was never installed.
            let command = std::env::args()
                .next()
                .unwrap_or_else(|| "footbridge".to_owned());
            say!("\ntry: {command} call http://{address}/gateway {example}\n");
        }

        let reloading = match changes {
            Ok(changes) => Some(tokio::spawn(follow(changes, gateway, self.dir.clone()))),
            Err(error) => {
                eprintln!(
                    "warning: changed mappings are not noticed ({error}); restart after a change"
                );
                None
            }
        };
        server.run(stopped()).await;
        if let Some(reloading) = reloading {
            reloading.abort();
        }
        say!("stopped");
        Ok(Outcome::Good)
    }
}

/// Swaps in each changed mapping that is right; says what is wrong with the others.
async fn follow(mut changes: Changes, gateway: Arc<Gateway>, dir: PathBuf) {
    loop {
        changes.next().await;
        match reload(&gateway, &dir).await {
            Ok(Some(mapping)) => say!("mappings changed: {} in force", services(&mapping)),
            Ok(None) => say!("the changed mappings are wrong; the old ones keep running"),
            Err(error) => {
                eprintln!("error: {error:#}");
                say!("the changed mappings are not in force; the old ones keep running");
            }
        }
    }
}

async fn reload(gateway: &Gateway, dir: &Path) -> anyhow::Result<Option<Arc<Mapping>>> {
    let loaded = project::load(dir)?;
    loaded.print_diagnostics();
    let Some(mapping) = loaded.mapping.clone() else {
        return Ok(None);
    };
    let before = gateway.live();
    let databases = before.databases.reopen(&mapping, dir)?;
    project::migrate(&mapping, &databases).await?;
    let live = before.reopen(Arc::clone(&mapping), Arc::new(databases), dir)?;
    if !prepared(&live, &loaded).await {
        return Ok(None);
    }
    gateway.replace(live);
    Ok(Some(mapping))
}

/// Asks the databases what only they can tell; `false` where a text or a type is wrong.
async fn prepared(live: &Live, loaded: &Loaded) -> bool {
    let findings = live.prepare().await;
    loaded.print(&findings.diagnostics);
    for (name, error) in &findings.away {
        eprintln!(
            "warning: `{name}` cannot be reached: {error}; its operations are faults until it can"
        );
    }
    !findings
        .diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error)
}

fn list(mapping: &Mapping) {
    let width = mapping
        .services
        .iter()
        .map(|service| service.name.len())
        .max()
        .unwrap_or_default();
    for service in &mapping.services {
        let open = service
            .operations
            .iter()
            .filter(|(_, operation)| operation.roles != Roles::Internal);
        let names: Vec<_> = open.map(|(name, _)| &**name).collect();
        say!("  {:width$}  {}", service.name, names.join(", "));
    }
}

fn services(mapping: &Mapping) -> String {
    let operations: usize = mapping
        .services
        .iter()
        .map(|service| service.operations.len())
        .sum();
    let services = counted(mapping.services.len(), "service");
    format!("{services}, {}", counted(operations, "operation"))
}

/// What `--dev` shows is nobody else's business.
fn only_this_machine(addresses: &[String]) -> anyhow::Result<()> {
    for address in addresses {
        let found: Vec<SocketAddr> = address
            .to_socket_addrs()
            .with_context(|| format!("`{address}` is no address; write 127.0.0.1:8080"))?
            .collect();
        if !found.iter().all(|address| address.ip().is_loopback()) {
            bail!(
                "--dev shows what clients send, so it listens on this machine only; {address} does not: --listen 127.0.0.1:8080"
            );
        }
    }
    Ok(())
}

/// The sentences for what goes wrong at the first start.
fn explain(error: ServerError) -> anyhow::Error {
    let ServerError::Listen { address, source } = &error else {
        return error.into();
    };
    match source.kind() {
        std::io::ErrorKind::AddrInUse => anyhow!(
            "{address} is in use already; stop what listens there, or choose another port: --listen {}",
            next_port(address)
        ),
        std::io::ErrorKind::PermissionDenied => {
            anyhow!(
                "this user may not listen on {address}; ports below 1024 need rights: --listen 127.0.0.1:8080"
            )
        }
        std::io::ErrorKind::AddrNotAvailable => {
            anyhow!(
                "{address} is no address of this machine; 0.0.0.0 stands for all of them, 127.0.0.1 for itself"
            )
        }
        _ => error.into(),
    }
}

fn next_port(address: &str) -> String {
    let (host, port) = address.rsplit_once(':').unwrap_or(("127.0.0.1", "8080"));
    let port = port
        .parse::<u16>()
        .unwrap_or(8080)
        .checked_add(1)
        .unwrap_or(8080);
    format!("{host}:{port}")
}

/// Ctrl-C, or the signal by which services are stopped.
async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => {
                tokio::select! {
                    _ = interrupted => {}
                    _ = terminated.recv() => {}
                }
            }
            Err(_) => drop(interrupted.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupted.await);
}

/// Log lines go to standard error; on a terminal that shows each call, calls are not logged as well.
fn log(dev: bool) {
    let filter = EnvFilter::try_from_env("FOOTBRIDGE_LOG")
        .unwrap_or_else(|_| EnvFilter::new(if dev { "warn" } else { "info" }));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
}

//! `footbridge serve`: the gateway, from a project folder.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use footbridge_gateway::reload::{self, Changes};
use footbridge_gateway::{Gateway, Live, Server, ServerError, descriptors};
use footbridge_mapping::diagnostic::Severity;
use footbridge_mapping::model::{Listener, Mapping, Roles};
use footbridge_sql::Databases;

use crate::Outcome;
use crate::dev::Terminal;
use crate::log::{self, LogForm};
use crate::project::{self, Loaded, counted};
use crate::traces::Traces;

/// Serve the mappings of a project folder.
///
/// Reads mappings/, checks them, creates and migrates SQLite databases, and listens. A changed mapping is checked
/// and swapped in without dropping a call; a wrong one is reported, and the old one keeps running.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
On SIGHUP the mappings are read again, also with --no-watch.

FOOTBRIDGE_LOG chooses what is logged: `info` by default, with a line for each call; `warn` shows only
what somebody should look at; or by part:
  FOOTBRIDGE_LOG=warn,footbridge_gateway=debug
Lines of the audit are written in any case, but for
  FOOTBRIDGE_LOG=info,audit=off

Examples:
  footbridge serve
  footbridge serve shop --dev
  footbridge serve --listen 127.0.0.1:8081
  footbridge serve --gateway /etc/footbridge/production.yaml --no-watch --no-migrate --log json")]
pub(crate) struct Arguments {
    /// The project folder; mappings are in its mappings/.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// A gateway file in place of the one in mappings/: one folder of services runs on several stages.
    #[arg(long, value_name = "FILE")]
    gateway: Option<PathBuf>,
    /// Listen here in plain HTTP in place of `listen` in gateway.yaml. Port 0 is any free one. May be given more than once.
    #[arg(long, value_name = "ADDR")]
    listen: Vec<String>,
    /// Show each call and its answer, and print a mapping to paste for a call that no mapping knows. Shows what
    /// clients send, so it listens on this machine only.
    #[arg(long)]
    dev: bool,
    /// Do not notice changed mappings; SIGHUP has them read again.
    #[arg(long)]
    no_watch: bool,
    /// Do not migrate SQLite databases.
    #[arg(long)]
    no_migrate: bool,
    /// How log lines look.
    #[arg(long, value_enum, default_value_t = LogForm::Human)]
    log: LogForm,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        log::begin(self.dev, self.log);
        descriptors::raise();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(self.serve())
    }

    async fn serve(self) -> anyhow::Result<Outcome> {
        // Before the files are read, so that no change is missed, and no signal ends a gateway that it should have read again.
        let hangups = Hangups::new();
        let changes = (!self.no_watch).then(|| Changes::of(&reload::folders(&self.dir)));
        let loaded = project::load_with(&self.dir, self.gateway.as_deref(), false)?;
        let files = loaded.project.files.len();
        loaded.print_diagnostics();
        let Some(mapping) = loaded.mapping.clone() else {
            eprintln!("nothing was started");
            return Ok(Outcome::Bad);
        };
        let listeners = if self.listen.is_empty() {
            mapping.gateway.listen.clone()
        } else {
            self.listen
                .iter()
                .map(|address| Listener::http(address.as_str()))
                .collect()
        };
        if self.dev {
            only_this_machine(&listeners)?;
        }

        let traces = Traces::begin(&mapping.gateway.name)?;
        let databases = Arc::new(Databases::open(&mapping, &self.dir)?);
        let mut gateway = Gateway::new(Live::open(
            Arc::clone(&mapping),
            Arc::clone(&databases),
            loaded.documents.clone(),
            &self.dir,
        )?)
        .at(&self.dir);
        if self.dev {
            gateway = gateway.watched_by(Arc::new(Terminal {
                stubs: mapping.gateway.stubs,
            }));
        }
        let gateway = Arc::new(gateway);
        let admin = mapping.gateway.edge.admin.as_deref();
        let server = Server::listen(Arc::clone(&gateway), &listeners, admin)
            .await
            .map_err(explain)?;

        say!(
            "{}: {} from {} in {}",
            mapping.gateway.name,
            services(&mapping),
            counted(files, "file"),
            project::mappings(&self.dir).display()
        );
        if !self.no_migrate {
            project::migrate(&mapping, &databases).await?;
            sessions(&mapping, &databases).await;
        }
        if !prepared(&gateway.live(), &loaded).await {
            return Ok(Outcome::Bad);
        }
        list(&mapping);
        let urls = server
            .urls()
            .context("cannot tell where the gateway listens")?;
        for url in &urls {
            say!("listening on {url}");
        }
        if let Some(admin) = server.admin() {
            say!("health and metrics on http://{admin}");
        }
        if let (Some(url), Some(example)) = (urls.first(), crate::dev::example(&mapping)) {
            // As it was typed: a line to paste must find the command, also where it was never installed.
            let command = std::env::args()
                .next()
                .unwrap_or_else(|| "footbridge".to_owned());
            say!("\ntry: {command} call {url}/gateway {example}\n");
        }

        let changes = match changes {
            Some(Ok(changes)) => Some(changes),
            Some(Err(error)) => {
                eprintln!(
                    "warning: changed mappings are not noticed ({error}); send SIGHUP after a change"
                );
                None
            }
            None => None,
        };
        let source = Source {
            dir: self.dir,
            gateway: self.gateway,
            migrate: !self.no_migrate,
            listen: mapping.gateway.listen.clone(),
            admin: mapping.gateway.edge.admin.clone(),
        };
        let reloading = tokio::spawn(source.follow(changes, hangups, gateway));
        server.run(stopped()).await;
        reloading.abort();
        traces.end().await;
        say!("stopped");
        Ok(Outcome::Good)
    }
}

/// Where mappings come from, to be read again.
struct Source {
    dir: PathBuf,
    gateway: Option<PathBuf>,
    migrate: bool,
    /// Where the gateway listens until it is started again.
    listen: Vec<Listener>,
    /// Where its health and metrics are until then.
    admin: Option<Arc<str>>,
}

impl Source {
    /// Swaps in each changed mapping that is right; says what is wrong with the others.
    async fn follow(
        self,
        mut changes: Option<Changes>,
        mut hangups: Hangups,
        gateway: Arc<Gateway>,
    ) {
        loop {
            let changed = async {
                match &mut changes {
                    Some(changes) => changes.next().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = changed => {}
                () = hangups.next() => {}
            }
            match self.reload(&gateway).await {
                Ok(Some(mapping)) => say!("mappings changed: {} in force", services(&mapping)),
                Ok(None) => say!("the changed mappings are wrong; the old ones keep running"),
                Err(error) => {
                    eprintln!("error: {error:#}");
                    say!("the changed mappings are not in force; the old ones keep running");
                }
            }
        }
    }

    async fn reload(&self, gateway: &Gateway) -> anyhow::Result<Option<Arc<Mapping>>> {
        let loaded = project::load_with(&self.dir, self.gateway.as_deref(), false)?;
        loaded.print_diagnostics();
        let Some(mapping) = loaded.mapping.clone() else {
            return Ok(None);
        };
        let before = gateway.live();
        let databases = before.databases.reopen(&mapping, &self.dir)?;
        if self.migrate {
            project::migrate(&mapping, &databases).await?;
            sessions(&mapping, &databases).await;
        }
        let live = before.reopen(
            Arc::clone(&mapping),
            Arc::new(databases),
            loaded.documents.clone(),
            &self.dir,
        )?;
        if !prepared(&live, &loaded).await {
            return Ok(None);
        }
        for (key, is_other) in [
            ("listen", mapping.gateway.listen != self.listen),
            ("admin", mapping.gateway.edge.admin != self.admin),
        ] {
            if is_other {
                eprintln!("warning: `{key}` has changed; that needs a new start");
            }
        }
        gateway.replace(live);
        Ok(Some(mapping))
    }
}

/// SIGHUP, by which services are asked to read their files again.
struct Hangups {
    #[cfg(unix)]
    signals: Option<tokio::signal::unix::Signal>,
}

impl Hangups {
    fn new() -> Self {
        Self {
            #[cfg(unix)]
            signals: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok(),
        }
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signals) = &mut self.signals
            && signals.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}

/// Makes the table of sessions. A database that is away now may have it.
async fn sessions(mapping: &Mapping, databases: &Databases) {
    if let Err(error) = project::make_sessions(mapping, databases).await {
        eprintln!("warning: {error:#}; calls with a session are faults until it is there");
    }
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
    for (operation, names) in crate::explain::proxies(mapping) {
        let reach: Vec<_> = operation
            .proxy()
            .into_iter()
            .flat_map(|proxy| &proxy.reach.patterns)
            .map(ToString::to_string)
            .collect();
        say!("  proxy {}  {}", names.join(", "), reach.join(", "));
    }
}

fn services(mapping: &Mapping) -> String {
    let operations: usize = mapping
        .services
        .iter()
        .map(|service| service.operations.len())
        .sum();
    let services = counted(mapping.services.len(), "service");
    let operations = counted(operations, "operation");
    let proxies = crate::explain::proxies(mapping).len();
    if proxies == 0 {
        return format!("{services}, {operations}");
    }
    let proxies = if proxies == 1 {
        "1 proxy".to_owned()
    } else {
        format!("{proxies} proxies")
    };
    format!("{services}, {operations}, {proxies}")
}

/// What `--dev` shows is nobody else's business.
fn only_this_machine(listeners: &[Listener]) -> anyhow::Result<()> {
    for listener in listeners {
        let address = &*listener.address;
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

//! `footbridge explain`: what a call becomes, seen from inside.

mod known;
mod pages;
mod plan;
mod proxy;
mod rest;
mod soap;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use footbridge_amf::canonical;
use footbridge_gateway::documents::stored;
use footbridge_gateway::{Live, run};
use footbridge_mapping::argument;
use footbridge_mapping::data::{AmfValue, Data};
use footbridge_mapping::model::{Kind, Mapping, Operation, Plan, Roles};
use footbridge_remoting::{Encoding, Envelope, Packet, Stamp, Style, Version, Wire};
use footbridge_sql::Databases;

use self::plan::explain;
pub(crate) use self::proxy::proxies;
use crate::Outcome;
use crate::call::list;
use crate::layout::{WIDTH, layout};
use crate::openapi;
use crate::printable;
use crate::project;
use crate::scratch;
use crate::wsdl;

/// Explain what a call becomes: arguments, the exact statement, envelope or request, the shape of the reply.
///
/// Nothing is run, unless --run asks for it; then the operation runs as the gateway would run it, whatever it changes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  footbridge explain samples.inventory.ProductService.getProducts '\"toys\"'
  footbridge explain samples.inventory.ProductSearch.findProducts '\"kn\"' null '[1, 23]' '\"price\"' --run
  footbridge explain samples.rates.RatesService.getRate '\"EUR\"' '\"USD\"' --reply reply.xml
  footbridge explain newsFeed https://news.acme.example/feed/today
  footbridge explain --wsdl wsdl/rates.wsdl --operation getRate '\"EUR\"' '\"USD\"'
  footbridge explain --openapi schemas/orders.yaml --operation getOrder 7")]
pub(crate) struct Arguments {
    /// The operation, with its service before the last dot; with --wsdl the first argument instead. Or a proxy, with URLs
    /// in place of arguments.
    #[arg(value_name = "SERVICE.OPERATION", required_unless_present = "named")]
    operation: Option<String>,
    /// The arguments in order, as `call` takes them.
    #[arg(value_name = "JSON", allow_negative_numbers = true)]
    arguments: Vec<String>,
    /// The project folder.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// A WSDL in place of a project: a file or an URL.
    #[arg(long, value_name = "FILE|URL", requires = "named")]
    wsdl: Option<String>,
    /// An OpenAPI document in place of a project: a file or an URL.
    #[arg(
        long,
        value_name = "FILE|URL",
        requires = "named",
        conflicts_with = "wsdl"
    )]
    openapi: Option<String>,
    /// With --wsdl or --openapi: the operation.
    #[arg(long = "operation", id = "named", value_name = "NAME")]
    named: Option<String>,
    /// With --wsdl: the port; the first of SOAP 1.1.
    #[arg(long, value_name = "NAME", requires = "wsdl")]
    port: Option<String>,
    /// A reply of the service that was stored: print what it would give, without a call.
    ///
    /// Its body alone, or status line, headers and body as `curl -i` prints them.
    #[arg(long, value_name = "FILE")]
    reply: Option<PathBuf>,
    /// Run it too, and print the answer.
    #[arg(long)]
    run: bool,
    /// With --run: the answer in AMF0, where lists of rows come as RecordSet.
    #[arg(long)]
    amf0: bool,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(self.explain())
    }

    async fn explain(self) -> anyhow::Result<Outcome> {
        let loaded = match (&self.wsdl, &self.openapi) {
            (Some(document), _) => wsdl::published(document, self.port.as_deref())?,
            (None, Some(document)) => openapi::published(document)?,
            (None, None) => project::load(&self.dir)?,
        };
        loaded.print_diagnostics();
        let Some(mapping) = loaded.mapping.clone() else {
            return Ok(Outcome::Bad);
        };
        let (name, texts) = self.named_call();
        if self.named.is_none()
            && let Some(found) = mapping.proxies.get(name.as_str()).cloned()
        {
            return self.explain_proxy(&found, mapping, &texts, &loaded);
        }
        let json = texts
            .iter()
            .map(|text| list::argument(text))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let call = list::call(&name, &json)?;
        let operation = find(&mapping, &call.service, &call.operation)?;
        let graph = Arc::new(call.graph);
        let values: Vec<_> = call
            .arguments
            .into_iter()
            .map(|value| AmfValue {
                graph: Arc::clone(&graph),
                value,
            })
            .collect();

        let databases = if self.run {
            let databases = Databases::open(&mapping, &self.dir)?;
            project::migrate(&mapping, &databases).await?;
            databases
        } else {
            scratch::open(&mapping, &self.dir).await?
        };
        // What a database tells decides casts and columns; without it texts are as the mapping made them.
        let databases = Arc::new(databases);
        let live = Arc::new(Live::open(
            mapping,
            databases,
            loaded.documents.clone(),
            &self.dir,
        )?);
        let findings = live.prepare().await;
        loaded.print(&findings.diagnostics);
        for (name, error) in &findings.away {
            eprintln!("warning: `{name}` cannot be reached: {error}");
        }

        let data: Vec<_> = values.iter().cloned().map(Data::Amf).collect();
        let mut outcome = Outcome::Good;
        let mut out = std::io::stdout();
        match self.chosen(&operation, &data) {
            Ok(chosen) => write!(
                out,
                "{}{}",
                header(&chosen, &loaded),
                explain(&chosen, &data, &loaded.documents)
            )?,
            Err(error) => {
                writeln!(
                    out,
                    "{}\nthe arguments do not fit: {error:#}",
                    header(&operation, &loaded)
                )?;
                outcome = Outcome::Bad;
            }
        }
        if let Some(path) = &self.reply {
            self.store_reply(path, &operation, &loaded)?;
        }
        if self.run || self.reply.is_some() {
            outcome = self.answer(live, &operation, values).await?;
            for line in loaded.documents.forgiven() {
                writeln!(out, "  forgiven: {}", printable::line(&line))?;
            }
        }
        Ok(outcome)
    }

    /// What a proxy lets pass, and whether it lets these URLs.
    fn explain_proxy(
        &self,
        operation: &Operation,
        mapping: Arc<Mapping>,
        urls: &[String],
        loaded: &project::Loaded,
    ) -> anyhow::Result<Outcome> {
        if self.run || self.reply.is_some() {
            bail!("a proxy sends what a client writes: call the gateway as one");
        }
        let databases = Arc::new(Databases::default());
        let live = Live::open(
            Arc::clone(&mapping),
            databases,
            loaded.documents.clone(),
            &self.dir,
        )?;
        let head = header(operation, loaded);
        let (text, outcome) = proxy::explain(operation, &mapping, &live.clients, urls);
        write!(std::io::stdout(), "{head}{text}")?;
        Ok(outcome)
    }

    /// The operation and its arguments; those of a WSDL begin where the name of an operation would stand.
    fn named_call(&self) -> (String, Vec<String>) {
        match (&self.named, &self.operation) {
            (Some(named), first) => {
                let first = first.iter().cloned();
                let texts = first.chain(self.arguments.iter().cloned()).collect();
                let service = match &self.openapi {
                    Some(_) => openapi::NAME,
                    None => wsdl::NAME,
                };
                (format!("{service}.{named}"), texts)
            }
            (None, first) => (first.clone().unwrap_or_default(), self.arguments.clone()),
        }
    }

    /// Puts a stored reply in place of what the operation's service would answer.
    fn store_reply(
        &self,
        path: &Path,
        operation: &Operation,
        loaded: &project::Loaded,
    ) -> anyhow::Result<()> {
        let reply =
            std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let Plan::Step(step) = &operation.plan else {
            bail!("a stored reply is for one operation, not for overloads");
        };
        let backend = match &step.kind {
            Kind::Soap(soap) => &soap.backend,
            Kind::Rest(rest) => &rest.backend,
            Kind::Value(_)
            | Kind::ValueFile(_)
            | Kind::Fault(_)
            | Kind::Sql(_)
            | Kind::Procedure(_)
            | Kind::Proxy(_)
            | Kind::Operation { .. }
            | Kind::Steps(_)
            | Kind::Transaction { .. } => {
                bail!("a stored reply is for `soap` and `rest` operations")
            }
        };
        let reply = stored::read(&reply).with_context(|| path.display().to_string())?;
        loaded.documents.answer_with(&backend.name, reply);
        Ok(())
    }

    /// The operation itself, or the overload that the arguments mean.
    fn chosen(&self, operation: &Arc<Operation>, data: &[Data]) -> anyhow::Result<Arc<Operation>> {
        let Plan::Overloads(overloads) = &operation.plan else {
            return Ok(Arc::clone(operation));
        };
        let signatures = overloads
            .iter()
            .map(|overload| overload.arguments.as_slice());
        let index =
            argument::choose(signatures, data).context("no overload takes such arguments")?;
        Ok(Arc::clone(
            overloads
                .get(index)
                .context("no overload takes such arguments")?,
        ))
    }

    async fn answer(
        &self,
        live: Arc<Live>,
        operation: &Arc<Operation>,
        arguments: Vec<AmfValue>,
    ) -> anyhow::Result<Outcome> {
        let (version, encoding, shown) = if self.amf0 {
            (Version::Amf0, Encoding::Amf0, canonical::Encoding::Amf0)
        } else {
            (Version::Amf3, Encoding::Amf3, canonical::Encoding::Amf3)
        };
        let envelope = Envelope {
            response: "/1".to_owned(),
            version,
            encoding,
            message: None,
            wire: Wire::default(),
        };
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO)
            .as_secs_f64()
            * 1_000.0;
        let id = || uuid::Uuid::new_v4().to_string().to_uppercase();
        let context = run::Context {
            live,
            identity: run::Identity::default(),
            client: run::Client {
                address: "127.0.0.1".into(),
                name: "footbridge explain".into(),
                ..run::Client::default()
            },
            id: id().into(),
            time: now.floor(),
            deadline: tokio::time::Instant::now() + operation.timeout,
            style: Style::of(&envelope),
            share: Arc::default(),
            session: None,
            told: run::Told::default(),
            signing: Arc::default(),
            asked: None,
            kept: Arc::default(),
            trace: None,
            upstream: Arc::default(),
        };
        let stamp = Stamp {
            message_id: id(),
            client_id: id(),
            now,
        };
        let mut out = std::io::stdout();
        writeln!(out, "\nanswer")?;
        match run::operation(&context, operation, arguments, &envelope, &stamp).await {
            Ok(body) => {
                let bytes = [&[0, 0, 0, 0, 0, 1], &body[..]].concat();
                let packet = Packet::read(&bytes, &crate::decode::LIMITS)?;
                let body = packet.bodies.first().context("the answer is empty")?;
                let json = canonical::to_json(&body.graph, &body.content, shown)?;
                writeln!(out, "{}", indented(&layout(&json, WIDTH - 2)))?;
                Ok(Outcome::Good)
            }
            Err(fault) => {
                let (code, message) = (&*fault.code, &*fault.message);
                let (code, message) = (printable::line(code), printable::line(message));
                writeln!(out, "  fault {code}: {message}")?;
                if let Some(cause) = &fault.cause {
                    writeln!(out, "  because {}", printable::line(&cause.to_string()))?;
                }
                Ok(Outcome::Bad)
            }
        }
    }
}

fn find(mapping: &Mapping, service: &str, operation: &str) -> anyhow::Result<Arc<Operation>> {
    let Some(service) = mapping
        .by_name
        .get(service)
        .and_then(|&index| mapping.services.get(index))
    else {
        let names: Vec<_> = mapping
            .services
            .iter()
            .map(|service| &*service.name)
            .collect();
        bail!(
            "no service is named `{service}`; there are {}",
            names.join(", ")
        );
    };
    service.operations.get(operation).cloned().with_context(|| {
        let names: Vec<_> = service.operations.keys().map(|name| &**name).collect();
        format!(
            "`{}` has no operation `{operation}`; it has {}",
            service.name,
            names.join(", ")
        )
    })
}

/// Name, place, and who may call it.
fn header(operation: &Operation, loaded: &project::Loaded) -> String {
    let place = &operation.place;
    let source = loaded.project.source(&place.file).unwrap_or_default();
    let line = source
        .get(..place.span.start)
        .unwrap_or_default()
        .matches('\n')
        .count()
        + 1;
    let roles = match &operation.roles {
        Roles::Public => "anybody".to_owned(),
        Roles::Users => "whoever has logged in".to_owned(),
        Roles::Internal => "other operations alone".to_owned(),
        Roles::Named(names) => names.join(", "),
    };
    format!(
        "{}   {}:{line}\n  for {roles}, within {:?}\n",
        operation.name, place.file, operation.timeout
    )
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

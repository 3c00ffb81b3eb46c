//! `footbridge explain`: what a call becomes, seen from inside.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use footbridge_amf::canonical;
use footbridge_gateway::{Live, run};
use footbridge_mapping::argument;
use footbridge_mapping::data::{AmfValue, Data, convert};
use footbridge_mapping::expression::{self, Part, Path, Scope};
use footbridge_mapping::model::{
    Argument, FaultRule, Kind, Mapping, Operation, Plan, Reading, Roles, SqlStep, Step, TypeScope,
};
use footbridge_mapping::statement::{Dialect, OrderChoice, Variant};
use footbridge_remoting::{Encoding, Envelope, Packet, Stamp, Style, Version};
use footbridge_sql::Databases;
use indexmap::IndexMap;
use jiff::tz::TimeZone;

use crate::Outcome;
use crate::call::list;
use crate::layout::{WIDTH, layout};
use crate::project;
use crate::scratch;

/// Explain what a call becomes: arguments, the SQL text with its values, the shape of the reply.
///
/// Nothing is run, unless --run asks for it; then the operation runs as the gateway would run it, whatever it changes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  footbridge explain samples.inventory.ProductService.getProducts '\"toys\"'
  footbridge explain samples.inventory.ProductSearch.findProducts '\"kn\"' null '[1, 23]' '\"price\"' --run")]
pub(crate) struct Arguments {
    /// The operation, with its service before the last dot.
    #[arg(value_name = "SERVICE.OPERATION")]
    operation: String,
    /// The arguments in order, as `call` takes them.
    #[arg(value_name = "JSON", allow_negative_numbers = true)]
    arguments: Vec<String>,
    /// The project folder.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Run it too, and print the answer.
    #[arg(long)]
    run: bool,
    /// With --run: the answer in AMF0, where lists of rows come as RecordSet.
    #[arg(long, requires = "run")]
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
        let loaded = project::load(&self.dir)?;
        loaded.print_diagnostics();
        let Some(mapping) = loaded.mapping.clone() else {
            return Ok(Outcome::Bad);
        };
        let json = self
            .arguments
            .iter()
            .map(|text| list::argument(text))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let call = list::call(&self.operation, &json)?;
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
        let live = Arc::new(Live { mapping, databases });
        live.prepare().await;

        let data: Vec<_> = values.iter().cloned().map(Data::Amf).collect();
        let mut outcome = Outcome::Good;
        match self.chosen(&operation, &data) {
            Ok(chosen) => print!("{}", explain(&chosen, &loaded, &data)),
            Err(error) => {
                print!("{}", header(&operation, &loaded));
                println!("\nthe arguments do not fit: {error:#}");
                outcome = Outcome::Bad;
            }
        }
        if self.run {
            outcome = self.answer(live, &operation, values).await?;
        }
        Ok(outcome)
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
            },
            id: id().into(),
            time: now.floor(),
            deadline: tokio::time::Instant::now() + operation.timeout,
            style: Style::of(&envelope),
        };
        let stamp = Stamp {
            message_id: id(),
            client_id: id(),
            now,
        };
        println!("\nanswer");
        match run::operation(&context, operation, arguments, &envelope, &stamp).await {
            Ok(body) => {
                let bytes = [&[0, 0, 0, 0, 0, 1], &body[..]].concat();
                let packet = Packet::read(&bytes, &crate::decode::LIMITS)?;
                let body = packet.bodies.first().context("the answer is empty")?;
                let json = canonical::to_json(&body.graph, &body.content, shown)?;
                println!("{}", indented(&layout(&json, WIDTH - 2)));
                Ok(Outcome::Good)
            }
            Err(fault) => {
                println!("  fault {}: {}", fault.code, fault.message);
                if let Some(cause) = &fault.cause {
                    println!("  because {cause}");
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

fn explain(operation: &Operation, loaded: &project::Loaded, data: &[Data]) -> String {
    let mut out = header(operation, loaded);
    let Plan::Step(step) = &operation.plan else {
        return out;
    };
    let bound = match argument::bind(&operation.arguments, data, &operation.scope, &step.zone) {
        Ok(bound) => bound,
        Err(error) => {
            write(
                &mut out,
                format_args!("\nthe arguments do not fit: Client.BadArguments, {error}\n"),
            );
            return out;
        }
    };
    let known = Known {
        roots: operation
            .arguments
            .iter()
            .map(|argument| Arc::clone(&argument.name))
            .zip(bound)
            .collect(),
        scope: &operation.scope,
        zone: &step.zone,
    };
    if !operation.arguments.is_empty() {
        out.push_str("\narguments\n");
        for Argument { name, slot } in &operation.arguments {
            let value = known.roots.get(name).map(shown).unwrap_or_default();
            write(&mut out, format_args!("  {name}: {slot}   is {value}\n"));
        }
    }
    explain_step(&mut out, step, &known, "");
    out
}

fn explain_step(out: &mut String, step: &Step, known: &Known<'_>, indent: &str) {
    let reply = step.returns.as_ref().map(ToString::to_string);
    match &step.kind {
        Kind::Value(_) => write(
            out,
            format_args!("\n{indent}a value, made from arguments\n"),
        ),
        Kind::ValueFile(_) => write(out, format_args!("\n{indent}a recorded answer\n")),
        Kind::Fault(FaultRule::Fault { code, .. }) => {
            write(out, format_args!("\n{indent}always the fault {code}\n"));
        }
        Kind::Fault(FaultRule::Value(_)) => write(out, format_args!("\n{indent}a value\n")),
        Kind::Operation {
            service, operation, ..
        } => {
            write(
                out,
                format_args!("\n{indent}the operation {service}.{operation}\n"),
            );
        }
        Kind::Procedure(procedure) => {
            write(
                out,
                format_args!(
                    "\n{indent}the procedure {} on {}\n",
                    procedure.procedure, procedure.backend.name
                ),
            );
        }
        Kind::Sql(sql) => explain_sql(out, step, sql, known, indent),
        Kind::Steps(steps) => {
            for (step, waits) in steps.steps.iter().zip(&steps.waits) {
                let names: Vec<_> = waits
                    .iter()
                    .filter_map(|&index| Some(&*steps.steps.get(index)?.name))
                    .collect();
                let when = if names.is_empty() {
                    "at once".to_owned()
                } else {
                    format!("after {}", names.join(", "))
                };
                write(out, format_args!("\n{indent}step {}, {when}", step.name));
                explain_step(out, step, known, &format!("{indent}  "));
            }
        }
        Kind::Transaction {
            backend,
            steps,
            retry,
            ..
        } => {
            let again = if *retry > 0 {
                format!(", again up to {retry} times")
            } else {
                String::new()
            };
            write(
                out,
                format_args!("\n{indent}a transaction on {}{again}\n", backend.name),
            );
            for step in steps {
                let each = step
                    .each
                    .as_ref()
                    .map(|each| format!(", for each `{}`", each.name))
                    .unwrap_or_default();
                let when = if step.when.is_some() {
                    ", if its `when` holds"
                } else {
                    ""
                };
                write(
                    out,
                    format_args!("\n{indent}step {}{each}{when}", step.name),
                );
                explain_step(out, step, known, &format!("{indent}  "));
            }
        }
    }
    if let Some(reply) = reply {
        let from = if step.value.is_some() {
            ", made by `value`"
        } else {
            ""
        };
        write(
            out,
            format_args!("{indent}reply: {reply}{from}{}\n", reading(step)),
        );
    } else if step.value.is_some() {
        write(out, format_args!("{indent}reply: made by `value`\n"));
    }
}

/// How a statement's rows become the reply, where the slot alone does not say it.
fn reading(step: &Step) -> &'static str {
    let Kind::Sql(sql) = &step.kind else {
        return "";
    };
    let is_shaped = step
        .returns
        .as_ref()
        .is_some_and(|slot| slot.shape.is_some());
    match sql.reading {
        Reading::Rows if is_shaped => " (all rows)",
        Reading::Rows => " (all rows: RecordSet in AMF0, ArrayCollection in AMF3)",
        Reading::Row => " (exactly one row)",
        Reading::RowOrNull => " (one row, or null)",
        Reading::Scalar => " (one value of one row)",
        Reading::ScalarOrNull => " (one value, or null)",
        Reading::Scalars => " (the only column of all rows)",
        Reading::Nothing => " (null, whatever comes)",
    }
}

fn explain_sql(out: &mut String, step: &Step, sql: &SqlStep, known: &Known<'_>, indent: &str) {
    let does = if sql.statement.writes {
        "writes"
    } else {
        "reads"
    };
    let product = match sql.statement.dialect {
        Dialect::Postgres => "PostgreSQL",
        Dialect::MySql => "MySQL or MariaDB",
        Dialect::Sqlite => "SQLite",
    };
    let texts = sql.statement.variants.len();
    let which = if texts > 1 {
        format!(", one of {texts} texts")
    } else {
        String::new()
    };
    write(
        out,
        format_args!(
            "\n{indent}sql on {}, {product}, {does}{which}\n",
            sql.backend.name
        ),
    );

    let decidable = sql
        .statement
        .conditions
        .iter()
        .flat_map(expression::names)
        .all(|(root, _)| known.knows(root));
    if !decidable {
        write(
            out,
            format_args!("{indent}which of them is decided by what other steps give:\n"),
        );
        for (index, variant) in sql.statement.variants.iter().enumerate() {
            write(
                out,
                format_args!("{indent}{}\n", sql.statement.case(variant)),
            );
            explain_text(out, step, sql, index, variant, known, indent);
        }
        return;
    }
    match sql
        .statement
        .variant(|condition| expression::holds(condition, known))
    {
        Ok(Some((index, variant))) => explain_text(out, step, sql, index, variant, known, indent),
        Ok(None) => write(
            out,
            format_args!("{indent}no text is made for these arguments\n"),
        ),
        Err(error) => write(
            out,
            format_args!("{indent}a condition cannot be answered: {error}\n"),
        ),
    }
}

fn explain_text(
    out: &mut String,
    step: &Step,
    sql: &SqlStep,
    index: usize,
    variant: &Variant,
    known: &Known<'_>,
    indent: &str,
) {
    let prepared = sql.prepared.of(index);
    let base = prepared
        .as_ref()
        .map_or(&variant.text, |prepared| &prepared.text);
    let columns = prepared
        .as_ref()
        .map(|prepared| prepared.described.columns.as_slice())
        .unwrap_or_default();
    let (word, descending) = order(sql, known);
    let choice = OrderChoice {
        word: word.as_deref(),
        descending,
    };
    // Where rows are counted while they are read, no LIMIT is put.
    let cap = (!sql.statement.writes && sql.reading == Reading::Rows).then_some(step.max_rows);
    match sql.statement.text(index, base, choice, columns, cap) {
        Ok(text) => {
            for line in text
                .lines()
                .map(str::trim_end)
                .filter(|line| !line.is_empty())
            {
                write(out, format_args!("{indent}  {line}\n"));
            }
        }
        Err(error) => write(out, format_args!("{indent}  {error}\n")),
    }
    for (number, bind) in (1..).zip(&variant.binds) {
        let placeholder = match sql.statement.dialect {
            Dialect::Postgres => format!("${number}"),
            Dialect::MySql => format!("? number {number}"),
            Dialect::Sqlite => format!("?{number}"),
        };
        let value = match &*bind.path.root {
            // Nobody has called, so there is nothing yet.
            "call" | "identity" | "session" => path_text(&bind.path),
            root if known.knows(root) => shown(&expression::follow(&bind.path, known)),
            root => format!("what step {root} gives"),
        };
        let function = bind
            .function
            .map(|function| format!(", as {}", function.name()))
            .unwrap_or_default();
        write(
            out,
            format_args!("{indent}  {placeholder} = {value}{function}\n"),
        );
    }
}

fn path_text(path: &Path) -> String {
    let mut text = path.root.to_string();
    for part in &path.parts {
        match part {
            Part::Name(name) => text.extend([".", name]),
            Part::Index(index) => text.push_str(&format!("[{index}]")),
            Part::Each => text.push_str("[]"),
        }
    }
    text
}

/// The word and the direction that the arguments choose.
fn order(sql: &SqlStep, known: &Known<'_>) -> (Option<Arc<str>>, bool) {
    use footbridge_mapping::statement::Order;

    match &sql.statement.order {
        Some(Order::Choice { by, descending, .. }) => {
            let word = expression::evaluate(by, known)
                .ok()
                .and_then(|word| convert::to_text(&word));
            let descending = descending
                .as_ref()
                .is_some_and(|bool| expression::holds(bool, known).unwrap_or(false));
            (word, descending)
        }
        Some(Order::Fixed(_)) | None => (None, false),
    }
}

/// What is known without running anything: arguments, and that the caller is a stranger.
struct Known<'k> {
    roots: IndexMap<Arc<str>, Data>,
    scope: &'k TypeScope,
    zone: &'k TimeZone,
}

impl Known<'_> {
    fn knows(&self, root: &str) -> bool {
        self.roots.contains_key(root) || matches!(root, "identity" | "session" | "call")
    }
}

impl Scope for Known<'_> {
    fn root(&self, name: &str) -> Option<Data> {
        self.roots.get(name).cloned()
    }

    fn lookup(&self, table: &str, key: &str) -> Option<Data> {
        self.scope.tables.get(table)?.get(key).cloned()
    }

    fn zone(&self) -> &TimeZone {
        self.zone
    }
}

/// A value as somebody would write it.
fn shown(data: &Data) -> String {
    match data {
        Data::Null => "null".to_owned(),
        Data::Omit => "left out".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Int(value) => value.to_string(),
        Data::Number(value) => convert::number_text(*value),
        Data::Decimal(text) => text.to_string(),
        Data::Text(text) | Data::Xml(text) => serde_json::Value::from(&**text).to_string(),
        Data::Date(millis) => convert::date_text(*millis).unwrap_or_else(|| millis.to_string()),
        Data::Day(day) => day.to_string(),
        Data::Bytes(bytes) => format!("{} bytes", bytes.len()),
        Data::List(items) => {
            let items: Vec<_> = items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        Data::Object(record) => {
            let class = record
                .alias
                .as_deref()
                .map(|alias| format!("{alias} "))
                .unwrap_or_default();
            let members: Vec<_> = record
                .members
                .iter()
                .map(|(name, value)| format!("{name}: {}", shown(value)))
                .collect();
            format!("{class}{{{}}}", members.join(", "))
        }
        Data::Amf(value) => {
            canonical::to_text(&value.graph, &value.value, canonical::Encoding::Amf3)
                .unwrap_or_else(|error| error.to_string())
        }
    }
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn write(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    out.write_fmt(arguments)
        .expect("writing to a text does not fail");
}

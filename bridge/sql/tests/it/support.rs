//! A database with one question after another, and answers as canonical text.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use footbridge_amf::canonical::{self, Encoding};
use footbridge_amf::{Class, GraphBuilder};
use footbridge_mapping::data::Data;
use footbridge_mapping::diagnostic::Place;
use footbridge_mapping::model::{Backend, BackendKind, DatabaseSettings};
use footbridge_mapping::rows::{CellRule, Field, NullRule, Preset, RowPlan};
use footbridge_mapping::slot::Scalar;
use footbridge_mapping::statement::Dialect;
use footbridge_remoting::{ListShape, Style};
use footbridge_sql::{Database, Databases, Outcome, Output, Query, SqlError};
use jiff::tz::TimeZone;

/// The backend of one test.
pub(crate) fn backend(dialect: Dialect, address: &str) -> Backend {
    Backend {
        name: Arc::from("shop"),
        place: Place {
            file: Arc::from("gateway.yaml"),
            span: 0..0,
        },
        kind: BackendKind::Database(DatabaseSettings {
            dialect,
            address: address.to_owned(),
            password: None,
            write: None,
            migrations: None,
            pool: 4,
            write_pool: if dialect == Dialect::Sqlite { 1 } else { 4 },
        }),
        timeout: Duration::from_secs(10),
        preset: Preset::BlazeDs,
        zone: TimeZone::UTC,
        required: false,
    }
}

pub(crate) fn settings(backend: &mut Backend) -> &mut DatabaseSettings {
    match &mut backend.kind {
        BackendKind::Database(settings) => settings,
        BackendKind::Http(_) => panic!("the backend is a database"),
    }
}

pub(crate) fn open(backend: Backend, root: &Path) -> Arc<Database> {
    let databases = Databases::of([&Arc::new(backend)], &Databases::default(), root)
        .expect("the backend can be set up");
    Arc::clone(databases.get("shop").expect("the backend is a database"))
}

/// What an AMF3 client gets.
pub(crate) fn style() -> Style {
    Style {
        encoding: footbridge_remoting::Encoding::Amf3,
        rows: ListShape::ArrayCollection,
        lists: ListShape::Array,
        externals: true,
    }
}

pub(crate) fn rule(name: &str) -> CellRule {
    CellRule {
        declared: None,
        preset: Preset::BlazeDs,
        zone: TimeZone::UTC,
        null: NullRule::Null,
        shape: None,
        name: Arc::from(name),
    }
}

pub(crate) fn cell(column: usize, name: &str) -> Field {
    Field::Cell {
        column,
        rule: rule(name),
    }
}

pub(crate) fn plan(alias: &str, sealed: &[&str], fields: Vec<Field>, keys: &[usize]) -> RowPlan {
    RowPlan {
        class: Arc::new(Class {
            alias: alias.to_owned(),
            sealed: sealed.iter().map(ToString::to_string).collect(),
            dynamic: sealed.len() < fields.len(),
        }),
        fields,
        keys: keys.to_vec(),
    }
}

/// A statement that asks or changes, with all the rest as it mostly is.
pub(crate) struct Ask<'a> {
    pub(crate) text: &'a str,
    pub(crate) binds: &'a [Data],
    pub(crate) declared: &'a [Option<Scalar>],
    pub(crate) writes: bool,
    pub(crate) max_rows: usize,
    pub(crate) timeout: Option<Duration>,
}

pub(crate) fn ask(text: &str) -> Ask<'_> {
    Ask {
        text,
        binds: &[],
        declared: &[],
        writes: false,
        max_rows: 10_000,
        timeout: None,
    }
}

pub(crate) fn change(text: &str) -> Ask<'_> {
    Ask {
        writes: true,
        ..ask(text)
    }
}

/// Whatever runs statements.
pub(crate) enum On<'a> {
    Database(&'a Database),
    Transaction(&'a mut footbridge_sql::Transaction),
}

impl<'a> From<&'a Arc<Database>> for On<'a> {
    fn from(database: &'a Arc<Database>) -> Self {
        Self::Database(database)
    }
}

impl<'a> From<&'a mut footbridge_sql::Transaction> for On<'a> {
    fn from(transaction: &'a mut footbridge_sql::Transaction) -> Self {
        Self::Transaction(transaction)
    }
}

impl<'a> Ask<'a> {
    pub(crate) fn with(self, binds: &'a [Data]) -> Self {
        Self { binds, ..self }
    }

    #[cfg(feature = "databases")]
    pub(crate) fn declared(self, declared: &'a [Option<Scalar>]) -> Self {
        Self { declared, ..self }
    }

    pub(crate) async fn run<'o>(
        &self,
        on: impl Into<On<'o>>,
        output: Output<'_>,
    ) -> Result<Outcome, SqlError> {
        let text = Arc::from(self.text);
        let query = Query {
            text: &text,
            binds: self.binds,
            declared: self.declared,
            columns: &[],
            page: None,
            writes: self.writes,
            max_rows: self.max_rows,
            zone: &TimeZone::UTC,
            deadline: self
                .timeout
                .map(|timeout| std::time::Instant::now() + timeout),
        };
        match on.into() {
            On::Database(database) => database.run(&query, output).await,
            On::Transaction(transaction) => transaction.run(&query, output).await,
        }
    }

    pub(crate) async fn done<'o>(&self, on: impl Into<On<'o>>) -> Outcome {
        self.run(on, Output::Nothing)
            .await
            .unwrap_or_else(|error| panic!("{}: {error:?}", self.text))
    }

    pub(crate) async fn fails<'o>(&self, on: impl Into<On<'o>>) -> SqlError {
        match self.run(on, Output::Records { plan: None }).await {
            Ok(outcome) => panic!("{} gave {outcome:?}", self.text),
            Err(error) => error,
        }
    }

    /// The first column of each row.
    pub(crate) async fn values<'o>(&self, on: impl Into<On<'o>>) -> Vec<Data> {
        self.run(on, Output::Values { rule: None })
            .await
            .unwrap_or_else(|error| panic!("{}: {error:?}", self.text))
            .data
    }

    /// The rows as an AMF3 client gets them under a plan.
    pub(crate) async fn sent<'o>(
        &self,
        on: impl Into<On<'o>>,
        plan: &RowPlan,
        shape: &ListShape,
    ) -> Result<String, SqlError> {
        let mut sink = GraphBuilder::new();
        self.run(
            on,
            Output::Rows {
                plan,
                shape,
                style: &style(),
                service: "samples.Shop",
                sink: &mut sink,
            },
        )
        .await?;
        let (graph, value) = sink.finish().expect("the sink has one value");
        Ok(canonical::to_text(&graph, &value, Encoding::Amf3).expect("a shallow value"))
    }

    /// Each column of the only row under its name, as an AMF3 client gets it under a preset and a declared type.
    pub(crate) async fn cells(
        &self,
        database: &Arc<Database>,
        change: impl Fn(&mut CellRule),
    ) -> String {
        let described = database
            .describe(&Arc::from(self.text), self.declared)
            .await
            .unwrap_or_else(|error| panic!("{}: {error:?}", self.text))
            .described;
        let mut out = String::new();
        for (column, of) in described.columns.iter().enumerate() {
            let mut rule = rule(&of.name);
            change(&mut rule);
            let plan = plan("", &[&of.name], vec![Field::Cell { column, rule }], &[]);
            let line = match self.sent(database, &plan, &ListShape::Array).await {
                Ok(text) => text,
                Err(error) => format!("! {error}"),
            };
            out.push_str(&format!("{} ({:?}): {line}\n", of.name, of.kind));
        }
        out
    }
}

/// What a procedure gives, as text.
#[cfg(feature = "databases")]
pub(crate) async fn called(database: &Database, name: &str, with: &[(&str, Data)]) -> String {
    let given: Vec<&str> = with.iter().map(|(name, _)| *name).collect();
    let info = match database.procedure(name, &given).await {
        Ok(info) => info,
        Err(error) => return format!("{name}: ! {error}\n"),
    };
    let with: Vec<(Arc<str>, Data)> = with
        .iter()
        .map(|(name, value)| (Arc::from(*name), value.clone()))
        .collect();
    let call = footbridge_sql::Call {
        with: &with,
        writes: true,
        max_rows: 100,
        zone: &TimeZone::UTC,
        deadline: None,
    };
    match database.call(&info, &call).await {
        Ok(called) => format!(
            "{name} {with:?}:\n  out {:?}\n  sets {:?}\n",
            called.out.members, called.sets
        ),
        Err(error) => format!(
            "{name} {with:?}: ! {:?} {:?} {error}\n",
            error.kind, error.code
        ),
    }
}

//! The compiled mapping: one immutable value, all that the run time sees.

mod edge;
mod hidden;
mod http;
mod login;
mod proxy;
mod rules;
mod secret;
mod sessions;
mod sql_page;

pub use edge::*;
pub use http::*;
pub use login::*;
pub use proxy::*;
pub use rules::*;
pub use secret::Secret;
pub use sessions::{Carrier, Sessions};
pub use sql_page::*;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use indexmap::IndexMap;
use jiff::tz::TimeZone;

use crate::diagnostic::{Place, Places};
use crate::expression::Expression;
use crate::rows::{Described, Preset, RowPlan};
use crate::slot::{Slot, Type};
use crate::statement::{Dialect, Statement};
use crate::text::Text;
use crate::tree::Tree;

/// Everything the files of one project folder mean.
#[derive(Debug)]
pub struct Mapping {
    /// `gateway.yaml`.
    pub gateway: Gateway,
    /// The services, in the order of files and lines.
    pub services: Vec<Arc<Service>>,
    /// Services by their name and each `also`.
    pub by_name: HashMap<Arc<str>, usize>,
    /// Services by each Flex destination that lists them, beside their own names.
    pub by_destination: HashMap<Arc<str>, Vec<usize>>,
    /// Proxies by each of their names; each is an operation that no call names.
    pub proxies: HashMap<Arc<str>, Arc<Operation>>,
}

/// What `gateway.yaml` says.
#[derive(Debug)]
pub struct Gateway {
    /// The name in logs and metrics.
    pub name: Arc<str>,
    /// Where it listens.
    pub listen: Vec<Listener>,
    /// Health and metrics, files, the proxy before it.
    pub edge: Edge,
    /// Gateway paths, exact, with the built-in ones unless they are switched off.
    pub paths: Vec<GatewayPath>,
    /// Origins of CORS and crossdomain.xml; `*` in a host label is a wildcard.
    pub origins: Vec<Arc<str>>,
    /// The backends, by name.
    pub backends: IndexMap<Arc<str>, Arc<Backend>>,
    /// Budgets.
    pub limits: GatewayLimits,
    /// How long sessions live, what carries them, and where they are kept.
    pub sessions: Sessions,
    /// Who is known by name and password, in the order in which they are asked.
    pub login: Vec<Login>,
    /// `keys`: the first seals, all open.
    pub keys: Vec<Secret>,
    /// `debug`: who may ask what became of their calls; nobody without it.
    pub debug: Option<Callers>,
    /// `describe`: who may ask what there is to call; nobody without it.
    pub describe: Option<Callers>,
    /// `serve --dev` prints a mapping for unknown calls.
    pub stubs: bool,
}

/// `limits` of `gateway.yaml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GatewayLimits {
    /// Bytes of a request; 2 MiB.
    pub request: usize,
    /// Bytes of the replies to one packet; 10 MiB.
    pub reply: usize,
    /// Levels of nesting; 64.
    pub depth: usize,
    /// Values of a packet; 200,000.
    pub values: usize,
    /// Calls of a packet; 100.
    pub calls: usize,
    /// Calls that run at once; 1,000.
    pub running: usize,
    /// Calls of one client's address that run at once; 200.
    pub running_each: usize,
}

/// One entry of `backends`.
#[derive(Debug, PartialEq)]
pub struct Backend {
    /// Its name.
    pub name: Arc<str>,
    /// Where the entry stands.
    pub place: Place,
    /// What answers.
    pub kind: BackendKind,
    /// Statements and calls end after this; 10 seconds.
    pub timeout: Duration,
    /// How its values look where no slot says it.
    pub preset: Preset,
    /// The zone of values without one.
    pub zone: TimeZone,
    /// Readiness fails without it.
    pub required: bool,
}

/// The kinds of backend.
#[derive(Debug, PartialEq)]
pub enum BackendKind {
    /// PostgreSQL, MySQL, MariaDB, SQLite.
    Database(DatabaseSettings),
    /// REST services with or without an OpenAPI document, SOAP services.
    Http(Box<HttpBackend>),
}

impl Backend {
    /// What it says as a database.
    pub fn database(&self) -> Option<&DatabaseSettings> {
        match &self.kind {
            BackendKind::Database(settings) => Some(settings),
            BackendKind::Http(_) => None,
        }
    }

    /// What it says as a service that is reached by HTTP.
    pub fn http(&self) -> Option<&HttpBackend> {
        match &self.kind {
            BackendKind::Http(http) => Some(http),
            BackendKind::Database(_) => None,
        }
    }
}

/// What a database backend says.
#[derive(PartialEq)]
pub struct DatabaseSettings {
    /// Its SQL.
    pub dialect: Dialect,
    /// Its address, secrets expanded; for SQLite a file relative to the project folder, or `:memory:`.
    pub address: String,
    /// The password, expanded.
    pub password: Option<String>,
    /// The address and password of `write`, where it differs.
    pub write: Option<(String, Option<String>)>,
    /// Folder of migrations, relative to the project folder.
    pub migrations: Option<Arc<str>>,
    /// Most connections for reading; 10.
    pub pool: u32,
    /// Most connections for writing; 10, 1 for SQLite.
    pub write_pool: u32,
}

impl std::fmt::Debug for DatabaseSettings {
    /// Without address and password, which may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseSettings")
            .field("dialect", &self.dialect)
            .finish_non_exhaustive()
    }
}

/// One service.
#[derive(Debug)]
pub struct Service {
    /// Its name: the service of a classic call, and a Flex destination.
    pub name: Arc<str>,
    /// Its operations by name and by each `also`.
    pub operations: IndexMap<Arc<str>, Arc<Operation>>,
}

/// One operation: public face and plan.
#[derive(Debug)]
pub struct Operation {
    /// `service.operation`, for logs and faults.
    pub name: Arc<str>,
    /// Where it stands.
    pub place: Place,
    /// Arguments in the order of positions.
    pub arguments: Vec<Argument>,
    /// Who may call it.
    pub roles: Roles,
    /// The whole call ends after this.
    pub timeout: Duration,
    /// What it does.
    pub plan: Plan,
    /// Fault rules of operation, service, gateway, asked in this order.
    pub faults: Vec<Arc<FaultRules>>,
    /// How often, from which cache, once, in which session, written down.
    pub rules: CallRules,
    /// The service's types, variants and tables, shared by its operations.
    pub scope: Arc<TypeScope>,
}

/// What an operation does: itself, or one of several by its arguments.
#[derive(Debug)]
pub enum Plan {
    /// One thing.
    Step(Box<Step>),
    /// `overloads`: chosen by number, then types of the arguments.
    Overloads(Vec<Arc<Operation>>),
}

/// An argument.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// Its name.
    pub name: Arc<str>,
    /// Its type and default.
    pub slot: Slot,
}

/// Who may call an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Roles {
    /// Anybody.
    Public,
    /// Whoever has logged in.
    Users,
    /// Other operations alone; for clients it does not exist.
    Internal,
    /// Whoever has one of these roles.
    Named(Arc<[Arc<str>]>),
}

/// An operation without its public face: what it does, when, and what becomes of its value.
#[derive(Debug)]
pub struct Step {
    /// Its name; of an operation's only step the operation's.
    pub name: Arc<str>,
    /// Where it stands.
    pub place: Place,
    /// Else it is skipped and null.
    pub when: Option<Expression>,
    /// Once for each item of a list; the value is the list of values, in order. What else the step says is said of one
    /// run.
    pub each: Option<Each>,
    /// Else Client.Authorization.
    pub require: Option<Expression>,
    /// What it does.
    pub kind: Kind,
    /// `value` after a kind: made from `reply` or the steps.
    pub value: Option<Tree>,
    /// The reply's slot; `None` where the kind alone decides.
    pub returns: Option<Slot>,
    /// Of this step alone.
    pub faults: Arc<FaultRules>,
    /// Within what is left of the call.
    pub timeout: Option<Duration>,
    /// How often a statement runs again that could not begin: no connection, or another transaction in its way.
    pub retry: u32,
    /// `delay` of mocks.
    pub delay: Duration,
    /// Rows beyond this are a fault.
    pub max_rows: usize,
    /// The zone of what has none.
    pub zone: TimeZone,
}

/// `each: line in order.lines`
#[derive(Clone, Debug, PartialEq)]
pub struct Each {
    /// The name of the item.
    pub name: Arc<str>,
    /// The list.
    pub list: Expression,
    /// Most items; 100 where the list's type declares no `[..n]`.
    pub most: usize,
    /// Runs at once, 1 to 64; in a transaction 1.
    pub parallel: usize,
    /// The slot of the whole list, where `returns` says that of one run.
    pub reply: Option<Slot>,
}

impl Step {
    /// The slot of all that the step gives: of the list where it runs for each item of one.
    pub fn reply(&self) -> Option<&Slot> {
        match &self.each {
            Some(each) => each.reply.as_ref(),
            None => self.returns.as_ref(),
        }
    }

    /// Whether each of its rows chooses its class by a value (`variants`): such rows are read as all their columns,
    /// and become objects by `returns` afterwards.
    pub fn rows_choose(&self) -> bool {
        let scope = match &self.kind {
            Kind::Sql(sql) => &sql.scope,
            Kind::Procedure(procedure) => &procedure.scope,
            Kind::Value(_)
            | Kind::ValueFile(_)
            | Kind::Fault(_)
            | Kind::Soap(_)
            | Kind::Rest(_)
            | Kind::Proxy(_)
            | Kind::Operation { .. }
            | Kind::Steps(_)
            | Kind::Transaction { .. } => return false,
        };
        self.returns.as_ref().is_some_and(|slot| {
            matches!(crate::rows::item_of(&slot.kind), Type::Named(name) if scope.variants.contains_key(name))
        })
    }
}

/// The kinds.
#[derive(Debug)]
pub enum Kind {
    /// `value`
    Value(Tree),
    /// `value-file`: canonical JSON, read at load.
    ValueFile(Arc<crate::data::AmfValue>),
    /// `fault`
    Fault(FaultRule),
    /// `sql`
    Sql(Box<SqlStep>),
    /// `procedure`
    Procedure(Box<ProcedureStep>),
    /// `soap`
    Soap(Box<SoapStep>),
    /// `rest`
    Rest(Box<RestStep>),
    /// What a proxy does; of proxies alone.
    Proxy(Box<ProxyStep>),
    /// `operation`: another mapped operation, by service and name, with its arguments.
    Operation {
        /// Its service.
        service: Arc<str>,
        /// Its name.
        operation: Arc<str>,
        /// Its arguments by name.
        with: Vec<(Arc<str>, Tree)>,
        /// Whether it may change anything: so unless `writes: false`.
        writes: bool,
    },
    /// `steps`: side by side, unless one names another.
    Steps(Steps),
    /// `transaction`: in order, on one connection of the write pool.
    Transaction {
        /// The database.
        backend: Arc<Backend>,
        /// In the order written.
        steps: Vec<Step>,
        /// How often it runs again after a serialization failure.
        retry: u32,
        /// `isolation`.
        isolation: Option<Isolation>,
    },
}

/// Steps and who waits for whom.
#[derive(Debug)]
pub struct Steps {
    /// In the order written.
    pub steps: Vec<Step>,
    /// For each step the indices of those it waits for.
    pub waits: Vec<Vec<usize>>,
}

/// `isolation` of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// `read-committed`
    ReadCommitted,
    /// `repeatable-read`
    RepeatableRead,
    /// `serializable`
    Serializable,
}

/// `sql` and its keys.
#[derive(Debug)]
pub struct SqlStep {
    /// The database.
    pub backend: Arc<Backend>,
    /// The texts.
    pub statement: Statement,
    /// Declared types of what is bound, for texts that the server cannot type: by [`Variant`](crate::statement::Variant) and placeholder.
    pub declared: Vec<Vec<Option<crate::slot::Scalar>>>,
    /// Changed rows, else the fault `count`.
    pub expect: Option<u64>,
    /// `group`: columns whose equal values make neighbouring rows one object.
    pub group: Vec<Arc<str>>,
    /// How the reply is read: rows, one row, a scalar.
    pub reading: Reading,
    /// `page`: the rows come in pages.
    pub page: Option<SqlPaging>,
    /// The service's types, with the preset and names of this backend where the service says none.
    pub scope: Arc<TypeScope>,
    /// Where it stands in the mapping file.
    pub places: SqlPlaces,
    /// What the database told of each variant.
    pub prepared: PreparedTexts,
}

/// Places of a `sql` step, for what its database says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlPlaces {
    /// From bytes of the statement's text to bytes of the file.
    pub text: Places,
    /// `returns`, or the name of the step where it says none.
    pub returns: Place,
    /// The entries of `group`.
    pub group: Vec<Place>,
    /// `order`, or the name of the step.
    pub order: Place,
}

/// A text as the database takes it, and what it gives.
#[derive(Debug)]
pub struct Prepared {
    /// The variant's text; where the server could not infer a parameter's type, with its cast put in.
    pub text: Arc<str>,
    /// Parameters and columns.
    pub described: Described,
    /// How its rows become objects; `None` for a text without columns.
    pub plan: Option<RowPlan>,
}

/// What is known of a statement's variants once their database has answered: filled at load where it can be
/// reached, else at first use.
#[derive(Debug, Default)]
pub struct PreparedTexts(RwLock<Vec<Option<Arc<Prepared>>>>);

impl PreparedTexts {
    /// What is known of the variant of this index.
    pub fn of(&self, variant: usize) -> Option<Arc<Prepared>> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(variant)?
            .clone()
    }

    /// Keeps what was found out, and gives it back.
    pub fn keep(&self, variant: usize, prepared: Prepared) -> Arc<Prepared> {
        let mut texts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if texts.len() <= variant {
            texts.resize(variant + 1, None);
        }
        let prepared = Arc::new(prepared);
        texts[variant] = Some(Arc::clone(&prepared));
        prepared
    }

    /// Forgets it, since the database's tables have changed.
    pub fn forget(&self, variant: usize) {
        if let Some(text) = self
            .0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .get_mut(variant)
        {
            *text = None;
        }
    }
}

/// What a statement's result is read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// `T[]`, or nothing said: all rows.
    Rows,
    /// `T`: exactly one, else the faults `none` and `many`.
    Row,
    /// `T?`: one or null.
    RowOrNull,
    /// A scalar of one row's only column, else `none`, `many`.
    Scalar,
    /// A scalar or null where there is no row.
    ScalarOrNull,
    /// The only column of all rows.
    Scalars,
    /// `void`: whatever comes is dropped.
    Nothing,
}

/// `procedure` and its keys.
#[derive(Debug)]
pub struct ProcedureStep {
    /// The database.
    pub backend: Arc<Backend>,
    /// Its name, as written.
    pub procedure: Arc<str>,
    /// Its arguments by parameter name.
    pub with: Vec<(Arc<str>, Tree)>,
    /// Names of its result sets, in order.
    pub sets: Vec<Arc<str>>,
    /// `group`.
    pub group: Vec<Arc<str>>,
    /// Whether it may change anything; `writes: false` says that it only reads.
    pub writes: bool,
    /// As in [`SqlStep`].
    pub scope: Arc<TypeScope>,
    /// Where its name stands, and each entry of `with`.
    pub places: ProcedurePlaces,
}

/// Places of a `procedure` step, for what its database says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcedurePlaces {
    /// The procedure's name.
    pub name: Place,
    /// The names of `with`, in its order; where nothing is written, the procedure's name.
    pub with: Vec<Place>,
}

/// The rules of one `faults` map.
#[derive(Debug, Default, PartialEq)]
pub struct FaultRules {
    /// `when CONDITION`, asked first, in the order written.
    pub conditions: Vec<(Expression, FaultRule)>,
    /// The other keys.
    pub words: Vec<(FaultKey, FaultRule)>,
}

/// What a key of `faults` names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FaultKey {
    /// `404`
    Status(u16),
    /// `4xx`, by its first digit
    StatusClass(u8),
    /// `23505`, and any other word that is no word of ours: a SQLSTATE or SOAP code
    Code(Arc<str>),
    /// `duplicate`
    Duplicate,
    /// `reference`
    Reference,
    /// `check`
    Check,
    /// `count`
    Count,
    /// `none`
    None,
    /// `many`
    Many,
    /// `timeout`
    Timeout,
    /// `unavailable`
    Unavailable,
    /// `unreadable`
    Unreadable,
    /// `other`
    Other,
}

/// What happens instead.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultRule {
    /// A value in place of the fault: `null`, `{value: …}`.
    Value(Tree),
    /// This fault.
    Fault {
        /// `faultCode`.
        code: Arc<str>,
        /// `faultString`.
        message: Text,
        /// `faultDetail` or `details`.
        detail: Option<Text>,
        /// `extendedData`.
        data: Option<Tree>,
    },
}

/// Types, variants and tables that the operations of a service see.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TypeScope {
    /// The service's package; objects are anonymous without one.
    pub package: Option<Arc<str>>,
    /// Declared types by name.
    pub types: HashMap<Arc<str>, Arc<TypeBody>>,
    /// Class alias of type names that are declared or only used.
    pub aliases: HashMap<Arc<str>, Option<Arc<str>>>,
    /// Variants by name.
    pub variants: HashMap<Arc<str>, Arc<Variants>>,
    /// Closed tables of `lookup`.
    pub tables: HashMap<Arc<str>, Arc<IndexMap<Arc<str>, crate::data::Data>>>,
    /// How field names are made from backend names.
    pub names: Names,
    /// The preset of the service.
    pub preset: Preset,
    /// Where fields of declared types stand, by type and field.
    pub places: HashMap<(Arc<str>, Arc<str>), Place>,
}

impl TypeScope {
    /// The class alias of a type: the one that is declared for it, else its name in the package; `None`
    /// for an anonymous object.
    pub fn class(&self, name: &str) -> Option<Arc<str>> {
        match self.aliases.get(name) {
            Some(alias) => alias.clone(),
            // Types of a document that are called by their place have no name of their own.
            None if name.contains('/') => None,
            None => self
                .package
                .as_ref()
                .map(|package| format!("{package}.{name}").into()),
        }
    }
}

/// The fields of a type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TypeBody {
    /// Fields in the order written.
    pub fields: IndexMap<Arc<str>, Slot>,
    /// The field `"*"`.
    pub rest: Rest,
}

/// What `"*"` says of a type.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Rest {
    /// Nothing: what is named elsewhere (by a description, by the SQL text) is sent, the rest is not.
    #[default]
    Described,
    /// `"*": any`: everything.
    Open(Slot),
    /// `"*": hide`: these fields alone.
    Closed,
}

/// `variants`: the value of one field chooses the class.
#[derive(Clone, Debug, PartialEq)]
pub struct Variants {
    /// The field.
    pub by: Arc<str>,
    /// Type by value.
    pub of: IndexMap<Arc<str>, Arc<str>>,
    /// The type of all other values; without it they are a fault.
    pub other: Option<Arc<str>>,
}

/// `names`: what backend names become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// `as-is`
    #[default]
    AsIs,
    /// `camel`: `on_stock` becomes `onStock`
    Camel,
    /// `upper`: `ON_STOCK`
    Upper,
}

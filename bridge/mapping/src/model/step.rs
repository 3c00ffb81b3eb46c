//! Steps: what an operation does, when, and what becomes of its value.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::{
    Backend, FaultRule, FaultRules, ProcedureStep, ProxyStep, RestStep, SoapStep, SqlStep,
};
use crate::diagnostic::Place;
use crate::expression::Expression;
use crate::slot::{Slot, Type};
use crate::tree::Tree;

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

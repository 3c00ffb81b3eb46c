//! An operation, a step, and what both say of roles, pages and the log of audit.

use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::faults::{FaultFile, FaultsFile};
use super::order::OrderFile;
use super::read::{Entry, Items, Named, Parsed, Perhaps, Read, Reader, TreeNode, keys};
use super::rows::RowsFile;
use super::words::{Computed, Condition, EachItem, OperationName};
use super::yaml::{Node, NodeValue, Scalar};
use crate::model::{Isolation, PageBy};
use crate::slot::Slot;
use crate::units::Rate;

keys! {
    /// An operation or a step. It does one thing, and its kind is a key of it: `sql`, `procedure`, `value`,
    /// `rest`, `soap`, `value-file`, `fault`, `operation`, `steps`, `transaction` or `overloads`.
    pub struct OperationFile is "an operation" {
        /// One SQL statement. `:name` binds a value; a line that ends in `-- when: condition` stands only then.
        sql "sql": Scalar,
        /// A stored procedure.
        procedure "procedure": Scalar,
        /// A request: `METHOD /path` with `{expressions}`, or the id of a described operation.
        rest "rest": Scalar,
        /// An operation of a WSDL's port.
        soap "soap": Scalar,
        /// Another mapped operation, `service.name`, with its rules.
        operation "operation": Parsed<OperationName>,
        /// Constants and `=expressions`: what is answered.
        value "value": TreeNode,
        /// An answer as it was recorded, in canonical JSON; a path below the project folder.
        value_file "value-file": Scalar,
        /// Always this fault.
        fault "fault": FaultFile,
        /// Steps that run side by side; one that names another waits for it.
        steps "steps": Named<OperationFile>,
        /// Steps that run in order on one connection, all or nothing.
        transaction "transaction": Named<OperationFile>,
        /// Several operations, chosen by number, then types of the arguments.
        overloads "overloads": Items<OperationFile>,
        /// Other names of this operation.
        also "also": Items<Scalar>,
        /// Arguments, in the order of positions; one without a type has that of the place its value goes to.
        args "args": Named<Perhaps<Parsed<Slot>>>,
        /// The backend; the service's.
        backend "backend": Scalar,
        /// The parameters of what is called; arguments of the same names.
        with "with": Named<TreeNode>,
        /// Parameters of the query; null is left out, a list is repeated.
        query "query": Named<TreeNode>,
        /// HTTP headers; null is left out.
        headers "headers": Named<TreeNode>,
        /// Header blocks of the envelope, by part.
        soap_headers "soap-headers": Named<TreeNode>,
        /// The message: JSON, or as `content` says; for SOAP the inside of the operation's wrapper.
        body "body": TreeNode,
        /// The media type of the body; `application/json`.
        content "content": Scalar,
        /// The message as handlebars text, escaped for what it is.
        template "template": Scalar,
        /// The type, place and shape of the reply.
        returns "returns": Parsed<Slot>,
        /// Names for the result sets of a procedure, in order.
        sets "sets": Items<Scalar>,
        /// Columns whose equal values make neighbouring rows one object.
        group "group": Items<Scalar>,
        /// The ORDER BY: a column, a list, or a choice by an argument.
        order "order": OrderFile,
        /// The list comes in pages, which are fetched one after another.
        page "page": PageFile,
        /// Changed rows, else the fault `count`.
        expect "expect": Parsed<u64>,
        /// Rows beyond this are a fault; 10000.
        max_rows "max-rows": Parsed<usize>,
        /// It runs once for each item, `line in order.lines`; the reply is the list.
        each "each": Parsed<EachItem>,
        /// How many runs of `each` go on at once, 1 to 64; 8. In a transaction they go in order.
        parallel "parallel": Parsed<usize>,
        /// A step runs only if this is true, else it is null.
        when "when": Parsed<Condition>,
        /// It runs only if this is true, else Client.Authorization.
        require "require": Parsed<Condition>,
        /// What becomes of faults.
        faults "faults": FaultsFile,
        /// Whether it changes anything, where the text does not say it.
        writes "writes": Parsed<bool>,
        /// Who may call: `public`, `users`, `internal` or a list of roles.
        roles "roles": RolesFile,
        /// Which rows a caller sees: `all`, or a condition for each role: `{customer: "owner_id = :identity.id", clerk: all}`.
        rows "rows": RowsFile,
        /// It ends after this, within what is left of the call; 10s.
        timeout "timeout": Parsed<Duration>,
        /// How often what reads runs again where it could not begin, and a transaction after a serialization failure; 0.
        retry "retry": Parsed<u32>,
        /// The argument that says whose session it is, in place of cookies: `=sid`.
        session "session": Parsed<Computed>,
        /// How often one caller may call: `60/min`.
        rate "rate": Parsed<Rate>,
        /// An answer serves for so long, for calls of the same arguments.
        cache "cache": Parsed<Duration>,
        /// And so much longer while the backend fails.
        stale "stale": Parsed<Duration>,
        /// A second call with this key gets the first answer: `=requestId`.
        once "once": Parsed<Computed>,
        /// The log of audit has each call, with these arguments.
        audit "audit": AuditFile,
        /// Kept in the session as `session.name`.
        remember "remember": Named<TreeNode>,
        /// A good answer signs the caller in, in a new session: `{id: =account.id, name: =user, roles: [customer]}`.
        login "login": Named<TreeNode>,
        /// A good answer ends the session.
        logout "logout": Parsed<bool>,
        /// The isolation of a transaction; the database's own.
        isolation "isolation": Parsed<Isolation>,
        /// It waits so long before it answers, as slow as the real one.
        delay "delay": Parsed<Duration>,
    }
    later [
        "amf", "shadow", "canary",
    ]
}

keys! {
    /// How a list that comes in pages is asked for. The request names the page itself: `=page.number`, `=page.size`,
    /// `=page.offset`, `=page.last`, `=page.cursor`.
    pub struct PageFile is "`page`" {
        /// How the next page is found; of SQL by `keyset` unless it says `offset`.
        by "by": Parsed<PageBy>,
        /// Items of a page; 50. `=expression`: the caller asks for a page, and gets just that one.
        size "size": TreeNode,
        /// The page that the caller asks for, from 1.
        number "number": TreeNode,
        /// The first item that the caller asks for, from 0.
        offset "offset": TreeNode,
        /// The cursor or the URL of the next page, found in the reply; null at the end.
        next "next": TreeNode,
        /// How many items there are in all, found in the reply; of SQL `exact` or `none`.
        total "total": TreeNode,
        /// Of SQL: columns that together are never twice the same, where no key of the table says it.
        unique "unique": Items<Scalar>,
    }
    later []
}

/// The forms of `roles`.
#[derive(Clone, Debug, PartialEq)]
pub enum RolesFile {
    /// `public`, `users`, `internal`.
    Word(Scalar),
    /// A list of roles.
    Named(Vec<Scalar>),
}

/// The forms of `audit`.
#[derive(Clone, Debug, PartialEq)]
pub enum AuditFile {
    /// `true`: without arguments.
    Switch(Parsed<bool>),
    /// These arguments.
    Arguments(Vec<Scalar>),
}

impl Read for RolesFile {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.value {
            NodeValue::Scalar(word) if matches!(&*word.text, "public" | "users" | "internal") => {
                Some(Self::Word(word.clone()))
            }
            NodeValue::Scalar(word) => {
                reader.error(
                    614,
                    &word.place,
                    format!("`{}` is none of `public`, `users`, `internal`", word.text),
                    format!("a role stands in a list: `[{}]`", word.text),
                );
                None
            }
            NodeValue::List(items) if items.is_empty() => {
                reader.error(
                    614,
                    &node.place,
                    "a list without a role lets nobody in",
                    "write `internal` for what only other operations reach",
                );
                None
            }
            NodeValue::List(_) => Items::read(node, reader).map(|Items(roles)| Self::Named(roles)),
            NodeValue::Absent | NodeValue::Map(_) => {
                reader.expected(node, "`public`, `users`, `internal` or a list of roles");
                None
            }
        }
    }
}

impl Read for AuditFile {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match &node.value {
            NodeValue::List(_) => {
                Items::read(node, reader).map(|Items(names)| Self::Arguments(names))
            }
            NodeValue::Scalar(_) => Parsed::read(node, reader).map(Self::Switch),
            NodeValue::Absent | NodeValue::Map(_) => {
                reader.expected(node, "`true` or a list of arguments");
                None
            }
        }
    }
}

impl JsonSchema for RolesFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RolesFile".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "enum": ["public", "users", "internal"] },
                { "type": "array", "items": { "type": "string" }, "minItems": 1 },
            ]
        })
    }
}

impl JsonSchema for AuditFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AuditFile".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "boolean" },
                { "type": "array", "items": { "type": "string" } },
            ]
        })
    }
}

/// The kind that an operation says it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KindFile<'a> {
    /// `sql`
    Sql(&'a Scalar),
    /// `procedure`
    Procedure(&'a Scalar),
    /// `rest`
    Rest(&'a Scalar),
    /// `soap`
    Soap(&'a Scalar),
    /// `operation`
    Operation(&'a Parsed<OperationName>),
    /// `value`
    Value(&'a TreeNode),
    /// `value-file`
    ValueFile(&'a Scalar),
    /// `fault`
    Fault(&'a FaultFile),
    /// `steps`
    Steps(&'a Named<OperationFile>),
    /// `transaction`
    Transaction(&'a Named<OperationFile>),
    /// `overloads`
    Overloads(&'a Items<OperationFile>),
}

impl OperationFile {
    /// All kinds that are written, with their keys; `value` is last.
    pub fn kinds(&self) -> Vec<(&'static str, &crate::diagnostic::Place, KindFile<'_>)> {
        fn entry<'a, T>(
            name: &'static str,
            entry: Option<&'a Entry<T>>,
            kind: impl FnOnce(&'a T) -> KindFile<'a>,
        ) -> Option<(&'static str, &'a crate::diagnostic::Place, KindFile<'a>)> {
            entry.map(|entry| (name, &entry.key, kind(&entry.value)))
        }
        [
            entry("sql", self.sql.as_ref(), KindFile::Sql),
            entry("procedure", self.procedure.as_ref(), KindFile::Procedure),
            entry("rest", self.rest.as_ref(), KindFile::Rest),
            entry("soap", self.soap.as_ref(), KindFile::Soap),
            entry("operation", self.operation.as_ref(), KindFile::Operation),
            entry("value-file", self.value_file.as_ref(), KindFile::ValueFile),
            entry("fault", self.fault.as_ref(), KindFile::Fault),
            entry("steps", self.steps.as_ref(), KindFile::Steps),
            entry(
                "transaction",
                self.transaction.as_ref(),
                KindFile::Transaction,
            ),
            entry("overloads", self.overloads.as_ref(), KindFile::Overloads),
            entry("value", self.value.as_ref(), KindFile::Value),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

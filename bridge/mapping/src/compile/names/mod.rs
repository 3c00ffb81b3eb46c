//! The names that an expression or a statement sees.
//!
//! 1. [`Names`]: one flat scope of arguments, steps and roots.
//! 2. `find`: what stands at a path.
//! 3. `check`: what is wrong with an expression, and what a statement asks.

mod check;
mod find;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use self::find::peeled;
pub(super) use self::find::scalar;
use crate::description::{DescribedOperation, Description};
use crate::diagnostic::Place;
use crate::model::{TypeScope, Uses};
use crate::slot::{Slot, Type};

/// What `reply` means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// `row rows count key`; whether the database tells keys, and whether there is a `total`.
    Sql { keys: bool, pages: bool },
    /// `out sets`
    Procedure,
    /// `body headers soap-headers`
    Soap,
    /// `status headers body`
    Rest,
    /// The same of the last page, and `rows total`
    Pages,
}

/// One flat scope: arguments, steps, roots. Nothing shadows anything.
#[derive(Clone, Debug)]
pub(super) struct Names<'a> {
    types: &'a TypeScope,
    entries: Vec<Entry>,
    /// Steps that run later, for a better sentence.
    later: Vec<Arc<str>>,
    reply: Option<Reply>,
    /// What a document says of `reply.body`.
    answer: Option<Answer>,
    fault: bool,
    /// Steps that are named, noted by all clones of these names.
    used: Rc<RefCell<BTreeSet<Arc<str>>>>,
    /// Whether `identity` and `session` are looked at, noted by all that is derived from these names.
    uses: Rc<Cell<Uses>>,
    /// In the request of a list that comes in pages: the members of `page` that are named, noted by all clones of these names.
    pages: Option<Rc<RefCell<BTreeSet<&'static str>>>>,
}

/// What a document says of an answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) document: Arc<dyn Description>,
    pub(super) described: DescribedOperation,
}

#[derive(Clone, Debug)]
struct Entry {
    name: Arc<str>,
    /// `None` where nothing describes it.
    kind: Option<Type>,
    nullable: bool,
    /// A row: its columns may be more than its type's fields.
    open: bool,
    step: bool,
    place: Place,
}

const ROOTS: [&str; 6] = ["identity", "session", "call", "page", "reply", "fault"];
const WORDS: [&str; 10] = [
    "or", "and", "not", "in", "is", "given", "true", "false", "null", "NaN",
];

/// Whether an argument or step may not have this name: it has a meaning of its own in expressions.
pub fn reserved(name: &str) -> bool {
    // There is no `page` in operations without paging.
    ROOTS.contains(&name) && name != "page" || WORDS.contains(&name) || name == "omit"
}

/// Whether an expression can name it.
pub(super) fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(char::is_alphabetic)
        && characters
            .all(|character| character.is_alphanumeric() || matches!(character, '_' | '$' | '-'))
}

impl<'a> Names<'a> {
    pub(super) fn new(types: &'a TypeScope) -> Self {
        Self {
            types,
            entries: Vec::new(),
            later: Vec::new(),
            reply: None,
            answer: None,
            fault: false,
            used: Rc::default(),
            uses: Rc::default(),
            pages: None,
        }
    }

    /// Which roots an answer may depend on.
    pub(super) fn uses(&self) -> Uses {
        self.uses.get()
    }

    /// Adds an argument.
    pub(super) fn argument(&mut self, name: Arc<str>, slot: &Slot, place: Place) {
        let (kind, nullable) = peeled(slot.kind.clone());
        self.entries.push(Entry {
            name,
            kind: Some(kind),
            nullable: nullable && slot.default.is_none(),
            open: false,
            step: false,
            place,
        });
    }

    /// Adds a step with what its `returns` says; `skippable` where it may not run.
    pub(super) fn step(
        &mut self,
        name: Arc<str>,
        kind: Option<Type>,
        skippable: bool,
        place: Place,
    ) {
        let (kind, nullable) = kind.map_or((None, true), |kind| {
            let (kind, nullable) = peeled(kind);
            (Some(kind), nullable)
        });
        self.entries.push(Entry {
            name,
            kind,
            nullable: nullable || skippable,
            open: true,
            step: true,
            place,
        });
    }

    /// Names of steps that run later.
    pub(super) fn later(&mut self, names: Vec<Arc<str>>) {
        self.later = names;
    }

    /// The same names, with `page` besides.
    pub(super) fn with_page(&self, place: Place) -> Self {
        let mut names = self.clone();
        names.pages = Some(Rc::default());
        names.entries.push(Entry {
            name: "page".into(),
            kind: None,
            nullable: true,
            open: true,
            step: false,
            place,
        });
        names
    }

    /// Which members of `page` have been named.
    pub(super) fn pages(&self) -> BTreeSet<&'static str> {
        let pages = self.pages.as_ref();
        pages
            .map(|named| named.borrow().clone())
            .unwrap_or_default()
    }

    /// The same names, with `reply` besides.
    pub(super) fn with_reply(&self, reply: Option<Reply>) -> Self {
        Self {
            reply,
            ..self.clone()
        }
    }

    /// The same names, with what a document says of `reply.body`.
    pub(super) fn with_answer(&self, answer: Option<Answer>) -> Self {
        Self {
            answer,
            ..self.clone()
        }
    }

    /// The same names, with `fault` besides.
    pub(super) fn with_fault(&self) -> Self {
        Self {
            fault: true,
            ..self.clone()
        }
    }

    /// Where a name was declared.
    pub(super) fn place(&self, name: &str) -> Option<&Place> {
        self.entries
            .iter()
            .find(|entry| &*entry.name == name)
            .map(|entry| &entry.place)
    }

    /// Any place of this scope, for what has none of its own.
    pub(super) fn any_place(&self) -> Option<Place> {
        self.entries.first().map(|entry| entry.place.clone())
    }

    /// Whether it is an argument or a step.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| &*entry.name == name)
    }

    /// Names of arguments and steps.
    pub(super) fn arguments(&self) -> Vec<Arc<str>> {
        self.entries
            .iter()
            .map(|entry| Arc::clone(&entry.name))
            .collect()
    }

    /// Steps that were named since, or are named by a part of the operation.
    pub(super) fn used(&self) -> BTreeSet<Arc<str>> {
        self.used.borrow().clone()
    }

    /// The same names, with an account of its own of the steps that are named.
    pub(super) fn fresh(&self) -> Self {
        Self {
            used: Rc::default(),
            ..self.clone()
        }
    }

    /// The same names without one step.
    pub(super) fn without(&self, name: &str) -> Self {
        let mut names = self.clone();
        names.entries.retain(|entry| &*entry.name != name);
        names
    }

    /// Adds the item of `each`.
    pub(super) fn item(&mut self, name: Arc<str>, kind: Option<Type>, place: Place) {
        let (kind, nullable) = kind.map_or((None, true), |kind| {
            let (kind, nullable) = peeled(kind);
            (Some(kind), nullable)
        });
        self.entries.push(Entry {
            name,
            kind,
            nullable,
            open: false,
            step: false,
            place,
        });
    }
}

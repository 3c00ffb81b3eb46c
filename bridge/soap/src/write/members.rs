//! The members of a value that was given, and which of them were written.

use std::cell::Cell;
use std::sync::Arc;

use footbridge_mapping::data::{Data, same_name};

pub(super) struct Members {
    pub(super) entries: Vec<Entry>,
    /// Behind the member that was found last: most are given in the order of the schema.
    next: Cell<usize>,
}

pub(super) struct Entry {
    pub(super) name: Arc<str>,
    pub(super) data: Data,
    /// How many of its items were written; 1 for a value that is none.
    pub(super) used: usize,
}

impl Members {
    /// `None` for what has no members.
    pub(super) fn of(data: &Data) -> Option<Self> {
        let entries = match data {
            Data::Object(record) => record
                .members
                .iter()
                .filter(|(_, data)| **data != Data::Omit)
                .map(|(name, data)| Entry::new(name.clone(), data.plain()))
                .collect(),
            Data::Amf(value) => {
                value.class()?;
                value
                    .member_names()
                    .into_iter()
                    .map(|name| {
                        let data = value.member(&name).unwrap_or(Data::Null);
                        Entry::new(name, data)
                    })
                    .collect()
            }
            Data::Null
            | Data::Omit
            | Data::Bool(_)
            | Data::Int(_)
            | Data::Number(_)
            | Data::Decimal(_)
            | Data::Text(_)
            | Data::Date(_)
            | Data::Day(_)
            | Data::Bytes(_)
            | Data::Xml(_)
            | Data::List(_) => return None,
        };
        Some(Self {
            entries,
            next: Cell::new(0),
        })
    }

    /// None.
    pub(super) fn none() -> Self {
        Self {
            entries: Vec::new(),
            next: Cell::new(0),
        }
    }

    /// One member.
    pub(super) fn one(name: Arc<str>, data: Data) -> Self {
        Self {
            entries: vec![Entry::new(name, data)],
            next: Cell::new(0),
        }
    }

    /// By the exact name, else by the only one that is equal without regard to case and `_`.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let next = self.next.get();
        if self
            .entries
            .get(next)
            .is_some_and(|entry| *entry.name == *name)
        {
            self.next.set(next + 1);
            return Some(next);
        }
        if let Some(at) = self.entries.iter().position(|entry| *entry.name == *name) {
            self.next.set(at + 1);
            return Some(at);
        }
        // `$type` and its like are no names of elements.
        if name.starts_with('$') {
            return None;
        }
        let mut alike = self
            .entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| same_name(&entry.name, name));
        match (alike.next(), alike.next()) {
            (Some((at, _)), None) => Some(at),
            (Some(_), Some(_)) | (None, _) => None,
        }
    }

    /// Whether something but null is left of a member.
    pub(super) fn left(&self, name: &str, many: bool) -> Option<usize> {
        let at = self.find(name)?;
        let entry = self.entries.get(at)?;
        let left = if entry.data.is_null() {
            false
        } else if many && let Some(items) = entry.data.items() {
            entry.used < items.len()
        } else {
            entry.used == 0
        };
        left.then_some(at)
    }
}

impl Entry {
    fn new(name: Arc<str>, data: Data) -> Self {
        Self {
            name,
            data,
            used: 0,
        }
    }
}

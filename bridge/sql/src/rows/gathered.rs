//! The end of the walk that keeps rows as data, for whoever reads them before the client does.

use std::sync::Arc;

use footbridge_amf::amf3::Members;
use footbridge_mapping::data::{Data, Record};
use footbridge_mapping::rows::{CellRule, RowPlan};
use footbridge_mapping::slot::{Constant, Shape};
use indexmap::IndexMap;

use super::End;
use crate::cell::Cell;
use crate::collect;
use crate::error::SqlError;

/// Rows gathered as data.
#[derive(Default)]
pub(crate) struct Gathered {
    /// The lists that are open, the outermost first.
    lists: Vec<Vec<Data>>,
    /// The objects that are open, each with the name its next value gets.
    objects: Vec<(Record, Arc<str>)>,
}

impl Gathered {
    pub(crate) fn new() -> Self {
        Self {
            lists: vec![Vec::new()],
            objects: Vec::new(),
        }
    }

    /// What was gathered.
    pub(crate) fn into_items(mut self) -> Vec<Data> {
        self.lists.pop().unwrap_or_default()
    }

    /// Adds an item that is no object.
    pub(crate) fn item(&mut self, data: Data) {
        if let Some(list) = self.lists.last_mut() {
            list.push(data);
        }
    }

    fn value(&mut self, data: Data) {
        if let Some((record, name)) = self.objects.last_mut()
            && data != Data::Omit
        {
            record.members.insert(Arc::clone(name), data);
        }
    }

    fn open(&mut self, plan: &RowPlan) {
        let alias = &plan.class.alias;
        let record = Record {
            alias: (!alias.is_empty()).then(|| Arc::from(alias.as_str())),
            members: IndexMap::with_capacity(plan.fields.len()),
        };
        self.objects.push((record, Arc::default()));
    }
}

impl End for Gathered {
    fn begin_object(&mut self, plan: &RowPlan) -> Result<(), SqlError> {
        self.open(plan);
        Ok(())
    }

    fn end_object(&mut self) -> Result<(), SqlError> {
        if let Some((record, _)) = self.objects.pop() {
            self.item(Data::Object(Arc::new(record)));
        }
        Ok(())
    }

    fn begin_members(&mut self) -> Result<Option<Members<'_>>, SqlError> {
        Ok(None)
    }

    fn began(&mut self, _plan: &RowPlan) {}

    fn members(&mut self) -> Option<Members<'_>> {
        None
    }

    fn begin_list(&mut self, _plan: &RowPlan, _shape: Option<Shape>) -> Result<(), SqlError> {
        self.lists.push(Vec::new());
        Ok(())
    }

    fn end_list(&mut self) -> Result<(), SqlError> {
        let items = self.lists.pop().unwrap_or_default();
        self.value(Data::List(items.into()));
        Ok(())
    }

    fn begin_inner(&mut self, plan: &RowPlan) -> Result<(), SqlError> {
        self.open(plan);
        Ok(())
    }

    fn end_inner(&mut self) -> Result<(), SqlError> {
        if let Some((record, _)) = self.objects.pop() {
            self.value(Data::Object(Arc::new(record)));
        }
        Ok(())
    }

    fn can_omit(&self) -> bool {
        true
    }

    fn name(&mut self, name: &str) {
        if let Some((_, next)) = self.objects.last_mut() {
            *next = Arc::from(name);
        }
    }

    fn cell(&mut self, rule: &CellRule, _dynamic: bool, cell: &Cell<'_>) -> Result<(), SqlError> {
        if let Some((_, next)) = self.objects.last_mut() {
            *next = Arc::clone(&rule.name);
        }
        let data = collect::data(rule, *cell)?;
        self.value(data);
        Ok(())
    }

    fn null(&mut self) -> Result<(), SqlError> {
        self.value(Data::Null);
        Ok(())
    }

    fn constant(&mut self, constant: &Constant) -> Result<(), SqlError> {
        self.value(collect::constant(constant));
        Ok(())
    }
}

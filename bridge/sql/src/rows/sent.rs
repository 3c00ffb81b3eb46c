//! The end of the walk that writes rows into an answer as they come.

use std::sync::Arc;

use footbridge_amf::amf3::Members;
use footbridge_amf::{Class, Sink};
use footbridge_mapping::rows::{CellRule, Field, RowPlan};
use footbridge_mapping::slot::{Constant, Shape};
use footbridge_remoting::{ListShape, Rows, Style};

use super::End;
use crate::cell::{Cell, Place};
use crate::error::SqlError;

/// Rows written into an answer as they come.
pub(crate) struct Sent<'s> {
    sink: &'s mut dyn Sink,
    style: &'s Style,
    service: &'s str,
    text: String,
    layers: Vec<Layer>,
    /// For each object that is begun and not ended, whether its class has no name.
    anonymous: Vec<bool>,
    /// Whether the next cell stands in a record set's row or in an object without a class.
    empty_null: bool,
}

enum Layer {
    Single,
    List { rows: Rows, record_set: bool },
}

impl<'s> Sent<'s> {
    /// Begins with a list of the plan's objects.
    pub(crate) fn rows(
        sink: &'s mut dyn Sink,
        style: &'s Style,
        service: &'s str,
        plan: &RowPlan,
        shape: &ListShape,
    ) -> Result<Self, SqlError> {
        let mut sent = Self::single(sink, style, service);
        sent.push_list(plan, shape)?;
        Ok(sent)
    }

    /// Begins with one object, which is no item of a list.
    pub(crate) fn single(sink: &'s mut dyn Sink, style: &'s Style, service: &'s str) -> Self {
        Self {
            sink,
            style,
            service,
            text: String::new(),
            layers: vec![Layer::Single],
            anonymous: Vec::new(),
            empty_null: false,
        }
    }

    /// Sends one cell that is no field of an object.
    pub(crate) fn value(&mut self, rule: &CellRule, cell: &Cell<'_>) -> Result<(), SqlError> {
        self.place().put(rule, cell)
    }

    /// Ends the list that it began with.
    pub(crate) fn finish(mut self) -> Result<(), SqlError> {
        self.end_list()
    }

    /// The sink, between values.
    pub(crate) fn sink(&mut self) -> &mut dyn Sink {
        self.sink
    }

    fn push_list(&mut self, plan: &RowPlan, shape: &ListShape) -> Result<(), SqlError> {
        let record_set = shape.has_cells();
        let class = if record_set {
            columns_of(plan)
        } else {
            Arc::clone(&plan.class)
        };
        let rows = Rows::begin(self.sink, shape, &class, self.service)?;
        self.layers.push(Layer::List { rows, record_set });
        Ok(())
    }

    fn in_record_set(&self) -> bool {
        // Inner objects of a record set's row are objects.
        matches!(
            self.layers.last(),
            Some(Layer::List {
                record_set: true,
                ..
            })
        ) && self.anonymous.len() < self.layers.len()
    }

    fn place(&mut self) -> Place<'_> {
        Place {
            sink: self.sink,
            style: self.style,
            text: &mut self.text,
            empty_null: self.empty_null,
        }
    }

    fn entered(&mut self, plan: &RowPlan) {
        self.anonymous.push(plan.class.alias.is_empty());
        self.look();
    }

    fn left(&mut self) {
        self.anonymous.pop();
        self.look();
    }

    fn look(&mut self) {
        self.empty_null = self.in_record_set() || self.anonymous.last().copied().unwrap_or(false);
    }
}

/// The columns of a record set: all members, for a row of one leaves none out.
fn columns_of(plan: &RowPlan) -> Arc<Class> {
    if plan.class.sealed.len() == plan.fields.len() {
        return Arc::clone(&plan.class);
    }
    let mut class = (*plan.class).clone();
    for field in plan.fields.iter().skip(class.sealed.len()) {
        if let Field::Cell { rule, .. } = field {
            class.sealed.push(rule.name.to_string());
        }
    }
    Arc::new(class)
}

impl End for Sent<'_> {
    fn begin_object(&mut self, plan: &RowPlan) -> Result<(), SqlError> {
        self.entered(plan);
        match self.layers.last_mut() {
            Some(Layer::List { rows, .. }) => rows.begin_row(self.sink)?,
            Some(Layer::Single) | None => self.sink.begin_object(&plan.class)?,
        }
        Ok(())
    }

    fn end_object(&mut self) -> Result<(), SqlError> {
        self.left();
        match self.layers.last_mut() {
            Some(Layer::List { rows, .. }) => rows.end_row(self.sink)?,
            Some(Layer::Single) | None => self.sink.end()?,
        }
        Ok(())
    }

    #[inline]
    fn begin_members(&mut self) -> Result<Option<Members<'_>>, SqlError> {
        match self.layers.last_mut() {
            Some(Layer::List { rows, .. }) => Ok(rows.begin_members(self.sink)?),
            Some(Layer::Single) | None => Ok(None),
        }
    }

    fn began(&mut self, plan: &RowPlan) {
        self.entered(plan);
    }

    #[inline]
    fn members(&mut self) -> Option<Members<'_>> {
        if let Some(Layer::List { rows, .. }) = self.layers.last()
            && !rows.have_members()
        {
            return None;
        }
        Some(self.sink.amf3()?.members())
    }

    fn begin_list(&mut self, plan: &RowPlan, shape: Option<Shape>) -> Result<(), SqlError> {
        let shape = match shape {
            Some(Shape::Array) => ListShape::Array,
            Some(Shape::ArrayCollection) if self.style.externals => ListShape::ArrayCollection,
            Some(Shape::ArrayCollection) => ListShape::Array,
            Some(Shape::RecordSet) => ListShape::RecordSet,
            Some(Shape::Vector) => ListShape::VectorObject(plan.class.alias.clone()),
            None | Some(Shape::Object | Shape::Xml | Shape::XmlDocument) => self.style.rows.clone(),
        };
        self.push_list(plan, &shape)
    }

    fn end_list(&mut self) -> Result<(), SqlError> {
        if let Some(Layer::List { rows, .. }) = self.layers.pop() {
            rows.end(self.sink)?;
        }
        self.look();
        Ok(())
    }

    fn begin_inner(&mut self, plan: &RowPlan) -> Result<(), SqlError> {
        self.entered(plan);
        Ok(self.sink.begin_object(&plan.class)?)
    }

    fn end_inner(&mut self) -> Result<(), SqlError> {
        self.left();
        Ok(self.sink.end()?)
    }

    fn can_omit(&self) -> bool {
        !self.in_record_set()
    }

    /// Sealed members are sent by their order.
    fn name(&mut self, _name: &str) {}

    fn cell(&mut self, rule: &CellRule, dynamic: bool, cell: &Cell<'_>) -> Result<(), SqlError> {
        if dynamic && !self.in_record_set() {
            self.sink.member(&rule.name)?;
        }
        self.place().put(rule, cell)
    }

    fn null(&mut self) -> Result<(), SqlError> {
        Ok(self.sink.null()?)
    }

    fn constant(&mut self, constant: &Constant) -> Result<(), SqlError> {
        self.place().put_constant(constant, None)
    }
}

//! Flat rows become objects: one walk over a [`RowPlan`], with two ends, a sink and [`Data`].
//!
//! Rows come one by one and go out at once. A plan with `keys` keeps its object open while neighbouring rows have
//! equal raw key bytes; its list then takes an item of each of them.
//!
//! ```text
//! level 0   Order {id, customer, lines}     keys: id
//! level 1           Line {sku, quantity}    no keys: each row is an item
//! ```

use std::sync::Arc;

use footbridge_amf::{Class, Sink};
use footbridge_mapping::data::{Data, Record};
use footbridge_mapping::rows::{CellRule, Field, NullRule, RowPlan};
use footbridge_mapping::slot::{Constant, Shape};
use footbridge_remoting::{ListShape, Rows, Style};
use indexmap::IndexMap;

use crate::cell::{Cell, Place};
use crate::collect;
use crate::error::{SqlError, SqlErrorKind};

/// A row as its driver holds it.
pub(crate) trait RawRow: Send + Sync {
    /// What is decided once for all rows of a result.
    type Columns: Send;

    /// The names of the columns, in order.
    fn names(&self) -> impl Iterator<Item = &str>;

    /// Reads one cell; text that is no text in the driver is formatted into `scratch`.
    ///
    /// # Errors
    /// What goes on after the column's name, where the bytes cannot be read.
    fn cell<'a>(
        &'a self,
        columns: &'a Self::Columns,
        index: usize,
        scratch: &'a mut String,
    ) -> Result<Cell<'a>, Unfit>;

    /// Appends what makes the cell's value equal to another's.
    fn key(&self, columns: &Self::Columns, index: usize, out: &mut Vec<u8>);

    /// Whether the cell is null; a column that is not there is.
    fn is_null(&self, index: usize) -> bool;
}

/// Why a cell cannot be read; goes on after the column's name.
pub(crate) type Unfit = std::borrow::Cow<'static, str>;

/// One end of the walk.
pub(crate) trait End {
    fn begin_object(&mut self, plan: &RowPlan) -> Result<(), SqlError>;
    fn end_object(&mut self) -> Result<(), SqlError>;
    /// Begins the list of a level below the first.
    fn begin_list(&mut self, plan: &RowPlan, shape: Option<Shape>) -> Result<(), SqlError>;
    fn end_list(&mut self) -> Result<(), SqlError>;
    fn begin_inner(&mut self, plan: &RowPlan) -> Result<(), SqlError>;
    fn end_inner(&mut self) -> Result<(), SqlError>;
    /// Whether members of the object begun last can be left out.
    fn can_omit(&self) -> bool;
    /// Names the next field, where that is no cell.
    fn name(&mut self, name: &str);
    /// A cell; `dynamic` where it is no sealed member.
    fn cell(&mut self, rule: &CellRule, dynamic: bool, cell: &Cell<'_>) -> Result<(), SqlError>;
    fn null(&mut self) -> Result<(), SqlError>;
    fn constant(&mut self, constant: &Constant) -> Result<(), SqlError>;
}

/// The walk: fed with rows, it tells its end what they are.
pub(crate) struct Walk<'p, R: RawRow, O: End> {
    pub(crate) end: O,
    levels: Vec<Level<'p, R>>,
    /// Whether fields stand after a list, so that the first row of an object must be kept.
    keeps: bool,
    probe: Vec<u8>,
    scratch: String,
    objects: usize,
    /// Whether a second object is a fault.
    single: bool,
}

struct Level<'p, R> {
    plan: &'p RowPlan,
    /// The index of its list among its fields.
    list: Option<usize>,
    key: Vec<u8>,
    /// Whether an object stands open, or its key still counts.
    open: bool,
    first: Option<Arc<R>>,
}

impl<'p, R: RawRow, O: End> Walk<'p, R, O> {
    pub(crate) fn new(plan: &'p RowPlan, end: O) -> Self {
        let mut levels = Vec::new();
        let mut keeps = false;
        let mut next = Some(plan);
        while let Some(plan) = next.take() {
            let list = plan
                .fields
                .iter()
                .position(|field| matches!(field, Field::List(..)));
            if let Some(at) = list {
                keeps |= at + 1 < plan.fields.len();
                if let Some(Field::List(inner, _)) = plan.fields.get(at) {
                    next = Some(inner);
                }
            }
            levels.push(Level {
                plan,
                list,
                key: Vec::new(),
                open: false,
                first: None,
            });
        }
        Self {
            end,
            levels,
            keeps,
            probe: Vec::new(),
            scratch: String::new(),
            objects: 0,
            single: false,
        }
    }

    /// Only one object may come.
    pub(crate) fn single(plan: &'p RowPlan, end: O) -> Self {
        Self {
            single: true,
            ..Self::new(plan, end)
        }
    }

    /// How many objects of the first level there are.
    pub(crate) fn objects(&self) -> usize {
        self.objects
    }

    /// Takes a row.
    pub(crate) fn row(&mut self, row: R, columns: &R::Columns) -> Result<(), SqlError> {
        if self.keeps {
            let row = Arc::new(row);
            self.step(&row, Some(&row), columns)
        } else {
            self.step(&row, None, columns)
        }
    }

    /// Ends what is open.
    pub(crate) fn finish(&mut self, columns: Option<&R::Columns>) -> Result<(), SqlError> {
        match columns {
            Some(columns) => self.close(0, columns),
            None => Ok(()),
        }
    }

    fn step(
        &mut self,
        row: &R,
        kept: Option<&Arc<R>>,
        columns: &R::Columns,
    ) -> Result<(), SqlError> {
        for depth in 0..self.levels.len() {
            let plan = self.levels[depth].plan;
            if depth > 0 && is_empty(plan, row) {
                return Ok(());
            }
            let keyed = !plan.keys.is_empty();
            if keyed {
                self.probe.clear();
                for column in &plan.keys {
                    row.key(columns, *column, &mut self.probe);
                }
                let level = &self.levels[depth];
                if level.open && level.key == self.probe {
                    continue;
                }
            }
            if depth == 0 {
                if self.single && self.objects > 0 {
                    return Err(many());
                }
                self.objects += 1;
            }
            self.close(depth, columns)?;
            let level = &mut self.levels[depth];
            level.open = keyed || level.list.is_some();
            if keyed {
                std::mem::swap(&mut level.key, &mut self.probe);
            }
            let list = level.list;
            level.first = kept.filter(|_| list.is_some()).cloned();
            self.end.begin_object(plan)?;
            let before = list.unwrap_or(plan.fields.len());
            self.fields(plan, 0..before, row, columns)?;
            match list.and_then(|at| Some((at, plan.fields.get(at)?))) {
                Some((at, Field::List(inner, shape))) => {
                    if let Some(name) = plan.class.sealed.get(at) {
                        self.end.name(name);
                    }
                    self.end.begin_list(inner, *shape)?;
                }
                _ => self.end.end_object()?,
            }
        }
        Ok(())
    }

    /// Ends the objects from the innermost level up to `depth`.
    fn close(&mut self, depth: usize, columns: &R::Columns) -> Result<(), SqlError> {
        for at in (depth..self.levels.len()).rev() {
            let level = &mut self.levels[at];
            if !std::mem::take(&mut level.open) {
                continue;
            }
            let Some(list) = level.list else { continue };
            let plan = level.plan;
            let first = level.first.take();
            self.end.end_list()?;
            if let Some(first) = first {
                self.fields(plan, list + 1..plan.fields.len(), &first, columns)?;
            }
            self.end.end_object()?;
        }
        Ok(())
    }

    fn fields(
        &mut self,
        plan: &RowPlan,
        range: std::ops::Range<usize>,
        row: &R,
        columns: &R::Columns,
    ) -> Result<(), SqlError> {
        for at in range {
            let Some(field) = plan.fields.get(at) else {
                continue;
            };
            let sealed = plan.class.sealed.get(at);
            match field {
                Field::Cell { column, rule } => {
                    if matches!(rule.null, NullRule::Omit)
                        && self.end.can_omit()
                        && row.is_null(*column)
                    {
                        continue;
                    }
                    // Looked at where it is read: moving a cell costs more than reading it.
                    match &row.cell(columns, *column, &mut self.scratch) {
                        Ok(cell) => self.end.cell(rule, sealed.is_none(), cell)?,
                        Err(unfit) => return Err(SqlError::unreadable(&rule.name, unfit)),
                    }
                }
                Field::Object(inner) => {
                    if let Some(name) = sealed {
                        self.end.name(name);
                    }
                    if is_empty(inner, row) {
                        self.end.null()?;
                    } else {
                        self.end.begin_inner(inner)?;
                        // As deep as a column's name has dots.
                        self.fields(inner, 0..inner.fields.len(), row, columns)?;
                        self.end.end_inner()?;
                    }
                }
                Field::List(..) => {
                    return Err(SqlError::new(
                        SqlErrorKind::Other,
                        "a list within an object of a row cannot be gathered",
                    ));
                }
                Field::Constant(constant) => {
                    if let Some(name) = sealed {
                        self.end.name(name);
                    }
                    self.end.constant(constant)?;
                }
                Field::Null => {
                    if let Some(name) = sealed {
                        self.end.name(name);
                    }
                    self.end.null()?;
                }
            }
        }
        Ok(())
    }
}

/// A second row came where one was asked for.
pub(crate) fn many() -> SqlError {
    SqlError::new(SqlErrorKind::Many, "there is a second row")
}

/// Whether all columns of an object are null.
fn is_empty<R: RawRow>(plan: &RowPlan, row: &R) -> bool {
    plan.fields.iter().all(|field| match field {
        Field::Cell { column, .. } => row.is_null(*column),
        Field::Object(inner) | Field::List(inner, _) => is_empty(inner, row),
        Field::Constant(_) | Field::Null => true,
    })
}

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
        let record_set = *shape == ListShape::RecordSet;
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

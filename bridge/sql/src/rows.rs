//! Flat rows become objects: one walk over a [`RowPlan`], with two ends, a sink and [`Data`].
//!
//! Rows come one by one and go out at once. A plan with `keys` keeps its object open while neighbouring rows have
//! equal raw key bytes; its list then takes an item of each of them.
//!
//! ```text
//! level 0   Order {id, customer, lines}     keys: id
//! level 1           Line {sku, quantity}    no keys: each row is an item
//! ```

use std::ops::Range;
use std::sync::Arc;

use footbridge_amf::amf3::{Members, Repeats};
use footbridge_amf::{Class, Sink};
use footbridge_mapping::data::{Data, Record};
use footbridge_mapping::rows::{CellRule, Field, NullRule, RowPlan};
use footbridge_mapping::slot::{Constant, Shape};
use footbridge_remoting::{ListShape, Rows, Style};
use indexmap::IndexMap;

use crate::cell::{Cell, Place};
use crate::collect;
use crate::error::{SqlError, SqlErrorKind};
use crate::quick;

/// A row as its driver holds it.
pub(crate) trait RawRow: Send + Sync {
    /// What is decided once for all rows of a result.
    type Columns: Send;
    /// How the common values of a column are read and sent at once.
    type Quick: Copy + Send;

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

    /// How the common values of a column are sent under a rule; `None` where the rule must look at each.
    fn quick(columns: &Self::Columns, index: usize, rule: &CellRule) -> Option<Self::Quick>;

    /// Writes a cell, if its value is common: `false` leaves it to [`cell`](Self::cell) and the rule.
    fn put(
        &self,
        quick: Self::Quick,
        index: usize,
        null_is_null: bool,
        to: &mut Members<'_>,
        column: &mut Repeats,
    ) -> bool;

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
    /// Begins an object of a list, where all its members can be written without an event for each.
    fn begin_members(&mut self) -> Result<Option<Members<'_>>, SqlError>;
    /// The object that [`begin_members`](Self::begin_members) began goes on with events.
    fn began(&mut self, plan: &RowPlan);
    /// Where members can be written without an event for each.
    fn members(&mut self) -> Option<Members<'_>>;
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
    /// Whether each row is an object of the first level, as in most results.
    flat: bool,
}

struct Level<'p, R: RawRow> {
    plan: &'p RowPlan,
    /// The index of its list among its fields.
    list: Option<usize>,
    key: Vec<u8>,
    /// Whether an object stands open, or its key still counts.
    open: bool,
    first: Option<Arc<R>>,
    /// How its fields are sent; decided at the first row.
    ways: Vec<Way<R>>,
}

/// How a field is sent.
enum Way<R: RawRow> {
    /// A cell at once, if its value is common.
    Quick(QuickCell<R>),
    /// The fields of an object within.
    Inner(Vec<Self>),
    /// By the rules alone.
    Ruled,
}

struct QuickCell<R: RawRow> {
    quick: R::Quick,
    index: usize,
    null_is_null: bool,
    repeats: Repeats,
}

impl<R: RawRow> Way<R> {
    fn of(plan: &RowPlan, columns: &R::Columns) -> Vec<Self> {
        let sealed = plan.class.sealed.len();
        (plan.fields.iter().enumerate())
            .map(|(at, field)| match field {
                Field::Cell { column, rule } if at < sealed => R::quick(columns, *column, rule)
                    .map_or(Self::Ruled, |quick| {
                        Self::Quick(QuickCell {
                            quick,
                            index: *column,
                            null_is_null: quick::null_is_null(rule),
                            repeats: Repeats::default(),
                        })
                    }),
                // As deep as a column's name has dots.
                Field::Object(inner) => Self::Inner(Self::of(inner, columns)),
                Field::Cell { .. } | Field::List(..) | Field::Constant(_) | Field::Null => {
                    Self::Ruled
                }
            })
            .collect()
    }
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
                ways: Vec::new(),
            });
        }
        let flat = levels.len() == 1 && plan.keys.is_empty();
        Self {
            end,
            flat,
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
    #[inline]
    pub(crate) fn row(&mut self, row: R, columns: &R::Columns) -> Result<(), SqlError> {
        if self.flat && !self.single {
            self.objects += 1;
            self.flat_row(&row, columns)
        } else if self.keeps {
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

    /// Sends a row that is an object, its common cells first.
    fn flat_row(&mut self, row: &R, columns: &R::Columns) -> Result<(), SqlError> {
        let Some(level) = self.levels.first_mut() else {
            return Ok(());
        };
        let plan = level.plan;
        let ways = level.ways.as_mut_slice();
        let mut sent = 0;
        // The ways are known from the first row on.
        let members = if ways.is_empty() {
            None
        } else {
            self.end.begin_members()?
        };
        match members {
            Some(mut members) => {
                sent = common(ways, row, &mut members);
                if sent == plan.fields.len() {
                    return Ok(members.end()?);
                }
                members.finish()?;
                self.end.began(plan);
            }
            None => self.end.begin_object(plan)?,
        }
        self.fields(0, sent..plan.fields.len(), row, columns)?;
        self.end.end_object()
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
            self.fields(depth, 0..before, row, columns)?;
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
                self.fields(at, list + 1..plan.fields.len(), &first, columns)?;
            }
            self.end.end_object()?;
        }
        Ok(())
    }

    fn fields(
        &mut self,
        depth: usize,
        range: Range<usize>,
        row: &R,
        columns: &R::Columns,
    ) -> Result<(), SqlError> {
        let Some(level) = self.levels.get_mut(depth) else {
            return Ok(());
        };
        let plan = level.plan;
        if level.ways.len() != plan.fields.len() && self.end.members().is_some() {
            level.ways = Way::of(plan, columns);
        }
        let mut sending = Sending {
            end: &mut self.end,
            scratch: &mut self.scratch,
            row,
            columns,
        };
        sending.fields(plan, &mut level.ways, range)
    }
}

/// One row on its way to an end.
struct Sending<'w, R: RawRow, O> {
    end: &'w mut O,
    scratch: &'w mut String,
    row: &'w R,
    columns: &'w R::Columns,
}

impl<R: RawRow, O: End> Sending<'_, R, O> {
    fn fields(
        &mut self,
        plan: &RowPlan,
        ways: &mut [Way<R>],
        range: Range<usize>,
    ) -> Result<(), SqlError> {
        let mut at = range.start;
        while at < range.end {
            at += self.common(ways.get_mut(at..range.end).unwrap_or_default())?;
            if at < range.end {
                self.field(plan, ways, at)?;
                at += 1;
            }
        }
        Ok(())
    }

    /// Sends cells as long as they are common; gives how many.
    #[inline]
    fn common(&mut self, ways: &mut [Way<R>]) -> Result<usize, SqlError> {
        let Some(Way::Quick(_)) = ways.first() else {
            return Ok(0);
        };
        let Some(mut members) = self.end.members() else {
            return Ok(0);
        };
        let sent = common(ways, self.row, &mut members);
        members.finish()?;
        Ok(sent)
    }

    /// Sends a field by its rules.
    fn field(&mut self, plan: &RowPlan, ways: &mut [Way<R>], at: usize) -> Result<(), SqlError> {
        let Some(field) = plan.fields.get(at) else {
            return Ok(());
        };
        let sealed = plan.class.sealed.get(at);
        match field {
            Field::Cell { column, rule } => {
                if matches!(rule.null, NullRule::Omit)
                    && self.end.can_omit()
                    && self.row.is_null(*column)
                {
                    return Ok(());
                }
                // Looked at where it is read: moving a cell costs more than reading it.
                match &self.row.cell(self.columns, *column, self.scratch) {
                    Ok(cell) => self.end.cell(rule, sealed.is_none(), cell)?,
                    Err(unfit) => return Err(SqlError::unreadable(&rule.name, unfit)),
                }
            }
            Field::Object(inner) => {
                if let Some(name) = sealed {
                    self.end.name(name);
                }
                if is_empty(inner, self.row) {
                    self.end.null()?;
                } else {
                    self.end.begin_inner(inner)?;
                    let ways = match ways.get_mut(at) {
                        Some(Way::Inner(ways)) => ways.as_mut_slice(),
                        Some(Way::Quick(_) | Way::Ruled) | None => &mut [],
                    };
                    // As deep as a column's name has dots.
                    self.fields(inner, ways, 0..inner.fields.len())?;
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
        Ok(())
    }
}

/// Writes cells as long as they are common; gives how many.
#[inline]
fn common<R: RawRow>(ways: &mut [Way<R>], row: &R, members: &mut Members<'_>) -> usize {
    let mut sent = 0;
    for way in ways {
        let Way::Quick(cell) = way else { break };
        if !row.put(
            cell.quick,
            cell.index,
            cell.null_is_null,
            members,
            &mut cell.repeats,
        ) {
            break;
        }
        sent += 1;
    }
    sent
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

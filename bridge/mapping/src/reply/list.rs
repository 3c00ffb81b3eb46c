//! Lists: their shape, and rows where their items are uniform objects.

use std::borrow::Cow;
use std::sync::Arc;

use footbridge_amf::Sink;
use footbridge_remoting::{ListShape, Rows};
use jiff::tz::TimeZone;

use super::object::{Layout, plain_layout};
use super::{ReplyError, Writer, bad, same_members};
use crate::data::Data;
use crate::model::Rest;
use crate::place::Place;
use crate::slot::{Constant, Scalar, Shape, Type};

impl<'a> Writer<'a> {
    pub(super) fn list(
        &mut self,
        data: &Data,
        item: &Type,
        shape: Option<Shape>,
        zone: &TimeZone,
        place: &Place<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), ReplyError> {
        // A declared list is a list for none, one and many.
        let items = data
            .items()
            .unwrap_or_else(|| Cow::Owned(vec![data.clone()]));
        let uniform = self.uniform(&items, item);
        let list_shape = match shape {
            Some(Shape::Array) => ListShape::Array,
            Some(Shape::ArrayCollection) => ListShape::ArrayCollection,
            Some(Shape::RecordSet) => ListShape::RecordSet,
            Some(Shape::Vector) => self.vector(item),
            Some(Shape::Object | Shape::Xml | Shape::XmlDocument) | None if uniform => {
                self.style.rows.clone()
            }
            Some(Shape::Object | Shape::Xml | Shape::XmlDocument) | None => {
                self.style.lists.clone()
            }
        };
        let item_shape = shape.filter(|shape| *shape == Shape::Object);
        match list_shape {
            ListShape::RecordSet | ListShape::FirstPage { .. } | ListShape::Page { .. } => {
                self.record_set(&items, &list_shape, item, zone, place, sink)
            }
            ListShape::Array
            | ListShape::ArrayCollection
            | ListShape::VectorInt
            | ListShape::VectorUint
            | ListShape::VectorNumber
            | ListShape::VectorObject(_) => {
                list_shape.begin(sink)?;
                for (at, data) in items.iter().enumerate() {
                    self.typed(data, item, item_shape, zone, &place.item(at), sink)?;
                }
                Ok(list_shape.end(sink)?)
            }
        }
    }

    /// The columns of these items as rows; `None` where they are not uniform objects.
    pub(super) fn columns(
        &self,
        items: &[Data],
        item: &Type,
        place: &Place<'_>,
    ) -> Result<Option<Vec<Arc<str>>>, ReplyError> {
        let first = match items.first() {
            Some(first) if self.uniform(items, item) => self.row(first, item, &place.item(0))?,
            Some(_) | None => return Ok(None),
        };
        Ok(Some(first.names().map(Arc::clone).collect()))
    }

    pub(super) fn record_set(
        &mut self,
        items: &[Data],
        shape: &ListShape,
        item: &Type,
        zone: &TimeZone,
        place: &Place<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), ReplyError> {
        let first = match items.first() {
            Some(first) => self.row(first, item, &place.item(0))?,
            None => self.empty_row(item),
        };
        let class = self.row_class(&first);
        let mut rows = Rows::begin(sink, shape, &class, self.service)?;
        for (at, data) in items.iter().enumerate() {
            let place = place.item(at);
            let layout = self.row(data, item, &place)?;
            if !layout.names().eq(first.names()) {
                return Err(bad(
                    &place,
                    "has other fields than the first row of its record set",
                ));
            }
            rows.begin_row(sink)?;
            self.members(&layout, true, zone, &place, sink)?;
            rows.end_row(sink)?;
        }
        Ok(rows.end(sink)?)
    }

    fn row(&self, data: &Data, item: &Type, place: &Place<'_>) -> Result<Layout<'a>, ReplyError> {
        if let Type::Named(name) = item.inner() {
            return self.layout(data, name, None, place);
        }
        match data {
            Data::Object(record) => Ok(plain_layout(record, None)),
            _ => Err(bad(
                place,
                format!("is {}, and a record set has objects", data.describe()),
            )),
        }
    }

    /// The columns that an empty record set has: the fields of its type.
    fn empty_row(&self, item: &Type) -> Layout<'a> {
        let empty = Data::Object(Arc::default());
        match item.inner() {
            Type::Named(name) => self
                .layout(&empty, name, None, &Place::root(""))
                .unwrap_or_else(|_| plain_layout(&crate::data::Record::default(), None)),
            _ => plain_layout(&crate::data::Record::default(), None),
        }
    }

    /// Whether all items are objects with the same members, so that they are rows.
    fn uniform(&self, items: &[Data], item: &Type) -> bool {
        match item {
            Type::Named(name) => {
                if self.scope.variants.contains_key(name) {
                    return false;
                }
                match self.scope.types.get(name) {
                    Some(body) => {
                        let loose = |slot: &crate::slot::Slot| slot.default == Some(Constant::Omit);
                        match body.rest {
                            Rest::Closed => !body.fields.values().any(loose),
                            Rest::Open(_) => false,
                            Rest::Described => !body.fields.values().any(loose) && alike(items),
                        }
                    }
                    None => alike(items),
                }
            }
            Type::Any => !items.is_empty() && alike(items),
            Type::Scalar(_)
            | Type::Ranged(..)
            | Type::Words(_)
            | Type::List(..)
            | Type::Nullable(_)
            | Type::Void
            | Type::Hide => false,
        }
    }

    fn vector(&self, item: &Type) -> ListShape {
        match item {
            Type::Scalar(Scalar::Int) | Type::Ranged(Scalar::Int, _) => ListShape::VectorInt,
            Type::Scalar(Scalar::Number) | Type::Ranged(Scalar::Number, _) => {
                ListShape::VectorNumber
            }
            Type::Named(name) => ListShape::VectorObject(
                self.scope
                    .class(name)
                    .map(|alias| alias.to_string())
                    .unwrap_or_default(),
            ),
            Type::Scalar(_)
            | Type::Ranged(..)
            | Type::Words(_)
            | Type::List(..)
            | Type::Nullable(_)
            | Type::Any
            | Type::Void
            | Type::Hide => ListShape::VectorObject(String::new()),
        }
    }
}

impl Layout<'_> {
    fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.members.iter().map(|member| &member.name)
    }
}

/// Whether all items are records of the same names.
fn alike(items: &[Data]) -> bool {
    items.iter().all(|item| matches!(item, Data::Object(_)))
        && items.windows(2).all(|pair| match pair {
            [left, right] => same_members(left, right),
            _ => true,
        })
}

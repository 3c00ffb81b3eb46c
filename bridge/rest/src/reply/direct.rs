//! Values straight into an answer.

use std::sync::Arc;

use footbridge_amf::{Class, Sink, WriteError};
use footbridge_mapping::data::Data;
use footbridge_mapping::model::TypeScope;
use footbridge_mapping::reply::{self, ReplyError};
use footbridge_mapping::rows::Preset;
use footbridge_mapping::slot::{Scalar, Shape, Slot, Type};
use footbridge_remoting::{ListShape, Rows, Style};
use jiff::tz::TimeZone;

use super::out::{Out, Refused};
use super::plan::Vector;

/// Straight into an answer.
pub(super) struct Direct<'a> {
    sink: &'a mut dyn Sink,
    style: &'a Style,
    service: &'a str,
    scope: &'a TypeScope,
    lists: Vec<List>,
}

enum List {
    Rows(Rows),
    Values(ListShape),
}

impl<'a> Direct<'a> {
    pub(super) fn new(
        sink: &'a mut dyn Sink,
        style: &'a Style,
        service: &'a str,
        scope: &'a TypeScope,
    ) -> Self {
        Self {
            sink,
            style,
            service,
            scope,
            lists: Vec::new(),
        }
    }

    fn rows(&mut self) -> Result<(&mut Rows, &mut dyn Sink), WriteError> {
        match self.lists.last_mut() {
            Some(List::Rows(rows)) => Ok((rows, &mut *self.sink)),
            Some(List::Values(_)) | None => Err(WriteError::OutOfOrder("a row outside of rows")),
        }
    }
}

impl Out for Direct<'_> {
    fn scalar(
        &mut self,
        data: &Data,
        declared: Option<Scalar>,
        shape: Option<Shape>,
        zone: &TimeZone,
    ) -> Result<(), Refused> {
        let written = reply::write_scalar(
            data, declared, shape, self.scope, zone, self.style, self.sink,
        );
        written.map_err(refused)
    }

    fn null(&mut self) -> Result<(), WriteError> {
        self.sink.null()
    }

    fn text(&mut self, text: &str) -> Result<(), WriteError> {
        self.sink.string(text)
    }

    fn int(&mut self, number: i32) -> Result<(), WriteError> {
        self.sink.int(number)
    }

    fn number(&mut self, number: f64) -> Result<(), WriteError> {
        self.sink.number(number)
    }

    fn date(&mut self, millis: f64) -> Result<(), WriteError> {
        self.sink.date(millis)
    }

    fn decimal(&mut self, text: &str) -> Result<(), WriteError> {
        match self.scope.preset {
            Preset::DotNet => self.sink.number(text.parse().unwrap_or(f64::NAN)),
            Preset::BlazeDs | Preset::ColdFusion | Preset::AmfPhp => self.sink.string(text),
        }
    }

    fn begin_object(&mut self, class: &Arc<Class>) -> Result<(), WriteError> {
        self.sink.begin_object(class)
    }

    fn member(&mut self, name: &str) -> Result<(), WriteError> {
        self.sink.member(name)
    }

    fn end_object(&mut self) -> Result<(), WriteError> {
        self.sink.end()
    }

    fn begin_list(
        &mut self,
        rows: Option<&Arc<Class>>,
        shape: Option<Shape>,
        vector: &Vector,
    ) -> Result<bool, WriteError> {
        let list = match shape {
            Some(Shape::Array) => ListShape::Array,
            Some(Shape::ArrayCollection) => ListShape::ArrayCollection,
            Some(Shape::RecordSet) => ListShape::RecordSet,
            Some(Shape::Vector) => match vector {
                Vector::Int => ListShape::VectorInt,
                Vector::Number => ListShape::VectorNumber,
                Vector::Object(alias) => ListShape::VectorObject(alias.to_string()),
            },
            Some(Shape::Object | Shape::Xml | Shape::XmlDocument) | None => {
                if rows.is_some() {
                    self.style.rows.clone()
                } else {
                    self.style.lists.clone()
                }
            }
        };
        if let (Some(class), ListShape::RecordSet) = (rows, &list) {
            let rows = Rows::begin(self.sink, &list, class, self.service)?;
            self.lists.push(List::Rows(rows));
            return Ok(true);
        }
        list.begin(self.sink)?;
        self.lists.push(List::Values(list));
        Ok(false)
    }

    fn begin_row(&mut self) -> Result<(), WriteError> {
        let (rows, sink) = self.rows()?;
        rows.begin_row(sink)
    }

    fn end_row(&mut self) -> Result<(), WriteError> {
        let (rows, sink) = self.rows()?;
        rows.end_row(sink)
    }

    fn end_list(&mut self) -> Result<(), WriteError> {
        match self.lists.pop() {
            Some(List::Rows(rows)) => rows.end(self.sink),
            Some(List::Values(shape)) => shape.end(self.sink),
            None => Err(WriteError::OutOfOrder("the end of no list")),
        }
    }

    fn streams(&self, shape: Option<Shape>) -> bool {
        match shape {
            Some(Shape::RecordSet | Shape::Vector) => false,
            Some(_) => true,
            None => self.style.rows == self.style.lists,
        }
    }

    fn whole(&mut self, data: &Data, shape: Option<Shape>, zone: &TimeZone) -> Result<(), Refused> {
        let slot = shape.map(|shape| Slot {
            kind: Type::Any,
            from: None,
            zone: None,
            shape: Some(shape),
            null_as: None,
            default: None,
        });
        reply::write(
            data,
            slot.as_ref(),
            self.scope,
            zone,
            self.style,
            self.service,
            self.sink,
        )
        .map_err(refused)
    }
}

fn refused(error: ReplyError) -> Refused {
    match error {
        ReplyError::Bad { message, .. } => Refused::Unfit(message),
        ReplyError::Write(error) => Refused::Write(error),
    }
}

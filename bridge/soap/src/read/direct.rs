//! Values straight into an answer.

use std::sync::Arc;

use footbridge_amf::{Class, Sink, WriteError};
use footbridge_mapping::data::{Data, convert};
use footbridge_mapping::rows::Preset;
use footbridge_mapping::slot::Scalar;
use footbridge_remoting::{ListShape, Rows, Style};
use jiff::tz::TimeZone;

use super::out::Out;

/// Straight into an answer.
pub(super) struct Direct<'a> {
    pub(super) sink: &'a mut dyn Sink,
    pub(super) style: &'a Style,
    pub(super) service: &'a str,
    pub(super) preset: Preset,
    lists: Vec<List>,
}

pub(super) enum List {
    Rows(Rows),
    Values(ListShape),
}

impl<'a> Direct<'a> {
    pub(super) fn new(
        sink: &'a mut dyn Sink,
        style: &'a Style,
        service: &'a str,
        preset: Preset,
    ) -> Self {
        Self {
            sink,
            style,
            service,
            preset,
            lists: Vec::new(),
        }
    }
}

impl Out for Direct<'_> {
    fn scalar(
        &mut self,
        data: &Data,
        declared: Option<Scalar>,
        zone: &TimeZone,
    ) -> Result<(), WriteError> {
        write_scalar(self.sink, data, declared, self.preset, zone)
    }

    fn text(&mut self, text: &str) -> Result<(), WriteError> {
        self.sink.string(text)
    }

    fn decimal(&mut self, text: &str) -> Result<(), WriteError> {
        match self.preset {
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

    fn begin_list(&mut self, rows: Option<&Arc<Class>>) -> Result<bool, WriteError> {
        if let (Some(class), ListShape::RecordSet) = (rows, &self.style.rows) {
            let rows = Rows::begin(self.sink, &self.style.rows, class, self.service)?;
            self.lists.push(List::Rows(rows));
            return Ok(true);
        }
        let shape = if rows.is_some() {
            &self.style.rows
        } else {
            &self.style.lists
        };
        shape.begin(self.sink)?;
        self.lists.push(List::Values(shape.clone()));
        Ok(false)
    }

    fn begin_row(&mut self) -> Result<(), WriteError> {
        match self.lists.last_mut() {
            Some(List::Rows(rows)) => rows.begin_row(self.sink),
            Some(List::Values(_)) | None => Err(WriteError::OutOfOrder("a row outside of rows")),
        }
    }

    fn end_row(&mut self) -> Result<(), WriteError> {
        match self.lists.last_mut() {
            Some(List::Rows(rows)) => rows.end_row(self.sink),
            Some(List::Values(_)) | None => Err(WriteError::OutOfOrder("a row outside of rows")),
        }
    }

    fn end_list(&mut self) -> Result<(), WriteError> {
        match self.lists.pop() {
            Some(List::Rows(rows)) => rows.end(self.sink),
            Some(List::Values(shape)) => shape.end(self.sink),
            None => Err(WriteError::OutOfOrder("the end of no list")),
        }
    }

    fn known(&mut self, _node: usize) -> Result<bool, WriteError> {
        Ok(false)
    }
}

/// A scalar by what is declared for it, else by the preset.
pub(super) fn write_scalar(
    sink: &mut dyn Sink,
    data: &Data,
    declared: Option<Scalar>,
    preset: Preset,
    zone: &TimeZone,
) -> Result<(), WriteError> {
    if let Some(declared) = declared
        && let Some(converted) = convert::to(data, declared, zone)
    {
        return match (&converted, declared) {
            (Data::Int(number), Scalar::Int) => match i32::try_from(*number) {
                Ok(int) => sink.int(int),
                Err(_) => sink.number(*number as f64),
            },
            // What is declared a day goes out as its midnight, and a declared text as it is.
            _ => write_scalar(sink, &converted, None, preset, zone),
        };
    }
    match data {
        Data::Null | Data::Omit => sink.null(),
        Data::Bool(value) => match preset {
            Preset::ColdFusion => sink.int(i32::from(*value)),
            Preset::BlazeDs | Preset::DotNet | Preset::AmfPhp => sink.bool(*value),
        },
        Data::Int(number) => match (i32::try_from(*number), preset) {
            (Ok(int), Preset::BlazeDs | Preset::DotNet | Preset::ColdFusion) => sink.int(int),
            (Err(_), Preset::BlazeDs | Preset::ColdFusion)
                if number.unsigned_abs() > convert::EXACT.unsigned_abs() =>
            {
                sink.string(&number.to_string())
            }
            (Ok(_) | Err(_), _) => sink.number(*number as f64),
        },
        Data::Number(number) => sink.number(*number),
        Data::Decimal(text) => match preset {
            Preset::DotNet => sink.number(text.parse().unwrap_or(f64::NAN)),
            Preset::BlazeDs | Preset::ColdFusion | Preset::AmfPhp => sink.string(text),
        },
        Data::Text(text) => sink.string(text),
        Data::Date(millis) => sink.date(*millis),
        Data::Day(day) => match convert::midnight(*day, zone) {
            Some(millis) => sink.date(millis),
            None => sink.string(&day.to_string()),
        },
        Data::Bytes(bytes) => sink.bytes(bytes),
        Data::Xml(text) => sink.xml(text),
        Data::List(items) => {
            sink.begin_array()?;
            for item in items.iter() {
                write_scalar(sink, item, None, preset, zone)?;
            }
            sink.end()
        }
        Data::Object(_) => sink.null(),
        Data::Amf(value) => sink.graph(&value.graph, &value.value),
    }
}

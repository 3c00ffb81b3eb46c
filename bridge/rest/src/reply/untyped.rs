//! What nothing describes: as it is, in structure.

use std::sync::{Arc, LazyLock};

use footbridge_amf::Class;
use footbridge_mapping::place::Place;
use footbridge_mapping::slot::Shape;
use jiff::tz::TimeZone;

use super::emit::{Emit, bad, error};
use super::keep::Keep;
use super::out::Out;
use super::plan::Vector;
use super::{ReadError, scalar};
use crate::json::{Kind, Reader};

static ANONYMOUS: LazyLock<Arc<Class>> = LazyLock::new(|| Arc::new(Class::anonymous()));

/// Objects and lists within each other.
const MAX_DEPTH: usize = 128;

impl<'a, O: Out> Emit<'_, 'a, '_, O> {
    pub(super) fn untyped(
        &mut self,
        reader: &mut Reader<'a>,
        kind: Kind,
        shape: Option<Shape>,
        zone: &TimeZone,
        place: &Place<'_>,
    ) -> Result<(), ReadError> {
        if place.depth > MAX_DEPTH {
            return Err(bad(place, format!("is nested deeper than {MAX_DEPTH}")));
        }
        match kind {
            Kind::Null => {
                reader.null()?;
                Ok(self.out.null()?)
            }
            Kind::Bool => {
                let data = footbridge_mapping::data::Data::Bool(reader.bool()?);
                let taken = self.out.scalar(&data, None, shape, zone);
                taken.map_err(|refused| error(refused, place))
            }
            Kind::Number => {
                let data = scalar::number(reader.number()?);
                let taken = self.out.scalar(&data, None, shape, zone);
                taken.map_err(|refused| error(refused, place))
            }
            Kind::Text => {
                let text = reader.string()?;
                match shape {
                    Some(Shape::Xml | Shape::XmlDocument) => {
                        let data = footbridge_mapping::data::Data::text(text);
                        let taken = self.out.scalar(&data, None, shape, zone);
                        taken.map_err(|refused| error(refused, place))
                    }
                    Some(_) | None => Ok(self.out.text(&text)?),
                }
            }
            Kind::List if !self.out.streams(shape) => {
                let mut keep = Keep::default();
                let mut emit = Emit::new(self.plan, self.text, &mut keep);
                emit.untyped(reader, kind, None, zone, place)?;
                let data = keep.finish();
                let taken = self.out.whole(&data, shape, zone);
                taken.map_err(|refused| error(refused, place))
            }
            Kind::List => {
                self.out
                    .begin_list(None, shape, &Vector::Object("".into()))?;
                reader.begin_list()?;
                let mut at = 0;
                while reader.item(at == 0)? {
                    let kind = reader.peek()?;
                    self.untyped(reader, kind, None, zone, &place.item(at))?;
                    at += 1;
                }
                Ok(self.out.end_list()?)
            }
            Kind::Object => {
                self.out.begin_object(&ANONYMOUS)?;
                reader.begin_object()?;
                let mut first = true;
                while let Some(key) = reader.key(first)? {
                    first = false;
                    let kind = reader.peek()?;
                    self.out.member(&key)?;
                    self.untyped(reader, kind, None, zone, &place.member(&key))?;
                }
                Ok(self.out.end_object()?)
            }
        }
    }
}

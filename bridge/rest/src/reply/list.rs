//! Lists: item by item, as rows where the client gets rows.

use footbridge_mapping::place::Place;
use footbridge_mapping::slot::Shape;
use jiff::tz::TimeZone;

use super::ReadError;
use super::emit::{Emit, bad};
use super::out::Out;
use super::plan::{Node, Spot, Vector};
use crate::json::{Kind, Reader};

impl<'a, O: Out> Emit<'_, 'a, '_, O> {
    /// A declared list is a list for none, one and many.
    #[expect(clippy::too_many_arguments, reason = "what is known of one list")]
    pub(super) fn list(
        &mut self,
        reader: &mut Reader<'a>,
        kind: Kind,
        item: &Spot,
        shape: Option<Shape>,
        vector: &Vector,
        lax: bool,
        zone: &TimeZone,
        place: &Place<'_>,
    ) -> Result<(), ReadError> {
        let many = kind == Kind::List;
        if !many && lax && !self.fits(kind, item) {
            self.notes.odd += 1;
            return self.untyped(reader, kind, shape, zone, place);
        }
        let plan = self.plan;
        // What nothing describes may be rows; that is known when all items are there.
        if let Node::Any(_) = plan.node(item.node)
            && !self.out.streams(shape)
        {
            return self.untyped(reader, kind, shape, zone, place);
        }
        let cells = self.out.begin_list(plan.rows(item), shape, vector)?;
        if many {
            reader.begin_list()?;
            let mut at = 0;
            while reader.item(at == 0)? {
                self.item(reader, item, cells, zone, &place.item(at))?;
                at += 1;
            }
        } else {
            self.item(reader, item, cells, zone, &place.item(0))?;
        }
        Ok(self.out.end_list()?)
    }

    fn item(
        &mut self,
        reader: &mut Reader<'a>,
        item: &Spot,
        cells: bool,
        zone: &TimeZone,
        place: &Place<'_>,
    ) -> Result<(), ReadError> {
        if !cells {
            return self.value(reader, item, zone, place, false);
        }
        let plan = self.plan;
        match (plan.node(item.node), reader.peek()?) {
            (Node::Object(object), Kind::Object) => {
                self.object(reader, item.node, object, true, zone, place)
            }
            _ => Err(bad(
                place,
                "is no object, and a record set has rows".to_owned(),
            )),
        }
    }

    /// Whether what stands in place of a list could be its only item.
    fn fits(&self, kind: Kind, item: &Spot) -> bool {
        match self.plan.node(item.node) {
            Node::Object(_) | Node::Choice { .. } | Node::Best(_) => kind == Kind::Object,
            Node::Scalar { .. } | Node::Words(_) => {
                matches!(kind, Kind::Bool | Kind::Number | Kind::Text)
            }
            Node::Any(_) | Node::Nothing | Node::List { .. } => false,
        }
    }
}

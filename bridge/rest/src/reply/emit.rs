//! The walk over a reply's JSON: what a plan says of each value decides what is read and what is passed over.

use std::borrow::Cow;
use std::sync::Arc;

use footbridge_mapping::data::{Data, same_name};
use footbridge_mapping::place::Place;
use footbridge_mapping::slot::{Constant, PathPart};
use jiff::tz::TimeZone;

use super::out::{Out, Refused};
use super::plan::{Node, NodeId, Null, Plan, Spot, Target};
use super::{Notes, ReadError};
use crate::json::{Kind, Reader};

/// Objects and lists within each other.
const MAX_DEPTH: usize = 128;

/// One walk.
pub(super) struct Emit<'p, 'a, 'o, O> {
    pub(super) plan: &'p Plan,
    pub(super) text: &'a str,
    pub(super) out: &'o mut O,
    pub(super) notes: Notes,
    /// Nothing of an object is written before its end: of a member that stands twice the last value counts.
    pub(super) last: bool,
    /// Where the values of fields begin that came before their turn, one more than that; of all objects that are open.
    pub(super) found: Vec<usize>,
    /// For each node the members of its last object, in the order they came: the next one has the same, most likely.
    pub(super) seen: Vec<Vec<(&'a str, Target)>>,
}

impl<'p, 'a, 'o, O: Out> Emit<'p, 'a, 'o, O> {
    pub(super) fn new(plan: &'p Plan, text: &'a str, out: &'o mut O) -> Self {
        Self {
            plan,
            text,
            out,
            notes: Notes::default(),
            last: false,
            found: Vec::new(),
            seen: Vec::new(),
        }
    }

    /// Reads what a path leads to as one value.
    pub(super) fn read(
        &mut self,
        path: &[PathPart],
        spot: &Spot,
        zone: &TimeZone,
    ) -> Result<(), ReadError> {
        let mut reader = Reader::new(self.text);
        let place = Place::root("");
        self.along(&mut reader, path, spot, zone, &place)?;
        reader.end()?;
        Ok(())
    }

    /// A body that is neither JSON nor text.
    pub(super) fn bytes(
        &mut self,
        bytes: &[u8],
        path: &[PathPart],
        spot: &Spot,
        zone: &TimeZone,
    ) -> Result<(), ReadError> {
        let place = Place::root("");
        if !path.is_empty() {
            return Err(ReadError::Media {
                media: "a body of bytes".to_owned(),
                wanted: "an object",
            });
        }
        let data = Data::Bytes(bytes.into());
        match self.plan.node(spot.node) {
            Node::Nothing => Ok(self.out.null()?),
            Node::Scalar { scalar, shape, .. } => {
                let taken = self.out.scalar(&data, Some(*scalar), *shape, zone);
                taken.map_err(|refused| error(refused, &place))
            }
            Node::Any(_) => {
                let taken = self.out.scalar(&data, None, None, zone);
                taken.map_err(|refused| error(refused, &place))
            }
            Node::Words(_)
            | Node::List { .. }
            | Node::Object(_)
            | Node::Choice { .. }
            | Node::Best(_) => Err(ReadError::Media {
                media: "a body of bytes".to_owned(),
                wanted: "an object or a list",
            }),
        }
    }

    fn along(
        &mut self,
        reader: &mut Reader<'a>,
        path: &[PathPart],
        spot: &Spot,
        zone: &TimeZone,
        place: &Place<'_>,
    ) -> Result<(), ReadError> {
        let (part, rest) = match path {
            [] => return self.value(reader, spot, zone, place, false),
            [part, rest @ ..] => (part, rest),
        };
        let mut taken = false;
        match (reader.peek()?, part) {
            (Kind::Object, PathPart::Name(name)) => {
                let place = place.member(name);
                let exact = self.has(reader, name)?;
                reader.begin_object()?;
                let mut first = true;
                let mut found = None;
                while let Some(key) = reader.key(first)? {
                    first = false;
                    let fits = if exact {
                        *key == **name
                    } else {
                        same_name(&key, name)
                    };
                    if fits && self.last {
                        found = Some(reader.position());
                        reader.skip()?;
                    } else if fits && taken {
                        return Err(ReadError::Twice);
                    } else if fits {
                        taken = true;
                        self.along(reader, rest, spot, zone, &place)?;
                    } else {
                        reader.skip()?;
                    }
                }
                if let Some(position) = found {
                    taken = true;
                    self.along(&mut reader.from(position), rest, spot, zone, &place)?;
                }
            }
            (Kind::List, PathPart::Index(index)) => {
                let place = place.item(*index);
                reader.begin_list()?;
                let mut at = 0;
                while reader.item(at == 0)? {
                    if at == *index {
                        taken = true;
                        self.along(reader, rest, spot, zone, &place)?;
                    } else {
                        reader.skip()?;
                    }
                    at += 1;
                }
            }
            (Kind::Null, _) => reader.null()?,
            (_, PathPart::Name(name)) => {
                return Err(ReadError::Bad {
                    path: place.path(),
                    message: format!("is no object with `{name}`"),
                });
            }
            (_, PathPart::Index(_)) => {
                return Err(ReadError::Bad {
                    path: place.path(),
                    message: "is no list".to_owned(),
                });
            }
        }
        if taken {
            return Ok(());
        }
        match part {
            PathPart::Name(name) => self.nothing(spot, zone, &place.member(name), false),
            PathPart::Index(index) => self.nothing(spot, zone, &place.item(*index), false),
        }
    }

    /// Whether the object that begins here has a member of exactly this name, where others are only like it.
    fn has(&self, reader: &Reader<'a>, name: &str) -> Result<bool, ReadError> {
        let mut reader = reader.clone();
        reader.begin_object()?;
        let mut first = true;
        let mut like = false;
        while let Some(key) = reader.key(first)? {
            first = false;
            if *key == *name {
                return Ok(true);
            }
            if same_name(&key, name) {
                like = true;
            } else if like {
                break;
            }
            reader.skip()?;
        }
        Ok(false)
    }

    /// A value at a place. `cell`: it stands in a row of a record set or an anonymous object.
    pub(super) fn value(
        &mut self,
        reader: &mut Reader<'a>,
        spot: &Spot,
        zone: &TimeZone,
        place: &Place<'_>,
        cell: bool,
    ) -> Result<(), ReadError> {
        let zone = spot.zone.as_ref().unwrap_or(zone);
        let kind = reader.peek()?;
        if kind == Kind::Null {
            reader.null()?;
            return self.nothing(spot, zone, place, cell);
        }
        self.node(reader, kind, spot.node, zone, place)
    }

    pub(super) fn node(
        &mut self,
        reader: &mut Reader<'a>,
        kind: Kind,
        id: NodeId,
        zone: &TimeZone,
        place: &Place<'_>,
    ) -> Result<(), ReadError> {
        if place.depth > MAX_DEPTH {
            return Err(bad(place, format!("is nested deeper than {MAX_DEPTH}")));
        }
        let plan = self.plan;
        match plan.node(id) {
            Node::Any(shape) => self.untyped(reader, kind, *shape, zone, place),
            Node::Nothing => {
                reader.skip()?;
                Ok(self.out.null()?)
            }
            Node::Scalar { scalar, shape, lax } => {
                self.scalar(reader, kind, *scalar, *shape, *lax, zone, place)
            }
            Node::Words(words) => {
                let text = match kind {
                    Kind::Text => reader.string()?,
                    Kind::Null | Kind::Bool | Kind::Number | Kind::List | Kind::Object => {
                        reader.skip()?;
                        Cow::Borrowed("")
                    }
                };
                if words.iter().any(|word| **word == *text) {
                    return Ok(self.out.text(&text)?);
                }
                Err(bad(place, format!("is none of {}", words.join(", "))))
            }
            Node::List {
                item,
                shape,
                vector,
                lax,
            } => self.list(reader, kind, item, *shape, vector, *lax, zone, place),
            Node::Object(object) => match kind {
                Kind::Object => self.object(reader, id, object, false, zone, place),
                Kind::Null | Kind::Bool | Kind::Number | Kind::Text | Kind::List => {
                    if object.lax {
                        self.notes.odd += 1;
                        return self.untyped(reader, kind, None, zone, place);
                    }
                    Err(unfit(kind, &object.name, place))
                }
            },
            Node::Choice {
                by,
                of,
                other,
                name,
            } => {
                let chosen = match kind {
                    Kind::Object => self.chosen(reader, by, of)?,
                    Kind::Null | Kind::Bool | Kind::Number | Kind::Text | Kind::List => None,
                };
                match chosen.or(*other) {
                    Some(chosen) => self.node(reader, kind, chosen, zone, place),
                    None => Err(bad(&place.member(by), format!("chooses no type of {name}"))),
                }
            }
            Node::Best(of) => match kind {
                Kind::Object => match self.best(reader, of)? {
                    Some(best) => self.node(reader, kind, best, zone, place),
                    None => self.untyped(reader, kind, None, zone, place),
                },
                Kind::Null | Kind::Bool | Kind::Number | Kind::Text | Kind::List => {
                    self.untyped(reader, kind, None, zone, place)
                }
            },
        }
    }

    /// What stands where nothing is.
    pub(super) fn nothing(
        &mut self,
        spot: &Spot,
        zone: &TimeZone,
        place: &Place<'_>,
        cell: bool,
    ) -> Result<(), ReadError> {
        match &spot.null {
            // What a document alone types is a text in ColdFusion's own rows and structs.
            Null::Kept
                if cell && self.plan.preset == footbridge_mapping::rows::Preset::ColdFusion =>
            {
                Ok(self.out.text("")?)
            }
            Null::Kept | Null::Omitted => Ok(self.out.null()?),
            Null::Constant(constant) => self.constant(constant, spot, zone, place),
            Null::Refused => match self.plan.node(spot.node) {
                Node::Nothing => Ok(self.out.null()?),
                Node::Any(_)
                | Node::Scalar { .. }
                | Node::Words(_)
                | Node::List { .. }
                | Node::Object(_)
                | Node::Choice { .. }
                | Node::Best(_) => Err(bad(place, "is null, and its type has no `?`".to_owned())),
            },
        }
    }

    fn constant(
        &mut self,
        constant: &Constant,
        spot: &Spot,
        zone: &TimeZone,
        place: &Place<'_>,
    ) -> Result<(), ReadError> {
        let declared = match self.plan.node(spot.node) {
            Node::Scalar { scalar, .. } => Some(*scalar),
            Node::Any(_)
            | Node::Nothing
            | Node::Words(_)
            | Node::List { .. }
            | Node::Object(_)
            | Node::Choice { .. }
            | Node::Best(_) => None,
        };
        match constant {
            Constant::NaN => Ok(self.out.number(f64::NAN)?),
            Constant::Omit => Ok(self.out.null()?),
            Constant::EmptyList => {
                let Node::List {
                    item,
                    shape,
                    vector,
                    ..
                } = self.plan.node(spot.node)
                else {
                    self.out
                        .begin_list(None, None, &super::plan::Vector::Object("".into()))?;
                    return Ok(self.out.end_list()?);
                };
                self.out.begin_list(self.plan.rows(item), *shape, vector)?;
                Ok(self.out.end_list()?)
            }
            Constant::Number(_) | Constant::Bool(_) | Constant::Text(_) => {
                let taken = self.out.scalar(&constant.data(), declared, None, zone);
                taken.map_err(|refused| error(refused, place))
            }
        }
    }

    /// The node that the value of a member chooses.
    fn chosen(
        &self,
        reader: &Reader<'a>,
        by: &Arc<str>,
        of: &[(Arc<str>, NodeId)],
    ) -> Result<Option<NodeId>, ReadError> {
        let mut reader = reader.clone();
        reader.begin_object()?;
        let mut first = true;
        let mut word: Option<Cow<'_, str>> = None;
        let mut sure = false;
        while let Some(key) = reader.key(first)? {
            first = false;
            let exact = *key == **by;
            let again = sure || word.is_some() && !self.last;
            if !exact && (again || !same_name(&key, by)) {
                reader.skip()?;
                continue;
            }
            word = match reader.peek()? {
                Kind::Text => Some(reader.string()?),
                Kind::Number => Some(Cow::Borrowed(reader.number()?)),
                Kind::Bool => Some(Cow::Borrowed(if reader.bool()? { "true" } else { "false" })),
                Kind::Null | Kind::List | Kind::Object => {
                    reader.skip()?;
                    None
                }
            };
            sure |= exact;
            if exact && !self.last {
                break;
            }
        }
        let chosen = word.and_then(|word| of.iter().find(|(known, _)| **known == *word));
        Ok(chosen.map(|(_, id)| *id))
    }

    /// Of several objects the one that has all it requires and knows most of the members.
    fn best(&self, reader: &Reader<'a>, of: &[NodeId]) -> Result<Option<NodeId>, ReadError> {
        let mut reader = reader.clone();
        reader.begin_object()?;
        let mut first = true;
        let mut keys: Vec<Cow<'_, str>> = Vec::new();
        while let Some(key) = reader.key(first)? {
            first = false;
            reader.skip()?;
            keys.push(key);
        }
        let mut best: Option<(usize, NodeId)> = None;
        for id in of {
            let known = match self.plan.node(*id) {
                Node::Object(object) => {
                    let all = object
                        .required
                        .iter()
                        .all(|name| keys.iter().any(|key| **key == **name));
                    all.then(|| {
                        keys.iter()
                            .filter(|key| object.exact.contains_key(&***key))
                            .count()
                    })
                }
                Node::Choice { .. } | Node::Best(_) => Some(0),
                Node::Any(_)
                | Node::Nothing
                | Node::Scalar { .. }
                | Node::Words(_)
                | Node::List { .. } => None,
            };
            if let Some(known) = known
                && best.is_none_or(|(before, _)| known > before)
            {
                best = Some((known, *id));
            }
        }
        Ok(best.map(|(_, id)| id))
    }
}

pub(super) fn bad(place: &Place<'_>, message: String) -> ReadError {
    ReadError::Bad {
        path: place.path(),
        message,
    }
}

pub(super) fn unfit(kind: Kind, declared: &str, place: &Place<'_>) -> ReadError {
    bad(
        place,
        format!("is {}, and declared {declared}", describe(kind)),
    )
}

pub(super) fn describe(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Bool => "a boolean",
        Kind::Number => "a number",
        Kind::Text => "a text",
        Kind::List => "a list",
        Kind::Object => "an object",
    }
}

pub(super) fn error(refused: Refused, place: &Place<'_>) -> ReadError {
    match refused {
        Refused::Unfit(message) => bad(place, message),
        Refused::Write(error) => ReadError::Write(error),
    }
}

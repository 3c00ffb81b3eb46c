//! Elements: their name, type and content.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use footbridge_amf::{Graph, NodeId, Value};
use footbridge_mapping::data::{AmfValue, Data};

use super::members::Members;
use super::{Settings, WriteError, scalar};
use crate::model::{
    Builtin, Complex, Content, ElementId, Encoding, Face, Model, TypeId, TypeKind, Variety, Version,
};
use crate::xml::namespace::{XML, XSD, XSI};
use crate::xml::{Name, attribute, text};

/// Elements within each other.
pub(super) const MAX_DEPTH: usize = 128;

/// Elements whose tags are kept.
const TAGS: usize = 32;

/// Bytes of an envelope; 64 MiB.
const MAX_BYTES: usize = 64 << 20;

/// A node of a graph that came with the arguments.
pub(super) type Identity = (usize, NodeId);

pub(super) struct Writer<'a> {
    pub(super) model: &'a Model,
    pub(super) settings: &'a Settings<'a>,
    pub(super) version: Version,
    pub(super) encoding: Encoding,
    pub(super) out: String,
    /// Namespaces in the order of their prefixes `ns0`, `ns1` …
    pub(super) namespaces: Vec<Arc<str>>,
    /// Elements that were written last, with their names as they stand in tags.
    pub(super) tags: Vec<(ElementId, Arc<str>)>,
    pub(super) path: Vec<PathPart>,
    /// Where the members of the plain objects that are being written stand.
    pub(super) places: Vec<usize>,
    pub(super) depth: usize,
    /// Nodes that are being written, to notice those that hold themselves.
    pub(super) active: HashSet<Identity>,
    /// Nodes that are referred to more than once, with their id once they have one. Encoded messages only.
    pub(super) shared: HashMap<Identity, Option<usize>>,
    /// Shared values that still have to be written, and what they are declared as.
    pub(super) waiting: Vec<(usize, Data, TypeId)>,
    pub(super) attachments: Vec<(String, Arc<[u8]>)>,
}

#[derive(Clone)]
pub(super) enum PathPart {
    Name(Arc<str>),
    Index(usize),
}

/// The name of an element as it stands in its tags.
pub(super) enum Named<'a> {
    /// As it was made ready at load.
    Ready(&'a Face),
    /// With another prefix.
    Made(Arc<str>),
}

impl std::ops::Deref for Named<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Ready(face) => face.tag(),
            Self::Made(tag) => tag,
        }
    }
}

/// What stands beside the name in a tag.
#[derive(Default)]
pub(super) struct Tag {
    pub(super) text: String,
}

impl Tag {
    pub(super) fn add(&mut self, name: &str, value: &str) {
        self.text.push(' ');
        self.text.push_str(name);
        self.text.push_str("=\"");
        attribute(value, &mut self.text);
        self.text.push('"');
    }
}

impl<'a> Writer<'a> {
    pub(super) fn fail(&self, message: impl Into<String>) -> WriteError {
        let mut path = String::new();
        for part in &self.path {
            match part {
                PathPart::Name(name) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(name);
                }
                PathPart::Index(index) => path.push_str(&format!("[{index}]")),
            }
        }
        WriteError {
            path,
            message: message.into(),
        }
    }

    /// Runs `body` one part further in.
    pub(super) fn within<T>(
        &mut self,
        part: PathPart,
        body: impl FnOnce(&mut Self) -> Result<T, WriteError>,
    ) -> Result<T, WriteError> {
        self.path.push(part);
        let result = body(self);
        // An error keeps its own path.
        self.path.pop();
        result
    }

    /// A name with its prefix; names without a namespace have none, and there is no default one that would catch them.
    pub(super) fn qualified(&mut self, name: &Name) -> String {
        match &*name.namespace {
            "" => name.local.to_string(),
            XSD => format!("xsd:{}", name.local),
            XSI => format!("xsi:{}", name.local),
            XML => format!("xml:{}", name.local),
            _ => {
                let index = self.number(&name.namespace);
                format!("ns{index}:{}", name.local)
            }
        }
    }

    /// The number in the prefix of a namespace. An envelope has few, and mostly the first one is meant.
    fn number(&mut self, namespace: &Arc<str>) -> usize {
        let known = self
            .namespaces
            .iter()
            .position(|known| Arc::ptr_eq(known, namespace) || known == namespace);
        known.unwrap_or_else(|| {
            self.namespaces.push(namespace.clone());
            self.namespaces.len() - 1
        })
    }

    /// The name of an element with its prefix.
    pub(super) fn tag(&mut self, id: ElementId) -> Named<'a> {
        let model = self.model;
        let face = model.face(id);
        if !face.numbered || self.number(&model.element(id).name.namespace) == 0 {
            return Named::Ready(face);
        }
        if let Some((_, tag)) = self.tags.iter().find(|(known, _)| *known == id) {
            return Named::Made(tag.clone());
        }
        let tag: Arc<str> = self.qualified(&model.element(id).name).into();
        // Few elements repeat; of many kinds the last ones are kept.
        if self.tags.len() >= TAGS {
            self.tags.clear();
        }
        self.tags.push((id, tag.clone()));
        Named::Made(tag)
    }

    /// A whole element.
    pub(super) fn element(&mut self, id: ElementId, data: &Data) -> Result<(), WriteError> {
        let element = self.model.element(id);
        let tag = self.tag(id);
        if data.is_null() {
            if !element.nillable && self.encoding == Encoding::Literal {
                return Err(self.fail("null, which may not stand here"));
            }
            self.nil(&tag);
            return Ok(());
        }
        self.value(&tag, element.kind, data, Tag::default())
    }

    pub(super) fn nil(&mut self, tag: &str) {
        self.out.push('<');
        self.out.push_str(tag);
        self.out.push_str(" xsi:nil=\"true\"/>");
    }

    /// An element `tag` of a value that is declared as `declared`.
    pub(super) fn value(
        &mut self,
        tag: &str,
        declared: TypeId,
        data: &Data,
        attributes: Tag,
    ) -> Result<(), WriteError> {
        if self.depth >= MAX_DEPTH {
            return Err(self.fail(format!("nested deeper than {MAX_DEPTH}")));
        }
        if self.out.len() > MAX_BYTES {
            return Err(self.fail("the envelope is larger than 64 MiB"));
        }
        let identity = identity(data);
        if let Some(identity) = identity {
            if self.encoding == Encoding::Encoded && self.shared.contains_key(&identity) {
                return self.reference(tag, declared, data, attributes);
            }
            if !self.active.insert(identity) {
                return Err(self.fail("holds itself, which only SOAP encoding can say"));
            }
        }
        self.depth += 1;
        let result = self.content(tag, declared, data, attributes);
        self.depth -= 1;
        if let Some(identity) = identity {
            self.active.remove(&identity);
        }
        result
    }

    pub(super) fn content(
        &mut self,
        tag: &str,
        declared: TypeId,
        data: &Data,
        mut attributes: Tag,
    ) -> Result<(), WriteError> {
        if attributes.text.is_empty() && self.straight(tag, declared, data)? {
            return Ok(());
        }
        let (actual, members) = self.actual(declared, data)?;
        let model = self.model;
        let kind = model.kind(actual);
        if kind.is_abstract {
            return Err(self.fail(self.which(actual)));
        }
        // Arrays and what nothing describes say their own type.
        let own = matches!(kind.kind, TypeKind::Array { .. } | TypeKind::Any);
        let named = self.encoding == Encoding::Encoded && !own;
        if (named || actual != declared)
            && let Some(name) = self.type_name(actual)
        {
            let name = self.qualified(&name);
            attributes.add("xsi:type", &name);
        }
        match &kind.kind {
            TypeKind::Simple(simple) => {
                if let (Variety::Atomic(Builtin::Base64), Some(mtom)) =
                    (&simple.variety, self.settings.mtom)
                    && self.attach(tag, data, mtom.threshold, &attributes)
                {
                    return Ok(());
                }
                let value = scalar::text(model, actual, data, self.settings.zone)
                    .map_err(|message| self.fail(message))?;
                self.text_element(tag, &attributes, &value);
                Ok(())
            }
            TypeKind::Complex(complex) => self.complex(tag, complex, data, members, attributes),
            TypeKind::Array {
                item,
                dimensions,
                item_name,
            } => self.array(
                tag,
                *item,
                *dimensions,
                item_name.as_ref(),
                data,
                attributes,
            ),
            TypeKind::Map => self.map(tag, data, attributes),
            TypeKind::Any => self.anything(tag, data, attributes),
        }
    }

    /// A tag without attributes.
    pub(super) fn start(&mut self, tag: &str) {
        self.out.push('<');
        self.out.push_str(tag);
        self.out.push('>');
    }

    pub(super) fn open(&mut self, tag: &str, attributes: &Tag) {
        self.out.push('<');
        self.out.push_str(tag);
        self.out.push_str(&attributes.text);
        self.out.push('>');
    }

    pub(super) fn close(&mut self, tag: &str) {
        self.out.push_str("</");
        self.out.push_str(tag);
        self.out.push('>');
    }

    pub(super) fn text_element(&mut self, tag: &str, attributes: &Tag, value: &str) {
        self.open(tag, attributes);
        text(value, &mut self.out);
        self.close(tag);
    }

    fn complex(
        &mut self,
        tag: &str,
        complex: &'a Complex,
        data: &Data,
        members: Option<Members>,
        mut attributes: Tag,
    ) -> Result<(), WriteError> {
        // A list in the place of an object is what its only repeated element holds.
        let unwrapped = match (data.items(), complex.fields.as_slice()) {
            (Some(_), [field]) if field.many => Some(Members::one(
                self.model.element(field.element).name.local.clone(),
                data.clone(),
            )),
            _ => None,
        };
        let scalar_in = match (&complex.content, &members) {
            (Content::Simple(_), None) => Some(Members::one("value".into(), data.clone())),
            _ => None,
        };
        let raw = match data {
            Data::Xml(xml) if matches!(complex.content, Content::Elements(_)) => Some(xml.clone()),
            _ => None,
        };
        if let Some(xml) = raw {
            self.check_xml(&xml)?;
            self.open(tag, &attributes);
            self.out.push_str(&xml);
            self.close(tag);
            return Ok(());
        }
        let Some(mut members) = unwrapped.or(scalar_in).or(members) else {
            return Err(self.fail(format!("{}, and an object is asked for", data.describe())));
        };
        for declared in &complex.attributes {
            self.attribute(declared, &mut members, &mut attributes)?;
        }
        match &complex.content {
            Content::Empty => {
                self.leftovers(complex, &mut members, &mut attributes)?;
                self.open(tag, &attributes);
                self.close(tag);
            }
            Content::Simple(kind) => {
                let value = members.find("value").or_else(|| members.find("_value"));
                let data = match value.and_then(|at| members.entries.get_mut(at)) {
                    Some(entry) => {
                        entry.used = 1;
                        entry.data.clone()
                    }
                    None => Data::Null,
                };
                self.leftovers(complex, &mut members, &mut attributes)?;
                if data.is_null() {
                    return self.within(PathPart::Name("value".into()), |writer| {
                        Err(writer.fail("required, and not given"))
                    });
                }
                let value = scalar::text(self.model, *kind, &data, self.settings.zone)
                    .map_err(|message| self.fail(message))?;
                self.text_element(tag, &attributes, &value);
            }
            Content::Elements(particle) => {
                // Attributes that nobody declares stand in the tag, so they are found before the content.
                if complex.any_attribute {
                    self.free_attributes(&mut members, &mut attributes)?;
                }
                self.open(tag, &attributes);
                if complex.mixed
                    && let Some(at) = members.find("$text")
                    && let Some(entry) = members.entries.get_mut(at)
                {
                    entry.used = 1;
                    let data = entry.data.clone();
                    if let Some(value) = footbridge_mapping::data::convert::to_text(&data) {
                        text(&value, &mut self.out);
                    }
                }
                self.particle(particle, complex, &mut members)?;
                self.leftovers(complex, &mut members, &mut Tag::default())?;
                self.close(tag);
            }
        }
        Ok(())
    }
}

/// The node that an object or list of a client is.
pub(super) fn identity(data: &Data) -> Option<Identity> {
    let Data::Amf(AmfValue { graph, value }) = data else {
        return None;
    };
    match value {
        Value::Node(id) => Some((Arc::as_ptr(graph).cast::<Graph<'_>>().addr(), *id)),
        Value::Undefined
        | Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Number(_)
        | Value::String(_) => None,
    }
}

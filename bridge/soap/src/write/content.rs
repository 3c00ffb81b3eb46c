//! Elements: their name, type and content.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use footbridge_amf::{Graph, NodeId, Value};
use footbridge_mapping::data::{AmfValue, Data};
use indexmap::IndexSet;

use super::members::Members;
use super::{Settings, WriteError, scalar};
use crate::model::{
    Attribute, Builtin, Complex, Content, ElementId, Encoding, Model, TypeId, TypeKind, Variety,
    Version,
};
use crate::xml::namespace::{XML, XSD, XSI};
use crate::xml::{Name, Tree, XmlLimits, attribute, text};

/// Elements within each other.
const MAX_DEPTH: usize = 128;

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
    pub(super) namespaces: IndexSet<Arc<str>>,
    pub(super) path: Vec<PathPart>,
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
                let (index, _) = self.namespaces.insert_full(name.namespace.clone());
                format!("ns{index}:{}", name.local)
            }
        }
    }

    /// A whole element.
    pub(super) fn element(&mut self, id: ElementId, data: &Data) -> Result<(), WriteError> {
        let element = self.model.element(id);
        let tag = self.qualified(&element.name);
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

    fn attribute(
        &mut self,
        declared: &Attribute,
        members: &mut Members,
        attributes: &mut Tag,
    ) -> Result<(), WriteError> {
        let found = members
            .find(&declared.member)
            .or_else(|| members.find(&format!("@{}", declared.name.local)));
        let data = match found.and_then(|at| members.entries.get_mut(at)) {
            Some(entry) => {
                entry.used = 1;
                entry.data.clone()
            }
            None => Data::Null,
        };
        let name = declared.member.clone();
        if data.is_null() {
            return match (&declared.default, declared.required) {
                (Some(default), true) => {
                    let tag = self.qualified(&declared.name);
                    attributes.add(&tag, default);
                    Ok(())
                }
                (None, true) => self.within(PathPart::Name(name), |writer| {
                    Err(writer.fail("required, and not given"))
                }),
                (Some(_) | None, false) => Ok(()),
            };
        }
        self.within(PathPart::Name(name), |writer| {
            let value = scalar::text(writer.model, declared.kind, &data, writer.settings.zone)
                .map_err(|message| writer.fail(message))?;
            if declared.fixed
                && declared
                    .default
                    .as_deref()
                    .is_some_and(|fixed| fixed != value)
            {
                return Err(writer.fail(format!(
                    "always `{}`",
                    declared.default.as_deref().unwrap_or_default()
                )));
            }
            let tag = writer.qualified(&declared.name);
            attributes.add(&tag, &value);
            Ok(())
        })
    }

    fn free_attributes(
        &mut self,
        members: &mut Members,
        attributes: &mut Tag,
    ) -> Result<(), WriteError> {
        for entry in &mut members.entries {
            let Some(name) = entry.name.strip_prefix('@') else {
                continue;
            };
            if entry.used > 0 || entry.data.is_null() {
                continue;
            }
            let plain =
                |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
            if name.is_empty()
                || !name.chars().all(plain)
                || name.starts_with(|first: char| !first.is_alphabetic())
            {
                return Err(self.fail(format!("`{}` is no name of an attribute", entry.name)));
            }
            if let Some(value) = footbridge_mapping::data::convert::to_text(&entry.data) {
                attributes.add(name, &value);
                entry.used = 1;
            }
        }
        Ok(())
    }

    /// What was given and has no place is a mistake, unless it is null.
    fn leftovers(
        &mut self,
        complex: &Complex,
        members: &mut Members,
        attributes: &mut Tag,
    ) -> Result<(), WriteError> {
        if complex.any_attribute {
            self.free_attributes(members, attributes)?;
        }
        for entry in &members.entries {
            if entry.data.is_null() || &*entry.name == "$type" || &*entry.name == "$text" {
                continue;
            }
            let many = entry.data.items().map(|items| items.len());
            let field = complex.fields.iter().find(|field| {
                footbridge_mapping::data::same_name(
                    &self.model.element(field.element).name.local,
                    &entry.name,
                )
            });
            let wanted = match (field, many) {
                (Some(field), Some(count)) if field.many => count,
                _ => 1,
            };
            if entry.used >= wanted {
                continue;
            }
            let message = match field {
                Some(_) if entry.used > 0 => {
                    format!("has {wanted} items, and {} have a place", entry.used)
                }
                Some(_) => {
                    "cannot stand beside what else is given; the schema lets one of them be chosen"
                        .to_owned()
                }
                None => {
                    let names: Vec<String> = complex
                        .fields
                        .iter()
                        .map(|field| self.model.element(field.element).name.local.to_string())
                        .chain(
                            complex
                                .attributes
                                .iter()
                                .map(|attribute| attribute.member.to_string()),
                        )
                        .take(20)
                        .collect();
                    format!(
                        "no such element; there {}",
                        if names.is_empty() {
                            "is none".to_owned()
                        } else {
                            format!("is {}", names.join(", "))
                        }
                    )
                }
            };
            let name = entry.name.clone();
            return self.within(PathPart::Name(name), |writer| Err(writer.fail(message)));
        }
        Ok(())
    }

    /// What nothing describes: by its structure.
    fn anything(&mut self, tag: &str, data: &Data, mut attributes: Tag) -> Result<(), WriteError> {
        if let Data::Xml(xml) = data {
            self.check_xml(xml)?;
            self.open(tag, &attributes);
            self.out.push_str(xml);
            self.close(tag);
            return Ok(());
        }
        if let Some(items) = data.items() {
            if self.encoding == Encoding::Encoded {
                let any = self.any_type();
                return self.array(tag, any, 1, None, data, attributes);
            }
            self.open(tag, &attributes);
            for (at, item) in items.iter().enumerate() {
                let any = self.any_type();
                self.within(PathPart::Index(at), |writer| {
                    if item.is_null() {
                        writer.nil("item");
                        return Ok(());
                    }
                    writer.value("item", any, item, Tag::default())
                })?;
            }
            self.close(tag);
            return Ok(());
        }
        if let Some(members) = Members::of(data) {
            if self.encoding == Encoding::Encoded && !attributes.text.contains("xsi:type=") {
                let name = self.qualified(&Name::new(self.version.encoding(), "Struct"));
                attributes.add("xsi:type", &name);
            }
            self.open(tag, &attributes);
            let any = self.any_type();
            for entry in &members.entries {
                let name = entry.name.clone();
                if &*name == "$type" || entry.data.is_null() {
                    continue;
                }
                self.within(PathPart::Name(name.clone()), |writer| {
                    writer.check_name(&name)?;
                    writer.value(&name, any, &entry.data, Tag::default())
                })?;
            }
            self.close(tag);
            return Ok(());
        }
        let local = match data {
            Data::Bool(_) => "boolean",
            Data::Int(number) if i32::try_from(*number).is_ok() => "int",
            Data::Int(_) => "long",
            Data::Number(_) => "double",
            Data::Decimal(_) => "decimal",
            Data::Date(_) => "dateTime",
            Data::Day(_) => "date",
            Data::Bytes(_) => "base64Binary",
            Data::Text(_)
            | Data::Xml(_)
            | Data::Null
            | Data::Omit
            | Data::List(_)
            | Data::Object(_)
            | Data::Amf(_) => "string",
        };
        let Some(kind) = self.model.type_named(&Name::new(XSD, local)) else {
            return Err(self.fail("no value that can be sent"));
        };
        if !attributes.text.contains("xsi:type=") {
            attributes.add("xsi:type", &format!("xsd:{local}"));
        }
        let value = scalar::text(self.model, kind, data, self.settings.zone)
            .map_err(|message| self.fail(message))?;
        self.text_element(tag, &attributes, &value);
        Ok(())
    }

    pub(super) fn any_type(&self) -> TypeId {
        self.model
            .type_named(&Name::new(XSD, "anyType"))
            .unwrap_or(TypeId(0))
    }

    /// The type that a value is written as: that of its class or its `$type`, if it derives from the declared one.
    fn actual(
        &self,
        declared: TypeId,
        data: &Data,
    ) -> Result<(TypeId, Option<Members>), WriteError> {
        let members = Members::of(data);
        let Some(inside) = &members else {
            return Ok((declared, None));
        };
        let said = inside
            .find("$type")
            .and_then(|at| match &inside.entries.get(at)?.data {
                Data::Text(name) => Some(name.clone()),
                _ => None,
            });
        if let Some(said) = said {
            let found = self
                .settings
                .aliases
                .find(&said)
                .filter(|found| self.model.derives(*found, declared));
            return match found {
                Some(found) => Ok((found, members)),
                None => Err(self.fail(format!("`{said}` is no type that may stand here"))),
            };
        }
        let alias = match data {
            Data::Object(record) => record.alias.as_deref(),
            Data::Amf(value) => value.class(),
            _ => None,
        };
        let found = alias
            .filter(|alias| !alias.is_empty())
            .and_then(|alias| self.settings.aliases.find(alias))
            .filter(|found| self.model.derives(*found, declared));
        Ok((found.unwrap_or(declared), members))
    }

    fn which(&self, declared: TypeId) -> String {
        let names: Vec<String> = self
            .model
            .types()
            .filter(|(id, kind)| {
                !kind.is_abstract && *id != declared && self.model.derives(*id, declared)
            })
            .filter_map(|(_, kind)| kind.name.as_ref())
            .take(12)
            .map(|name| name.local.to_string())
            .collect();
        format!(
            "its type is abstract; say with a class or `$type` which it is: {}",
            names.join(", ")
        )
    }

    /// The name of a type, or of the nearest base that has one.
    pub(super) fn type_name(&self, id: TypeId) -> Option<Name> {
        let mut current = Some(id);
        for _ in 0..64 {
            let kind = self.model.kind(current?);
            if let Some(name) = &kind.name {
                return Some(name.clone());
            }
            current = kind.base;
        }
        None
    }

    pub(super) fn check_name(&self, name: &str) -> Result<(), WriteError> {
        let first = name
            .chars()
            .next()
            .is_some_and(|first| first.is_alphabetic() || first == '_');
        let rest = name
            .chars()
            .all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.'));
        if first && rest {
            return Ok(());
        }
        Err(self.fail("no name that an element can have"))
    }

    /// XML of a client is put in only if it is well-formed and brings its own prefixes.
    pub(super) fn check_xml(&self, xml: &str) -> Result<(), WriteError> {
        let wrapped = format!("<x>{xml}</x>");
        let tree = Tree::parse(&wrapped, XmlLimits::default())
            .map_err(|error| self.fail(format!("no well-formed XML: {error}")))?;
        if tree.end(0) != tree.len() {
            return Err(self.fail("no well-formed XML: it ends more than it begins"));
        }
        for at in 1..tree.len() {
            let free = tree.undeclared(at);
            if let Some(prefix) = free {
                return Err(self.fail(format!("XML whose prefix `{prefix}` is not declared in it")));
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

//! Values that nothing describes, by their structure; and XML that is put in as it is.

use footbridge_mapping::data::Data;

use super::content::{PathPart, Tag, Writer};
use super::members::Members;
use super::{WriteError, scalar};
use crate::model::{Encoding, TypeId};
use crate::xml::namespace::XSD;
use crate::xml::{Name, Tree, XmlLimits};

impl Writer<'_> {
    /// What nothing describes: by its structure.
    pub(super) fn anything(
        &mut self,
        tag: &str,
        data: &Data,
        mut attributes: Tag,
    ) -> Result<(), WriteError> {
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

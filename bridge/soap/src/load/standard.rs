//! What is built in: the types of XML Schema, SOAP encoding, Apache SOAP, XOP and WS-Addressing, in our own short form,
//! so that nothing is fetched that the mapping does not name.

use std::collections::HashMap;
use std::sync::Arc;

use super::schema::Compiler;
use crate::model::{
    Attribute, Builtin, Complex, Content, Facets, STANDARD, Simple, Type, TypeId, TypeKind, Variety,
};
use crate::xml::Name;
use crate::xml::namespace::{ADDRESSING, APACHE, ENCODING11, ENCODING12, XMLMIME, XOP, XSD};

/// The built-in types that are often needed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standard {
    pub(super) any_type: TypeId,
    pub(super) any_simple: TypeId,
    pub(super) string: TypeId,
    pub(super) array11: TypeId,
    pub(super) array12: TypeId,
}

impl Default for Standard {
    fn default() -> Self {
        let first = TypeId(0);
        Self {
            any_type: first,
            any_simple: first,
            string: first,
            array11: first,
            array12: first,
        }
    }
}

impl Compiler<'_> {
    pub(super) fn declare_standard(&mut self) {
        let any_type = self.named_type(XSD, "anyType", TypeKind::Any, None);
        self.standard.any_type = any_type;
        let mut ids: HashMap<&str, TypeId> = HashMap::new();
        for (local, builtin, base) in STANDARD {
            let base = ids.get(base).copied().or(Some(any_type));
            let id = self.named_type(XSD, local, atomic(*builtin), base);
            ids.insert(local, id);
        }
        self.standard.any_simple = ids.get("anySimpleType").copied().unwrap_or(any_type);
        self.standard.string = ids.get("string").copied().unwrap_or(any_type);
        for namespace in [ENCODING11, ENCODING12] {
            for (local, builtin, _) in STANDARD {
                let base = ids.get(local).copied();
                self.named_type(namespace, local, atomic(*builtin), base);
            }
            self.named_type(namespace, "Struct", TypeKind::Any, Some(any_type));
            let array = TypeKind::Array {
                item: any_type,
                dimensions: 1,
                item_name: None,
            };
            let id = self.named_type(namespace, "Array", array, Some(any_type));
            if namespace == ENCODING11 {
                self.standard.array11 = id;
            } else {
                self.standard.array12 = id;
            }
        }
        self.named_type(APACHE, "Map", TypeKind::Map, Some(any_type));
        let vector = TypeKind::Array {
            item: any_type,
            dimensions: 1,
            item_name: None,
        };
        self.named_type(APACHE, "Vector", vector, Some(any_type));
        self.named_type(APACHE, "Element", TypeKind::Any, Some(any_type));
        self.binary(XMLMIME, "base64Binary", &ids);
        self.binary(XMLMIME, "hexBinary", &ids);
        // What is declared as an Include (gSOAP's `xop:Include`) is bytes: beside the envelope, or in it.
        let bytes = ids.get("base64Binary").copied();
        self.named_type(XOP, "Include", atomic(Builtin::Base64), bytes);
        for local in [
            "EndpointReferenceType",
            "AttributedURIType",
            "RelatesToType",
            "MetadataType",
        ] {
            self.named_type(ADDRESSING, local, TypeKind::Any, Some(any_type));
        }
    }

    /// Bytes with a media type as an attribute.
    fn binary(&mut self, namespace: &str, local: &str, ids: &HashMap<&str, TypeId>) {
        let (Some(base), Some(string)) = (ids.get(local).copied(), ids.get("string").copied())
        else {
            return;
        };
        let kind = TypeKind::Complex(Complex {
            content: Content::Simple(base),
            attributes: vec![Attribute {
                name: Name::new(namespace, "contentType"),
                member: "contentType".into(),
                kind: string,
                required: false,
                default: None,
                fixed: false,
            }],
            ..Complex::default()
        });
        self.named_type(namespace, local, kind, Some(base));
    }

    fn named_type(
        &mut self,
        namespace: &str,
        local: &str,
        kind: TypeKind,
        base: Option<TypeId>,
    ) -> TypeId {
        let name = Name {
            namespace: self.intern(namespace),
            local: self.intern(local),
        };
        let id = TypeId(u32::try_from(self.types.len()).unwrap_or(u32::MAX));
        self.types.push(Type {
            name: Some(name.clone()),
            base,
            is_abstract: false,
            kind,
        });
        self.by_type.insert(name, id);
        id
    }
}

fn atomic(builtin: Builtin) -> TypeKind {
    TypeKind::Simple(Simple {
        variety: Variety::Atomic(builtin),
        enumeration: Vec::<Arc<str>>::new(),
        facets: Facets::default(),
    })
}

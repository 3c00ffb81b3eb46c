//! What nothing describes: by its structure; arrays and maps of SOAP encoding, DataSets, queries of ColdFusion.

use std::sync::Arc;

use footbridge_mapping::data::Data;

use super::ReadError;
use super::emit::{Emit, anonymous, any_type, is_nil};
use super::out::Out;
use crate::model::TypeId;
use crate::xml::namespace::{DIFFGRAM, ENCODING11, ENCODING12, XOP, XSD, XSI};
use crate::xml::{Name, Tree};

impl<O: Out> Emit<'_, '_, O> {
    pub(super) fn anything(&mut self, tree: &Tree<'_>, at: usize) -> Result<(), ReadError> {
        if tree.attribute_of(at, ENCODING11, "arrayType").is_some()
            || tree.attribute_of(at, ENCODING12, "itemType").is_some()
        {
            return self.array(tree, at, any_type(self.shapes));
        }
        if self.diffgram(tree, at)? || self.query(tree, at)? {
            return Ok(());
        }
        if tree
            .children(at)
            .any(|child| tree.is(child, XOP, "Include"))
        {
            let bytes = self
                .shapes
                .model
                .type_named(&Name::new(XSD, "base64Binary"));
            return self.value(
                tree,
                at,
                bytes.unwrap_or_else(|| any_type(self.shapes)),
                None,
            );
        }
        let children: Vec<usize> = tree.children(at).collect();
        let attributes: Vec<(String, String)> = tree
            .attributes(at)
            .filter(|(namespace, local, _)| {
                let identity = namespace.is_empty() && matches!(*local, "id" | "href");
                let of_soap = matches!(*namespace, XSI | ENCODING11 | ENCODING12)
                    || namespace.contains("/envelope");
                !identity && !of_soap
            })
            .map(|(_, local, value)| (local.to_owned(), value.to_owned()))
            .collect();
        if children.is_empty() && attributes.is_empty() {
            let text = tree.text(at);
            return Ok(self
                .out
                .scalar(&Data::text(text.as_ref()), None, &self.shapes.zone)?);
        }
        self.out.begin_object(&anonymous())?;
        for (local, value) in &attributes {
            let clash = children.iter().any(|child| tree.local(*child) == local);
            if clash {
                self.out.member(&format!("@{local}"))?;
            } else {
                self.out.member(local)?;
            }
            self.out
                .scalar(&Data::text(value.as_str()), None, &self.shapes.zone)?;
        }
        if children.is_empty() {
            self.out.member("value")?;
            let text = tree.text(at);
            self.out
                .scalar(&Data::text(text.as_ref()), None, &self.shapes.zone)?;
        }
        self.members(tree, &children)?;
        Ok(self.out.end_object()?)
    }

    /// An array of SOAP encoding; several dimensions are lists of lists.
    pub(super) fn array(
        &mut self,
        tree: &Tree<'_>,
        at: usize,
        item: TypeId,
    ) -> Result<(), ReadError> {
        let (item, sizes) = self.array_type(tree, at, item);
        let children: Vec<usize> = tree.children(at).collect();
        match sizes.as_slice() {
            [] | [_] => self.list(tree, children.into_iter(), item, None),
            [_, inner @ ..] => self.dimension(tree, &children, item, inner),
        }
    }

    fn dimension(
        &mut self,
        tree: &Tree<'_>,
        items: &[usize],
        item: TypeId,
        inner: &[usize],
    ) -> Result<(), ReadError> {
        let Some((_, below)) = inner.split_first() else {
            return self.list(tree, items.iter().copied(), item, None);
        };
        let each = inner.iter().product::<usize>();
        if each == 0 {
            return self.list(tree, std::iter::empty(), item, None);
        }
        self.out.begin_list(None)?;
        for chunk in items.chunks(each) {
            self.dimension(tree, chunk, item, below)?;
        }
        Ok(self.out.end_list()?)
    }

    /// The type of the items and the size of each dimension, as the reply says them.
    fn array_type(&self, tree: &Tree<'_>, at: usize, declared: TypeId) -> (TypeId, Vec<usize>) {
        let model = &self.shapes.model;
        let known = !matches!(model.kind(declared).kind, crate::model::TypeKind::Any);
        let find = |written: &str| {
            let (namespace, local) = tree.resolve(at, written);
            model.type_named(&Name::new(namespace.unwrap_or(""), local))
        };
        if let Some(written) = tree.attribute_of(at, ENCODING11, "arrayType") {
            let open = written.find('[').unwrap_or(written.len());
            let (name, brackets) = written.split_at(open);
            let ranks: Vec<&str> = brackets
                .split(']')
                .filter_map(|rank| rank.trim().strip_prefix('['))
                .collect();
            let sizes = ranks
                .last()
                .map(|rank| {
                    rank.split(',')
                        .map(|size| size.trim().parse().unwrap_or(0))
                        .take(8)
                        .collect()
                })
                .unwrap_or_default();
            // Arrays of arrays say their own type again further in.
            let item = if known || ranks.len() > 1 {
                None
            } else {
                find(name)
            };
            return (item.unwrap_or(declared), sizes);
        }
        let item = tree
            .attribute_of(at, ENCODING12, "itemType")
            .filter(|_| !known)
            .and_then(find);
        let sizes = tree
            .attribute_of(at, ENCODING12, "arraySize")
            .map(|sizes| {
                sizes
                    .split_whitespace()
                    .map(|size| size.parse().unwrap_or(0))
                    .take(8)
                    .collect()
            })
            .unwrap_or_default();
        (item.unwrap_or(declared), sizes)
    }

    /// Apache SOAP's Map: an object by its keys.
    pub(super) fn map(&mut self, tree: &Tree<'_>, at: usize) -> Result<(), ReadError> {
        self.out.begin_object(&anonymous())?;
        let any = any_type(self.shapes);
        let mut done: Vec<String> = Vec::new();
        for item in tree.children(at) {
            let child = |name: &str| tree.children(item).find(|child| tree.local(*child) == name);
            let (Some(key), value) = (child("key"), child("value")) else {
                continue;
            };
            let key = tree.deep_text(key).trim().to_owned();
            if done.contains(&key) {
                continue;
            }
            self.out.member(&key)?;
            done.push(key);
            match value {
                Some(value) => self.value(tree, value, any, None)?,
                None => self.out.scalar(&Data::Null, None, &self.shapes.zone)?,
            }
        }
        Ok(self.out.end_object()?)
    }

    /// A .NET DataSet: each table as a list of its rows.
    pub(super) fn diffgram(&mut self, tree: &Tree<'_>, at: usize) -> Result<bool, ReadError> {
        let Some(diffgram) = tree.child(at, DIFFGRAM, "diffgram") else {
            return Ok(false);
        };
        let set = tree
            .children(diffgram)
            .find(|child| tree.namespace(*child) != DIFFGRAM);
        let rows: Vec<usize> = set
            .map(|set| tree.children(set).collect())
            .unwrap_or_default();
        let schema = tree
            .children(at)
            .find(|child| tree.local(*child) == "schema");
        let tables = self.tables(tree, schema, &rows);
        self.out.begin_object(&anonymous())?;
        for (table, columns) in &tables {
            self.out.member(table)?;
            let class = Arc::new(footbridge_amf::Class {
                alias: String::new(),
                sealed: columns.iter().map(|(name, _)| name.clone()).collect(),
                dynamic: false,
            });
            let cells = self.out.begin_list(Some(&class))?;
            for row in rows.iter().filter(|row| tree.local(**row) == table) {
                if cells {
                    self.out.begin_row()?;
                } else {
                    self.out.begin_object(&anonymous())?;
                }
                for (column, kind) in columns {
                    if !cells {
                        self.out.member(column)?;
                    }
                    let cell = tree
                        .children(*row)
                        .find(|child| encoded_name(tree.local(*child)) == *column);
                    match cell {
                        Some(cell) if !is_nil(tree, cell) => self.value(tree, cell, *kind, None)?,
                        Some(_) | None => self.out.scalar(&Data::Null, None, &self.shapes.zone)?,
                    }
                }
                if cells {
                    self.out.end_row()?;
                } else {
                    self.out.end_object()?;
                }
            }
            self.out.end_list()?;
        }
        self.out.end_object()?;
        Ok(true)
    }

    /// Tables and columns: by the schema that comes along, else by the rows that are there.
    fn tables(
        &self,
        tree: &Tree<'_>,
        schema: Option<usize>,
        rows: &[usize],
    ) -> Vec<(String, Vec<(String, TypeId)>)> {
        let any = any_type(self.shapes);
        let mut tables: Vec<(String, Vec<(String, TypeId)>)> = Vec::new();
        if let Some(schema) = schema {
            // schema/element[DataSet]/complexType/choice/element[table]/complexType/sequence/element[column]
            for table in nested(tree, schema, 0)
                .into_iter()
                .flat_map(|set| nested(tree, set, 0))
            {
                let columns = nested(tree, table, 0)
                    .into_iter()
                    .filter_map(|column| {
                        let name = encoded_name(tree.attribute(column, "name")?);
                        let kind = tree.attribute(column, "type").and_then(|written| {
                            let (namespace, local) = tree.resolve(column, written);
                            self.shapes
                                .model
                                .type_named(&Name::new(namespace.unwrap_or(""), local))
                        });
                        Some((name, kind.unwrap_or(any)))
                    })
                    .collect();
                if let Some(name) = tree.attribute(table, "name") {
                    tables.push((name.to_owned(), columns));
                }
            }
        }
        for row in rows {
            let name = tree.local(*row);
            if schema.is_some()
                && tables
                    .iter()
                    .any(|(table, columns)| table == name && !columns.is_empty())
            {
                continue;
            }
            let at = match tables.iter().position(|(table, _)| table == name) {
                Some(at) => at,
                None => {
                    tables.push((name.to_owned(), Vec::new()));
                    tables.len() - 1
                }
            };
            for column in tree.children(*row) {
                let column = encoded_name(tree.local(column));
                if let Some((_, columns)) = tables.get_mut(at)
                    && !columns.iter().any(|(known, _)| *known == column)
                {
                    columns.push((column, any));
                }
            }
        }
        tables
    }

    /// ColdFusion's QueryBean: names of columns, and rows of cells.
    fn query(&mut self, tree: &Tree<'_>, at: usize) -> Result<bool, ReadError> {
        let child = |at: usize, name: &str| {
            tree.children(at)
                .find(|child| tree.local(*child).eq_ignore_ascii_case(name))
        };
        let (Some(columns), Some(data)) = (child(at, "columnList"), child(at, "data")) else {
            return Ok(false);
        };
        if tree.children(at).count() > 3 {
            return Ok(false);
        }
        let ids = self.ids.clone().unwrap_or_default();
        let target = |at: usize| {
            super::emit::reference(tree, at)
                .and_then(|wanted| ids.get(wanted).copied())
                .unwrap_or(at)
        };
        let names: Vec<String> = tree
            .children(target(columns))
            .map(|name| tree.deep_text(target(name)).trim().to_owned())
            .collect();
        let rows: Vec<usize> = tree.children(target(data)).map(target).collect();
        let class = Arc::new(footbridge_amf::Class {
            alias: String::new(),
            sealed: names.clone(),
            dynamic: false,
        });
        let any = any_type(self.shapes);
        let cells = self.out.begin_list(Some(&class))?;
        for row in rows {
            if cells {
                self.out.begin_row()?;
            } else {
                self.out.begin_object(&anonymous())?;
            }
            let values: Vec<usize> = tree.children(row).collect();
            for (index, name) in names.iter().enumerate() {
                if !cells {
                    self.out.member(name)?;
                }
                match values.get(index) {
                    Some(value) => self.value(tree, *value, any, None)?,
                    None => self.out.scalar(&Data::Null, None, &self.shapes.zone)?,
                }
            }
            if cells {
                self.out.end_row()?;
            } else {
                self.out.end_object()?;
            }
        }
        self.out.end_list()?;
        Ok(true)
    }
}

/// The nearest element declarations below.
fn nested(tree: &Tree<'_>, at: usize, depth: usize) -> Vec<usize> {
    if depth > 6 {
        return Vec::new();
    }
    tree.children(at)
        .flat_map(|child| match tree.local(child) {
            "element" => vec![child],
            "complexType" | "choice" | "sequence" | "all" | "complexContent" | "extension" => {
                nested(tree, child, depth + 1)
            }
            _ => Vec::new(),
        })
        .collect()
}

/// `Order_x0020_Date` is `Order Date` (XmlConvert.EncodeName of .NET).
fn encoded_name(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find("_x") {
        let code = rest
            .get(at + 2..at + 6)
            .filter(|_| rest.get(at + 6..at + 7) == Some("_"));
        let letter = code
            .and_then(|code| u32::from_str_radix(code, 16).ok())
            .and_then(char::from_u32);
        match letter {
            Some(letter) => {
                plain.push_str(rest.get(..at).unwrap_or_default());
                plain.push(letter);
                rest = rest.get(at + 7..).unwrap_or_default();
            }
            None => {
                plain.push_str(rest.get(..at + 2).unwrap_or_default());
                rest = rest.get(at + 2..).unwrap_or_default();
            }
        }
    }
    plain.push_str(rest);
    plain
}

//! Types, aliases, variants and tables: those that files share, and those of one service.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use indexmap::IndexMap;

use super::Compiler;
use crate::data::Data;
use crate::diagnostic::{Place, Problem, did_you_mean};
use crate::file::read::{Named, Parsed, TreeNode};
use crate::file::service::{ServiceFile, SharedFile, TypesFile, VariantsFile};
use crate::file::yaml::{Node, Scalar};
use crate::model::{Names, Rest, TypeBody, TypeScope, Variants};
use crate::rows::Preset;
use crate::slot::{Slot, Type};

/// A closed table.
type Table = Arc<IndexMap<Arc<str>, Data>>;

/// What files without a head share.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared {
    pub(super) types: HashMap<Arc<str>, Arc<TypeBody>>,
    pub(super) aliases: HashMap<Arc<str>, Option<Arc<str>>>,
    pub(super) variants: HashMap<Arc<str>, Arc<Variants>>,
    pub(super) tables: HashMap<Arc<str>, Table>,
    pub(super) fields: HashMap<(Arc<str>, Arc<str>), Place>,
    /// Places of all names above, each with its kind before it.
    places: HashMap<(&'static str, Arc<str>), Place>,
}

impl<'a> Compiler<'a> {
    pub(super) fn read_shared(&mut self, files: &'a [SharedFile]) {
        let mut shared = Shared::default();
        for file in files {
            let package = file
                .package
                .as_ref()
                .map(|package| &package.value.text)
                .filter(|package| &***package != "none");
            if let Some(types) = &file.types {
                field_places(&types.value, &mut shared.fields);
                for (name, body) in self.types(&types.value) {
                    if self.free(&mut shared, "type", &name) {
                        let alias =
                            package.map(|package| format!("{package}.{}", name.text).into());
                        shared.aliases.insert(Arc::clone(&name.text), alias);
                        shared.types.insert(name.text, body);
                    }
                }
            }
            for (name, alias) in file.aliases.iter().flat_map(|aliases| &aliases.value.0) {
                shared
                    .aliases
                    .insert(Arc::clone(&name.text), alias_of(alias));
            }
            for (name, variants) in file.variants.iter().flat_map(|variants| &variants.value.0) {
                if self.free(&mut shared, "type", name)
                    && let Some(variants) = self.variants(name, variants)
                {
                    shared.variants.insert(Arc::clone(&name.text), variants);
                }
            }
            for (name, table) in file.tables.iter().flat_map(|tables| &tables.value.0) {
                if self.free(&mut shared, "table", name) {
                    let table = self.table(table);
                    shared.tables.insert(Arc::clone(&name.text), table);
                }
            }
        }
        self.shared = shared;
        // Names within, now that all are known.
        for file in files {
            let known: BTreeSet<Arc<str>> = self
                .shared
                .types
                .keys()
                .chain(self.shared.variants.keys())
                .cloned()
                .collect();
            self.check_variants(file.variants.as_ref().map(|entry| &entry.value), &known);
        }
    }

    fn free(&mut self, shared: &mut Shared, kind: &'static str, name: &Scalar) -> bool {
        match shared.places.get(&(kind, Arc::clone(&name.text))) {
            Some(first) => {
                let message = format!(
                    "the {kind} `{}` stands already in {}",
                    name.text,
                    self.line(&name.place, first)
                );
                self.error(106, &name.place, message);
                false
            }
            None => {
                shared
                    .places
                    .insert((kind, Arc::clone(&name.text)), name.place.clone());
                true
            }
        }
    }

    /// The scope of one service, and the names that are types in it.
    pub(super) fn scope(&mut self, file: &ServiceFile, preset: Preset, names: Names) -> TypeScope {
        let mut scope = TypeScope {
            package: package(file),
            types: self.shared.types.clone(),
            aliases: self.shared.aliases.clone(),
            variants: self.shared.variants.clone(),
            tables: self.shared.tables.clone(),
            names,
            preset,
            places: self.shared.fields.clone(),
        };
        if let Some(types) = &file.types {
            field_places(&types.value, &mut scope.places);
            for (name, body) in self.types(&types.value) {
                if self.own("type", &name) {
                    scope.types.insert(name.text, body);
                }
            }
        }
        for (name, alias) in file.aliases.iter().flat_map(|aliases| &aliases.value.0) {
            if self.shared.aliases.contains_key(&name.text) {
                self.own("type", name);
            }
            scope
                .aliases
                .insert(Arc::clone(&name.text), alias_of(alias));
        }
        for (name, variants) in file.variants.iter().flat_map(|variants| &variants.value.0) {
            if file
                .types
                .as_ref()
                .is_some_and(|types| types.value.0.iter().any(|(own, _)| own.text == name.text))
            {
                self.error(
                    106,
                    &name.place,
                    format!(
                        "`{}` is a type already; a type has fields or variants",
                        name.text
                    ),
                );
            } else if self.own("type", name)
                && let Some(variants) = self.variants(name, variants)
            {
                scope.variants.insert(Arc::clone(&name.text), variants);
            }
        }
        for (name, table) in file.tables.iter().flat_map(|tables| &tables.value.0) {
            if self.own("table", name) {
                let table = self.table(table);
                scope.tables.insert(Arc::clone(&name.text), table);
            }
        }
        scope
    }

    /// Whether a service may give this name: no shared part has it.
    fn own(&mut self, kind: &'static str, name: &Scalar) -> bool {
        let Some(first) = self
            .shared
            .places
            .get(&(kind, Arc::clone(&name.text)))
            .cloned()
        else {
            return true;
        };
        let message = format!(
            "the {kind} `{}` is shared by {}",
            name.text,
            self.at(&first)
        );
        self.error(106, &name.place, message);
        false
    }

    fn types(&mut self, types: &TypesFile) -> Vec<(Scalar, Arc<TypeBody>)> {
        let mut read = Vec::with_capacity(types.0.len());
        for (name, fields) in &types.0 {
            if !name.text.starts_with(char::is_alphabetic) {
                self.error(
                    113,
                    &name.place,
                    format!(
                        "`{}` is no name of a type; it begins with a letter",
                        name.text
                    ),
                );
            }
            let mut body = TypeBody::default();
            for (field, slot) in &fields.0 {
                if &*field.text != "*" {
                    if slot.value.kind == Type::Void {
                        self.error(
                            341,
                            &slot.scalar.place,
                            "`void` is no type of a field; `hide` leaves it out",
                        );
                    }
                    body.fields
                        .insert(Arc::clone(&field.text), slot.value.clone());
                    continue;
                }
                body.rest = match &slot.value.kind {
                    Type::Hide => Rest::Closed,
                    Type::Void => {
                        self.error(
                            340,
                            &slot.scalar.place,
                            "`\"*\"` is a type for all other fields, or `hide`",
                        );
                        Rest::Described
                    }
                    Type::Scalar(_)
                    | Type::Ranged(..)
                    | Type::Words(_)
                    | Type::Named(_)
                    | Type::List(..)
                    | Type::Nullable(_)
                    | Type::Any => Rest::Open(slot.value.clone()),
                };
            }
            read.push((name.clone(), Arc::new(body)));
        }
        read
    }

    fn variants(&mut self, name: &Scalar, file: &VariantsFile) -> Option<Arc<Variants>> {
        let (Some(by), Some(of)) = (&file.by, &file.of) else {
            if file.faulty {
                return None;
            }
            self.error(
                116,
                &name.place,
                format!(
                    "the variants of `{}` need `by: FIELD` and `of: {{value: Type}}`",
                    name.text
                ),
            );
            return None;
        };
        Some(Arc::new(Variants {
            by: Arc::clone(&by.value.text),
            of: of
                .value
                .0
                .iter()
                .map(|(value, kind)| (Arc::clone(&value.text), Arc::clone(&kind.text)))
                .collect(),
            other: file
                .other
                .as_ref()
                .map(|other| Arc::clone(&other.value.text)),
        }))
    }

    /// Types that variants name must be declared.
    pub(super) fn check_variants(
        &mut self,
        variants: Option<&Named<VariantsFile>>,
        known: &BTreeSet<Arc<str>>,
    ) {
        for (_, file) in variants.iter().flat_map(|variants| &variants.0) {
            let of = file
                .of
                .iter()
                .flat_map(|of| &of.value.0)
                .map(|(_, kind)| kind);
            for kind in of.chain(file.other.iter().map(|other| &other.value)) {
                if !known.contains(&kind.text) {
                    self.unknown_type(&kind.text, &kind.place, known);
                }
            }
        }
    }

    pub(super) fn unknown_type(&mut self, name: &str, place: &Place, known: &BTreeSet<Arc<str>>) {
        let meant = did_you_mean(name, known.iter());
        self.error(302, place, format!("no type is named `{name}`{meant}"));
    }

    /// Reports the type names of a slot that are not known, each at its place.
    pub(super) fn check_slot(&mut self, slot: &Parsed<Slot>, known: &BTreeSet<Arc<str>>) {
        let mut names = Vec::new();
        named(&slot.value.kind, &mut names);
        for name in names {
            if known.contains(&name) {
                continue;
            }
            let start = slot.scalar.text.find(&*name).unwrap_or_default();
            let meant = did_you_mean(&name, known.iter());
            let problem = Problem::new(
                302,
                start..start + name.len(),
                format!("no type is named `{name}`{meant}"),
            );
            self.problems(&slot.scalar, 0, vec![problem]);
        }
    }

    fn table(&mut self, file: &Named<TreeNode>) -> Table {
        let mut table = IndexMap::with_capacity(file.0.len());
        for (key, TreeNode(node)) in &file.0 {
            if let Some(value) = self.constant(node) {
                table.insert(Arc::clone(&key.text), value);
            }
        }
        Arc::new(table)
    }

    fn constant(&mut self, node: &Node) -> Option<Data> {
        match super::tree::constant(node) {
            Ok(data) => Some(data),
            Err(place) => {
                self.error(
                    533,
                    &place,
                    "a table holds constants; an expression has no place in it",
                );
                None
            }
        }
    }
}

fn field_places(types: &TypesFile, places: &mut HashMap<(Arc<str>, Arc<str>), Place>) {
    for (name, fields) in &types.0 {
        for (field, slot) in &fields.0 {
            places.insert(
                (Arc::clone(&name.text), Arc::clone(&field.text)),
                slot.scalar.place.clone(),
            );
        }
    }
}

/// All names of types in a type.
pub(super) fn named(kind: &Type, names: &mut Vec<Arc<str>>) {
    match kind {
        Type::Named(name) => names.push(Arc::clone(name)),
        Type::List(inner, _) | Type::Nullable(inner) => named(inner, names),
        Type::Scalar(_)
        | Type::Ranged(..)
        | Type::Words(_)
        | Type::Any
        | Type::Void
        | Type::Hide => {}
    }
}

fn alias_of(alias: &Scalar) -> Option<Arc<str>> {
    (&*alias.text != "none").then(|| Arc::clone(&alias.text))
}

/// The package that a service says, or its name without the last part.
fn package(file: &ServiceFile) -> Option<Arc<str>> {
    if let Some(package) = &file.package {
        return (&*package.value.text != "none").then(|| Arc::clone(&package.value.text));
    }
    let name = &file.service.as_ref()?.value.text;
    name.rsplit_once('.').map(|(package, _)| Arc::from(package))
}

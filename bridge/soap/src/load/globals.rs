//! Where each named thing of all schemas stands: one pool for the whole set, whoever imports whom.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::collect::{Document, is_xsd};
use super::{Options, Patch};
use crate::model::Warning;
use crate::xml::{Name, Tree};

/// What names are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Space {
    Element,
    Type,
    Group,
    AttributeGroup,
    Attribute,
}

/// A schema as it counts: one without a namespace of its own takes that of each schema that includes it.
#[derive(Clone, Debug)]
pub(super) struct Schema {
    pub(super) document: usize,
    pub(super) node: usize,
    pub(super) target: Arc<str>,
    /// It has its namespace from who includes it.
    pub(super) chameleon: bool,
    pub(super) elements_qualified: bool,
    pub(super) attributes_qualified: bool,
}

#[derive(Debug, Default)]
pub(super) struct Globals {
    pub(super) schemas: Vec<Schema>,
    /// Schema and node.
    places: HashMap<(Space, Name), (usize, usize)>,
    /// In the order of the documents.
    pub(super) order: Vec<(Space, Name)>,
    by_local: HashMap<(Space, Arc<str>), Vec<Name>>,
    redefined: Vec<Redefined>,
}

/// Something that `xs:redefine` declares anew (part 1 §4.2.2).
#[derive(Debug)]
struct Redefined {
    space: Space,
    schema: usize,
    /// The nodes of the new declaration; among them the name means the old one.
    nodes: std::ops::Range<usize>,
    name: Name,
    original: Name,
}

impl Globals {
    pub(super) fn of(
        documents: &[Document],
        trees: &[Tree<'_>],
        options: &Options,
        warnings: &mut Vec<Warning>,
    ) -> Self {
        let mut globals = Self {
            schemas: schemas(documents, trees, options),
            ..Self::default()
        };
        for index in 0..globals.schemas.len() {
            globals.redefine(index, trees);
        }
        for index in 0..globals.schemas.len() {
            globals.declare(index, documents, trees, warnings);
        }
        globals
    }

    pub(super) fn find(&self, space: Space, name: &Name) -> Option<(usize, usize)> {
        self.places.get(&(space, name.clone())).copied()
    }

    /// What a name means at a node: within its own redefinition the thing as it was before.
    pub(super) fn meant(&self, space: Space, schema: usize, node: usize, name: Name) -> Name {
        let within = self.redefined.iter().find(|redefined| {
            redefined.space == space
                && redefined.schema == schema
                && redefined.nodes.contains(&node)
                && redefined.name == name
        });
        within.map_or(name, |redefined| redefined.original.clone())
    }

    /// Declares what a schema redefines, before all else: the first that redefines a name counts, and what it changes may
    /// be a redefinition too.
    fn redefine(&mut self, index: usize, trees: &[Tree<'_>]) {
        let Some(schema) = self.schemas.get(index).cloned() else {
            return;
        };
        let Some(tree) = trees.get(schema.document) else {
            return;
        };
        let redefines = tree
            .children(schema.node)
            .filter(|child| tree.local(*child) == "redefine" && is_xsd(tree.namespace(*child)));
        for child in redefines.flat_map(|redefine| tree.children(redefine)) {
            let (Some(space), Some(local)) =
                (space(tree.local(child)), tree.attribute(child, "name"))
            else {
                continue;
            };
            let name = Name::new(schema.target.clone(), local.trim());
            let mut own = name.clone();
            while self.places.contains_key(&(space, own.clone())) {
                own = as_it_was(&own);
            }
            if own == name {
                self.by_local
                    .entry((space, name.local.clone()))
                    .or_default()
                    .push(name.clone());
                self.order.push((space, name.clone()));
            }
            self.redefined.push(Redefined {
                space,
                schema: index,
                nodes: child..tree.end(child),
                name,
                original: as_it_was(&own),
            });
            self.places.insert((space, own), (index, child));
        }
    }

    /// The only thing of this local name in any namespace: what authors mean who mix up their prefixes.
    pub(super) fn only(&self, space: Space, local: &str) -> Option<&Name> {
        match self.by_local.get(&(space, Arc::from(local)))?.as_slice() {
            [name] => Some(name),
            _ => None,
        }
    }

    fn declare(
        &mut self,
        index: usize,
        documents: &[Document],
        trees: &[Tree<'_>],
        warnings: &mut Vec<Warning>,
    ) {
        let Some(schema) = self.schemas.get(index).cloned() else {
            return;
        };
        let Some(tree) = trees.get(schema.document) else {
            return;
        };
        let address = documents
            .get(schema.document)
            .map(|document| document.address.clone());
        let mut warn = |message: String| {
            warnings.push(Warning {
                document: address.clone().unwrap_or_else(|| "".into()),
                message,
            });
        };
        for child in tree.children(schema.node) {
            if !is_xsd(tree.namespace(child)) {
                warn(format!("`{}` in a schema is left out", tree.local(child)));
                continue;
            }
            let space = match tree.local(child) {
                "import" => {
                    if tree.attribute(child, "namespace") == Some(&*schema.target)
                        && !schema.target.is_empty()
                    {
                        warn("a schema imports its own namespace, which means nothing".to_owned());
                    }
                    continue;
                }
                "include" | "redefine" | "annotation" | "notation" => continue,
                other => match space(other) {
                    Some(space) => space,
                    None => {
                        warn(format!("`{other}` in a schema is left out"));
                        continue;
                    }
                },
            };
            let Some(local) = tree.attribute(child, "name") else {
                warn(format!(
                    "a `{}` without a name is left out",
                    tree.local(child)
                ));
                continue;
            };
            let mut name = Name::new(schema.target.clone(), local.trim());
            // Of what was redefined this is how it was before.
            let redefined = |name: &Name| {
                let mut all = self.redefined.iter();
                all.any(|redefined| redefined.space == space && redefined.name == *name)
            };
            if redefined(&name) {
                while self.places.contains_key(&(space, name.clone())) {
                    name = as_it_was(&name);
                }
                self.places.insert((space, name), (index, child));
                continue;
            }
            if self.places.contains_key(&(space, name.clone())) {
                // The same document twice, or the same schema in several: the first counts.
                continue;
            }
            self.places.insert((space, name.clone()), (index, child));
            self.by_local
                .entry((space, name.local.clone()))
                .or_default()
                .push(name.clone());
            self.order.push((space, name));
        }
    }
}

fn space(local: &str) -> Option<Space> {
    Some(match local {
        "element" => Space::Element,
        "complexType" | "simpleType" => Space::Type,
        "group" => Space::Group,
        "attributeGroup" => Space::AttributeGroup,
        "attribute" => Space::Attribute,
        _ => return None,
    })
}

/// The name of what was redefined. No schema can say it: a name has no blank.
fn as_it_was(name: &Name) -> Name {
    Name::new(name.namespace.clone(), format!("{}{AS_IT_WAS}", name.local))
}

const AS_IT_WAS: &str = " as it was";

/// Whether a name was made here.
pub(super) fn is_hidden(name: &Name) -> bool {
    name.local.ends_with(AS_IT_WAS)
}

fn schemas(documents: &[Document], trees: &[Tree<'_>], options: &Options) -> Vec<Schema> {
    let mut roots: Vec<(usize, usize)> = Vec::new();
    for (document, tree) in trees.iter().enumerate() {
        let mut at = 0;
        while at < tree.len() {
            if tree.local(at) == "schema" && is_xsd(tree.namespace(at)) {
                roots.push((document, at));
                at = tree.end(at).max(at + 1);
            } else {
                at += 1;
            }
        }
    }
    let mut waiting: Vec<(usize, usize, Arc<str>, bool)> = roots
        .iter()
        .filter_map(|&(document, node)| {
            let target = trees
                .get(document)?
                .attribute(node, "targetNamespace")
                .unwrap_or("")
                .trim();
            Some((document, node, Arc::from(target), false))
        })
        .collect();
    waiting.reverse();
    let mut seen: HashSet<(usize, usize, Arc<str>)> = HashSet::new();
    let mut borrowed: HashSet<(usize, usize)> = HashSet::new();
    let mut schemas = Vec::new();
    while let Some((document, node, target, chameleon)) = waiting.pop() {
        if !seen.insert((document, node, target.clone())) {
            continue;
        }
        let (Some(tree), Some(source)) = (trees.get(document), documents.get(document)) else {
            continue;
        };
        if chameleon {
            borrowed.insert((document, node));
        }
        let patched = options.patches.iter().rev().find_map(|patch| match patch {
            Patch::Qualify {
                namespace,
                qualified,
            } if *namespace == target => Some(*qualified),
            Patch::Qualify { .. } | Patch::Replace { .. } | Patch::Import { .. } => None,
        });
        let qualified = |name: &str| tree.attribute(node, name).map(str::trim) == Some("qualified");
        schemas.push(Schema {
            document,
            node,
            target: target.clone(),
            chameleon,
            elements_qualified: patched.unwrap_or_else(|| qualified("elementFormDefault")),
            attributes_qualified: qualified("attributeFormDefault"),
        });
        if target.is_empty() {
            continue;
        }
        for child in tree.children(node) {
            if !matches!(tree.local(child), "include" | "redefine")
                || !is_xsd(tree.namespace(child))
            {
                continue;
            }
            let included = tree
                .attribute(child, "schemaLocation")
                .and_then(|location| source.named.get(location.trim()));
            for &(other, root) in roots.iter().filter(|(other, _)| Some(other) == included) {
                let own = trees
                    .get(other)
                    .and_then(|tree| tree.attribute(root, "targetNamespace"));
                if own.is_none_or(|own| own.trim().is_empty()) {
                    waiting.push((other, root, target.clone(), true));
                }
            }
        }
    }
    // What is only included has no place of its own in no namespace.
    schemas.retain(|schema: &Schema| {
        schema.chameleon
            || !schema.target.is_empty()
            || !borrowed.contains(&(schema.document, schema.node))
    });
    schemas
}

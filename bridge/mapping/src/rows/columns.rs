//! Result columns as a tree: `"customer.name"` stands in `customer`.

use std::sync::Arc;

use super::Column;

/// Levels that a label can have; deeper ones are taken as one name.
const MOST_LEVELS: usize = 16;

/// A column, or columns with a common beginning of their labels.
#[derive(Debug)]
pub(super) struct Node {
    /// Its part of the label.
    pub name: Arc<str>,
    /// What it is.
    pub kind: NodeKind,
}

/// The kinds of node.
#[derive(Debug)]
pub(super) enum NodeKind {
    /// A column, by index.
    Column(usize),
    /// Columns below.
    Branch(Vec<Node>),
}

impl Node {
    /// The least index of its columns.
    pub(super) fn first(&self) -> usize {
        self.columns().into_iter().min().unwrap_or(usize::MAX)
    }

    /// All columns of it.
    pub(super) fn columns(&self) -> Vec<usize> {
        match &self.kind {
            NodeKind::Column(index) => vec![*index],
            NodeKind::Branch(nodes) => nodes.iter().flat_map(Self::columns).collect(),
        }
    }
}

/// The tree, in the order of the columns.
pub(super) fn tree(columns: &[Column]) -> Vec<Node> {
    let mut nodes = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        insert(&mut nodes, &segments(&column.name), index);
    }
    nodes
}

/// The parts of a label; a label that is no chain of names (`max(p.price)`) is one.
pub(super) fn segments(label: &str) -> Vec<&str> {
    let parts: Vec<&str> = label.split('.').collect();
    let names = parts.iter().all(|part| {
        part.chars()
            .next()
            .is_some_and(|first| first.is_alphabetic() || first == '_')
            && part
                .chars()
                .all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '$' | '-'))
    });
    if names && parts.len() <= MOST_LEVELS {
        parts
    } else {
        vec![label]
    }
}

fn insert(nodes: &mut Vec<Node>, segments: &[&str], index: usize) {
    let Some((name, rest)) = segments.split_first() else {
        return;
    };
    if rest.is_empty() {
        nodes.push(Node {
            name: Arc::from(*name),
            kind: NodeKind::Column(index),
        });
        return;
    }
    let branch = nodes.iter_mut().find_map(|node| match &mut node.kind {
        NodeKind::Branch(below) if *node.name == **name => Some(below),
        NodeKind::Branch(_) | NodeKind::Column(_) => None,
    });
    if let Some(below) = branch {
        insert(below, rest, index);
        return;
    }
    let mut below = Vec::new();
    insert(&mut below, rest, index);
    nodes.push(Node {
        name: Arc::from(*name),
        kind: NodeKind::Branch(below),
    });
}

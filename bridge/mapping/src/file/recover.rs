//! What can be read of a file that is no YAML in some place: entries that cannot be read are cut out, and the rest is
//! read and checked like any other file.
//!
//! YAML's own reader stops at its first mistake. Here a file is a list of *blocks*, the keys that stand furthest left
//! and the entries right below them; the one where the reader stopped is blanked, its key left standing where that
//! helps, and the reader tries again. Blanks take the place of bytes, so that every place stays what it is.

use std::ops::Range;
use std::sync::Arc;

use super::slips::key_end;
use super::yaml::{self, Node};
use crate::diagnostic::Diagnostic;

/// A file as far as it could be read.
pub(super) struct Recovered {
    /// What is left of it.
    pub(super) node: Option<Node>,
    /// What is wrong with it as YAML.
    pub(super) faults: Vec<Diagnostic>,
    /// What was not read.
    pub(super) cuts: Vec<Range<usize>>,
    /// Whether names may stand in what was not read, so that nobody can say that they are missing.
    pub(super) hidden: bool,
}

/// Reads a file; `slips` are what has been said of it already.
pub(super) fn parse(file: &Arc<str>, source: &str, slips: &[Diagnostic]) -> Recovered {
    let mut recovered = Recovered {
        node: None,
        faults: Vec::new(),
        cuts: Vec::new(),
        hidden: false,
    };
    let mut blocks = Vec::new();
    let mut text = source.to_owned();
    // How many blocks before the place are given up next; the mistake may be far before it.
    let mut stride = 1;
    let mut last = None;
    for attempt in 0..MOST_ATTEMPTS {
        let yaml::Document {
            node,
            faults,
            stopped,
        } = yaml::parse(file, &text);
        let Some((at, fault)) = stopped else {
            recovered
                .cuts
                .extend(faults.iter().map(|fault| fault.place.span.clone()));
            recovered.faults.extend(faults);
            recovered.node = node;
            return recovered;
        };
        if attempt == 0 {
            blocks = split(source);
        }
        // What stops before the end of a block's key was begun before it, unless giving that up did not help.
        let again = last == Some(at);
        last = Some(at);
        let here = blocks
            .iter()
            .rposition(|block| {
                let begin = block.key.filter(|_| !again).unwrap_or(block.content);
                begin <= at
            })
            .or_else(|| (!blocks.is_empty()).then_some(0));
        let Some(here) = here else {
            recovered.faults.push(fault);
            break;
        };
        let is_known = slips.iter().any(|slip| {
            slip.place.span.start <= at
                && blocks
                    .iter()
                    .rposition(|block| block.span.start <= slip.place.span.start)
                    .is_none_or(|slipped| slipped == here || blocks[slipped].left != Left::Nothing)
        });
        if blocks[here].left == Left::All && !is_known && !again {
            recovered.faults.push(fault);
        }
        match blocks[here].left {
            Left::All if blocks[here].key.is_some_and(|key| key <= at) => {
                recovered.hidden |= blocks[here].is_outer;
                blank(&mut blocks, here, Left::Key, &mut text, &mut recovered.cuts);
                stride = 1;
            }
            Left::All | Left::Key => {
                recovered.hidden = true;
                blank(
                    &mut blocks,
                    here,
                    Left::Nothing,
                    &mut text,
                    &mut recovered.cuts,
                );
            }
            // Given up already: what is wrong stands before.
            Left::Nothing => {
                recovered.hidden = true;
                for _ in 0..stride {
                    let before = blocks[..here]
                        .iter()
                        .rposition(|block| block.left != Left::Nothing);
                    let Some(before) = before else { break };
                    blank(
                        &mut blocks,
                        before,
                        Left::Nothing,
                        &mut text,
                        &mut recovered.cuts,
                    );
                }
                stride *= 2;
                if blocks.iter().all(|block| block.left == Left::Nothing) {
                    break;
                }
            }
        }
    }
    recovered.hidden = true;
    recovered
}

/// Readings of one file; each takes as long as its text.
const MOST_ATTEMPTS: usize = 48;

/// A key that stands furthest left, or an entry right below one.
struct Block {
    /// Up to the next block; of an outer one what stands before its first entry.
    span: Range<usize>,
    /// The first letter of its key.
    content: usize,
    /// Behind the colon of its key.
    key: Option<usize>,
    is_outer: bool,
    left: Left,
}

/// What is left of a block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    All,
    Key,
    Nothing,
}

/// The blocks of a file, in order.
fn split(source: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    // Indentation of the entries below the last outer key, once one is there.
    let mut entries: Option<usize> = None;
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        let start = at;
        at += line.len();
        if content.trim().is_empty() || content.starts_with(['#', '-']) {
            continue;
        }
        let is_outer = indent == 0;
        if !is_outer && *entries.get_or_insert(indent) != indent {
            continue;
        }
        let key = key_end(content.trim_end()).map(|end| start + indent + end);
        if key.is_none() && !is_outer {
            continue;
        }
        if is_outer {
            entries = None;
        }
        if let Some(last) = blocks.last_mut() {
            last.span.end = start;
        }
        blocks.push(Block {
            span: start..source.len(),
            content: start + indent,
            key,
            is_outer,
            left: Left::All,
        });
    }
    blocks
}

/// Blanks a block, and what stands below it.
fn blank(
    blocks: &mut [Block],
    index: usize,
    left: Left,
    text: &mut String,
    cuts: &mut Vec<Range<usize>>,
) {
    let below = blocks[index + 1..]
        .iter()
        .take_while(|block| blocks[index].is_outer && !block.is_outer)
        .count();
    let cut = blocks[index].span.start..blocks[index + below].span.end;
    let from = match (left, blocks[index].key) {
        (Left::Key, Some(key)) => key,
        _ => cut.start,
    };
    let blanked: String = text[from..cut.end]
        .bytes()
        .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
        .collect();
    text.replace_range(from..cut.end, &blanked);
    cuts.push(cut);
    blocks[index].left = left;
    for block in &mut blocks[index + 1..=index + below] {
        block.left = Left::Nothing;
    }
}

#[cfg(test)]
mod tests {
    use super::super::yaml::NodeValue;
    use super::*;

    /// The outer keys that are read, with the entries below them; the lines of faults.
    fn read(source: &str) -> (Vec<String>, Vec<usize>) {
        let recovered = parse(&"x.yaml".into(), source, &[]);
        let is_cut = |at: usize| -> bool { recovered.cuts.iter().any(|cut| cut.contains(&at)) };
        let mut keys = Vec::new();
        if let Some(Node {
            value: NodeValue::Map(entries),
            ..
        }) = &recovered.node
        {
            for (key, value) in entries {
                if is_cut(key.place.span.start) {
                    continue;
                }
                keys.push(key.text.to_string());
                if let NodeValue::Map(inner) = &value.value {
                    let inner = inner
                        .iter()
                        .filter(|(key, _)| !is_cut(key.place.span.start));
                    keys.extend(inner.map(|(inner, _)| format!("{}.{}", key.text, inner.text)));
                }
            }
        }
        let lines = recovered
            .faults
            .iter()
            .map(|fault| source[..fault.place.span.start].matches('\n').count() + 1);
        (keys, lines.collect())
    }

    #[test]
    fn what_stands_around_a_mistake_is_read() {
        let source = "service: S\noperations:\n  a:\n    value: 1\n  b:\n    value: x: y\n  c:\n    value: 3\ntypes:\n  T: {id: int}\n";
        let keys = [
            "service",
            "operations",
            "operations.a",
            "operations.c",
            "types",
            "types.T",
        ];
        assert_eq!(read(source), (keys.map(str::to_owned).to_vec(), vec![6]));
    }

    #[test]
    fn two_mistakes_are_two_faults() {
        let source = "service: S\ntypes:\n  T: {id: int\n  U: {id: int}\noperations:\n  a:\n    value: 1\n  b:\n    value: x: y\n";
        let (keys, lines) = read(source);
        assert!(keys.contains(&"operations.a".to_owned()), "{keys:?}");
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!(lines[1], 9);
    }

    #[test]
    fn a_mistake_that_is_noticed_at_the_end_is_looked_for_before() {
        let mut source =
            "service: S\noperations:\n  a:\n    value: 1\n  b:\n    value: \"open\n".to_owned();
        for number in 0..100 {
            source.push_str(&format!("  c{number}:\n    value: {number}\n"));
        }
        let (keys, lines) = read(&source);
        assert_eq!(lines.len(), 1);
        assert_eq!(
            keys[..3],
            ["service", "operations", "operations.a"].map(str::to_owned)
        );
    }

    #[test]
    fn what_is_hopeless_ends() {
        for source in [
            "[",
            "{",
            "\"",
            ": :\n: :",
            "a: [\n",
            "\t",
            "a:\n\t- b",
            "%x\n---\n",
            "- a\n b\n",
        ] {
            read(source);
        }
        read(&"a: [\n".repeat(2_000));
    }
}

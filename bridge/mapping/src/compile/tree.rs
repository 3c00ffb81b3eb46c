//! Trees, texts and conditions with the names that they see.

use std::sync::Arc;

use super::Compiler;
use super::names::Names;
use crate::data::{Data, Record};
use crate::diagnostic::{Diagnostic, Place};
use crate::expression::{self, Expression, ExpressionNode, Path};
use crate::file::read::Parsed;
use crate::file::words::Condition;
use crate::file::yaml::{Node, NodeValue, Scalar, Style};
use crate::text::{Text, TextPart};
use crate::tree::Tree;

impl Compiler<'_> {
    /// A tree; entries with nothing behind them take the argument or step of their name.
    pub(super) fn tree(&mut self, node: &Node, names: &Names<'_>) -> Option<Tree> {
        match &node.value {
            NodeValue::Absent => {
                self.error(
                    534,
                    &node.place,
                    "nothing stands here; write a value, or `null`",
                );
                None
            }
            NodeValue::Scalar(scalar) => self.tree_scalar(scalar, names),
            NodeValue::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    list.push(self.tree(item, names));
                }
                list.into_iter().collect::<Option<Vec<_>>>().map(Tree::List)
            }
            NodeValue::Map(entries) => {
                let mut members: Vec<(Arc<str>, Tree)> = Vec::with_capacity(entries.len());
                let mut whole = true;
                for (key, value) in entries {
                    if members.iter().any(|(known, _)| *known == key.text) {
                        self.error(106, &key.place, format!("`{}` stands here twice", key.text));
                        whole = false;
                    }
                    let made = if value.value == NodeValue::Absent {
                        self.named_value(key, names)
                    } else {
                        self.tree(value, names)
                    };
                    match made {
                        Some(made) => members.push((Arc::clone(&key.text), made)),
                        None => whole = false,
                    }
                }
                whole.then_some(Tree::Object(members))
            }
        }
    }

    pub(super) fn named_value(&mut self, key: &Scalar, names: &Names<'_>) -> Option<Tree> {
        let path = Path {
            root: Arc::clone(&key.text),
            parts: Vec::new(),
        };
        if let Err(missing) = names.find(&path) {
            let problem = missing.problem(0..key.text.len());
            let problem = problem
                .help("an entry with nothing behind it takes the argument or step of its name");
            self.problems(key, 0, vec![problem]);
            return None;
        }
        Some(Tree::Expression(Expression {
            node: ExpressionNode::Path(path),
            span: 0..key.text.len(),
        }))
    }

    fn tree_scalar(&mut self, scalar: &Scalar, names: &Names<'_>) -> Option<Tree> {
        let text = &*scalar.text;
        if let Some(rest) = text.strip_prefix('=')
            && !rest.starts_with('=')
        {
            return self.computed(scalar, rest, 1, names).map(Tree::Expression);
        }
        if scalar.style == Style::Plain && names.has(text) {
            self.diagnostics.push(
                Diagnostic::warning(501, &scalar.place, format!("this is the text \"{text}\""))
                    .help(format!(
                        "for the argument write `={text}`, for the text `\"{text}\"`"
                    )),
            );
        }
        Some(Tree::Constant(plain(scalar)))
    }

    /// An expression that begins `offset` bytes into its scalar.
    pub(super) fn computed(
        &mut self,
        scalar: &Scalar,
        text: &str,
        offset: usize,
        names: &Names<'_>,
    ) -> Option<Expression> {
        match expression::parse(text) {
            Ok(expression) => {
                let mut problems = Vec::new();
                names.check(&expression, &mut problems);
                let right = problems.is_empty();
                self.problems(scalar, offset, problems);
                right.then_some(expression)
            }
            Err(problems) => {
                self.problems(scalar, offset, problems);
                None
            }
        }
    }

    /// A bare condition, with the names that it sees.
    pub(super) fn condition(
        &mut self,
        condition: &Parsed<Condition>,
        offset: usize,
        names: &Names<'_>,
    ) -> Option<Expression> {
        let mut problems = Vec::new();
        names.check_condition(&condition.value.0, &mut problems);
        let right = problems.is_empty();
        self.problems(&condition.scalar, offset, problems);
        right.then(|| condition.value.0.clone())
    }

    /// A text with `{…}`.
    pub(super) fn text(&mut self, text: &Parsed<Text>, names: &Names<'_>) -> Text {
        let mut problems = Vec::new();
        for part in &text.value.parts {
            match part {
                TextPart::Literal(_) => {}
                TextPart::Expression(expression) => names.check(expression, &mut problems),
            }
        }
        self.problems(&text.scalar, 0, problems);
        for part in &text.value.parts {
            if let TextPart::Expression(expression) = part {
                self.check_given_expression(&text.scalar, expression, names, None);
            }
        }
        text.value.clone()
    }
}

/// What a scalar says that is no expression: YAML's core schema, `==x` as the text `=x`.
pub(super) fn plain(scalar: &Scalar) -> Data {
    let text = &*scalar.text;
    if text.starts_with("==") {
        return Data::text(&text[1..]);
    }
    if scalar.style != Style::Plain {
        return Data::Text(Arc::clone(&scalar.text));
    }
    match text {
        "null" | "~" => Data::Null,
        "true" => Data::Bool(true),
        "false" => Data::Bool(false),
        _ => number(text).unwrap_or_else(|| Data::Text(Arc::clone(&scalar.text))),
    }
}

fn number(text: &str) -> Option<Data> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|character: char| character.is_ascii_digit()) {
        return None;
    }
    // `012` is a text: a number would lose its zero.
    if digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.") {
        return None;
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Data::Int);
    }
    let known = digits.chars().all(|character| {
        character.is_ascii_digit() || matches!(character, '.' | 'e' | 'E' | '+' | '-')
    });
    if !known {
        return None;
    }
    text.parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
        .map(Data::Number)
}

/// A tree without expressions.
///
/// # Errors
/// The place of an expression, or of an entry with nothing behind it.
pub(super) fn constant(node: &Node) -> Result<Data, Place> {
    match &node.value {
        NodeValue::Absent => Err(node.place.clone()),
        NodeValue::Scalar(scalar)
            if scalar.text.starts_with('=') && !scalar.text.starts_with("==") =>
        {
            Err(scalar.place.clone())
        }
        NodeValue::Scalar(scalar) => Ok(plain(scalar)),
        NodeValue::List(items) => items
            .iter()
            .map(constant)
            .collect::<Result<Vec<_>, _>>()
            .map(|items| Data::List(items.into())),
        NodeValue::Map(entries) => {
            let mut record = Record::default();
            for (key, value) in entries {
                record
                    .members
                    .insert(Arc::clone(&key.text), constant(value)?);
            }
            Ok(Data::Object(Arc::new(record)))
        }
    }
}

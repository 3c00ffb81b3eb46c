//! Handlebars texts under `template`: XML, JSON or plain text by hand, every value escaped for where it stands.
//!
//! Closed at load: `{{{` and `{{&`, partials and decorators are refused, and so is what has no name here. A value that is
//! missing at run time is an error, never an empty text.

use std::collections::BTreeSet;
use std::sync::Arc;

use handlebars::template::{HelperTemplate, Parameter, Template as Parsed, TemplateElement};
use handlebars::{Handlebars, Path, PathSeg};
use serde_json::{Map, Value};

use crate::data::{Data, convert};
use crate::diagnostic::Problem;
use crate::expression::Scope;

/// What a text is, and so how values are escaped in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// XML: `<`, `>`, `&` and quotes become entities.
    Xml,
    /// JSON: as the inside of a text in quotes.
    Json,
    /// A form: percent-encoded.
    Form,
    /// Anything else: as it is.
    Text,
}

impl Escape {
    /// What a media type wants.
    pub fn of(media: &str) -> Self {
        let essence = media.split(';').next().unwrap_or_default().trim();
        let essence = essence.to_ascii_lowercase();
        if essence.ends_with("/xml") || essence.ends_with("+xml") || essence == "text/html" {
            Self::Xml
        } else if essence.ends_with("/json") || essence.ends_with("+json") {
            Self::Json
        } else if essence == "application/x-www-form-urlencoded" {
            Self::Form
        } else {
            Self::Text
        }
    }
}

/// A text that was parsed once.
pub struct Template {
    registry: Handlebars<'static>,
    escape: Escape,
    /// Names at the beginning of its paths.
    names: Vec<Arc<str>>,
}

impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Template")
            .field("escape", &self.escape)
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

/// Why a text cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A value is missing, or is no text.
    #[error("the template of the mapping cannot be filled in: {0}")]
    Render(String),
    /// XML has no such character.
    #[error("a control character came in a value, and XML has no room for it")]
    Character,
}

/// The only name that [`Handlebars`] knows.
const NAME: &str = "template";

/// Helpers that a template may use.
const HELPERS: [&str; 5] = ["if", "unless", "each", "with", "lookup"];

/// Blocks within each other.
const MAX_DEPTH: usize = 16;

impl Template {
    /// Parses a text; `known` says whether a name stands for an argument, a step or a root.
    ///
    /// # Errors
    /// B0550 for what cannot be read or is refused, B0401 for names that are none; places are bytes of the text.
    pub fn compile(
        text: &str,
        escape: Escape,
        known: &dyn Fn(&str) -> Result<(), String>,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        for raw in ["{{{", "{{&", "{{~&", "{{>", "{{*", "{{#>", "{{#*"] {
            for (at, _) in text.match_indices(raw) {
                problems.push(
                    Problem::new(
                        550,
                        at..at + raw.len(),
                        format!("`{raw}` is refused: every value is escaped, and a template stands alone"),
                    )
                    .help("write `{{name}}`"),
                );
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let parsed = match Parsed::compile(text) {
            Ok(parsed) => parsed,
            Err(error) => {
                let at = position(text, error.pos());
                return Err(vec![Problem::new(
                    550,
                    at..text.len().min(at + 1),
                    format!("the template cannot be read: {}", error.reason()),
                )]);
            }
        };
        let mut found = Found::default();
        found.template(&parsed, false, 0);
        for name in &found.top {
            if let Err(message) = known(name) {
                problems.push(Problem::new(401, place(text, name), message));
            }
        }
        for helper in &found.helpers {
            problems.push(
                Problem::new(550, place(text, helper), format!("`{helper}` is no helper"))
                    .help(format!("there are `{}`", HELPERS.join("`, `"))),
            );
        }
        if found.deep {
            problems.push(Problem::new(
                550,
                0..text.len().min(1),
                format!("its blocks are nested deeper than {MAX_DEPTH}"),
            ));
        }
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        for helper in [
            "log", "raw", "eq", "ne", "gt", "gte", "lt", "lte", "and", "or", "not", "len",
        ] {
            registry.unregister_helper(helper);
        }
        match escape {
            Escape::Xml => registry.register_escape_fn(xml),
            Escape::Json => registry.register_escape_fn(json),
            Escape::Form => registry.register_escape_fn(form),
            Escape::Text => registry.register_escape_fn(handlebars::no_escape),
        }
        if let Err(error) = registry.register_template_string(NAME, text) {
            problems.push(Problem::new(
                550,
                0..text.len().min(1),
                format!("the template cannot be read: {}", error.reason()),
            ));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            registry,
            escape,
            names: found.all.into_iter().map(Into::into).collect(),
        })
    }

    /// The text with its values in it.
    ///
    /// # Errors
    /// [`TemplateError`].
    pub fn render(&self, scope: &dyn Scope) -> Result<String, TemplateError> {
        let mut values = Map::new();
        for name in &self.names {
            if let Some(data) = scope.root(name) {
                values.insert(name.to_string(), value(&data, 0));
            }
        }
        let text = self
            .registry
            .render(NAME, &Value::Object(values))
            .map_err(|error| TemplateError::Render(error.reason().to_string()))?;
        let forbidden = |letter: char| {
            letter.is_control() && !matches!(letter, '\t' | '\n' | '\r' | '\u{80}'..)
                || matches!(letter, '\u{fffe}' | '\u{ffff}')
        };
        if self.escape == Escape::Xml && text.contains(forbidden) {
            return Err(TemplateError::Character);
        }
        Ok(text)
    }
}

/// Names and helpers of a template.
#[derive(Default)]
struct Found {
    /// Names that stand where arguments are seen.
    top: BTreeSet<String>,
    /// Names anywhere.
    all: BTreeSet<String>,
    /// Helpers that are none.
    helpers: BTreeSet<String>,
    deep: bool,
}

impl Found {
    fn template(&mut self, template: &Parsed, inside: bool, depth: usize) {
        if depth > MAX_DEPTH {
            self.deep = true;
            return;
        }
        for element in &template.elements {
            match element {
                TemplateElement::Expression(expression)
                | TemplateElement::HtmlExpression(expression)
                | TemplateElement::HelperBlock(expression) => {
                    self.expression(expression, inside, depth);
                }
                _ => {}
            }
        }
    }

    fn expression(&mut self, expression: &HelperTemplate, inside: bool, depth: usize) {
        let name_only = expression.params.is_empty() && !expression.block;
        if name_only {
            self.parameter(&expression.name, inside, depth);
        } else {
            let helper = match &expression.name {
                Parameter::Name(name) => name.clone(),
                Parameter::Path(Path::Relative((_, raw))) => raw.clone(),
                _ => String::new(),
            };
            if !HELPERS.contains(&helper.as_str()) {
                self.helpers.insert(helper);
            }
        }
        for parameter in expression.params.iter().chain(expression.hash.values()) {
            self.parameter(parameter, inside, depth);
        }
        let helper = match &expression.name {
            Parameter::Name(name) => name.as_str(),
            Parameter::Path(Path::Relative((_, raw))) => raw.as_str(),
            _ => "",
        };
        let within = inside || matches!(helper, "each" | "with");
        if let Some(template) = &expression.template {
            self.template(template, within, depth + 1);
        }
        if let Some(template) = &expression.inverse {
            self.template(template, inside, depth + 1);
        }
    }

    fn parameter(&mut self, parameter: &Parameter, inside: bool, depth: usize) {
        match parameter {
            Parameter::Name(name) => self.name(name, inside),
            Parameter::Path(Path::Relative((segments, _))) => {
                let named = segments.iter().find_map(|segment| match segment {
                    PathSeg::Named(name) => Some(name),
                    _ => None,
                });
                if let Some(name) = named {
                    let up = matches!(segments.first(), Some(PathSeg::Ruled(_)));
                    self.name(name, inside || up);
                }
            }
            Parameter::Path(Path::Local(_)) | Parameter::Literal(_) => {}
            Parameter::Subexpression(inner) => {
                if depth > MAX_DEPTH {
                    self.deep = true;
                } else if let TemplateElement::Expression(expression) = inner.as_element() {
                    self.expression(expression, inside, depth + 1);
                }
            }
            _ => {}
        }
    }

    fn name(&mut self, name: &str, inside: bool) {
        self.all.insert(name.to_owned());
        if !inside && name != "this" && name != "else" {
            self.top.insert(name.to_owned());
        }
    }
}

/// Where a name stands in the text, for a sentence.
fn place(text: &str, name: &str) -> std::ops::Range<usize> {
    let mut at = 0;
    while let Some(found) = text[at..].find("{{") {
        let start = at + found;
        let end = text[start..]
            .find("}}")
            .map_or(text.len(), |end| start + end);
        if let Some(within) = text[start..end].find(name) {
            return start + within..start + within + name.len();
        }
        at = end.max(start + 2).min(text.len());
    }
    0..text.len().min(1)
}

/// The byte of a line and column, both from 1.
fn position(text: &str, pos: Option<(usize, usize)>) -> usize {
    let Some((line, column)) = pos else { return 0 };
    let mut at = 0;
    for (number, content) in text.split_inclusive('\n').enumerate() {
        if number + 1 == line {
            let within = content.char_indices().nth(column.saturating_sub(1));
            return at + within.map_or(0, |(byte, _)| byte);
        }
        at += content.len();
    }
    0
}

/// Levels of objects that a template sees.
const MAX_LEVELS: usize = 64;

fn value(data: &Data, depth: usize) -> Value {
    if depth > MAX_LEVELS {
        return Value::Null;
    }
    let data = data.plain();
    if let Some(items) = data.items() {
        return items.iter().map(|item| value(item, depth + 1)).collect();
    }
    match &data {
        Data::Null | Data::Omit => Value::Null,
        Data::Bool(truth) => Value::Bool(*truth),
        Data::Int(number) => (*number).into(),
        Data::Object(record) => Value::Object(
            record
                .members
                .iter()
                .map(|(name, member)| (name.to_string(), value(member, depth + 1)))
                .collect(),
        ),
        Data::Amf(object) => Value::Object(
            object
                .member_names()
                .iter()
                .map(|name| (name.to_string(), value(&data.member(name), depth + 1)))
                .collect(),
        ),
        // As text: 5 for 5.0, decimals with all their digits, dates as ISO 8601.
        other => {
            convert::to_text(other).map_or(Value::Null, |text| Value::String(text.to_string()))
        }
    }
}

fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // Attribute values lose plain ones (XML 1.0 §3.3.3), texts lose CR (§2.11).
            '\r' => escaped.push_str("&#13;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn json(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted
        .strip_prefix('"')
        .and_then(|inner| inner.strip_suffix('"'))
        .unwrap_or_default()
        .to_owned()
}

fn form(text: &str) -> String {
    use std::fmt::Write as _;

    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte));
            }
            other => {
                let _ = write!(escaped, "%{other:02X}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Record;

    struct Values(Vec<(&'static str, Data)>);

    impl Scope for Values {
        fn root(&self, name: &str) -> Option<Data> {
            self.0
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, data)| data.clone())
        }

        fn lookup(&self, _: &str, _: &str) -> Option<Data> {
            None
        }

        fn zone(&self) -> &jiff::tz::TimeZone {
            static UTC: jiff::tz::TimeZone = jiff::tz::TimeZone::UTC;
            &UTC
        }
    }

    fn known(name: &str) -> Result<(), String> {
        match name {
            "a" | "list" | "o" => Ok(()),
            other => Err(format!("`{other}` is no argument")),
        }
    }

    fn rendered(text: &str, escape: Escape, values: Values) -> String {
        Template::compile(text, escape, &known)
            .expect("it is right")
            .render(&values)
            .expect("it can be filled in")
    }

    #[test]
    fn values_are_escaped_for_where_they_stand() {
        let hostile = || Values(vec![("a", Data::text("<&'\"\r\n"))]);
        assert_eq!(
            rendered("<x>{{a}}</x>", Escape::Xml, hostile()),
            "<x>&lt;&amp;&#39;&quot;&#13;\n</x>"
        );
        assert_eq!(
            rendered("{\"a\":\"{{a}}\"}", Escape::Json, hostile()),
            "{\"a\":\"<&'\\\"\\r\\n\"}"
        );
        assert_eq!(
            rendered("a={{a}}", Escape::Form, hostile()),
            "a=%3C%26%27%22%0D%0A"
        );
    }

    #[test]
    fn whole_numbers_have_no_fraction() {
        let values = Values(vec![("a", Data::Number(5.0))]);
        assert_eq!(rendered("{{a}}", Escape::Xml, values), "5");
    }

    #[test]
    fn lists_and_conditions_are_known() {
        let item = |text: &str| {
            Data::Object(Arc::new(Record {
                alias: None,
                members: [(Arc::from("n"), Data::text(text))].into_iter().collect(),
            }))
        };
        let values = Values(vec![
            ("list", Data::List([item("x"), item("y")].into())),
            ("a", Data::Bool(false)),
        ]);
        let text = "{{#each list}}<i>{{n}}</i>{{/each}}{{#if a}}yes{{else}}no{{/if}}";
        assert_eq!(rendered(text, Escape::Xml, values), "<i>x</i><i>y</i>no");
    }

    #[test]
    fn raw_values_partials_and_unknown_names_are_refused() {
        for (text, code) in [
            ("{{{a}}}", 550),
            ("{{&a}}", 550),
            ("{{> other}}", 550),
            ("{{shout a}}", 550),
            ("{{#if a}}", 550),
            ("{{b}}", 401),
        ] {
            let problems = Template::compile(text, Escape::Xml, &known).expect_err(text);
            assert!(
                problems.iter().any(|problem| problem.code.0 == code),
                "{text}: {problems:?}"
            );
        }
    }

    #[test]
    fn what_is_missing_is_an_error_and_no_empty_text() {
        let template = Template::compile("{{o.x}}", Escape::Xml, &known).expect("it is right");
        let empty = Values(vec![("o", Data::Object(Arc::default()))]);
        assert!(matches!(
            template.render(&empty),
            Err(TemplateError::Render(_))
        ));
        let bell = Template::compile("{{a}}", Escape::Xml, &known).expect("it is right");
        let bell = bell.render(&Values(vec![("a", Data::text("\u{7}"))]));
        assert_eq!(bell, Err(TemplateError::Character));
    }
}

//! Diagnostics for people and for programs.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet, renderer::DecorStyle};
use serde_json::{Value, json};

use super::{Diagnostic, Severity};
use crate::compile::Project;

/// Diagnostics as text: code, sentence, `file:line:column`, and the line with the place underlined.
/// `color` puts ANSI colours in.
pub fn render(diagnostics: &[Diagnostic], project: &Project, color: bool) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut text = String::new();
    for diagnostic in diagnostics {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let code = diagnostic.code.to_string();
        let title = level
            .primary_title(diagnostic.message.as_str())
            .id(code.as_str());
        let file: &str = &diagnostic.place.file;
        let report = match project.source(file) {
            Some(source) => {
                let span = shown(source, &diagnostic.place.span);
                let mut annotation = AnnotationKind::Primary.span(span);
                if !diagnostic.help.is_empty() {
                    annotation = annotation.label(diagnostic.help.as_str());
                }
                vec![title.element(Snippet::source(source).path(file).annotation(annotation))]
            }
            None if diagnostic.help.is_empty() => {
                vec![title.element(annotate_snippets::Origin::path(file))]
            }
            None => vec![
                title
                    .element(annotate_snippets::Origin::path(file))
                    .element(Level::HELP.message(diagnostic.help.as_str())),
            ],
        };
        text.push_str(&renderer.render(&report));
        text.push_str("\n\n");
    }
    text
}

/// Diagnostics for editors and pipelines: `{"diagnostics": [{code, severity, message, help, file, line, column, …}]}`.
/// Lines and columns count from 1, columns in characters.
pub fn json(diagnostics: &[Diagnostic], project: &Project) -> Value {
    let items: Vec<Value> = diagnostics
        .iter()
        .map(|diagnostic| {
            let source = project.source(&diagnostic.place.file).unwrap_or_default();
            let (line, column) = line_column(source, diagnostic.place.span.start);
            let (end_line, end_column) = line_column(source, diagnostic.place.span.end);
            json!({
                "code": diagnostic.code.to_string(),
                "severity": match diagnostic.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                },
                "message": diagnostic.message,
                "help": diagnostic.help,
                "file": &*diagnostic.place.file,
                "line": line,
                "column": column,
                "end-line": end_line,
                "end-column": end_column,
            })
        })
        .collect();
    json!({ "diagnostics": items })
}

/// Line and column of a byte, both from 1; the column in characters.
pub fn line_column(source: &str, at: usize) -> (usize, usize) {
    let at = floor(source, at);
    let before = &source[..at];
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    )
}

/// The part of a span that is underlined: of several lines the first, and never nothing.
fn shown(source: &str, span: &Range<usize>) -> Range<usize> {
    let start = floor(source, span.start);
    let end = floor(source, span.end).max(start);
    let first = source[start..end].trim_end();
    let end = start + first.find('\n').unwrap_or(first.len());
    if end == start {
        let next = source[start..].chars().next().filter(|next| *next != '\n');
        return start..start + next.map_or(0, char::len_utf8);
    }
    start..end
}

/// The nearest character border at or before a byte.
fn floor(source: &str, at: usize) -> usize {
    let mut at = at.min(source.len());
    while !source.is_char_boundary(at) {
        at -= 1;
    }
    at
}

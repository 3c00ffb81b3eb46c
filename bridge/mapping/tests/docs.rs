//! The files that the documentation shows are files that compile.

use std::io;
use std::path::{Path, PathBuf};

use footbridge_mapping::compile::{Environment, Project, SourceFile, compile};
use footbridge_mapping::diagnostic::{Severity, render};
use footbridge_mapping::file::gateway::GatewayFile;
use footbridge_mapping::file::operation::OperationFile;
use footbridge_mapping::file::service::ServiceFile;

struct Anything;

impl Environment for Anything {
    fn variable(&self, _: &str) -> Option<String> {
        Some("x".into())
    }

    fn file(&self, _: &Path) -> io::Result<String> {
        Ok("{\"a\": 1}".into())
    }
}

const GATEWAY: &str = "gateway: docs\nbackends:\n  shop: {sqlite: shop.db}\n  store: {mysql: \"mysql://a@b/c\"}\ndefaults: {roles: public}\n";

const TYPES: &str = "\
types:
  Product: {id: \"int?\", name: string, price: decimal, version: \"int?\"}
  Offer: {\"*\": any}
";

/// Blocks of YAML, with the line where each begins.
fn files(text: &str) -> Vec<(usize, String)> {
    let mut files = Vec::new();
    let mut block: Option<(usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        match &mut block {
            None if line.trim() == "```yaml" => block = Some((number + 2, String::new())),
            None => {}
            Some(_) if line.trim() == "```" => files.extend(block.take()),
            Some((_, text)) => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    files
        .into_iter()
        .filter_map(|(line, text)| Some((line, whole(&dedented(&text))?)))
        .collect()
}

/// A part as it stands further right in its file.
fn dedented(text: &str) -> String {
    let indent = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or_default();
    let lines = text
        .lines()
        .map(|line| format!("{}\n", line.get(indent..).unwrap_or_default()));
    lines.collect()
}

/// A file around a part of one: keys of a service, operations, types, or keys of one operation. `None` for what is
/// less than that.
fn whole(text: &str) -> Option<String> {
    let keys: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with(|first: char| first.is_alphanumeric() || first == '"'))
        .map(|line| line.split(':').next().unwrap_or_default())
        .collect();
    let indented =
        |by: &str| -> String { text.lines().map(|line| format!("{by}{line}\n")).collect() };
    let first = keys.first()?;
    let backend = if text.contains("procedure:") {
        "store"
    } else {
        "shop"
    };
    let head = format!("service: docs.Example\nbackend: {backend}\n");
    if matches!(*first, "service" | "gateway" | "package") {
        return Some(text.to_owned());
    }
    let all = |known: &[&str]| keys.iter().all(|key| known.contains(key));
    if all(OperationFile::KEYS) {
        let kinds = [
            "sql",
            "procedure",
            "value",
            "value-file",
            "fault",
            "steps",
            "transaction",
            "overloads",
        ];
        // A fragment whose arguments stand somewhere else cannot be checked.
        let bound = text.contains(" :") || text.contains(" in ");
        return keys
            .iter()
            .any(|key| kinds.contains(key) && (!bound || keys.contains(&"args")))
            .then(|| format!("{head}operations:\n  example:\n{}", indented("    ")));
    }
    if all(ServiceFile::KEYS) {
        return Some(format!("{head}{text}"));
    }
    if all(GatewayFile::KEYS) {
        return Some(format!("gateway: docs\n{text}"));
    }
    if first.starts_with(char::is_uppercase) {
        return Some(format!("{head}types:\n{}", indented("  ")));
    }
    Some(format!("{head}operations:\n{}", indented("  ")))
}

#[test]
fn shown_files_compile() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/mapping");
    let samples = Project::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
        .expect("the samples can be read")
        .files;
    let samples: Vec<SourceFile> = samples
        .into_iter()
        .filter(|file| !file.path.ends_with("gateway.yaml"))
        .collect();
    let mut wrong = String::new();
    let mut seen = 0;
    for entry in std::fs::read_dir(docs).expect("the documentation is there") {
        let path = entry.expect("it can be listed").path();
        let text = std::fs::read_to_string(&path).expect("it can be read");
        for (line, text) in files(&text) {
            seen += 1;
            let mut files = vec![SourceFile {
                path: format!(
                    "{}:{line}",
                    path.file_name().unwrap_or_default().to_string_lossy()
                )
                .into(),
                text: text.clone().into(),
            }];
            // What one page shows may call what the samples have.
            if text.contains("operation: samples.") {
                files.extend(samples.iter().cloned());
            }
            // Types that an excerpt names, and its page declares elsewhere.
            if !text.contains("types:")
                && !text.contains("gateway:")
                && !text.contains("operation: samples.")
            {
                files.push(SourceFile {
                    path: "mappings/types.yaml".into(),
                    text: TYPES.into(),
                });
            }
            if !text.contains("gateway:") {
                files.push(SourceFile {
                    path: "mappings/gateway.yaml".into(),
                    text: GATEWAY.into(),
                });
            }
            let project = Project {
                root: PathBuf::new(),
                files,
            };
            let compiled = compile(&project, &Anything);
            if compiled
                .diagnostics
                .iter()
                .any(|found| found.severity == Severity::Error)
            {
                wrong.push_str(&render(&compiled.diagnostics, &project, false));
            }
        }
    }
    assert!(seen > 0);
    assert!(wrong.is_empty(), "{wrong}");
}

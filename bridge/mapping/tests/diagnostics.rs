//! Golden diagnostics: each folder or file of `tests/bad` is a project that is wrong, with what is said of it beside.
//!
//! `UPDATE=1 cargo test -p footbridge-mapping --test diagnostics` writes the expectations anew.

mod described;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use footbridge_mapping::compile::described::{Refused, statements};
use footbridge_mapping::compile::{Environment, Project, SourceFile, compile};
use footbridge_mapping::description::Described as Documented;
use footbridge_mapping::diagnostic::{Diagnostic, Severity, render};
use footbridge_mapping::model::{Backend, Mapping};
use footbridge_mapping::rows::{Column, ColumnKind, Described};

/// What a case may take from outside: fixed variables and the files beside it.
struct Outside {
    root: PathBuf,
}

impl Environment for Outside {
    fn variable(&self, name: &str) -> Option<String> {
        matches!(name, "SHOP_PASSWORD" | "QUOTES_PASSWORD" | "NEWS_PASSWORD")
            .then(|| "s3cret-value".to_owned())
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        std::fs::read_to_string(self.root.join(path))
    }

    fn describe(&self, backend: &Backend) -> Result<Documented, String> {
        described::describe(&self.root, backend)
    }
}

const GATEWAY: &str = "\
gateway: test
backends:
  shop: {sqlite: shop.db}
  crm: {postgres: postgres://crm@localhost/crm}
  store: {mysql: mysql://store@localhost/store}
defaults:
  roles: public
";

/// The project of a case: `mappings/*` of a folder, or one file; with a gateway file if it brings none.
fn project(case: &Path) -> Project {
    let mut project = if case.is_dir() {
        Project::read(case).expect("a case that is a folder has `mappings`")
    } else {
        let name = case
            .file_name()
            .expect("a file has a name")
            .to_string_lossy();
        let bytes = std::fs::read(case).expect("a case can be read");
        Project {
            root: case.parent().expect("a file stands in a folder").to_owned(),
            files: vec![SourceFile::new(format!("mappings/{name}"), &bytes)],
        }
    };
    let gateway = project
        .files
        .iter()
        .any(|file| file.text.contains("gateway:"));
    if !gateway && !case.to_string_lossy().contains("B0112") {
        project.files.insert(
            0,
            SourceFile::new("mappings/gateway.yaml", GATEWAY.as_bytes()),
        );
    }
    project
}

fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(folder);
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder of cases is there")
        .map(|entry| entry.expect("a case can be listed").path())
        .filter(|path| {
            path.is_dir()
                || path
                    .extension()
                    .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    cases.sort();
    cases
}

#[test]
fn what_is_wrong_is_told_as_expected() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut differences = String::new();
    for case in cases("bad") {
        let expected_file = if case.is_dir() {
            case.join("expected.txt")
        } else {
            case.with_extension("txt")
        };
        let project = project(&case);
        let outside = Outside {
            root: project.root.clone(),
        };
        let compiled = compile(&project, &outside);
        let mut diagnostics = compiled.diagnostics;
        if let (Some(mapping), Ok(said)) = (
            &compiled.mapping,
            std::fs::read_to_string(case.join("columns.txt")),
        ) {
            diagnostics.extend(told_by_databases(mapping, &said));
        }
        let told = render(&diagnostics, &project, false);
        assert!(
            !told.contains("s3cret-value"),
            "{}: a secret is shown",
            case.display()
        );
        let name = case.file_stem().unwrap_or_default().to_string_lossy();
        let code = name.split('-').next().unwrap_or_default();
        if !told.contains(code) {
            writeln!(differences, "=== {name}: {code} is not told\n{told}")
                .expect("a String takes all");
        }
        let expected = std::fs::read_to_string(&expected_file).unwrap_or_default();
        if told == expected {
            continue;
        }
        if update {
            std::fs::write(&expected_file, &told).expect("an expectation can be written");
        } else {
            writeln!(
                differences,
                "=== {name}\n--- expected\n{expected}\n--- told\n{told}"
            )
            .expect("a String takes all");
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

/// What a database would make `check` say. A line is `operation: name kind, …` (its columns) or
/// `operation: refused at FRAGMENT: message`; `operation(kind, …)` has the kinds of its parameters.
fn told_by_databases(mapping: &Mapping, said: &str) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for line in said.lines() {
        let (operation, rest) = line
            .split_once(':')
            .expect("a line begins with its operation");
        let (operation, parameters) = match operation.split_once('(') {
            Some((operation, parameters)) => (operation, parameters.trim_end_matches(')')),
            None => (operation, ""),
        };
        let statements = statements(mapping);
        let statement = statements
            .iter()
            .find(|statement| statement.operation.name.ends_with(operation))
            .expect("the operation has a statement");
        for variant in &statement.sql.statement.variants {
            if let Some(refused) = rest.trim().strip_prefix("refused at ") {
                let (fragment, message) =
                    refused.split_once(": ").expect("a refusal has a message");
                if variant.case.iter().all(|holds| *holds) {
                    continue;
                }
                let refused = Refused {
                    message: message.to_owned(),
                    position: variant.text.find(fragment),
                };
                diagnostics.push(statement.refused(variant, &refused));
                continue;
            }
            let columns = rest
                .split(',')
                .filter(|column| !column.trim().is_empty())
                .map(column);
            let known = Described {
                parameters: parameters
                    .split(',')
                    .filter(|kind| !kind.trim().is_empty())
                    .map(|kind| column(&format!("x {}", kind.trim())).kind)
                    .collect(),
                columns: columns.collect(),
            };
            match statement.check_described(variant, &known) {
                Ok((_, warnings)) => diagnostics.extend(warnings),
                Err(errors) => diagnostics.extend(errors),
            }
        }
    }
    diagnostics
}

fn column(text: &str) -> Column {
    let (name, kind) = text.trim().split_once(' ').expect("a column has a kind");
    let kind = match kind {
        "int" => ColumnKind::Int,
        "text" => ColumnKind::Text,
        "decimal" => ColumnKind::Decimal,
        "timestamp" => ColumnKind::Timestamp,
        "day" => ColumnKind::Day,
        other => panic!("`{other}` is no kind of this test"),
    };
    Column {
        name: name.into(),
        kind,
    }
}

#[test]
fn what_is_right_compiles_without_a_word() {
    for case in cases("good") {
        let project = project(&case);
        let outside = Outside {
            root: project.root.clone(),
        };
        let compiled = compile(&project, &outside);
        let told = render(&compiled.diagnostics, &project, false);
        assert!(told.is_empty(), "{}:\n{told}", case.display());
        assert!(compiled.mapping.is_some());
    }
}

#[test]
fn the_samples_of_the_repository_compile() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let project = Project::read(&root).expect("the samples can be read");
    let compiled = compile(&project, &Outside { root });
    let told = render(&compiled.diagnostics, &project, false);
    assert!(told.is_empty(), "{told}");
    assert!(compiled.mapping.is_some());
}

#[test]
fn every_code_that_is_told_has_a_paragraph() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/diagnostics.md");
    let docs = std::fs::read_to_string(docs).unwrap_or_default();
    let mut missing: BTreeMap<String, Arc<str>> = BTreeMap::new();
    for case in cases("bad") {
        let project = project(&case);
        let outside = Outside {
            root: project.root.clone(),
        };
        for diagnostic in compile(&project, &outside).diagnostics {
            let code = diagnostic.code.to_string();
            if !docs.contains(&format!("### {code}")) {
                missing.insert(code, diagnostic.message.into());
            }
        }
    }
    assert!(missing.is_empty(), "docs/diagnostics.md lacks {missing:#?}");
}

#[test]
fn a_thousand_operations_compile_quickly() {
    let mut text = String::from("service: a.Big\nbackend: shop\noperations:\n");
    for number in 0..1_000 {
        write!(
            text,
            "  find{number}:\n    args: {{category: \"string?\", id: int}}\n    sql: |\n      SELECT id, name\n      FROM product\n      WHERE id = :id\n        AND category = :category   -- when: category is given\n    returns: Product[]\n"
        )
        .expect("a String takes all");
    }
    let project = Project {
        root: PathBuf::new(),
        files: vec![
            SourceFile::new("mappings/gateway.yaml", GATEWAY.as_bytes()),
            SourceFile::new("mappings/big.yaml", text.as_bytes()),
        ],
    };
    let begin = std::time::Instant::now();
    let compiled = compile(
        &project,
        &Outside {
            root: PathBuf::new(),
        },
    );
    let took = begin.elapsed();
    let mapping = compiled.mapping.expect("it is right");
    assert_eq!(mapping.services[0].operations.len(), 1_000);
    // Debug builds on a busy machine: well under a second where it matters.
    assert!(took.as_secs() < 10, "{took:?}");
    assert_eq!(
        compiled
            .diagnostics
            .iter()
            .filter(|d| d.severity == Severity::Error)
            .count(),
        0
    );
}

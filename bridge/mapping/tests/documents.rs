//! Every example of the language's documents is a mapping without a fault.
//!
//! A document's YAML is a whole file, keys of a service, or, indented, its operations. What is indented further is a part
//! of an operation, and not tried.

mod described;

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use footbridge_mapping::compile::{Environment, Project, SourceFile, compile};
use footbridge_mapping::description::Described;
use footbridge_mapping::diagnostic::{Severity, render};
use footbridge_mapping::model::Backend;

const GATEWAY: &str = "gateway: documents
backends:
  shop: {sqlite: shop.db}
  store: {mysql: mysql://store@localhost/store}
  erp: {postgres: postgres://erp@localhost/erp}
  rates: {wsdl: rates.wsdl}
  crm: {rest: https://crm.example/api}
  fulfilment: {rest: https://fulfilment.example/api}
defaults: {roles: public}
";

/// What examples name and do not show.
const COMMON: &str = "package: samples
types:
  Product: {id: \"int?\", name: string, price: decimal, version: \"int?\"}
  Offer: {id: int, \"*\": any}
";
const INVENTORY: &str = "service: samples.inventory.ProductService
roles: public
operations:
  getProduct:
    args: {id: int}
    value: {id: =id}
";

#[test]
fn examples_of_documents_are_right() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut wrong = String::new();
    let mut examples = 0;
    for entry in std::fs::read_dir(root.join("docs/mapping")).expect("there are documents") {
        let path = entry.expect("it can be read").path();
        let document = std::fs::read_to_string(&path).expect("it can be read");
        for (line, example) in yaml(&document) {
            if example.starts_with("   ") {
                continue;
            }
            examples += 1;
            if let Some(faults) = faults(&root, &example) {
                let _ = writeln!(wrong, "{}:{line}\n{faults}\n", path.display());
            }
        }
    }
    assert!(examples > 10, "only {examples} examples were found");
    assert!(wrong.is_empty(), "{wrong}");
}

/// Every variable is set, and files are those of the repository.
struct Anything<'r>(&'r Path);

impl Environment for Anything<'_> {
    fn variable(&self, _: &str) -> Option<String> {
        Some("set, and long enough for a key".to_owned())
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        std::fs::read_to_string(self.0.join(path))
    }

    fn describe(&self, backend: &Backend) -> Result<Described, String> {
        described::describe(self.0, backend)
    }
}

/// The YAML examples of a document, with the lines where they begin.
fn yaml(document: &str) -> Vec<(usize, String)> {
    let mut examples = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (at, line) in document.lines().enumerate() {
        match &mut open {
            None if line == "```yaml" => open = Some((at + 2, String::new())),
            None => {}
            Some(_) if line == "```" => examples.extend(open.take()),
            Some((_, text)) => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    examples
}

fn faults(root: &Path, example: &str) -> Option<String> {
    let first = example
        .lines()
        .find(|line| !line.trim_start().starts_with('#'))?;
    let (gateway, service) = if first.starts_with("gateway:") {
        (example.to_owned(), None)
    } else if ["service:", "proxy:", "package:"]
        .iter()
        .any(|head| first.starts_with(head))
    {
        (GATEWAY.to_owned(), Some(example.to_owned()))
    } else if first.starts_with("backends:") {
        (format!("gateway: documents\n{example}"), None)
    } else {
        let operations = if first.starts_with(' ') {
            "operations:\n"
        } else {
            ""
        };
        let backend = if example.contains("procedure:") {
            "erp"
        } else {
            "shop"
        };
        let head = format!("service: samples.MockService\nbackend: {backend}\n{operations}");
        (GATEWAY.to_owned(), Some(head + example))
    };
    let file = |path: &str, text: String| SourceFile::new(path, text.as_bytes());
    let project = Project {
        root: root.to_owned(),
        files: [
            Some(file("mappings/gateway.yaml", gateway)),
            (!example.contains("\n  Product:"))
                .then(|| file("mappings/common.yaml", COMMON.to_owned())),
            (!example.contains("service: samples.inventory"))
                .then(|| file("mappings/inventory.yaml", INVENTORY.to_owned())),
            service.map(|text| file("mappings/example.yaml", text)),
        ]
        .into_iter()
        .flatten()
        .collect(),
    };
    let compiled = compile(&project, &Anything(root));
    let errors = compiled
        .diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error);
    errors.then(|| render(&compiled.diagnostics, &project, false))
}

//! Documents of our own, one for each construct, with what should come of them beside them.
//!
//! `NAME.described.txt`: what the document says, in the words of the mapping language. `NAME.warnings.txt`: what of it
//! cannot be used. `NAME/*.json`: calls, `{operation, arguments, package, types, variants, returns, reply}`, each with
//! the request and the answer in a `.txt`. `FOOTBRIDGE_GOLDEN=write` writes them anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use footbridge_amf::canonical;
use footbridge_mapping::data::{AmfValue, Data};
use footbridge_mapping::description::Description;
use footbridge_mapping::model::{Rest, TypeBody, TypeScope, Variants};
use footbridge_rest::describe::{Document, example_arguments, example_reply};
use footbridge_rest::load::{Options, ResolveError, load};
use footbridge_rest::model::Model;
use footbridge_rest::reply::{
    Answers, ReadError, Reply, read_fault, read_header, read_into, read_last_into,
};
use footbridge_rest::request::{WireNames, bind, build};
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::harness::{flex, settings, shown, slot, written};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents")
}

fn model(name: &str) -> Arc<Model> {
    let folder = folder();
    let mut resolver = |address: &str| {
        std::fs::read(folder.join(address)).map_err(|error| ResolveError(error.kind().to_string()))
    };
    let model = load(name, &mut resolver, &Options::default());
    Arc::new(model.unwrap_or_else(|error| panic!("{name}: {error}")))
}

fn check(path: &Path, actual: &str, failures: &mut Vec<String>) {
    if std::env::var("FOOTBRIDGE_GOLDEN").is_ok_and(|mode| mode == "write") {
        std::fs::write(path, actual).expect("the golden file can be written");
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if expected != actual {
        let path = path.display();
        failures.push(format!(
            "{path}\n--- expected\n{expected}\n--- came\n{actual}"
        ));
    }
}

fn documents() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .expect("the folder is there")
        .map(|entry| {
            entry
                .expect("it can be read")
                .file_name()
                .into_string()
                .expect("text")
        })
        .filter(|name| name.ends_with(".yaml") || name == "swagger.json")
        .collect();
    names.sort();
    names
}

#[test]
fn documents_are_described() {
    let mut failures = Vec::new();
    for name in documents() {
        let model = model(&name);
        let document = Document::new(name.clone(), Arc::clone(&model));
        let mut text = format!("{} {}\n", model.title, model.servers.join(" "));
        for operation in document.operations() {
            for operation in document.operation(&operation) {
                let arguments: Vec<String> = operation
                    .arguments
                    .iter()
                    .map(|argument| {
                        let default = argument
                            .slot
                            .default
                            .as_ref()
                            .map(|default| format!(" = {:?}", default.data()));
                        format!(
                            "{}: {}{}",
                            argument.name,
                            argument.slot.kind,
                            default.unwrap_or_default()
                        )
                    })
                    .collect();
                let _ = writeln!(
                    text,
                    "\n{}({}): {}{} faults {:?}",
                    operation.name,
                    arguments.join(", "),
                    operation.returns.kind,
                    if operation.writes { " writes" } else { "" },
                    operation.faults
                );
                let own = model.operation(&operation.name).expect("it is there");
                let example: Vec<String> = example_arguments(&model, own)
                    .iter()
                    .map(|(name, data)| format!("{name} {data:?}"))
                    .collect();
                let _ = writeln!(
                    text,
                    "  example {}",
                    example
                        .join("; ")
                        .replace("Record { alias: None, members: ", "{ ")
                );
                let reply = example_reply(&model, own, None).map(|(status, media, body)| {
                    let body = String::from_utf8_lossy(&body).replace('\n', " ");
                    format!("{status} {} {body}", media.unwrap_or_default())
                });
                let _ = writeln!(text, "  answers {}", reply.unwrap_or_default());
            }
        }
        for kind in document.kinds() {
            let described = document.kind(&kind).expect("it is there");
            let _ = writeln!(
                text,
                "\n{kind}{}",
                if described.open { " open" } else { "" }
            );
            for (field, kind) in &described.fields {
                let _ = writeln!(text, "  {field}: {kind}");
            }
        }
        let stem = name.split('.').next().expect("a name");
        check(
            &folder().join(format!("{stem}.described.txt")),
            &text,
            &mut failures,
        );
        let warnings: String = model
            .warnings
            .iter()
            .chain(&model.schemes)
            .map(|warning| format!("{warning}\n"))
            .collect();
        check(
            &folder().join(format!("{stem}.warnings.txt")),
            &warnings,
            &mut failures,
        );
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn examples_of_arguments_make_requests() {
    for name in documents() {
        let model = model(&name);
        for operation in &model.operations {
            let arguments: Vec<(Arc<str>, Data)> =
                example_arguments(&model, operation).into_iter().collect();
            let draft = bind(&model, operation, &arguments);
            let names = WireNames::default();
            let request = build(&draft, Some((&model, operation)), &settings(&names));
            // The pattern of this one cannot be read, and its example cannot be known.
            assert!(
                request.is_ok() || name == "broken.yaml",
                "{name} {}: {request:?}",
                operation.name
            );
        }
    }
}

#[test]
fn calls_of_documents_go_out_and_come_back() {
    let mut failures = Vec::new();
    for name in documents() {
        let model = model(&name);
        let stem = name.split('.').next().expect("a name");
        let Ok(cases) = std::fs::read_dir(folder().join(stem)) else {
            continue;
        };
        let mut cases: Vec<PathBuf> = cases
            .map(|entry| entry.expect("it can be read").path())
            .filter(|path| path.to_string_lossy().ends_with(".call.json"))
            .collect();
        cases.sort();
        for case in cases {
            let text = std::fs::read_to_string(&case).expect("the case is there");
            let value: Value = serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("{}: {error}", case.display()));
            let came = call(&model, &value);
            check(
                &case.with_extension("").with_extension("txt"),
                &came,
                &mut failures,
            );
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn call(model: &Arc<Model>, case: &Value) -> String {
    let operation = case["operation"].as_str().expect("an operation");
    let operation = model.operation(operation).expect("the document has it");
    let scope = Arc::new(scope(case));
    let names = WireNames::of(&scope);
    let mut came = String::new();
    if let Some(arguments) = case["arguments"].as_object() {
        let arguments: Vec<(Arc<str>, Data)> = arguments
            .iter()
            .map(|(name, value)| (name.as_str().into(), data(&value.to_string())))
            .collect();
        let draft = bind(model, operation, &arguments);
        came.push_str(
            &match build(&draft, Some((model, operation)), &settings(&names)) {
                Ok(request) => written(&request),
                Err(error) => format!("refused: {error}\n"),
            },
        );
        if let Some(at) = came.find("boundary=") {
            let boundary: String = came[at + 9..].lines().next().expect("a line").to_owned();
            came = came.replace(&boundary, "B");
        }
    }
    let replies = match &case["reply"] {
        Value::Array(replies) => replies.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    let returns = case["returns"].as_str().map(slot);
    let answers = Answers::compile(
        Some((model, operation)),
        returns.as_ref(),
        &scope,
        &TimeZone::UTC,
    );
    for problem in &answers.problems {
        let _ = writeln!(came, "problem: {problem}");
    }
    for reply in &replies {
        let body = match &reply["body"] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            json => json.to_string(),
        };
        let status = u16::try_from(reply["status"].as_u64().unwrap_or(200)).expect("a status");
        let content_type = match reply["type"].as_str() {
            Some(content_type) => Some(content_type),
            None if body.is_empty() => None,
            None => Some("application/json"),
        };
        let answer = Reply {
            status,
            content_type,
            body: body.as_bytes(),
        };
        if status >= 300 {
            let (fault, error) = read_fault(&answer, &answers);
            let _ = writeln!(came, "{status}: {fault:?} {error:?}");
            continue;
        }
        let mut notes = String::new();
        let got = shown(|sink| {
            read_into(&answer, &answers, &flex(), "s", sink).map(|told| notes = told.to_string())
        });
        // As the gateway does: once more, with the last of what stands twice.
        let got = match got {
            Err(error) if error == ReadError::Twice.to_string() => shown(|sink| {
                read_last_into(&answer, &answers, &flex(), "s", sink)
                    .map(|told| notes = told.to_string())
            }),
            got => got,
        };
        let got = got.unwrap_or_else(|error| format!("unreadable: {error}"));
        let notes = if notes.is_empty() {
            notes
        } else {
            format!("\n  {notes}")
        };
        let _ = writeln!(came, "{status}: {got}{notes}");
        for (name, text) in reply["headers"].as_object().into_iter().flatten() {
            let header = read_header(&answers, status, name, text.as_str().expect("a text"));
            let _ = writeln!(came, "  {name}: {header:?}");
        }
    }
    came
}

fn data(json: &str) -> Data {
    let (graph, value) = canonical::from_text(json).expect("canonical JSON");
    AmfValue {
        graph: Arc::new(graph),
        value,
    }
    .plain()
}

fn scope(case: &Value) -> TypeScope {
    let mut scope = TypeScope {
        package: case["package"].as_str().map(Arc::from),
        ..TypeScope::default()
    };
    for (name, fields) in case["types"].as_object().into_iter().flatten() {
        let mut body = TypeBody::default();
        for (field, text) in fields.as_object().expect("fields") {
            let text = text.as_str().expect("a slot");
            match (field.as_str(), text) {
                ("*", "hide") => body.rest = Rest::Closed,
                ("*", text) => body.rest = Rest::Open(slot(text)),
                _ => drop(body.fields.insert(field.as_str().into(), slot(text))),
            }
        }
        scope.types.insert(name.as_str().into(), Arc::new(body));
    }
    for (name, variants) in case["variants"].as_object().into_iter().flatten() {
        let of = variants["of"].as_object().expect("types by word");
        let variants = Variants {
            by: variants["by"].as_str().expect("a field").into(),
            of: of
                .iter()
                .map(|(word, kind)| (word.as_str().into(), kind.as_str().expect("a type").into()))
                .collect(),
            other: variants["other"].as_str().map(Arc::from),
        };
        scope
            .variants
            .insert(name.as_str().into(), Arc::new(variants));
    }
    scope
}

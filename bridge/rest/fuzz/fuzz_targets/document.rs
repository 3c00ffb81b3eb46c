//! Any bytes as a document: read, described, and called with its own examples, without a panic or an endless loop.
#![no_main]

use std::sync::Arc;

use footbridge_mapping::data::Data;
use footbridge_mapping::description::Description;
use footbridge_rest::describe::{Document, example_arguments, example_reply};
use footbridge_rest::load::{Options, load};
use footbridge_rest::request::{Settings, WireNames, bind, build};
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut resolver = |_: &str| Ok(bytes.to_vec());
    let Ok(model) = load("x.yaml", &mut resolver, &Options::default()) else {
        return;
    };
    let model = Arc::new(model);
    let document = Document::new("x.yaml", Arc::clone(&model));
    for kind in document.kinds() {
        let _ = document.kind(&kind);
    }
    let names = WireNames::default();
    let settings = Settings { zone: &TimeZone::UTC, names: &names };
    for operation in &model.operations {
        let _ = document.operation(&operation.name);
        let _ = example_reply(&model, operation, None);
        let arguments: Vec<(Arc<str>, Data)> = example_arguments(&model, operation).into_iter().collect();
        let draft = bind(&model, operation, &arguments);
        let _ = build(&draft, Some((&model, operation)), &settings);
    }
});

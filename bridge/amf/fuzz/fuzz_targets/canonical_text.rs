#![no_main]

#[path = "../../tests/amf/bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|text: &str| bodies::canonical_text(text));

#![no_main]

#[expect(dead_code, reason = "each target runs one of the bodies")]
#[path = "../../tests/amf/bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|text: &str| bodies::canonical_text(text));

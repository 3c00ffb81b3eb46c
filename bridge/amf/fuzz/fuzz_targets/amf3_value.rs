#![no_main]

#[path = "../../tests/amf/bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::amf3_value(bytes));

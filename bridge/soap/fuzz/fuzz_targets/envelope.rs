#![no_main]

#[expect(dead_code, reason = "each target runs one of the bodies")]
#[path = "../../tests/soap/bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::any_reply(bytes));

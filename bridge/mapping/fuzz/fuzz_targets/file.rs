#![no_main]

#[path = "../../tests/fuzz/file.rs"]
mod file;

libfuzzer_sys::fuzz_target!(|text: &str| {
    file::told(vec![file::GATEWAY.to_owned(), text.to_owned()]);
});

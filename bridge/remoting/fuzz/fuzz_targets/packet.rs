//! Any bytes as a packet; the same body runs as a property test on a stable compiler.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../any_bytes.rs"]
mod any_bytes;

fuzz_target!(|bytes: &[u8]| any_bytes::packet(bytes));

//! Whatever comes, nothing panics, and what can be read can be answered.

use proptest::prelude::*;

use crate::any_bytes;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        any_bytes::packet(&bytes);
    }

    #[test]
    fn any_content_of_a_body_is_read_or_refused(
        version in prop_oneof![Just(0_u8), Just(1), Just(3)],
        flex in any::<bool>(),
        content in proptest::collection::vec(prop_oneof![3 => 0_u8..0x13, 1 => any::<u8>()], 0..200),
    ) {
        let mut bytes = vec![0, version, 0, 0, 0, 1];
        bytes.extend_from_slice(if flex { b"\0\x04null" } else { b"\0\x03a.b" });
        bytes.extend_from_slice(b"\0\x02/1\0\0\0\0");
        bytes.extend_from_slice(&content);
        any_bytes::packet(&bytes);
    }
}

#[test]
fn bytes_of_real_clients_changed_at_one_place_are_read_or_refused() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire");
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let (bytes, _) = crate::notation::parse(&file);
        for place in 0..bytes.len() {
            any_bytes::packet(&bytes[..place]);
            for change in [0x00, 0x01, 0x07, 0x11, 0x7f, 0xff] {
                let mut changed = bytes.clone();
                changed[place] = change;
                any_bytes::packet(&changed);
            }
        }
    }
}

//! Whatever stands in the files of a project, compiling ends with diagnostics, and every place is in its file.

#[path = "fuzz/file.rs"]
mod file;

use std::path::Path;

use file::{GATEWAY, told};
use proptest::prelude::*;

/// The samples of the repository and all cases: what files look like.
fn seeds() -> Vec<String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seeds = Vec::new();
    let mut folders = vec![
        here.join("tests/bad"),
        here.join("tests/good"),
        here.join("../../mappings"),
    ];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "yaml")
            {
                let bytes = std::fs::read(path).expect("a sample can be read");
                seeds.push(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
    }
    seeds.sort();
    seeds
}

/// Bytes moved to the next border of a character.
fn border(text: &str, at: usize) -> usize {
    (at.min(text.len())..=text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(text.len())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn a_damaged_file_never_panics(
        seed in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
        length in 0_usize..40,
        put in prop_oneof![
            Just(String::new()),
            "[ -~]{0,8}",
            "[äß€\u{1F600}\t\n]{1,3}",
            Just(": ".to_owned()),
            Just("\n  ".to_owned()),
            Just("|\n".to_owned()),
            Just("{".to_owned()),
            Just("'".to_owned()),
            Just("=".to_owned()),
        ],
    ) {
        let seeds = seeds();
        let text = seed.get(&seeds);
        let start = border(text, cut.index(text.len() + 1));
        let end = border(text, start + length);
        let damaged = format!("{}{put}{}", &text[..start], &text[end..]);
        told(vec![GATEWAY.to_owned(), damaged]);
    }

    #[test]
    fn any_text_is_a_file_with_faults(text in "(service: a\n)?\\PC{0,200}") {
        told(vec![text]);
    }
}

#[test]
fn deep_nesting_is_refused() {
    let deep = format!("service: a\noperations: {}", "[".repeat(100_000));
    assert!(told(vec![deep]).contains("B0115"));
    let nested: String = (0..2_000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    assert!(told(vec![nested]).contains("error"));
    let braces = format!(
        "service: a\ntypes: {}{}",
        "{a: ".repeat(50_000),
        "}".repeat(50_000)
    );
    assert!(told(vec![braces]).contains("B0115"));
    // As deep as it may be, on a small stack.
    let steps: String = (0..30)
        .map(|depth| {
            let indent = " ".repeat(depth * 2 + 2);
            format!("{indent}a:\n{indent} steps:\n")
        })
        .collect();
    assert!(told(vec![format!("service: a\noperations:\n{steps}")]).contains("B0537"));
    let tree = format!(
        "service: a\noperations:\n  f:\n    value: {}1{}",
        "[".repeat(60),
        "]".repeat(60)
    );
    told(vec![tree]);
}

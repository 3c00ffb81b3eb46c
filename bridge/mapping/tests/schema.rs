//! The committed JSON Schemas are those that the structs give.
//!
//! `UPDATE=1 cargo test -p footbridge-mapping --test schema` writes them anew.

use std::path::Path;

use footbridge_mapping::file::schema;

#[test]
fn the_committed_schemas_are_those_of_the_structs() {
    for (name, schema) in [
        ("gateway", schema::gateway()),
        ("mapping", schema::mapping()),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../schemas")
            .join(format!("{name}.schema.json"));
        let mut text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
        text.push('\n');
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &text).expect("the schema can be written");
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == text,
            "schemas/{name}.schema.json differs; write it anew by UPDATE=1 cargo test -p footbridge-mapping --test schema"
        );
    }
}

//! JSON Schema of both kinds of file, made from the structs that read them.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::gateway::GatewayFile;
use super::service::AnyMappingFile;

/// The schema of `gateway.yaml`.
pub fn gateway() -> Value {
    let mut schema = generate::<GatewayFile>("Footbridge gateway");
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("required".into(), serde_json::json!(["gateway"]));
    }
    schema
}

/// The schema of all other mapping files.
pub fn mapping() -> Value {
    generate::<AnyMappingFile>("Footbridge mapping")
}

fn generate<T: schemars::JsonSchema>(title: &str) -> Value {
    let mut schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>();
    schema.insert("title".into(), title.into());
    schema.to_value()
}

//! Where spans go: by OTLP over HTTP to whom the environment names.

use std::env;
use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{ExporterBuildError, SpanExporter};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::{EnvResourceDetector, TelemetryResourceDetector};
use opentelemetry_sdk::trace::SdkTracerProvider;

use super::recorded::TRACER;

/// Sends spans until it is closed.
#[derive(Debug)]
pub struct Exporter(SdkTracerProvider);

/// Why spans cannot be sent: a variable of the environment says what is not possible.
#[derive(Debug, thiserror::Error)]
#[error("traces cannot be sent as the environment says (OTEL_…)")]
pub struct ExportError(#[source] ExporterBuildError);

/// Sends spans from now on, if the environment names somebody to send them to: `OTEL_EXPORTER_OTLP_ENDPOINT`,
/// `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, or `OTEL_TRACES_EXPORTER=otlp` for a collector on this machine.
///
/// They wait in a queue of bounded length (`OTEL_BSP_MAX_QUEUE_SIZE`, 2048) for a thread of their own; what does not fit is
/// dropped, and no call waits. `service` is the service's name where the environment gives none.
///
/// # Errors
/// A variable that cannot be obeyed, e.g. an address that is none.
pub fn install(service: &str) -> Result<Option<Exporter>, ExportError> {
    if !is_wanted() {
        return Ok(None);
    }
    let exporter = SpanExporter::builder()
        .with_http()
        .build()
        .map_err(ExportError)?;
    let resource = Resource::builder_empty()
        .with_service_name(service.to_owned())
        .with_detectors(&[
            Box::new(TelemetryResourceDetector),
            Box::new(EnvResourceDetector::new()),
        ])
        .with_attributes(env_name())
        .build();
    let provider = SdkTracerProvider::builder()
        .with_resource(resource)
        .with_batch_exporter(exporter)
        .build();
    // Of two the first stays, as with metrics.
    let _ = TRACER.set(provider.tracer("footbridge"));
    Ok(Some(Exporter(provider)))
}

impl Exporter {
    /// Sends what still waits, for a few seconds at most, and ends. Blocks meanwhile.
    pub fn close(self) {
        // What went wrong is in the log already.
        let _ = self.0.shutdown_with_timeout(PATIENCE);
    }
}

/// `OTEL_SERVICE_NAME`, which comes before the name that `OTEL_RESOURCE_ATTRIBUTES` gives.
fn env_name() -> Option<opentelemetry::KeyValue> {
    let name = env::var("OTEL_SERVICE_NAME").ok()?;
    (!name.is_empty()).then(|| opentelemetry::KeyValue::new("service.name", name))
}

/// Whether the environment names somebody. An empty variable is as none.
fn is_wanted() -> bool {
    let said = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let disabled = said("OTEL_SDK_DISABLED").is_some_and(|it| it.eq_ignore_ascii_case("true"));
    if disabled {
        return false;
    }
    match said("OTEL_TRACES_EXPORTER") {
        Some(exporter) => exporter.eq_ignore_ascii_case("otlp"),
        None => {
            said("OTEL_EXPORTER_OTLP_ENDPOINT").is_some()
                || said("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").is_some()
        }
    }
}

/// A collector that does not answer must not hold up the end of the gateway.
const PATIENCE: Duration = Duration::from_secs(5);

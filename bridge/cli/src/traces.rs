//! Traces, where the command was built with the feature `opentelemetry` and the environment says where they go.

#[cfg(feature = "opentelemetry")]
pub(crate) use sent::Traces;

#[cfg(not(feature = "opentelemetry"))]
pub(crate) use none::Traces;

#[cfg(feature = "opentelemetry")]
mod sent {
    use footbridge_gateway::spans::{self, Exporter};

    /// Whoever sends them.
    pub(crate) struct Traces(Option<Exporter>);

    impl Traces {
        /// Sends traces from now on, of a service of this name unless the environment gives one.
        pub(crate) fn begin(service: &str) -> anyhow::Result<Self> {
            let exporter = spans::install(service)?;
            if exporter.is_some() {
                say!("traces are sent as OTEL_… in the environment says");
            }
            Ok(Self(exporter))
        }

        /// Sends what still waits.
        pub(crate) async fn end(self) {
            if let Some(exporter) = self.0 {
                // It blocks. That it panics is all that could go wrong, and the panic hook has told that.
                let _ = tokio::task::spawn_blocking(|| exporter.close()).await;
            }
        }
    }
}

#[cfg(not(feature = "opentelemetry"))]
mod none {
    /// Nothing: no traces.
    pub(crate) struct Traces;

    impl Traces {
        /// Warns of an environment that wants traces.
        pub(crate) fn begin(_: &str) -> anyhow::Result<Self> {
            let wants = WANT.into_iter().find(|name| {
                std::env::var_os(name).is_some_and(|it| !it.is_empty() && it != "none")
            });
            if let Some(name) = wants {
                eprintln!(
                    "warning: {name} is set, but this footbridge sends no traces: it was built without the feature \
                     `opentelemetry`"
                );
            }
            Ok(Self)
        }

        /// Nothing waits.
        pub(crate) async fn end(self) {}
    }

    /// Each of them turns traces on.
    const WANT: [&str; 3] = [
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_TRACES_EXPORTER",
    ];
}

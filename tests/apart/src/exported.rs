use std::collections::BTreeMap;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::{layer::SubscriberExt, util::SubscriberInitExt};

/// The spans of this thread, through OpenTelemetry's SDK.
#[derive(Debug)]
pub struct Exported {
    exporter: InMemorySpanExporter,
    _guard: DefaultGuard,
}

impl Exported {
    pub fn begin() -> Self {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        Self {
            exporter,
            _guard: tracing_subscriber::registry().with(layer).set_default(),
        }
    }

    /// Those that have ended since the last call.
    pub fn all(&self) -> Vec<SpanData> {
        let all = self.exporter.get_finished_spans();
        self.exporter.reset();
        all.expect("no test panics inside")
    }

    /// Those of them that are statements.
    pub fn statements(&self) -> Vec<SpanData> {
        let mut all = self.all();
        all.retain(|span| attributes(span).contains_key("db.query.summary"));
        all
    }
}

pub fn attributes(span: &SpanData) -> BTreeMap<String, String> {
    let attributes = span.attributes.iter();
    attributes
        .map(|pair| (pair.key.to_string(), pair.value.to_string()))
        .collect()
}

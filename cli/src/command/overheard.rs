use std::{
    fmt::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
    util::SubscriberInitExt,
};

/// What the log of an application would say at level warn or error, for a report: what nothing else tells.
#[derive(Clone, Default)]
pub(super) struct Overheard(Arc<Mutex<Vec<Line>>>);

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// The bind, and the node if it is of one.
    pub(super) at: String,
    pub(super) what: String,
}

impl Overheard {
    /// Listens from now on, to the end of the process.
    pub(super) fn begin() -> Self {
        let overheard = Self::default();
        // Somebody may listen already.
        let _ = tracing_subscriber::registry()
            .with(overheard.clone())
            .try_init();
        overheard
    }

    /// What was said, each line once.
    pub(super) fn lines(&self) -> Vec<Line> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl<S: Subscriber> Layer<S> for Overheard {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let is_ours = metadata.target().starts_with("sea_orm_routing::");
        if !is_ours || *metadata.level() > Level::WARN {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let line = fields.line();
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
}

#[derive(Default)]
struct Fields {
    bind: String,
    node: String,
    message: String,
    others: String,
}

impl Fields {
    fn line(self) -> Line {
        let at = match (self.bind.is_empty(), self.node.is_empty()) {
            (false, false) => format!("{}.{}", self.bind, self.node),
            _ => self.bind + &self.node,
        };
        Line {
            at,
            what: self.message + &self.others,
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a text does not fail.
        let _ = match field.name() {
            "bind" => write!(self.bind, "{value:?}"),
            "node" => write!(self.node, "{value:?}"),
            "message" => write!(self.message, "{value:?}"),
            "error" => write!(self.others, ": {value:?}"),
            _ => Ok(()),
        };
    }
}

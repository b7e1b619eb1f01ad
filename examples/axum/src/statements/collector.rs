use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{
    Layer,
    filter::{Filtered, Targets},
    layer::Context,
    registry::LookupSpan,
};

use super::{Record, Statement};

/// The target of the crate's events begins with this.
const TARGET: &str = "sea_orm_routing";

/// A layer of `tracing` that adds each statement to the record of the request that sends it.
///
/// The crate writes a statement's event in the task that sends it, so a task-local record is the right one.
#[derive(Debug)]
pub struct Collector(());

impl Collector {
    /// With a filter of its own: what the log leaves out is collected all the same.
    #[must_use]
    pub fn layer<S>() -> Filtered<Self, Targets, S>
    where
        S: Subscriber + for<'l> LookupSpan<'l>,
    {
        Self(()).with_filter(Targets::new().with_target(TARGET, Level::INFO))
    }
}

impl<S: Subscriber> Layer<S> for Collector {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if let Some(statement) = Statement::of(event) {
            Record::note(statement);
        }
    }
}

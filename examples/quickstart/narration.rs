//! Prints the crate's log events as the steps of a story.

use std::fmt::Debug;

use sea_orm_routing::Status;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
    util::SubscriberInitExt,
};

pub(crate) struct Narration(());

impl Narration {
    /// From here on each statement is printed when it is sent.
    pub(crate) fn start() -> Self {
        tracing_subscriber::registry().with(Printer).init();
        Self(())
    }

    pub(crate) fn step(&self, title: &str) {
        println!("\n# {title}");
    }
}

pub(crate) fn listing(status: &Status) -> String {
    let node = |node: &sea_orm_routing::NodeStatus| {
        format!(
            "  {}.{} ({}, weight {})",
            node.bind, node.node, node.role, node.weight
        )
    };
    status.nodes.iter().map(node).collect::<Vec<_>>().join("\n")
}

struct Printer;

impl<S: Subscriber> Layer<S> for Printer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if !event.metadata().target().starts_with("sea_orm_routing") {
            return;
        }
        let mut statement = StatementEvent::default();
        event.record(&mut statement);
        if let Some(sql) = &statement.sql {
            println!("  {sql}");
            println!(
                "    -> {}.{}{}",
                statement.bind,
                statement.node,
                statement.why()
            );
        }
    }
}

#[derive(Default)]
struct StatementEvent {
    sql: Option<String>,
    bind: String,
    node: String,
    access: String,
    reason: String,
}

impl StatementEvent {
    fn why(&self) -> String {
        match self.reason.as_str() {
            "" => String::new(),
            reason => format!(": {}, {reason}", self.access),
        }
    }

    fn set(&mut self, name: &str, value: String) {
        match name {
            "sql" => self.sql = Some(value),
            "bind" => self.bind = value,
            "node" => self.node = value,
            "access" => self.access = value,
            "reason" => self.reason = value,
            _ => {}
        }
    }
}

impl Visit for StatementEvent {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field.name(), value.to_owned());
    }
}

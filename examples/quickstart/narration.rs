//! Prints the crate's log events as the steps of a story.

use std::{
    fmt::Debug,
    sync::{Arc, Mutex, PoisonError},
};

use sea_orm_routing::{RoutingDatabase, Status};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
    util::SubscriberInitExt,
};

pub(crate) struct Narration {
    /// The node whose migrations run just now.
    migrating: Arc<Mutex<Option<&'static str>>>,
}

impl Narration {
    /// From here on each statement is printed when it is sent.
    pub(crate) fn start() -> Self {
        tracing_subscriber::registry().with(Printer).init();
        Self {
            migrating: Arc::default(),
        }
    }

    /// Migrations use the master's connection itself and write no event; SeaORM's metric callback sees them.
    pub(crate) fn watch_migrations(&self, db: &mut RoutingDatabase) {
        let migrating = self.migrating.clone();
        db.set_metric_callback(move |info| {
            if let Some(node) = *migrating.lock().unwrap_or_else(PoisonError::into_inner) {
                println!("  {}\n    -> {node}: migration", info.statement.sql);
            }
        });
    }

    pub(crate) fn migrating(&self, node: &'static str) {
        *self
            .migrating
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(node);
    }

    pub(crate) fn migrated(&self) {
        *self
            .migrating
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(crate) fn step(&self, title: &str) {
        println!("\n# {title}");
    }
}

pub(crate) fn listing(status: &Status) -> String {
    let node = |node: &sea_orm_routing::status::NodeStatus| {
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

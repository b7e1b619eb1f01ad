use std::fmt::Debug;

use tracing::{
    Event,
    field::{Field, Visit},
};

/// A statement that was sent, or the begin or end of a transaction: its text, never its values, and its route.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) bind: String,
    pub(crate) node: String,
    pub(crate) role: String,
    /// Empty for the begin and the end of a transaction, as is the reason.
    pub(crate) access: String,
    pub(crate) reason: String,
}

impl Statement {
    /// What an event of the crate tells; nothing if it is about something else.
    pub(super) fn of(event: &Event<'_>) -> Option<Self> {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let tells = matches!(fields.message.as_str(), "statement" | "transaction");
        tells.then_some(fields.statement)
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    statement: Statement,
}

impl Fields {
    fn set(&mut self, name: &str, value: String) {
        match name {
            "message" => self.message = value,
            "sql" => self.statement.sql = value,
            "bind" => self.statement.bind = value,
            "node" => self.statement.node = value,
            "role" => self.statement.role = value,
            "access" => self.statement.access = value,
            "reason" => self.statement.reason = value,
            _ => {}
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field.name(), value.to_owned());
    }
}

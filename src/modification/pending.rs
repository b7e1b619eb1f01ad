use sea_orm::{ExecResult, QueryResult};
use tokio::sync::broadcast::Sender;

use super::{
    Journal, Modification, ModificationKind, Written,
    modification::{changed, is_traceless},
};
use crate::{classify::verb, names::BindName};

/// A write on its way. Dropped before its answer is known, it is told as unconfirmed: it may have been run.
#[derive(Debug)]
pub(crate) struct Pending {
    /// Boxed: most statements are none, and all have room for one.
    modification: Option<Box<Modification>>,
    outlet: Outlet,
}

/// Who is told.
#[derive(Debug)]
pub(super) enum Outlet {
    Readers(Sender<Modification>),
    Transaction(Journal),
}

impl Outlet {
    fn tell(&self, modification: Modification) {
        match self {
            Self::Readers(sender) => {
                // An error says that the last reader has gone.
                let _ = sender.send(modification);
            }
            Self::Transaction(journal) => journal.note(modification),
        }
    }
}

impl Pending {
    pub(super) fn new(modification: Modification, outlet: Outlet) -> Self {
        Self {
            modification: Some(Box::new(modification)),
            outlet,
        }
    }

    /// Tells that it happened.
    pub(crate) fn confirm(mut self, rows: Option<u64>) {
        if let Some(modification) = self.modification.take() {
            self.outlet.tell(modification.confirmed(rows));
        }
    }

    /// It did not happen.
    pub(crate) fn forget(mut self) {
        self.modification = None;
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(modification) = self.modification.take() {
            self.outlet.tell(*modification);
        }
    }
}

impl Modification {
    /// What a statement would be, unconfirmed; `None` for one that changes nothing.
    pub(super) fn of(statement: &Written<'_>) -> Option<Self> {
        let class = statement.class;
        (!is_traceless(class)).then(|| Self {
            bind: statement.bind.clone(),
            tables: changed(class),
            kind: ModificationKind::of(verb(statement.backend, statement.sql), class),
            rows_affected: None,
            in_transaction: false,
            confirmed: false,
        })
    }

    /// Statements of a transaction that this crate did not see.
    pub(super) fn unseen(bind: &BindName) -> Self {
        Self {
            bind: bind.clone(),
            tables: None,
            kind: ModificationKind::Other,
            rows_affected: None,
            in_transaction: true,
            confirmed: false,
        }
    }

    pub(super) fn confirmed(self, rows_affected: Option<u64>) -> Self {
        Self {
            rows_affected,
            confirmed: true,
            ..self
        }
    }
}

/// How many rows an answer says were changed.
pub(crate) trait Rows {
    fn rows(&self) -> Option<u64>;
}

impl Rows for ExecResult {
    fn rows(&self) -> Option<u64> {
        Some(self.rows_affected())
    }
}

impl Rows for Option<QueryResult> {
    fn rows(&self) -> Option<u64> {
        // One row was asked for; there may be more.
        None
    }
}

impl Rows for Vec<QueryResult> {
    fn rows(&self) -> Option<u64> {
        u64::try_from(self.len()).ok()
    }
}

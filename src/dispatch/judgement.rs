use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::texts::TextId;
use crate::{
    bind::{BindReason, Target},
    classify::{Access, Class, Reach, Reason, Usage},
    config::DEFAULT_BIND,
    error::RoutingError,
    session::TableKey,
};

/// What is known of a statement from its text, and from what slaves said to it; memoised.
#[derive(Debug)]
pub(crate) struct Judgement {
    pub(super) id: TextId,
    /// Without what the memo cuts; `None` if it is too long to be kept.
    pub(super) text: Option<Arc<str>>,
    pub(crate) class: Class,
    /// An error here matters only where no handle has fixed the bind.
    pub(crate) target: Result<Target, RoutingError>,
    /// The tables that a read reads or a write changes; none where that is not known.
    tables: Arc<[TableKey]>,
    refused: AtomicBool,
}

impl Judgement {
    pub(super) fn new(
        id: TextId,
        text: Option<Arc<str>>,
        class: Class,
        target: Result<Target, RoutingError>,
        refused_before: bool,
    ) -> Self {
        Self {
            id,
            text,
            tables: tables(&class),
            class,
            target,
            refused: AtomicBool::new(refused_before),
        }
    }

    /// `BEGIN` changes nothing: what follows it is judged for itself.
    pub(super) fn of_begin() -> Self {
        let class = Class {
            access: Access::Read,
            tables: Vec::new(),
            reason: Reason::Runs("BEGIN".to_owned()),
            reach: Reach::Answer,
        };
        let target = Target {
            bind: DEFAULT_BIND.into(),
            pin: None,
            reason: BindReason::NoTable,
        };
        Self::new(TextId::default(), None, class, Ok(target), false)
    }

    /// The text of a statement that this is the judgement on, unless something of it was cut.
    pub(super) fn text_of(&self, sql: &str) -> Option<&Arc<str>> {
        self.text.as_ref().filter(|text| text.len() == sql.len())
    }

    /// A read by its text that no slave has refused as a write.
    pub(crate) fn is_read(&self) -> bool {
        self.class.is_read() && !self.is_refused()
    }

    pub(crate) fn access(&self) -> Access {
        match self.is_read() {
            true => Access::Read,
            false => Access::Write,
        }
    }

    pub(crate) fn is_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }

    /// The tables that a read depends on; none if they are not known.
    pub(super) fn read_tables(&self) -> &[TableKey] {
        &self.tables
    }

    /// Whether a slave that was named may run it: a read, or a question about that very server.
    pub(crate) fn leaves_no_trace(&self) -> bool {
        self.is_read() || self.class.asks_server()
    }

    /// The tables that a write changes, none of them if they are not known; `None` if nothing changes.
    pub(crate) fn changed_tables(&self) -> Option<Arc<[TableKey]>> {
        match (
            self.leaves_no_trace() || self.class.is_read(),
            self.is_refused(),
        ) {
            (true, false) => None,
            (true, true) => Some(Arc::default()),
            (false, _) => Some(self.tables.clone()),
        }
    }

    /// How far it reaches beyond its answer.
    pub(super) fn reach(&self) -> Reach {
        match self.is_refused() {
            true => Reach::Master,
            false => self.class.reach,
        }
    }

    pub(super) fn refuse(&self) {
        self.refused.store(true, Ordering::Relaxed);
    }
}

fn tables(class: &Class) -> Arc<[TableKey]> {
    let (least, known) = match &class.reason {
        _ if class.is_read() => (Usage::Read, true),
        Reason::Writes(_) | Reason::WritesInWith(_) | Reason::LocksRows => (Usage::Write, true),
        _ => (Usage::Write, false),
    };
    let named = class
        .tables
        .iter()
        .filter(|table| known && table.usage >= least);
    named.map(|table| TableKey::new(&table.name)).collect()
}

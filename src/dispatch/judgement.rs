use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use sea_orm::DbBackend;

use super::texts::TextId;
use crate::{
    bind::{BindReason, Claims, DoubtfulName, Target},
    classify::{Access, Action, Class, Functions, Operation, Reach, Reason, Usage, classify},
    config::DEFAULT_BIND,
    error::RoutingError,
    node::Pace,
    session::{Effect, TableKey},
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
    /// What of that holds where something else than the default bind is the bind of all the rest.
    pub(super) claims: Claims,
    /// The tables that a read reads or a write changes; none where that is not known.
    tables: Arc<[TableKey]>,
    changes_schema: bool,
    /// A name in it that may be meant as the table of another bind, which no rule could tell.
    doubtful: Option<Box<DoubtfulName>>,
    /// Whether something may have to be said of it when it runs.
    warns: bool,
    operation: Operation,
    /// Whether values may name what it is about.
    pub(super) is_told_by_values: bool,
    refused: AtomicBool,
    /// What it takes.
    pub(super) pace: Pace,
    /// Whether it may wait or cost, if somebody has asked.
    pub(super) costs: OnceLock<bool>,
    /// Whether it calls nothing but functions of the server's that leave no trace, if somebody has asked.
    calls_nothing_unknown: OnceLock<bool>,
}

/// What a statement defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Defines {
    Nothing,
    /// Tables and indexes, which are seldom more than that.
    Tables,
    /// What other statements may call or read through: a function, view, sequence or trigger.
    Other,
}

impl Judgement {
    pub(super) fn new(
        id: TextId,
        text: Option<Arc<str>>,
        class: Class,
        target: Result<Target, RoutingError>,
        tables: Arc<[TableKey]>,
        refused_before: bool,
    ) -> Self {
        Self {
            id,
            changes_schema: false,
            doubtful: None,
            warns: class.changes_session(),
            claims: Claims::none(),
            operation: Operation::named(""),
            is_told_by_values: false,
            text,
            tables,
            class,
            target,
            refused: AtomicBool::new(refused_before),
            pace: Pace::default(),
            costs: OnceLock::new(),
            calls_nothing_unknown: OnceLock::new(),
        }
    }

    /// The same of a statement that may change what others find on the server.
    pub(super) fn that_changes_schema(self, changes_schema: bool) -> Self {
        Self {
            changes_schema,
            ..self
        }
    }

    /// The same of a text in which a name may be meant as another bind's table.
    pub(super) fn that_holds(self, doubtful: Option<DoubtfulName>) -> Self {
        Self {
            warns: self.warns || doubtful.is_some(),
            doubtful: doubtful.map(Box::new),
            ..self
        }
    }

    /// Whether something may have to be said of it when it runs.
    pub(super) fn warns(&self) -> bool {
        self.warns
    }

    pub(super) fn doubtful_name(&self) -> Option<&DoubtfulName> {
        self.doubtful.as_deref()
    }

    /// The same of a statement whose tables say this of themselves.
    pub(super) fn that_claims(self, claims: Claims) -> Self {
        Self { claims, ..self }
    }

    /// The same, and what the text does in one word.
    pub(super) fn that_does(self, operation: Operation) -> Self {
        Self { operation, ..self }
    }

    /// The same of a text that leaves to its values what it is about, if it `is_told` by them.
    pub(super) fn that_is_told_by_values(self, is_told: bool) -> Self {
        Self {
            is_told_by_values: is_told,
            ..self
        }
    }

    pub(super) fn operation(&self) -> Operation {
        self.operation
    }

    /// `BEGIN` changes nothing: what follows it is judged for itself.
    pub(super) fn of_begin() -> Self {
        let class = Class {
            access: Access::Read,
            tables: Vec::new(),
            perhaps: Vec::new(),
            temporary: Vec::new(),
            objects: Vec::new(),
            reason: Reason::Runs("BEGIN".to_owned()),
            action: Action::Other,
            reach: Reach::Answer,
        };
        let target = Target {
            bind: DEFAULT_BIND.into(),
            pin: None,
            reason: BindReason::NoTable,
        };
        let text = Some("BEGIN".into());
        Self::new(
            TextId::default(),
            text,
            class,
            Ok(target),
            Arc::default(),
            false,
        )
        .that_does(Operation::named("BEGIN"))
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

    /// What a write changes; `None` if nothing changes.
    pub(crate) fn effect(&self) -> Option<Effect> {
        match (
            self.leaves_no_trace() || self.class.is_read(),
            self.is_refused(),
        ) {
            (true, false) => None,
            (true, true) => Some(Effect::default()),
            (false, _) => Some(Effect {
                tables: self.tables.clone(),
                on_schema: self.changes_schema,
            }),
        }
    }

    /// Whether catalogues may tell something else after it.
    pub(super) fn defines(&self) -> Defines {
        let names_one = || {
            let mut tables = self.class.tables.iter();
            tables.any(|table| table.usage == Usage::Define)
        };
        match &self.class.reason {
            Reason::Defines(_) if self.class.action == Action::DefinesTable => Defines::Tables,
            Reason::Defines(_) => Defines::Other,
            Reason::Into(_) => Defines::Tables,
            Reason::SeveralStatements if names_one() => Defines::Other,
            _ if self.changes_schema => Defines::Other,
            _ => Defines::Nothing,
        }
    }

    /// How far it reaches beyond its answer.
    pub(super) fn reach(&self) -> Reach {
        match self.is_refused() {
            true => Reach::Master,
            false => self.class.reach,
        }
    }

    /// Whether its text would show what it sets on its connection, and shows nothing.
    pub(super) fn says_what_it_sets(&self) -> bool {
        let reason = &self.class.reason;
        matches!(
            reason,
            Reason::PlainQuery
                | Reason::Describes(_)
                | Reason::AsksServer(_)
                | Reason::KeptByMaster(_)
                | Reason::LocksRows
                | Reason::Writes(_)
                | Reason::WritesInWith(_)
        ) && !self.class.changes_session()
    }

    /// Whether nothing that a user has made is called by it: that may set anything, whatever is said of it.
    pub(super) fn calls_nothing_unknown(&self, backend: DbBackend) -> bool {
        *self.calls_nothing_unknown.get_or_init(|| {
            let text = self.text.as_deref().filter(|_| self.is_read());
            text.is_some_and(|text| classify(backend, text, &Functions::builtin()).is_read())
        })
    }

    pub(super) fn refuse(&self) {
        self.refused.store(true, Ordering::Relaxed);
    }
}

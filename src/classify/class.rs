use super::{Access, Action, Object, Reach, Reason, Table};

/// What a statement is: read or write, the tables it names, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Read or write.
    pub access: Access,
    /// Each table once, in the order in which the text first names it.
    pub tables: Vec<Table>,
    /// What it names that is no table, where nothing tells its table.
    pub objects: Vec<Object>,
    /// What may be a table and may be none, such as the type of a cast: it counts where a table of that name has a key.
    pub(crate) perhaps: Vec<Table>,
    /// Those of the tables that it makes as temporary ones: such a name that nobody claims belongs to no bind.
    pub(crate) temporary: Vec<Table>,
    /// The first thing found that decided `access`.
    pub reason: Reason,
    /// What it does, as far as its way depends on it.
    pub(crate) action: Action,
    /// How far it reaches beyond its answer: the farthest that any part of the text does.
    pub reach: Reach,
}

impl Class {
    /// It is no plain read, for what a catalogue has told of something that it names.
    pub(crate) fn amend(&mut self, reason: Reason) {
        self.access = Access::Write;
        self.reach = self.reach.max(Reach::of(&reason));
        self.blame(reason);
    }

    /// Gives it this reason; what it does is not known then.
    pub(super) fn blame(&mut self, reason: Reason) {
        self.reason = reason;
        self.action = Action::Other;
    }

    /// Whether a slave can answer the statement.
    pub fn is_read(&self) -> bool {
        self.access == Access::Read
    }

    /// Whether the statement only asks for what each server answers for itself: no read for any slave, and without
    /// effect.
    pub fn asks_server(&self) -> bool {
        matches!(self.reason, Reason::AsksServer(_) | Reason::KeptByMaster(_))
    }

    /// Whether the statement changes, or depends on, what its connection remembers. A pooled connection
    /// forgets it: such statements belong in a transaction.
    pub fn changes_session(&self) -> bool {
        matches!(self.reason, Reason::Session(_))
    }

    /// Whether it only sets something, so that the same statement does the same where its transaction goes on instead.
    pub fn is_setting(&self) -> bool {
        self.reach == Reach::Setting
            || self.reach == Reach::Connection && self.action == Action::Sets
    }
}

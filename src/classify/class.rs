use super::{Access, Reach, Reason, Table};

/// What a statement is: read or write, the tables it names, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Read or write.
    pub access: Access,
    /// Each table once, in the order in which the text first names it.
    pub tables: Vec<Table>,
    /// The first thing found that decided `access`.
    pub reason: Reason,
    /// How far it reaches beyond its answer: the farthest that any part of the text does.
    pub reach: Reach,
}

impl Class {
    /// Whether a slave can answer the statement.
    pub fn is_read(&self) -> bool {
        self.access == Access::Read
    }

    /// Whether the statement only asks about the server that runs it: no read for any slave, and without effect.
    pub fn asks_server(&self) -> bool {
        matches!(self.reason, Reason::AsksServer(_))
    }

    /// Whether the statement changes, or depends on, what its connection remembers. A pooled connection
    /// forgets it: such statements belong in a transaction.
    pub fn changes_session(&self) -> bool {
        matches!(self.reason, Reason::Session(_))
    }

    /// Whether it only sets something, so that the same statement does the same where its transaction goes on instead.
    pub fn is_setting(&self) -> bool {
        let sets = matches!(&self.reason, Reason::Session(what) if what == "SET");
        self.reach == Reach::Setting || self.reach == Reach::Connection && sets
    }
}

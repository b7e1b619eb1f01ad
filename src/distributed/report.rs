use std::fmt;

use crate::names::BindName;

/// What [`recover_prepared`](crate::RoutingDatabase::recover_prepared) has done. It prints as sentences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovery {
    /// Their transactions had been committed, and now they are too.
    pub committed: Vec<PreparedBranch>,
    /// Their transactions had not been committed, and never will be.
    pub rolled_back: Vec<PreparedBranch>,
    /// They stay prepared, for the reason that each gives: call again.
    pub left: Vec<(PreparedBranch, String)>,
    /// They belong to a decision table that no bind of this configuration has: other applications' on the same server.
    pub foreign: Vec<PreparedBranch>,
    /// Binds that could not be asked, and why: what they hold is not known.
    pub unreachable: Vec<(BindName, String)>,
}

/// A part of a transaction that its bind holds prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PreparedBranch {
    /// The bind.
    pub bind: BindName,
    /// What the server calls it, in `pg_prepared_xacts` or by `XA RECOVER`.
    pub name: String,
}

impl Recovery {
    /// Whether nothing of this configuration stays prepared, and every bind was asked.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.left.is_empty() && self.unreachable.is_empty()
    }

    /// Whether it is known what becomes of the branch of that name.
    pub(super) fn has_listed(&self, name: &str) -> bool {
        let lists = [&self.committed, &self.rolled_back, &self.foreign];
        lists
            .into_iter()
            .flatten()
            .any(|branch| branch.name == name)
    }
}

impl fmt::Display for PreparedBranch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` on bind `{}`", self.name, self.bind)
    }
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Vec::new();
        lines.extend(
            self.committed
                .iter()
                .map(|branch| format!("committed {branch}")),
        );
        lines.extend(
            self.rolled_back
                .iter()
                .map(|branch| format!("rolled back {branch}")),
        );
        lines.extend(
            self.left
                .iter()
                .map(|(branch, reason)| format!("left {branch}: {reason}")),
        );
        lines.extend(
            self.foreign
                .iter()
                .map(|branch| format!("not of these binds: {branch}")),
        );
        let unreachable = self.unreachable.iter();
        lines.extend(
            unreachable.map(|(bind, reason)| format!("bind `{bind}` can't be asked: {reason}")),
        );
        match lines.is_empty() {
            true => f.write_str("nothing was prepared"),
            false => f.write_str(&lines.join("\n")),
        }
    }
}

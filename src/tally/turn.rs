use crate::classify::{Access, Operation};

/// As many reasons as a node may be chosen for, and some.
#[cfg(feature = "metrics")]
pub(super) const MOST_REASONS: usize = 16;

/// By what statements are told apart that are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Kind {
    pub(crate) operation: Operation,
    pub(crate) access: Access,
    /// Whether the node was the master then.
    pub(crate) is_on_master: bool,
    /// A number of the reason for which the node was chosen.
    pub(crate) reason: u8,
}

/// What became of a node, or was done there, other than by statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    WentDown,
    CameBackUp,
    FellBehind,
    CaughtUp,
    BecameMaster,
    /// What a slave refused ran elsewhere.
    Healed,
}

#[cfg(feature = "metrics")]
impl Turn {
    pub(crate) const ALL: [Self; 6] = [
        Self::WentDown,
        Self::CameBackUp,
        Self::FellBehind,
        Self::CaughtUp,
        Self::BecameMaster,
        Self::Healed,
    ];
}

#[cfg(feature = "metrics")]
impl Kind {
    pub(super) const COUNT: usize = Operation::COUNT * MOST_REASONS * 4;

    /// Its place among all.
    pub(super) fn index(self) -> usize {
        let access = usize::from(self.access == Access::Write);
        let reason = usize::from(self.reason) % MOST_REASONS;
        let place = self.operation.index() * MOST_REASONS + reason;
        (place * 2 + usize::from(self.is_on_master)) * 2 + access
    }
}

/// How near a claim is to the name that a statement has: the nearest is the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    /// It has `*` or `?`.
    pub(super) is_pattern: bool,
    /// It is the same in another case.
    pub(super) is_folded: bool,
    /// Only one of the two has a schema.
    pub(super) is_by_schema: bool,
}

impl Rank {
    /// Whether it is the name itself, letter for letter.
    pub(crate) fn is_spelt(self) -> bool {
        !self.is_pattern && !self.is_folded
    }
}

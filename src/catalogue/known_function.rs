use crate::classify::Access;

/// A function that a catalogue tells of, named as `Functions` wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownFunction {
    pub(super) name: String,
    pub(super) access: Access,
    /// Whether an argument of it is the name of a relation.
    pub(super) names_relation: bool,
}

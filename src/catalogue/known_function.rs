use crate::classify::Access;

/// A function that a catalogue tells of, named as `Functions` wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownFunction {
    pub(super) name: String,
    pub(super) access: Access,
    /// The arguments that are names of relations, as bits.
    pub(super) relations: u32,
}

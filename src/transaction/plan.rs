use crate::dispatch::Decision;

/// The decision for a statement of a transaction, and for the `BEGIN` before it if it is the first.
pub(crate) struct Plan {
    pub(super) begin: Option<Decision>,
    pub(super) decision: Decision,
}

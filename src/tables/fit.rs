/// How a table that a statement names fits one that is claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    Same,
    Other,
    /// One of the two has a schema, and nobody said that it is the connection's own.
    Unclear,
}

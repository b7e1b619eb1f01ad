use super::{Life, Position};

/// What a server says of itself on a connection that has just been opened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Introduction {
    /// Who it is; `None` if it does not say.
    pub(crate) life: Option<Life>,
    /// How far it has come; `None` if it does not say.
    pub(crate) position: Option<Position>,
}

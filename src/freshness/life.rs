use std::sync::Arc;

/// One server, as it names itself: another one behind the same address has another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Life(Arc<str>);

impl Life {
    pub(crate) fn new(name: &str) -> Self {
        Self(name.into())
    }
}

use super::Target;
use crate::error::RoutingError;

/// What of a statement says where it belongs, whatever the bind of all the rest is: that may differ from scope to scope.
#[derive(Clone, Debug)]
pub(crate) struct Claims {
    /// The first table that has a key or is listed, and where all those belong.
    pub(crate) claimed: Result<Option<(String, Target)>, RoutingError>,
    /// Whether that is a group of binds.
    pub(crate) is_group: bool,
    /// The first table that has none.
    pub(crate) unclaimed: Option<String>,
    /// A table that is unclaimed or on the default bind, by a schema that nobody has said.
    pub(crate) doubt: Option<Box<RoutingError>>,
}

impl Claims {
    /// Those of a statement without tables.
    pub(crate) fn none() -> Self {
        Self {
            claimed: Ok(None),
            is_group: false,
            unclaimed: None,
            doubt: None,
        }
    }

    pub(crate) fn names_table(&self) -> bool {
        self.unclaimed.is_some() || !matches!(self.claimed, Ok(None))
    }
}

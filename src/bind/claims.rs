use super::Target;
use crate::error::RoutingError;

/// What of a statement says where it belongs, whatever the bind of all the rest is: that may differ from scope to scope.
#[derive(Clone, Debug)]
pub(crate) struct Claims {
    /// The first table that has a key or is listed, and where all those belong.
    pub(crate) claimed: Result<Option<(String, Target)>, RoutingError>,
    /// Whether that is a group of binds.
    pub(crate) is_group: bool,
    /// Whether it is no table, but an object that a shard of the group was found to have.
    pub(crate) is_found: bool,
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
            is_found: false,
            unclaimed: None,
            doubt: None,
        }
    }

    /// The same of a statement without claimed tables about an object of a group.
    pub(crate) fn with_found(self, object: String, group: Target) -> Self {
        Self {
            claimed: Ok(Some((object, group))),
            is_group: true,
            is_found: true,
            ..self
        }
    }

    pub(crate) fn names_table(&self) -> bool {
        self.unclaimed.is_some() || !self.is_found && !matches!(self.claimed, Ok(None))
    }
}

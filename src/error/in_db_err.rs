use std::{fmt::Display, sync::Arc};

use sea_orm::DbErr;

use super::RoutingError;

/// A routing error on its way through SeaORM.
impl RoutingError {
    /// The routing error inside a [`DbErr`], if it holds one.
    ///
    /// ```
    /// use sea_orm::DbErr;
    /// use sea_orm_routing::RoutingError;
    ///
    /// let error: DbErr = RoutingError::NestedOpen.into();
    /// assert_eq!(RoutingError::of(&error), Some(&RoutingError::NestedOpen));
    /// ```
    pub fn of(error: &DbErr) -> Option<&Self> {
        match error {
            DbErr::TryIntoErr { source, .. } => source.downcast_ref(),
            _ => None,
        }
    }

    /// The error in words for people: as its `Display`, but of a routing error without what SeaORM sets before it.
    ///
    /// ```
    /// use sea_orm::DbErr;
    /// use sea_orm_routing::RoutingError;
    ///
    /// let error: DbErr = RoutingError::NestedOpen.into();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "Error converting `transaction` into `commit`: transaction has a nested transaction that is still open"
    /// );
    /// assert_eq!(
    ///     RoutingError::shown(&error).to_string(),
    ///     "transaction has a nested transaction that is still open"
    /// );
    /// ```
    pub fn shown(error: &DbErr) -> impl Display + '_ {
        std::fmt::from_fn(move |f| match Self::of(error) {
            Some(routing) => routing.fmt(f),
            None => error.fmt(f),
        })
    }

    /// From what and to what it was not possible to get.
    fn step(&self) -> (&'static str, &'static str) {
        match self {
            Self::MasterChanged { .. } | Self::NodeDown { .. } | Self::MasterDown { .. } => {
                ("statement", "answer")
            }
            Self::PartlyCommitted { .. }
            | Self::NotCommitted { .. }
            | Self::Unfinished { .. }
            | Self::Undecided { .. }
            | Self::NoDecisionTable { .. }
            | Self::UnfitForTransaction { .. }
            | Self::NestedOpen => ("transaction", "commit"),
            Self::StillOpen { .. } | Self::Closing { .. } => ("database", "closed one"),
            Self::Closed | Self::IsMaster { .. } => ("change", "topology"),
            _ => ("statement", "route"),
        }
    }
}

/// The only variant of [`DbErr`] that carries a typed error of another crate in every feature set is
/// `TryIntoErr`; it reads "Error converting `statement` into `route`: …", of which SeaORM lets us choose the two words.
/// [`RoutingError::shown`] leaves them out.
impl From<RoutingError> for DbErr {
    fn from(error: RoutingError) -> Self {
        let (from, into) = error.step();
        Self::TryIntoErr {
            from,
            into,
            source: Arc::new(error),
        }
    }
}

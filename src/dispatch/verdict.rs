use crate::{bind::Target, classify::Class, error::RoutingError};

/// What is known of a statement from its text alone; memoised.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) class: Class,
    /// An error here matters only where no handle has fixed the bind.
    pub(crate) target: Result<Target, RoutingError>,
}

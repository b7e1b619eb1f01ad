use std::sync::Arc;

use sea_orm::DbBackend;

use super::facts::Fact;
use super::known_function::KnownFunction;

/// What one database says of its users' functions and of its relations.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Catalogue {
    pub(super) backend: DbBackend,
    /// The server's own as well, if our lists do not know them.
    pub(super) functions: Vec<KnownFunction>,
    pub(super) facts: Arc<[Fact]>,
}

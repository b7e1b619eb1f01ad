use sea_orm::{DatabaseConnection, DbBackend, DbErr};

use super::{
    facts::{self, Fact},
    user_functions::user_functions,
};
use crate::classify::Access;

/// What one database says of its users' functions and of its relations.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Catalogue {
    pub(super) backend: DbBackend,
    pub(super) functions: Vec<(String, Access)>,
    pub(super) facts: Vec<Fact>,
}

impl Catalogue {
    pub(super) async fn read(master: &DatabaseConnection) -> Result<Self, DbErr> {
        Ok(Self {
            backend: master.get_database_backend(),
            functions: user_functions(master).await?,
            facts: facts::read(master).await?,
        })
    }

    /// Adds the server's own functions that are reads.
    pub(super) fn with_own(mut self, names: &[String]) -> Self {
        let both = |name| [format!("\"{name}\""), format!("\"pg_catalog\".\"{name}\"")];
        let own = names.iter().flat_map(both);
        self.functions.extend(own.map(|name| (name, Access::Read)));
        self
    }
}

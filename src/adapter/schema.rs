use std::time::Duration;

use sea_orm::{DatabaseExecutor, IntoDatabaseExecutor, Schema, SchemaBuilder};

use crate::{database::RoutingDatabase, freshness::Moment};

/// How long after a migration has got the master's connection its session reads from there: what runs on it is not
/// seen here.
const UNSEEN_WRITES: Duration = Duration::from_secs(10);

impl RoutingDatabase {
    /// A schema builder in the dialect of the handle's bind.
    pub fn get_schema_builder(&self) -> SchemaBuilder {
        Schema::new(self.get_database_backend()).builder()
    }

    /// The schema of all entities under a module path, in the dialect of the handle's bind.
    #[cfg(feature = "entity-registry")]
    pub fn get_schema_registry(&self, prefix: &str) -> SchemaBuilder {
        sea_orm::EntityRegistry::build_schema(Schema::new(self.get_database_backend()), prefix)
    }
}

impl<'c> From<&'c RoutingDatabase> for DatabaseExecutor<'c> {
    fn from(database: &'c RoutingDatabase) -> Self {
        database.into_database_executor()
    }
}

/// Migrations run on the master of the handle's bind: `Migrator::up(&db.bind("reports")?, None)`.
impl<'c> IntoDatabaseExecutor<'c> for &'c RoutingDatabase {
    fn into_database_executor(self) -> DatabaseExecutor<'c> {
        let memory = &self.home.replication.memory;
        memory.require(self.scope.session(), Moment::now().plus(UNSEEN_WRITES));
        DatabaseExecutor::Connection(&self.home.connection)
    }
}

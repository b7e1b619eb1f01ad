use crate::{database::RoutingDatabase, schema::RoutingSchemaBuilder};

impl RoutingDatabase {
    /// A builder that creates the tables of the entities that are registered with it, each on its bind.
    pub fn get_schema_builder(&self) -> RoutingSchemaBuilder {
        RoutingSchemaBuilder::new(None)
    }

    /// A builder with all entities under a module path: `db.get_schema_registry("my_crate::*")`.
    #[cfg(feature = "entity-registry")]
    pub fn get_schema_registry(&self, prefix: &str) -> RoutingSchemaBuilder {
        RoutingSchemaBuilder::new(Some(prefix.to_owned()))
    }
}

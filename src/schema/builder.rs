use std::fmt;

use sea_orm::{DbBackend, DbErr, EntityTrait, Schema, SchemaBuilder};

use super::{SchemaPlan, recorder::Recorder};
use crate::{database::RoutingDatabase, names::BindName};

/// Creates each entity's table on the master of the entity's bind. It stands for SeaORM's [`SchemaBuilder`].
///
/// A handle of one bind takes all tables, whatever the entities' bind keys are.
///
/// ```
/// # use sea_orm_routing::{BindsConfig, RoutingDatabase, config::BindConfig};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let bind = |name| BindConfig::new(name, "sqlite::memory:");
/// # let binds = BindsConfig::new().bind(bind("default")).bind(bind("reports"));
/// # let db = RoutingDatabase::from_config(binds).await?;
/// use entity::{bakery, cake};
///
/// let schema = db.get_schema_builder().register(bakery::Entity).register(cake::Entity);
/// print!("{}", schema.apply_plan(&db).await?);
/// schema.apply(&db).await?;
/// # Ok(())
/// # }
/// ```
pub struct RoutingSchemaBuilder {
    /// Of the modules whose entities are taken from SeaORM's registry.
    prefix: Option<String>,
    entities: Vec<Register>,
}

/// Adds an entity to a builder in the dialect of one bind.
type Register = Box<dyn Fn(SchemaBuilder) -> SchemaBuilder + Send + Sync>;

impl RoutingSchemaBuilder {
    pub(crate) fn new(prefix: Option<String>) -> Self {
        Self {
            prefix,
            entities: Vec::new(),
        }
    }

    /// Adds the table of an entity, unless it is there already.
    #[must_use]
    pub fn register<E: EntityTrait + Send + Sync>(mut self, entity: E) -> Self {
        let register = move |builder: SchemaBuilder| builder.register(entity);
        self.entities.push(Box::new(register));
        self
    }

    /// Creates all tables, indexes and enums, each on its bind.
    ///
    /// Not cancel safe: dropped half-way, the first of them are there.
    ///
    /// # Errors
    /// A [`RoutingError`](crate::RoutingError) before anything is created, when a table's bind is not known or a foreign
    /// key leads to another bind. Otherwise the driver's, for example when a table is there already.
    pub async fn apply(self, database: &RoutingDatabase) -> Result<(), DbErr> {
        match is_one_bind(database) {
            true => {
                let backend = database.get_database_backend();
                self.builder(backend).apply(database).await
            }
            false => self.apply_plan(database).await?.run(database).await,
        }
    }

    /// What [`apply`](Self::apply) would do, without doing it.
    ///
    /// # Errors
    /// As [`apply`](Self::apply) before anything is created.
    pub async fn apply_plan(&self, database: &RoutingDatabase) -> Result<SchemaPlan, DbErr> {
        let mut plan = SchemaPlan::default();
        for bind in binds(database) {
            let recorder = Recorder::new(database, bind)?;
            self.builder(recorder.backend()).apply(&recorder).await?;
            plan.steps.extend(recorder.steps());
        }
        Ok(plan)
    }

    /// Adds to each bind's database what the entities have and the database lacks: tables, columns, indexes, unique and foreign keys.
    ///
    /// Other differences stay as they are, with a warning in the log. SeaORM calls this unstable.
    ///
    /// Not cancel safe: dropped half-way, a part of it is done.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    #[cfg(all(feature = "schema-sync", feature = "_driver"))]
    pub async fn sync(self, database: &RoutingDatabase) -> Result<(), DbErr> {
        match is_one_bind(database) {
            true => {
                let backend = database.get_database_backend();
                self.builder(backend).sync(database).await
            }
            false => self.sync_plan(database).await?.run(database).await,
        }
    }

    /// What [`sync`](Self::sync) would do now, without doing it.
    ///
    /// # Errors
    /// As [`sync`](Self::sync) before anything is created.
    #[cfg(all(feature = "schema-sync", feature = "_driver"))]
    pub async fn sync_plan(&self, database: &RoutingDatabase) -> Result<SchemaPlan, DbErr> {
        let mut plan = SchemaPlan::default();
        for bind in binds(database) {
            let recorder = Recorder::new(database, bind)?;
            self.builder(recorder.backend()).sync(&recorder).await?;
            plan.steps.extend(recorder.steps());
        }
        Ok(plan)
    }

    /// All entities, in the dialect of one bind.
    fn builder(&self, backend: DbBackend) -> SchemaBuilder {
        let schema = Schema::new(backend);
        let builder = match &self.prefix {
            #[cfg(feature = "entity-registry")]
            Some(prefix) => sea_orm::EntityRegistry::build_schema(schema, prefix),
            _ => schema.builder(),
        };
        let add = |builder, register: &Register| register(builder);
        self.entities.iter().fold(builder, add)
    }
}

/// Whether SeaORM's own builder can do it all.
fn is_one_bind(database: &RoutingDatabase) -> bool {
    let bind = database.router().certain_bind();
    bind.is_some()
}

/// The binds that the handle may reach.
fn binds(database: &RoutingDatabase) -> Vec<BindName> {
    let all = || {
        let topology = database.dispatcher.topology();
        topology.all_binds().map(|bind| bind.name.clone()).collect()
    };
    let one = database.scope.bind.clone();
    one.map_or_else(all, |bind| vec![bind])
}

impl fmt::Debug for RoutingSchemaBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoutingSchemaBuilder")
            .field("prefix", &self.prefix)
            .field("entities", &self.entities.len())
            .finish()
    }
}

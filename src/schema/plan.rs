use std::fmt;

use sea_orm::{ConnectionTrait, DbErr, Statement};

use crate::{database::RoutingDatabase, names::BindName};

/// What would be created where. Nothing of it is done yet. The plan prints as one statement per line behind its bind.
///
/// ```
/// # use sea_orm_routing::schema::RoutingSchemaBuilder;
/// # async fn example(db: sea_orm_routing::RoutingDatabase, builder: RoutingSchemaBuilder) -> Result<(), sea_orm::DbErr> {
/// let plan = builder.apply_plan(&db).await?;
/// println!("{plan}");
/// plan.run(&db).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SchemaPlan {
    /// In the order in which they run: bind after bind, and each table after those that it refers to.
    pub steps: Vec<SchemaStep>,
}

/// One statement of a [`SchemaPlan`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SchemaStep {
    /// The bind on whose master it runs.
    pub bind: BindName,
    /// In the dialect of that bind.
    pub statement: Statement,
}

impl SchemaPlan {
    /// Runs each step on the master of its bind.
    ///
    /// Not cancel safe: dropped half-way, the first of the steps are done.
    ///
    /// # Errors
    /// The driver's of the first step that fails, unchanged; those before it are done.
    pub async fn run(self, database: &RoutingDatabase) -> Result<(), DbErr> {
        for SchemaStep { bind, statement } in self.steps {
            let master = database.bind(bind.as_str())?.master();
            master.execute_raw(statement).await?;
        }
        Ok(())
    }
}

impl fmt::Display for SchemaPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return writeln!(f, "nothing to do");
        }
        for SchemaStep { bind, statement } in &self.steps {
            writeln!(f, "{bind}: {}", statement.sql)?;
        }
        Ok(())
    }
}

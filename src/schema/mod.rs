//! Tables made from entities, each on its own bind.

mod builder;
#[cfg(all(feature = "schema-sync", feature = "_driver"))]
mod discovery;
mod plan;
mod recorder;

pub use builder::RoutingSchemaBuilder;
pub use plan::{SchemaPlan, SchemaStep};

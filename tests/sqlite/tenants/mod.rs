//! Rules of the application, scopes, and groups of binds.

#[cfg(target_os = "linux")]
mod budget;
#[cfg(target_os = "linux")]
mod closing;
#[cfg(target_os = "linux")]
mod files;
mod groups;
mod rule;
mod rule_model;
mod scope;

use entity::{bakery, report};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait};
use sea_orm_routing::{BindBuilder, RoutingDatabase, RoutingDatabaseBuilder, RoutingError};
use tempfile::TempDir;

use crate::bakery::node;

/// `default`, `reports`, `tenant-1` and `tenant-2`, each with a slave; every node is a file of its own, with one bakery and one
/// report that are named after the node.
struct Tenants {
    db: RoutingDatabase,
    _directory: TempDir,
}

impl Tenants {
    async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    async fn with(change: impl FnOnce(RoutingDatabaseBuilder) -> RoutingDatabaseBuilder) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut builder = RoutingDatabase::builder().seed(1);
        for bind in ["default", "reports", "tenant-1", "tenant-2"] {
            let open = async |name: &str| node(directory.path(), &format!("{bind}.{name}")).await;
            let built = BindBuilder::new(bind, open("master").await)
                .slave("slave-1", open("slave-1").await);
            builder = builder.bind(built);
        }
        Self {
            db: change(builder).build().unwrap(),
            _directory: directory,
        }
    }
}

/// The node that serves a read of an entity without a key.
async fn bakery_of(db: &impl ConnectionTrait) -> Result<String, DbErr> {
    Ok(bakery::Entity::find().one(db).await?.unwrap().name)
}

/// The node that serves a read of an entity with key `reports`.
async fn report_of(db: &impl ConnectionTrait) -> Result<String, DbErr> {
    Ok(report::Entity::find().one(db).await?.unwrap().title)
}

fn routing_error(error: DbErr) -> RoutingError {
    RoutingError::of(&error)
        .unwrap_or_else(|| panic!("no routing error: {error}"))
        .clone()
}

fn in_flight(db: &RoutingDatabase) -> u64 {
    let status = db.status();
    status.nodes.iter().map(|node| node.in_flight).sum()
}

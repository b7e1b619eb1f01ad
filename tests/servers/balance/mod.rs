//! Slaves that are short of connections, slow, or silent for a moment.

mod crowds;
mod fleet;
mod hedges;
mod slow;

use std::time::Duration;

use sea_orm::{ActiveModelTrait, EntityTrait};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    config::{BindConfig, NodeConfig, PoolConfig, ReadsConfig},
    status::NodeState,
};

use crate::replicated::{Notebook, SOON, Turns, new_note, note, until_state};

/// What the network to a slow slave takes, each way back.
const DELAY: Duration = Duration::from_millis(100);

/// One note on all nodes, and a handle that reaches the slaves through networks which may be slow.
async fn open<S: Turns>(
    notebook: &Notebook<S>,
    reads: ReadsConfig,
    connections: u32,
) -> RoutingDatabase {
    new_note(1, 1).insert(&notebook.master).await.unwrap();
    notebook.catch_up().await;
    let (cluster, database) = (notebook.cluster, &notebook.database);
    let mut bind = BindConfig::new("default", database.url(cluster.master()))
        .reads(reads)
        .pool(
            PoolConfig::new()
                .max_connections(connections)
                .acquire_timeout(SOON),
        );
    for slave in cluster.slaves() {
        bind = bind.slave(NodeConfig::new(slave.name(), database.proxied_url(slave)));
    }
    let config = BindsConfig::new().bind(bind);
    let db = RoutingDatabase::from_config(config).await.unwrap();
    for slave in ["slave-1", "slave-2"] {
        until_state(&db, slave, NodeState::Serving).await;
    }
    db
}

/// Reads the note.
async fn read(db: &RoutingDatabase) {
    let notes = note::Entity::find().all(db).await.unwrap();
    assert!(!notes.is_empty());
}

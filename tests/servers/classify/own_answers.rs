//! What each server answers for itself comes from the master, or from the node that a handle names.

use std::fmt::Write;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    config::{BindConfig, NodeConfig},
};
use test_cluster::{Cluster, Server, on_servers, until};

use super::statements::statements;
use crate::support::{SOON, served};

async fn node_of(db: &RoutingDatabase, sql: &str) -> String {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let (_, served) = served(db, db.query_all_raw(statement)).await;
    served.to_string()
}

async fn what_a_server_says_of_itself_is_asked_of_the_master<S: Server>() {
    let cluster = Cluster::<S>::shared().await.unwrap();
    let database = cluster.database("own").await.unwrap();
    let bind = BindConfig::new("default", database.url(cluster.master()))
        .slave(NodeConfig::new("slave-1", database.url(cluster.slave(1))));
    let config = BindsConfig::new().bind(bind);
    let db = RoutingDatabase::from_config(config).await.unwrap();
    let pinned = db.bind("slave-1").unwrap();
    let plain = "SELECT 1";
    until("a read of the slave", SOON, || async {
        let is_split = node_of(&db, plain).await == "default.slave 1r";
        Ok(is_split.then_some(()))
    })
    .await
    .unwrap();
    let file = match db.get_database_backend() {
        DbBackend::Postgres => "postgres.own.sql",
        _ => "mysql.own.sql",
    };
    let mut wrong = String::new();
    for sql in statements(file) {
        let node = node_of(&db, &sql).await;
        if !node.starts_with("default.master 1") {
            writeln!(wrong, "`{node}` served {sql}").unwrap();
        }
        let node = node_of(&pinned, &sql).await;
        if !node.starts_with("default.slave 1") {
            writeln!(wrong, "`{node}` served for a handle of the slave: {sql}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{}:\n{wrong}", S::NAME);
    // Nothing of it counted as written.
    assert_eq!(node_of(&db, plain).await, "default.slave 1r");
    db.close().await.unwrap();
}

on_servers!(what_a_server_says_of_itself_is_asked_of_the_master: Postgres, MariaDb, MySql);

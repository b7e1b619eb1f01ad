//! Ways to let slaves serve a part of the reads at first, as docs/adoption.md tells.

use crate::replicated::{Notebook, Turns, find, note, served, until_state};
use sea_orm::{EntityTrait, PaginatorTrait};
use sea_orm_routing::{
    BindsConfig, Consistency, RoutingDatabase,
    config::{BindConfig, NodeConfig, ReadsConfig},
    status::NodeState,
};
use test_cluster::{Postgres, on_servers};

/// The master's own address among the slaves takes its share of the reads.
async fn slaves_serve_a_share_of_the_reads<S: Turns>() {
    let notebook = Notebook::<S>::new("share").await;
    let url = |node| notebook.database.url(node);
    let (master, slave) = (notebook.cluster.master(), notebook.cluster.slave(1));
    let bind = BindConfig::new("default", url(master))
        .slave(NodeConfig::new("slave-1", url(slave)).weight(1))
        .slave(NodeConfig::new("spared", url(master)).weight(9));
    let config = BindsConfig::new().bind(bind);
    let db = RoutingDatabase::from_config(config).await.unwrap();
    for slave in ["slave-1", "spared"] {
        until_state(&db, slave, NodeState::Serving).await;
    }
    for _ in 0..400 {
        find(&db.session(), 1).await;
    }
    let reads = |node| db.status().node("default", node).unwrap().reads;
    assert_eq!(reads("master"), 0);
    assert_eq!(reads("slave-1") + reads("spared"), 400);
    assert!((10..100).contains(&reads("slave-1")), "{}", db.status());
    db.close().await.unwrap();
}

on_servers!(slaves_serve_a_share_of_the_reads: Postgres, MariaDb);

/// Until an application asks for a slave, its masters serve all.
#[tokio::test(flavor = "multi_thread")]
async fn strong_bind_reads_from_slaves_only_where_it_is_asked_to() {
    let notebook = Notebook::<Postgres>::new("opt_in").await;
    let reads = ReadsConfig::new().consistency(Consistency::Strong);
    let db = notebook.open(reads).await;
    let count = || note::Entity::find();
    let (number, by) = served(&db, count().count(&db)).await;
    assert_eq!((number.unwrap(), by), (0, "default.master 1r".into()));
    let session = db.with(Consistency::Session);
    let (number, by) = served(&db, count().count(&session)).await;
    assert_eq!((number.unwrap(), by), (0, "default.slave 1r".into()));
    let slaves = db.slave().unwrap();
    let (number, by) = served(&db, count().count(&slaves)).await;
    assert_eq!((number.unwrap(), by), (0, "default.slave 1r".into()));
    db.close().await.unwrap();
}

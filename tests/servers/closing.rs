//! Closing: the application leaves no connection at its servers, neither its pools' nor its monitors'.

use sea_orm::{ConnectionTrait, Database, Statement, TransactionTrait};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase, RoutingError,
    config::{BindConfig, FailoverConfig, NodeConfig, Roles},
};
use test_cluster::{Cluster, Postgres, Server, on_servers, until};

use crate::support::SOON;

const BAKE: &str = "INSERT INTO cake VALUES (1)";

async fn closing<S: Server>() {
    let cluster = Cluster::<S>::start(2).await.unwrap();
    let (master, slave) = (cluster.master(), cluster.slave(1));
    let bind = BindConfig::new("default", master.url())
        .slave(NodeConfig::new("slave-1", slave.url()))
        .slave(NodeConfig::new("slave-2", cluster.slave(2).url()))
        .failover(FailoverConfig::new().roles(Roles::Discover));
    let db = RoutingDatabase::from_config(BindsConfig::new().bind(bind))
        .await
        .unwrap();
    let read = "SELECT count(*) FROM information_schema.tables WHERE table_name = 'cake'";
    for sent in 0..20 {
        let db = db.clone();
        let read = Statement::from_string(db.get_database_backend(), read);
        let read = tokio::spawn(async move { db.query_one_raw(read).await });
        read.await.unwrap().unwrap();
        if sent == 10 {
            // Its pool is opened anew when it is back.
            slave.restart().await.unwrap();
        }
    }
    db.execute_unprepared("CREATE TABLE cake (id int)")
        .await
        .unwrap();
    assert!(
        master.connections().await.unwrap() > 1,
        "the pool's, and the monitor's"
    );
    let begun = db.begin().await.unwrap();
    begun.execute_unprepared(BAKE).await.unwrap();
    drop(begun);
    db.close().await.unwrap();
    no_connection_is_left(&cluster).await;
}

/// What runs may end, and nothing new begins.
async fn closing_waits_for_what_runs<S: Server>() {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let master = cluster.master();
    let bind = BindConfig::new("default", master.url())
        .slave(NodeConfig::new("slave-1", cluster.slave(1).url()));
    let db = RoutingDatabase::from_config(BindsConfig::new().bind(bind));
    let db = db.await.unwrap();
    db.execute_unprepared("CREATE TABLE cake (id int)")
        .await
        .unwrap();
    let begun = db.begin().await.unwrap();
    begun.execute_unprepared(BAKE).await.unwrap();
    let closing = tokio::spawn({
        let db = db.clone();
        async move { db.close().await }
    });
    until("the refusal of new work", SOON, || async {
        Ok(db.execute_unprepared(BAKE).await.err())
    })
    .await
    .unwrap();
    begun.execute_unprepared(BAKE).await.unwrap();
    assert!(!closing.is_finished());
    begun.commit().await.unwrap();
    closing.await.unwrap().unwrap();
    no_connection_is_left(&cluster).await;
    let direct = Database::connect(master.url()).await.unwrap();
    let count = Statement::from_string(direct.get_database_backend(), "SELECT count(*) FROM cake");
    let count = direct.query_one_raw(count).await.unwrap().unwrap();
    let cakes: i64 = count.try_get_by_index(0).unwrap();
    assert!(cakes >= 2, "{cakes}");
}

on_servers!(one_thread closing_waits_for_what_runs: Postgres, MariaDb);

#[tokio::test]
async fn closing_says_whose_work_does_not_end() {
    let cluster = Cluster::<Postgres>::start(0).await.unwrap();
    let bind = BindConfig::new("default", cluster.master().url());
    let db = RoutingDatabase::from_config(BindsConfig::new().bind(bind));
    let db = db.await.unwrap();
    let begun = db.begin().await.unwrap();
    begun.execute_unprepared("SELECT 1").await.unwrap();
    let error = db.clone().close().await.unwrap_err();
    let Some(RoutingError::StillOpen {
        node, in_flight, ..
    }) = RoutingError::of(&error)
    else {
        panic!("{error}");
    };
    assert_eq!((node.as_str(), *in_flight), ("default.master", 1));
    begun.commit().await.unwrap();
    no_connection_is_left(&cluster).await;
}

/// Whoever forgets to close leaves nothing either: the monitor goes with the last handle.
async fn forgetting<S: Server>() {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let bind = BindConfig::new("default", cluster.master().url())
        .slave(NodeConfig::new("slave-1", cluster.slave(1).url()));
    let db = RoutingDatabase::from_config(BindsConfig::new().bind(bind));
    let db = db.await.unwrap();
    let (handle, session) = (db.master(), db.session());
    drop(db);
    session.execute_unprepared("SELECT 1").await.unwrap();
    assert!(cluster.slave(1).connections().await.unwrap() > 0);
    drop((handle, session));
    no_connection_is_left(&cluster).await;
}

async fn no_connection_is_left<S: Server>(cluster: &Cluster<S>) {
    for node in cluster.slaves().chain([cluster.master()]) {
        until("the end of connections", SOON, || async {
            Ok((node.connections().await? == 0).then_some(()))
        })
        .await
        .unwrap();
    }
}

on_servers!(one_thread forgetting: Postgres, MariaDb);

on_servers!(one_thread closing: Postgres, MariaDb);

//! Slaves of other masters.

use sea_orm::{ActiveModelTrait, DbBackend, EntityTrait, Statement};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    config::{BindConfig, NodeConfig},
    status::NodeState,
};
use test_cluster::{MariaDb, on_servers};

use super::Stage;
use crate::{
    replicated::{SOON, Turns, connect, new_note, node, note, until_state, until_true},
    support::Log,
};

/// Two clusters that were copied from one directory, or whose masters have one number, have positions that look alike.
async fn slave_of_another_master_serves_nothing<S: Turns>() {
    let (own, other) = (Stage::<S>::new().await, Stage::<S>::new().await);
    for version in 1..5 {
        new_note(2, version).insert(&other.master).await.unwrap();
    }
    other.cluster.wait_until_caught_up(SOON).await.unwrap();
    let (database, slave) = (&other.database, other.cluster.slave(1));
    own.address.redirect(slave.port());
    let (log, _guard) = Log::start();
    let strange = database.url(slave);
    let strange = strange.replace(&slave.port().to_string(), &own.address.port().to_string());
    let bind = BindConfig::new("default", own.database.url(own.cluster.master()))
        .slave(NodeConfig::new("slave-1", strange))
        .slave(NodeConfig::new(
            "slave-2",
            own.database.url(own.cluster.slave(2)),
        ));
    let db = RoutingDatabase::from_config(BindsConfig::new().bind(bind))
        .await
        .unwrap();
    until_state(&db, "slave-2", NodeState::Serving).await;
    for _ in 0..40 {
        assert_eq!(
            note::Entity::find().all(&db.session()).await.unwrap().len(),
            1
        );
    }
    assert_eq!(node(&db, "slave-1").reads, 0);
    let is_refused = || {
        let status = node(&db, "slave-1");
        let why = status.last_error.unwrap_or_default();
        status.state == NodeState::Unknown && why.contains("its master has not written")
    };
    until_true("its refusal", is_refused).await;
    assert_eq!(log.text().matches("its master has not written").count(), 1);
    db.close().await.unwrap();
}

on_servers!(one_thread slave_of_another_master_serves_nothing: Postgres, MariaDb);

/// With the number that all servers have unless somebody chose one, equal positions prove nothing.
#[tokio::test(flavor = "multi_thread")]
async fn slave_with_the_default_server_id_serves_when_it_was_seen_to_follow() {
    let (own, other) = (Stage::<MariaDb>::new().await, Stage::<MariaDb>::new().await);
    for stage in [&own, &other] {
        let admin = stage.cluster.master().admin().await.unwrap();
        admin.execute("SET GLOBAL server_id = 1").await.unwrap();
        new_note(2, 1)
            .insert(&connect(stage.database.url(stage.cluster.master())).await)
            .await
            .unwrap();
        stage.cluster.wait_until_caught_up(SOON).await.unwrap();
    }
    let bind = BindConfig::new("default", own.database.url(own.cluster.master()))
        .slave(NodeConfig::new(
            "slave-1",
            other.database.url(other.cluster.slave(1)),
        ))
        .slave(NodeConfig::new(
            "slave-2",
            own.database.url(own.cluster.slave(1)),
        ));
    let db = RoutingDatabase::from_config(BindsConfig::new().bind(bind))
        .await
        .unwrap();
    for slave in ["slave-1", "slave-2"] {
        let is_refused = || {
            let why = node(&db, slave).last_error.unwrap_or_default();
            node(&db, slave).state == NodeState::Unknown && why.contains("`server_id` 1")
        };
        until_true("its refusal", is_refused).await;
    }
    new_note(3, 1).insert(&db).await.unwrap();
    let read = Statement::from_string(DbBackend::MySql, "SELECT id FROM note");
    // It may be seen to follow before the master has told how far this handle's own write is.
    until_true("a slave with the own write", || {
        db.session().route(&read).unwrap().node == "slave-2"
    })
    .await;
    for _ in 0..40 {
        assert_eq!(
            note::Entity::find().all(&db.session()).await.unwrap().len(),
            3
        );
    }
    assert_eq!(
        (node(&db, "slave-1").reads, node(&db, "slave-2").reads),
        (0, 40)
    );
    db.close().await.unwrap();
}

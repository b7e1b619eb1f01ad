//! What is known of a server does not go over to another one that takes its name.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where a fixture or a statement fails"
)]

mod cluster;
mod replicated;

use cluster::{MariaDb, Postgres};
use replicated::{
    Notebook, SOON, Turns, find, new_note, patient, reader, served, until_some, until_state,
    until_true,
};
use sea_orm::ActiveModelTrait;
use sea_orm_routing::{BindConfig, BindsConfig, NodeConfig, NodeState, Role, RoutingDatabase};

async fn server_of_the_same_name_is_asked_itself<S: Turns>() {
    let notebook = Notebook::<S>::new("renamed").await;
    let [master, first, second] = [
        notebook.cluster.master(),
        notebook.cluster.slave(1),
        notebook.cluster.slave(2),
    ];
    let slave = |node| NodeConfig::new("slave-1", notebook.database.url(node));
    let config = |node| {
        let bind = BindConfig::new("default", notebook.database.url(master));
        BindsConfig::new().bind(bind.slave(slave(node)).reads(patient()))
    };
    let db = RoutingDatabase::from_config(config(first)).await.unwrap();
    until_state(&db, "slave-1", NodeState::Serving).await;
    second.pause_replay().await.unwrap();

    let changes = db.reload(config(second)).await.unwrap();
    assert!(!changes.is_empty());
    // The first server has all that comes, and says so to whoever still asks it.
    for version in 1..=20 {
        let note = new_note(1, version).insert(&db).await.unwrap();
        first.wait_until_caught_up(master, SOON).await.unwrap();
        let (found, by) = served(&db, find(&db, note.id)).await;
        assert_eq!(found, Some(note));
        assert_eq!(by, "default.master 1r");
    }
    let what = "the end of all connections to the server that was left";
    until_some(what, async || {
        (first.connections().await.unwrap() == 0).then_some(())
    })
    .await;

    second.resume_replay().await.unwrap();
    until_true("reads from the new server", || reader(&db) == Role::Slave).await;
    db.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn server_of_the_same_name_is_asked_itself_on_postgres() {
    server_of_the_same_name_is_asked_itself::<Postgres>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn server_of_the_same_name_is_asked_itself_on_mariadb() {
    server_of_the_same_name_is_asked_itself::<MariaDb>().await;
}

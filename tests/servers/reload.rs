//! Servers get other addresses and passwords: what is known of one does not go over to another, and no statement fails.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::replicated::{
    Notebook, SOON, Turns, connect, find, make_tables, new_note, node, note, patient, reader,
    served, until_some, until_state, until_true,
};
use sea_orm::{ActiveModelTrait, DbErr, EntityTrait, PaginatorTrait};
use sea_orm_routing::{
    BindsConfig, Role, RoutingDatabase,
    config::{BindConfig, NodeConfig},
    status::NodeState,
};
use test_cluster::{Cluster, MariaDb, Postgres, on_servers};

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

on_servers!(server_of_the_same_name_is_asked_itself: Postgres, MariaDb);

/// How a server gets a second account for the application, and how the first one is ended.
trait Accounts: Turns {
    const ADD: &'static [&'static str];
    const END: &'static str;
}

impl Accounts for Postgres {
    const ADD: &'static [&'static str] = &["CREATE ROLE next LOGIN PASSWORD 'rotated' IN ROLE app"];
    const END: &'static str = "ALTER ROLE app NOLOGIN";
}

impl Accounts for MariaDb {
    const ADD: &'static [&'static str] = &[
        "CREATE USER next@'127.0.0.1' IDENTIFIED BY 'rotated'",
        "GRANT ALL ON *.* TO next@'127.0.0.1'",
    ];
    const END: &'static str = "ALTER USER app@'127.0.0.1' ACCOUNT LOCK";
}

/// Work goes from one account to the other, as the watched file says, and nobody notices.
async fn credentials_rotate_through_the_watched_file<S: Accounts>() {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let (master, slave) = (cluster.master(), cluster.slave(1));
    let database = cluster.database("rotated").await.unwrap();
    let direct = connect(database.url(master)).await;
    make_tables(&direct).await;
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("binds.yaml");
    let write = |account: &str| {
        let url = |node| {
            let url: String = database.url(node);
            url.replace("app:app@", &format!("{account}@"))
        };
        let (master, slave) = (url(master), url(slave));
        let text = format!(
            "binds:\n  default:\n    master: {master:?}\n    slaves:\n      slave-1: {slave:?}\n"
        );
        std::fs::write(&path, text).unwrap();
    };
    write("app:app");
    let db = RoutingDatabase::builder().watch(true).connect(&path).await;
    let db = db.unwrap();
    until_state(&db, "slave-1", NodeState::Serving).await;

    let stop = Arc::new(AtomicBool::new(false));
    let load = (0..8).map(|owner| {
        let (db, stop) = (db.clone(), stop.clone());
        tokio::spawn(async move {
            let mut done = 0;
            while !stop.load(Ordering::Relaxed) {
                let note = new_note(owner, done).insert(&db).await?;
                let found = note::Entity::find_by_id(note.id).one(&db).await?;
                assert_eq!(found, Some(note));
                done += 1;
            }
            Ok::<_, DbErr>(done)
        })
    });
    let load: Vec<_> = load.collect();
    let admin = master.admin().await.unwrap();
    for sql in S::ADD {
        admin.execute(sql).await.unwrap();
    }
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let writes_more = async || {
        let before = node(&db, "master").writes;
        until_true("more writes", || node(&db, "master").writes > before + 100).await;
    };
    writes_more().await;
    write("next:rotated");
    until_some("the end of the old account's connections", async || {
        let open = slave.connections().await.unwrap();
        (open == 0).then_some(())
    })
    .await;
    admin.execute(S::END).await.unwrap();
    writes_more().await;
    stop.store(true, Ordering::Relaxed);
    let mut done = 0;
    for task in load {
        done += task.await.unwrap().unwrap();
    }
    assert_eq!(
        note::Entity::find().count(&db.master()).await.unwrap(),
        u64::try_from(done).unwrap()
    );

    until_state(&db, "slave-1", NodeState::Serving).await;
    db.close().await.unwrap();
}

on_servers!(credentials_rotate_through_the_watched_file: Postgres, MariaDb);

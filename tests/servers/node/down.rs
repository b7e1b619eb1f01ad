//! A slave that dies under load and comes back: nobody notices, but for one line in the log each time.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::replicated::{
    SOON, Turns, connect, make_tables, new_note, node, note, patient, two_slaves, until_state,
    until_true,
};
use crate::support::Log;
use sea_orm::{ActiveModelTrait, EntityTrait};
use sea_orm_routing::{RoutingDatabase, status::NodeState};
use test_cluster::{Cluster, on_servers};
use tokio::task::JoinSet;

/// Reads without an end; each is a session of its own, so that all slaves have their share.
async fn read_until(db: RoutingDatabase, is_over: Arc<AtomicBool>) -> usize {
    let mut read = 0;
    while !is_over.load(Ordering::Relaxed) {
        let notes = note::Entity::find().all(&db.session()).await.unwrap();
        assert_eq!(notes.len(), 1);
        read += 1;
    }
    read
}

async fn change_of_a_slave_is_one_line_in_the_log<S: Turns>() {
    let cluster = Cluster::<S>::start(2).await.unwrap();
    let database = cluster.database("left").await.unwrap();
    let master = connect(database.url(cluster.master())).await;
    make_tables(&master).await;
    new_note(1, 1).insert(&master).await.unwrap();
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let (log, _guard) = Log::start();
    let nodes = [cluster.master(), cluster.slave(1), cluster.slave(2)];
    let config = two_slaves(nodes.map(|node| database.url(node)), patient());
    let db = RoutingDatabase::from_config(config).await.unwrap();
    for slave in ["slave-1", "slave-2"] {
        until_state(&db, slave, NodeState::Serving).await;
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let mut load = JoinSet::new();
    for _ in 0..8 {
        load.spawn(read_until(db.clone(), is_over.clone()));
    }
    let reads = || node(&db, "slave-1").reads;
    until_true("a share of the reads", || reads() > 20).await;

    cluster.slave(1).kill().await.unwrap();
    until_state(&db, "slave-1", NodeState::Down).await;
    let (served, others) = (reads(), node(&db, "slave-2").reads);
    until_true("many reads of the other slave", || {
        node(&db, "slave-2").reads > others + 500
    })
    .await;
    assert_eq!(reads(), served);
    cluster.slave(1).start().await.unwrap();
    until_true("its share again", || reads() > served + 20).await;
    is_over.store(true, Ordering::Relaxed);
    let read: usize = load.join_all().await.into_iter().sum();
    assert!(read > 500, "{read}");

    let text = log.text();
    assert_eq!(text.matches("the node is down").count(), 1, "{text}");
    assert_eq!(text.matches("the node is back up").count(), 1, "{text}");
    let about_it = text.lines().filter(|line| line.contains("node=slave-1"));
    let mut changes = Vec::new();
    for line in about_it.filter(|line| line.contains(" WARN ") || line.contains(" INFO ")) {
        changes.push(line);
        if line.contains("the node is back up") {
            // It may still have to catch up.
            break;
        }
    }
    let [down, up] = changes[..] else {
        panic!("{text}")
    };
    assert!(
        down.contains("WARN") && down.contains("the node is down"),
        "{down}"
    );
    assert!(
        up.contains("INFO") && up.contains("the node is back up"),
        "{up}"
    );
    db.close().await.unwrap();
}

// On one thread, so that its log is all of the log.
on_servers!(one_thread change_of_a_slave_is_one_line_in_the_log: Postgres, MariaDb, MySql);

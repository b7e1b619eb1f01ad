//! A slave that leaves its master while that goes on: promoted by somebody, or with its log reset.

use std::time::Duration;

use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use sea_orm_routing::{Atomicity, Consistency, RoutingDatabase, status::NodeState};
use test_cluster::{MariaDb, MySql, Postgres, on_servers};
use tokio::time::Instant;

use super::{Handle, Stage};
use crate::replicated::{Turns, connect, find, new_note, node, note, until_true};

/// How a slave's log is reset, so that it says less than it holds.
trait Resettable: Turns {
    const RESET: &'static [&'static str];

    /// How a master forgets its log, to give its numbers once more.
    const RESET_MASTER: &'static str;
}

impl Resettable for MariaDb {
    const RESET: &'static [&'static str] = &[
        "STOP SLAVE",
        "RESET MASTER",
        "SET GLOBAL gtid_slave_pos = ''",
    ];
    const RESET_MASTER: &'static str = "RESET MASTER";
}

impl Resettable for MySql {
    const RESET: &'static [&'static str] = &["STOP REPLICA", "RESET BINARY LOGS AND GTIDS"];
    const RESET_MASTER: &'static str = "RESET BINARY LOGS AND GTIDS";
}

impl<S: Turns> Stage<S> {
    /// Writes what the slave does not get, or late.
    pub(super) async fn write_unread(&mut self, db: &RoutingDatabase) {
        self.version += 1;
        let row = note::ActiveModel {
            version: Set(self.version),
            ..find(&db.master(), 1).await.unwrap().into()
        };
        let across = db
            .begin_across(["default"], Atomicity::InOrder)
            .await
            .unwrap();
        row.update(&across).await.unwrap();
        across.commit().await.unwrap();
    }
}

/// As long as the monitor takes to hear of it.
const BEAT: Duration = Duration::from_millis(1_200);

/// Own writes are read after `departure`, at once and when it is known.
async fn own_writes_are_read_after<S: Turns>(departure: &str, depart: impl AsyncFnOnce(&Stage<S>)) {
    let mut stage = Stage::<S>::new().await;
    let db = stage.open(Handle::default()).await;
    stage.write(&db).await;
    stage.just_asked(&db).await;
    depart(&stage).await;
    for round in 0..3 {
        stage.write_unread(&db).await;
        stage.read(&db).await;
        // Whoever else writes on a slave that was promoted, nobody who has written reads there.
        let slave = connect(stage.database.url(stage.cluster.slave(1))).await;
        let row = note::Entity::find_by_id(1).one(&slave).await.unwrap();
        let mut row: note::ActiveModel = row.unwrap().into();
        row.version = Set(1_000 + round);
        // A slave that was not promoted may refuse it.
        let _ = row.update(&slave).await;
        tokio::time::sleep(BEAT).await;
    }
    stage.read(&db).await;
    stage.tell(departure);
    db.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "half a minute: slaves that are promoted beside their master, or whose logs are reset"]
async fn own_writes_are_read_when_a_slave_has_left_its_master() {
    promoted::<Postgres>().await;
    promoted::<MariaDb>().await;
    promoted::<MySql>().await;
    reset::<MariaDb>().await;
    reset::<MySql>().await;
}

async fn promoted<S: Turns>() {
    let promote = async |stage: &Stage<S>| stage.cluster.slave(1).promote().await.unwrap();
    own_writes_are_read_after("promoted beside its master", promote).await;
}

async fn reset<S: Resettable>() {
    let reset = async |stage: &Stage<S>| {
        let admin = stage.cluster.slave(1).admin().await.unwrap();
        for sql in S::RESET {
            admin.execute(sql).await.unwrap();
        }
    };
    own_writes_are_read_after("its log reset", reset).await;
}

/// A slave holds all numbers that its master gives to the writes that follow, and none of the writes.
async fn own_writes_are_read_after_the_masters_log_was_reset<S: Resettable>() {
    let mut stage = Stage::<S>::new().await;
    let db = stage.open(Handle::default()).await;
    for _ in 0..20 {
        stage.write(&db).await;
    }
    let admin = stage.cluster.master().admin().await.unwrap();
    admin.execute(S::RESET_MASTER).await.unwrap();
    let end = Instant::now() + 4 * BEAT;
    while Instant::now() < end {
        stage.write_unread(&db).await;
        stage.read(&db).await;
    }
    stage.tell("the master's log reset");
    db.close().await.unwrap();
}

on_servers!(own_writes_are_read_after_the_masters_log_was_reset: MariaDb, MySql);

/// A slave whose signal was lost, as by a restored snapshot, is a server like its master: what it has written itself is at the same
/// places as what it lacks, and soon it is further.
#[tokio::test(flavor = "multi_thread")]
async fn own_writes_are_read_beside_a_slave_that_is_not_in_recovery() {
    let mut stage = Stage::<Postgres>::new().await;
    let db = stage.open(Handle::default()).await;
    stage.write(&db).await;
    let slave = stage.cluster.slave(1);
    slave.stop().await.unwrap();
    for file in ["standby.signal", "postgresql.auto.conf"] {
        std::fs::remove_file(slave.directory().join("data").join(file)).unwrap();
    }
    slave.start().await.unwrap();
    let astray = connect(stage.database.url(slave)).await;
    for version in 0..200 {
        new_note(2, version).insert(&astray).await.unwrap();
    }
    let says_why = || {
        let slave = node(&db, "slave-1");
        let why = slave.last_error.unwrap_or_default();
        slave.state == NodeState::Unknown && why.contains("is not in recovery")
    };
    for _ in 0..3 {
        stage.write_unread(&db).await;
        stage.read(&db).await;
        until_true("a beat that tells it", says_why).await;
    }
    stage.tell("a slave that is not in recovery");
    let reads = node(&db, "slave-1").reads;
    find(&db.with(Consistency::Bounded), 1).await.unwrap();
    assert_eq!(node(&db, "slave-1").reads, reads);
    db.close().await.unwrap();
}

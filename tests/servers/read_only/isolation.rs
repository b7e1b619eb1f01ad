//! Where a read-only transaction goes on that has begun on a slave.

use sea_orm::{AccessMode, ConnectionTrait, IsolationLevel, TransactionTrait};
use sea_orm_routing::{RoutingDatabase, RoutingError, RoutingTransaction};
use test_cluster::{ClusterError, MariaDb, MySql, Postgres, on_servers, until};

use super::{
    answer::answer,
    cases::{Cases, routed, sent, slave_of},
};
use crate::{
    replicated::{Notebook, connect},
    support::SOON,
};

const COUNT: &str = "SELECT count(*) AS a FROM note";
const TENANT: &str = "SELECT current_setting('app.tenant', true) AS a";

struct Desk<S: Cases> {
    notebook: Notebook<S>,
    db: RoutingDatabase,
}

impl<S: Cases> Desk<S> {
    async fn new(name: &str) -> Self {
        let notebook = Notebook::<S>::new(name).await;
        for sql in S::SETUP {
            notebook.master.execute_unprepared(sql).await.unwrap();
        }
        notebook.write().await;
        notebook.catch_up().await;
        let slave = slave_of(&notebook).await;
        let master = connect(notebook.database.url(notebook.cluster.master())).await;
        let db = routed(master, &slave);
        Self { notebook, db }
    }

    async fn begin(&self, level: Option<IsolationLevel>) -> RoutingTransaction {
        let read_only = Some(AccessMode::ReadOnly);
        self.db.begin_with_config(level, read_only).await.unwrap()
    }
}

/// The lock that counts is the master's, and the snapshot stays that of the slave.
async fn lock_is_the_masters_and_the_snapshot_stays<S: Cases>(lock: &str, held: &str) {
    let desk = Desk::<S>::new("snapshot").await;
    let admin = desk.notebook.cluster.master().admin().await.unwrap();
    let txn = desk.begin(Some(IsolationLevel::RepeatableRead)).await;
    assert_eq!(answer(&txn, COUNT).await, r#"{"a":1}"#);
    desk.notebook.write().await;
    desk.notebook.catch_up().await;
    let before = sent(&desk.db);
    let locked = answer(&txn, lock).await;
    assert!(!locked.contains("error"), "{locked}");
    assert_eq!(admin.value::<i64>(held).await.unwrap(), Some(1));
    assert_eq!(answer(&txn, COUNT).await, r#"{"a":1}"#);
    assert_eq!(sent(&desk.db), [before[0] + 1, before[1] + 1]);
    txn.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn advisory_lock_is_the_masters() {
    let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711";
    let lock = "SELECT pg_advisory_xact_lock(4711)";
    lock_is_the_masters_and_the_snapshot_stays::<Postgres>(lock, held).await;
}

/// Both are first statements when they are planned: the read begins on a slave, and what it finds there is no place for the
/// lock.
#[tokio::test(flavor = "multi_thread")]
async fn first_statements_that_meet_run_where_each_may() {
    let desk = Desk::<Postgres>::new("meet").await;
    let admin = desk.notebook.cluster.master().admin().await.unwrap();
    let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4713";
    let lock = "SELECT pg_advisory_xact_lock(4713)";
    let txn = desk.begin(None).await;
    let (read, locked) = tokio::join!(answer(&txn, COUNT), answer(&txn, lock));
    assert_eq!(read, r#"{"a":1}"#);
    assert!(!locked.contains("error"), "{locked}");
    assert_eq!(admin.value::<i64>(held).await.unwrap(), Some(1));
    txn.commit().await.unwrap();
}

/// An error of the slave's ends the transaction, as on one database: the master does nothing for it any more.
#[tokio::test(flavor = "multi_thread")]
async fn aborted_transaction_does_not_go_on_elsewhere() {
    let desk = Desk::<Postgres>::new("aborted").await;
    for level in [
        None,
        Some(IsolationLevel::ReadCommitted),
        Some(IsolationLevel::RepeatableRead),
    ] {
        let txn = desk.begin(level).await;
        assert_eq!(answer(&txn, COUNT).await, r#"{"a":1}"#);
        assert_eq!(answer(&txn, "SELECT 1/0 AS a").await, "error 22012");
        for lost in [
            "SELECT pg_advisory_xact_lock(4712)",
            "NOTIFY aborted",
            COUNT,
        ] {
            assert_eq!(answer(&txn, lost).await, "error 25P02", "{lost}, {level:?}");
        }
        txn.rollback().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn named_lock_is_the_masters() {
    let held = "SELECT IS_USED_LOCK('mine') IS NOT NULL";
    let lock = "SELECT GET_LOCK('mine', 0) AS a";
    lock_is_the_masters_and_the_snapshot_stays::<MySql>(lock, held).await;
    lock_is_the_masters_and_the_snapshot_stays::<MariaDb>(lock, held).await;
}

/// Where each statement sees what was committed last, the master takes over, with all that was set.
#[tokio::test(flavor = "multi_thread")]
async fn settings_follow_to_the_master() {
    let desk = Desk::<Postgres>::new("follow").await;
    let txn = desk.begin(None).await;
    answer(&txn, COUNT).await;
    for sql in [
        "SET LOCAL app.tenant = 'a'",
        "SAVEPOINT here",
        "SET LOCAL app.tenant = 'b'",
        "ROLLBACK TO here",
    ] {
        assert_eq!(answer(&txn, sql).await, "done");
    }
    let lost = txn.begin().await.unwrap();
    answer(&lost, "SET LOCAL app.tenant = 'c'").await;
    lost.rollback().await.unwrap();
    let kept = txn.begin().await.unwrap();
    answer(&kept, "SET LOCAL app.kept = 'd'").await;
    assert_eq!(sent(&desk.db)[0], 0);
    answer(&kept, "SELECT pg_advisory_xact_lock(4712)").await;
    let before = sent(&desk.db);
    assert_eq!(answer(&kept, TENANT).await, r#"{"a":"a"}"#);
    kept.commit().await.unwrap();
    assert_eq!(
        answer(&txn, "SELECT current_setting('app.kept', true) AS a").await,
        r#"{"a":"d"}"#
    );
    assert_eq!(answer(&txn, TENANT).await, r#"{"a":"a"}"#);
    assert_eq!(sent(&desk.db), [before[0] + 3, before[1]]);
    txn.commit().await.unwrap();
}

/// A cursor is open on the slave: what was locked on the master would be read there as it was before.
/// What a nested transaction sets while the master works beside the slave counts there, too.
#[tokio::test(flavor = "multi_thread")]
async fn nested_setting_is_set_beside() {
    let desk = Desk::<Postgres>::new("beside").await;
    let ask = "SELECT current_setting('app.tenant', true) AS a, pg_is_in_recovery() AS b";
    let txn = desk.begin(Some(IsolationLevel::RepeatableRead)).await;
    assert_eq!(answer(&txn, COUNT).await, r#"{"a":1}"#);
    answer(&txn, "SET LOCAL app.tenant = 'root'").await;
    assert_eq!(answer(&txn, ask).await, r#"{"a":"root","b":false}"#);
    for end in ["commit", "rollback"] {
        let nested = txn.begin().await.unwrap();
        answer(&nested, "SET LOCAL app.tenant = 'nested'").await;
        let set = r#"{"a":"nested","b":false}"#;
        if end == "rollback" {
            assert_eq!(answer(&nested, ask).await, set);
            nested.rollback().await.unwrap();
        } else {
            // Nothing has asked the master in it.
            nested.commit().await.unwrap();
            assert_eq!(answer(&txn, ask).await, set);
            answer(&txn, "SET LOCAL app.tenant = 'root'").await;
        }
    }
    assert_eq!(answer(&txn, ask).await, r#"{"a":"root","b":false}"#);
    assert_eq!(answer(&txn, TENANT).await, r#"{"a":"root"}"#);
    txn.commit().await.unwrap();
}

/// MySQL commits before and after a definition, so that the next read sees what it did.
async fn definition_ends_the_snapshot<S: Cases>() {
    let desk = Desk::<S>::new("implicit").await;
    let master = connect(desk.notebook.database.url(desk.notebook.cluster.master())).await;
    let begin = async || {
        let level = Some(IsolationLevel::RepeatableRead);
        let read_only = Some(AccessMode::ReadOnly);
        master.begin_with_config(level, read_only).await.unwrap()
    };
    for sql in ["TRUNCATE TABLE note", "/* why */ truncate note"] {
        let (plain, ours) = (
            begin().await,
            desk.begin(Some(IsolationLevel::RepeatableRead)).await,
        );
        assert_eq!(answer(&ours, COUNT).await, answer(&plain, COUNT).await);
        plain.rollback().await.unwrap();
        assert_eq!(answer(&ours, sql).await, "done");
        assert_eq!(answer(&ours, COUNT).await, r#"{"a":0}"#, "{sql}");
        ours.commit().await.unwrap();
        let plain = begin().await;
        assert_eq!(answer(&plain, sql).await, "done");
        assert_eq!(answer(&plain, COUNT).await, r#"{"a":0}"#, "{sql}");
        plain.rollback().await.unwrap();
        desk.notebook.write().await;
        desk.notebook.catch_up().await;
    }
}

on_servers!(definition_ends_the_snapshot: MariaDb, MySql);

#[tokio::test(flavor = "multi_thread")]
async fn cursor_stays_where_it_is() {
    let desk = Desk::<Postgres>::new("cursor").await;
    let txn = desk.begin(None).await;
    answer(&txn, COUNT).await;
    answer(&txn, "DECLARE c CURSOR FOR SELECT id FROM note").await;
    let lock = txn
        .execute_unprepared("SELECT pg_advisory_xact_lock(4713)")
        .await;
    let error = lock.unwrap_err();
    assert!(
        matches!(
            RoutingError::of(&error),
            Some(RoutingError::WriteOnSlave { .. })
        ),
        "{error}"
    );
    assert_eq!(answer(&txn, "SELECT peek() AS a").await, r#"{"a":1}"#);
    assert_eq!(answer(&txn, "FETCH c").await, "done");
    assert_eq!(sent(&desk.db)[0], 0);
    txn.commit().await.unwrap();
}

/// Whatever becomes of the transaction, its connection ends if something may have stayed on it.
async fn dropped_transaction_leaves_nothing<S: Cases>() {
    let desk = Desk::<S>::new("dropped").await;
    let admin = desk.notebook.cluster.slave(1).admin().await.unwrap();
    for way in ["dropped", "rolled back", "nested"] {
        let txn = desk.begin(Some(IsolationLevel::RepeatableRead)).await;
        answer(&txn, COUNT).await;
        let nested = txn.begin().await.unwrap();
        answer(&nested, "SELECT keep() AS a").await;
        assert_ne!(S::on_server(&admin).await, S::NOTHING, "{way}");
        match way {
            "dropped" => drop((nested, txn)),
            "rolled back" => {
                nested.rollback().await.unwrap();
                txn.rollback().await.unwrap();
            }
            _ => {
                nested.commit().await.unwrap();
                txn.commit().await.unwrap();
            }
        }
        let holds = || async {
            let is_free = S::on_server(&admin).await == S::NOTHING;
            Ok::<_, ClusterError>(is_free.then_some(()))
        };
        until(way, SOON, holds).await.unwrap();
    }
}

on_servers!(dropped_transaction_leaves_nothing: Postgres, MariaDb, MySql);

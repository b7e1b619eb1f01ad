//! A read that a slave refused and another node answered leaves nothing behind on the slave.

use sea_orm::ConnectionTrait;
use sea_orm_routing::{Consistency, RoutingDatabase, config::PoolConfig, status::NodeState};
use test_cluster::{MariaDb, MySql, Node, Postgres, on_servers, until};

use super::{Read, refused};
use crate::replicated::{Notebook, SOON, Turns, patient, until_state};

trait Locks: Turns {
    /// Relations and functions over a lock of the session, with an effect or a question that a slave refuses.
    const MAKE: &'static [&'static str];
    const READS: &'static [&'static str];
    /// Counts the locks that sessions of the application hold.
    const HELD: &'static str;
}

impl Locks for Postgres {
    const MAKE: &'static [&'static str] = &[
        "CREATE SEQUENCE number",
        "CREATE FUNCTION locked() RETURNS int LANGUAGE plpgsql STABLE AS
           $$ BEGIN PERFORM pg_try_advisory_lock(4711); RETURN 7; END $$",
        "CREATE FUNCTION counted() RETURNS bigint LANGUAGE plpgsql STABLE AS
           $$ BEGIN PERFORM pg_try_advisory_lock(4711); PERFORM nextval('number'); RETURN 7; END $$",
        "CREATE FUNCTION placed() RETURNS bigint LANGUAGE plpgsql STABLE AS
           $$ BEGIN PERFORM pg_try_advisory_lock(4711); PERFORM pg_current_wal_lsn(); RETURN 7; END $$",
        "CREATE FUNCTION missing() RETURNS bigint LANGUAGE plpgsql STABLE AS
           $$ BEGIN PERFORM pg_try_advisory_lock(4711);
              IF pg_is_in_recovery() THEN PERFORM 1 FROM nowhere; END IF; RETURN 7; END $$",
        "CREATE FUNCTION divided() RETURNS bigint LANGUAGE plpgsql STABLE AS
           $$ BEGIN PERFORM pg_try_advisory_lock(4711);
              IF pg_is_in_recovery() THEN PERFORM 1 / 0; END IF; RETURN 7; END $$",
    ];
    const READS: &'static [&'static str] = &[
        "counted()",
        "placed()",
        "missing()",
        "divided()",
        "counted() + locked() - 7",
    ];
    const HELD: &'static str = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
}

const MYSQL_MAKE: &[&str] = &[
    "CREATE FUNCTION counted() RETURNS bigint READS SQL DATA BEGIN
       DO get_lock('refused', 0); INSERT INTO shelf VALUES (1); RETURN 7; END",
    "CREATE FUNCTION signalled() RETURNS bigint READS SQL DATA BEGIN
       DO get_lock('refused', 0);
       IF @@read_only THEN SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1213; END IF; RETURN 7; END",
];
const MYSQL_READS: &[&str] = &["counted()", "signalled()"];
const MYSQL_HELD: &str =
    "SELECT count(*) FROM (SELECT is_used_lock('refused') AS holder) l WHERE holder IS NOT NULL";

impl Locks for MariaDb {
    const MAKE: &'static [&'static str] = MYSQL_MAKE;
    const READS: &'static [&'static str] = MYSQL_READS;
    const HELD: &'static str = MYSQL_HELD;
}

impl Locks for MySql {
    const MAKE: &'static [&'static str] = MYSQL_MAKE;
    const READS: &'static [&'static str] = MYSQL_READS;
    const HELD: &'static str = MYSQL_HELD;
}

/// Ways that are healed also where the statement itself writes: not in a transaction that was begun read-only.
const AUTOMATIC: [Read; 3] = [Read::All, Read::One, Read::Stream];

async fn until_nothing_is_held<S: Locks>(slave: &Node<S>, what: &str) {
    let admin = slave.admin().await.unwrap();
    let what = format!("no lock on `{}` after {what}", slave.name());
    until(&what, SOON, || async {
        Ok((!admin.is_true(S::HELD).await?).then_some(()))
    })
    .await
    .unwrap();
    admin.close().await.unwrap();
}

async fn nothing_is_left<S: Locks>(db: &RoutingDatabase, notebook: &Notebook<S>, round: &str) {
    for read in S::READS {
        // A text of its own each time: what was refused as a write is not asked of a slave again.
        for (number, way) in Read::EVERY.into_iter().enumerate() {
            let (text, before) = (format!("SELECT {read} AS {round}{number}"), refused(db));
            let rows = way.rows(db, &text).await;
            if AUTOMATIC.contains(&way) || !writes(read) {
                assert_eq!(rows, Ok(vec![7]), "{text}, {way:?}");
            } else {
                assert!(rows.is_err(), "{text}, {way:?}");
            }
            assert_eq!(refused(db) - before, 1, "{text}, {way:?}");
            for slave in notebook.cluster.slaves() {
                until_nothing_is_held(slave, &format!("{text}, {way:?}")).await;
            }
        }
        let unprepared = format!("SELECT {read} AS {round}_unprepared");
        db.execute_unprepared(&unprepared).await.unwrap();
        for slave in notebook.cluster.slaves() {
            until_nothing_is_held(slave, &unprepared).await;
        }
    }
}

fn writes(read: &str) -> bool {
    read.starts_with("counted")
}

async fn refused_read_leaves_nothing_on_the_slave<S: Locks>() {
    let notebook = Notebook::<S>::new("traces").await;
    for make in S::MAKE {
        notebook.master.execute_unprepared(make).await.unwrap();
    }
    notebook.catch_up().await;
    let config = notebook
        .config(patient())
        .pool(PoolConfig::new().max_connections(3));
    let mut db = RoutingDatabase::from_config(config).await.unwrap();
    for slave in ["slave-1", "slave-2"] {
        until_state(&db, slave, NodeState::Serving).await;
    }
    nothing_is_left(&db.with(Consistency::Eventual), &notebook, "a").await;
    // On SeaORM's own way, as a callback wants it.
    db.set_node_metric_callback(|_, _| {});
    nothing_is_left(&db.with(Consistency::Eventual), &notebook, "b").await;
    db.close().await.unwrap();
}

on_servers!(refused_read_leaves_nothing_on_the_slave: Postgres, MariaDb, MySql);

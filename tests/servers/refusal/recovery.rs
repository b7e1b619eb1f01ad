//! What a PostgreSQL standby cancels for what it replays, and what it can't read as long as it is one.

use std::fs;

use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_routing::{
    BindsConfig, Role, RoutingDatabase,
    config::{BindConfig, NodeConfig},
    status::NodeState,
};
use test_cluster::{Cluster, FreshDatabase, Postgres, PostgresCluster, until};
use tokio::{task::JoinHandle, time::timeout};

use super::{Read, refused};
use crate::replicated::{connect, node, patient, reader, sql, until_state, until_true};
use crate::support::SOON;

/// A read that lasts on a standby until something ends it.
const SLOW: &str = "SELECT nap() FROM crumb";

const MAKE: &[&str] = &[
    "CREATE TABLE crumb AS SELECT n FROM generate_series(1, 3) n",
    "CREATE FUNCTION nap() RETURNS bigint LANGUAGE plpgsql STABLE AS $$ BEGIN
       IF pg_is_in_recovery() THEN PERFORM pg_sleep(600); END IF; RETURN 7; END $$",
];

/// A master and one standby that waits for no read.
struct Standby {
    cluster: PostgresCluster,
    database: FreshDatabase,
}

impl Standby {
    async fn new() -> Self {
        let cluster = Cluster::<Postgres>::start(1).await.unwrap();
        let slave = cluster.slave(1).admin().await.unwrap();
        for setting in [
            "max_standby_streaming_delay = '50ms'",
            "deadlock_timeout = '20ms'",
        ] {
            slave
                .execute(&format!("ALTER SYSTEM SET {setting}"))
                .await
                .unwrap();
        }
        slave.execute("SELECT pg_reload_conf()").await.unwrap();
        slave.close().await.unwrap();
        let database = cluster.database("standby").await.unwrap();
        let standby = Self { cluster, database };
        standby.on_master(MAKE).await;
        standby.cluster.wait_until_caught_up(SOON).await.unwrap();
        standby
    }

    async fn on_master(&self, commands: &[&str]) {
        let master = connect(self.database.url(self.cluster.master())).await;
        for command in commands {
            master.execute_unprepared(command).await.unwrap();
        }
        master.close().await.unwrap();
    }

    async fn open(&self) -> RoutingDatabase {
        let bind = BindConfig::new("default", self.database.url(self.cluster.master()))
            .slave(NodeConfig::new(
                "slave-1",
                self.database.url(self.cluster.slave(1)),
            ))
            .reads(patient());
        let db = RoutingDatabase::from_config(BindsConfig::new().bind(bind))
            .await
            .unwrap();
        until_state(&db, "slave-1", NodeState::Serving).await;
        db
    }

    /// A read that is running on the standby.
    async fn begin(&self, db: &RoutingDatabase, way: Read) -> JoinHandle<Result<Vec<i64>, DbErr>> {
        until_true("the slave serves", || reader(db) == Role::Slave).await;
        let db = db.clone();
        let running = tokio::spawn(async move { way.rows(&db, SLOW).await });
        let slave = self.cluster.slave(1).admin().await.unwrap();
        let seen = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        until("the read", SOON, || async {
            Ok(slave.is_true(seen).await?.then_some(()))
        })
        .await
        .unwrap();
        slave.close().await.unwrap();
        running
    }

    /// Conflicts of this kind by the standby's own count.
    async fn conflicts(&self, kind: &str) -> i64 {
        let slave = self.cluster.slave(1).admin().await.unwrap();
        let count = format!("SELECT sum({kind})::bigint FROM pg_stat_database_conflicts");
        let count = slave.value(&count).await.unwrap().unwrap();
        slave.close().await.unwrap();
        count
    }

    async fn until_counted(&self, kind: &str, before: i64) {
        let counted = || async { Ok((self.conflicts(kind).await > before).then_some(())) };
        until(kind, SOON, counted).await.unwrap();
    }
}

/// The rows come from the master, whatever way, after the `blow` has ended the read on the standby.
async fn conflict_is_answered_by_the_master(kind: &str, blow: impl AsyncFn(&Standby)) {
    let standby = Standby::new().await;
    let db = standby.open().await;
    for way in Read::EVERY {
        let (reads, conflicts) = (node(&db, "master").reads, standby.conflicts(kind).await);
        let refused_before = refused(&db);
        let running = standby.begin(&db, way).await;
        blow(&standby).await;
        let rows = timeout(SOON, running).await.unwrap().unwrap();
        let expected = if way == Read::One {
            vec![7]
        } else {
            vec![7; 3]
        };
        assert_eq!(rows, Ok(expected), "{kind}, {way:?}");
        assert!(node(&db, "master").reads > reads, "{kind}, {way:?}");
        assert_eq!(refused(&db) - refused_before, 1, "{kind}, {way:?}");
        assert_eq!(node(&db, "slave-1").state, NodeState::Serving, "{way:?}");
        standby.until_counted(kind, conflicts).await;
        standby.cluster.wait_until_caught_up(SOON).await.unwrap();
    }
    db.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshot_conflict_is_answered_by_the_master() {
    conflict_is_answered_by_the_master("confl_snapshot", async |standby: &Standby| {
        let commands = ["UPDATE crumb SET n = n + 1", "VACUUM crumb"];
        standby.on_master(&commands).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lock_conflict_is_answered_by_the_master() {
    conflict_is_answered_by_the_master("confl_lock", async |standby: &Standby| {
        let lock = "BEGIN; LOCK TABLE crumb IN ACCESS EXCLUSIVE MODE; COMMIT";
        standby.on_master(&[lock]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tablespace_conflict_is_answered_by_the_master() {
    conflict_is_answered_by_the_master("confl_tablespace", async |standby: &Standby| {
        let master = standby.cluster.master().admin().await.unwrap();
        master
            .execute("SET allow_in_place_tablespaces = on")
            .await
            .unwrap();
        master
            .execute("CREATE TABLESPACE attic LOCATION ''")
            .await
            .unwrap();
        let oid = "SELECT oid::bigint FROM pg_tablespace WHERE spcname = 'attic'";
        let oid: i64 = master.value(oid).await.unwrap().unwrap();
        standby.cluster.wait_until_caught_up(SOON).await.unwrap();
        // A file of a query that was too large for the memory.
        let spaces = standby.cluster.slave(1).directory().join("data/pg_tblspc");
        let space = fs::read_dir(spaces.join(oid.to_string()))
            .unwrap()
            .next()
            .unwrap();
        fs::create_dir(space.unwrap().path().join("pgsql_tmp")).unwrap();
        let temporary = fs::read_dir(spaces.join(oid.to_string()))
            .unwrap()
            .next()
            .unwrap();
        fs::write(temporary.unwrap().path().join("pgsql_tmp/pgsql_tmp1.0"), "").unwrap();
        master.execute("DROP TABLESPACE attic").await.unwrap();
        master.close().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dropped_database_is_answered_by_the_master_if_that_has_it_again() {
    let standby = Standby::new().await;
    let db = standby.open().await;
    for way in [Read::All, Read::Stream, Read::First] {
        let running = standby.begin(&db, way).await;
        let slave = standby.cluster.slave(1);
        slave.pause_replay().await.unwrap();
        let name = standby.database.name();
        let admin = standby.cluster.master().admin().await.unwrap();
        admin
            .execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
            .await
            .unwrap();
        admin
            .execute(&format!("CREATE DATABASE {name} OWNER app"))
            .await
            .unwrap();
        admin.close().await.unwrap();
        standby.on_master(MAKE).await;
        // The master's sessions are gone as well, which one of its reads finds out.
        let healthy = || async {
            let answer = db.master().query_one_raw(sql(&db, "SELECT 1")).await;
            let serves = node(&db, "master").state == NodeState::Serving;
            Ok(answer.ok().filter(|_| serves))
        };
        until("a connection of the master", SOON, healthy)
            .await
            .unwrap();
        slave.resume_replay().await.unwrap();
        let rows = timeout(SOON, running).await.unwrap().unwrap();
        assert_eq!(rows, Ok(vec![7; 3]), "{way:?}");
        until("the slave serves", SOON, || async {
            let serves = node(&db, "slave-1").state == NodeState::Serving;
            Ok(serves.then_some(()))
        })
        .await
        .unwrap();
        standby.cluster.wait_until_caught_up(SOON).await.unwrap();
    }
    db.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_standby_never_holds_is_answered_by_the_master() {
    let standby = Standby::new().await;
    let unlogged = "CREATE UNLOGGED TABLE oven AS SELECT 7::bigint AS n";
    standby
        .on_master(&[unlogged, "CREATE VIEW kitchen AS SELECT n FROM oven"])
        .await;
    standby.cluster.wait_until_caught_up(SOON).await.unwrap();
    let db = standby.open().await;
    for text in [
        "SELECT n FROM oven",
        "SELECT n FROM kitchen",
        "SELECT oven.n FROM crumb, oven LIMIT 1",
    ] {
        for way in Read::EVERY {
            let before = node(&db, "master").clone();
            assert_eq!(
                way.rows(&db, text).await.map(|rows| rows.len()),
                Ok(1),
                "{text}, {way:?}"
            );
            // What the catalogue told counts as none of the reads that are split.
            let master = node(&db, "master");
            assert!(
                master.reads + master.writes > before.reads + before.writes,
                "{text}, {way:?}"
            );
        }
    }
    assert_eq!(node(&db, "slave-1").state, NodeState::Serving);
    db.close().await.unwrap();
}

/// More than are asked of the master in vain.
#[tokio::test(flavor = "multi_thread")]
async fn reads_that_only_the_master_answers_have_no_limit() {
    let standby = Standby::new().await;
    standby
        .on_master(&["CREATE UNLOGGED TABLE oven AS SELECT 7::bigint AS n"])
        .await;
    standby.cluster.wait_until_caught_up(SOON).await.unwrap();
    let db = standby.open().await;
    for _ in 0..1_500 {
        assert_eq!(Read::One.rows(&db, "SELECT n FROM oven").await, Ok(vec![7]));
    }
    db.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_master_is_dead_reads_go_on_and_mistakes_are_told() {
    let standby = Standby::new().await;
    let db = standby.open().await;
    standby.cluster.slave(1).pause_replay().await.unwrap();
    // What the standby will never get, which no read waits for then.
    let late = "CREATE TABLE late AS SELECT 7::bigint AS n";
    db.session().execute_unprepared(late).await.unwrap();
    standby.cluster.master().kill().await.unwrap();
    until_state(&db, "master", NodeState::Down).await;
    let read = |text: &'static str| {
        let db = db.clone();
        tokio::spawn(async move { Read::All.rows(&db, text).await })
    };
    let rows = read("SELECT n::bigint FROM crumb ORDER BY n")
        .await
        .unwrap();
    assert_eq!(rows, Ok(vec![1, 2, 3]));
    for missing in ["SELECT n FROM late", "SELECT n FROM nowhere"] {
        let error = read(missing).await.unwrap().unwrap_err();
        assert!(error.to_string().contains("does not exist"), "{error}");
    }
    assert_eq!(node(&db, "slave-1").state, NodeState::Serving);
    db.close().await.unwrap();
}

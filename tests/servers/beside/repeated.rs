//! What is run once more after a fault: what does nothing twice, and nothing else.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, TransactionTrait};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase, RoutingError,
    config::{BindConfig, FailoverConfig, NodeConfig, PoolConfig, Roles},
};
use test_cluster::{Cluster, MariaDb, Sessions, on_servers, until};
use tokio::{
    task::JoinSet,
    time::{Instant, timeout},
};

use super::{
    Pair,
    pair::{Setup, after},
};
use crate::support::SOON;

/// Numbers whose writes were acknowledged.
type Acknowledged = Arc<Mutex<Vec<i64>>>;

/// One number each by a statement, by a transaction, and by a function of the database that looks like a read.
async fn write(db: &RoutingDatabase, number: i64, acknowledged: &Acknowledged) {
    if insert(db, number).await.is_ok() {
        acknowledged.lock().push(number);
    }
}

/// How often each number is there.
async fn times<S: Sessions>(pair: &Pair<'_, S>) -> HashMap<i64, i64> {
    let count = "SELECT number, count(*) FROM cake GROUP BY number";
    let count = Statement::from_string(pair.plain.get_database_backend(), count);
    let rows = pair.plain.query_all_raw(count).await.unwrap();
    let time = |row: &QueryResult| {
        let at = |index| row.try_get_by_index(index).unwrap();
        (at(0), at(1))
    };
    rows.iter().map(time).collect()
}

/// Sessions end again and again under load: every write is there once if it was acknowledged, and at most once if not.
async fn no_write_runs_twice<S: Sessions>() {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    for roles in [Roles::Fixed, Roles::Discover] {
        let setup = Setup {
            roles,
            ..Setup::default()
        };
        let pair = Pair::connect(&cluster, setup).await;
        let acknowledged = Acknowledged::default();
        let until = Instant::now() + Duration::from_secs(1);
        let mut writers = JoinSet::new();
        for writer in 0..8 {
            let (db, acknowledged) = (pair.routed.clone(), acknowledged.clone());
            writers.spawn(async move {
                let mut number = writer * 1_000_000;
                while Instant::now() < until {
                    write(&db, number, &acknowledged).await;
                    number += 1;
                }
            });
        }
        while Instant::now() < until {
            cluster.master().end_sessions().await.unwrap();
        }
        writers.join_all().await;
        let times = times(&pair).await;
        assert!(times.values().all(|times| *times == 1), "{times:?}");
        let acknowledged = acknowledged.lock().clone();
        assert!(acknowledged.len() > 20, "{}", acknowledged.len());
        let lost = acknowledged
            .iter()
            .find(|number| !times.contains_key(number));
        assert_eq!(lost, None);
        pair.close().await;
    }
}

on_servers!(no_write_runs_twice: Postgres, MariaDb);

/// What only looks like a read, as its function is declared to be one, is done once, whatever becomes of its connection.
#[tokio::test]
async fn read_that_writes_after_all_runs_once_on_its_master() {
    let cluster = Cluster::<MariaDb>::start(0).await.unwrap();
    let setup = Setup {
        has_slave: false,
        ..Setup::default()
    };
    let pair = Pair::connect(&cluster, setup).await;
    // It rolls nothing back, as little as what a function sends elsewhere is.
    let definitions = [
        "CREATE TABLE done (number bigint) ENGINE = MyISAM",
        "CREATE FUNCTION bake() RETURNS int MODIFIES SQL DATA BEGIN INSERT INTO done VALUES (1); DO SLEEP(60); RETURN 1; END",
        "CREATE FUNCTION sly() RETURNS int READS SQL DATA RETURN bake()",
    ];
    for definition in definitions {
        pair.routed.execute_unprepared(definition).await.unwrap();
    }
    let backend = pair.plain.get_database_backend();
    let read = Statement::from_string(backend, "SELECT sly()");
    let route = pair.routed.route(&read).unwrap().to_string();
    assert!(
        route.starts_with("default.master (master): read"),
        "{route}"
    );
    let (db, asked) = (pair.routed.clone(), read.clone());
    let reading = tokio::spawn(async move { db.query_one_raw(asked).await });
    let asked = async |sql: &str| {
        let question = Statement::from_string(backend, sql);
        let row = pair.plain.query_one_raw(question).await.unwrap().unwrap();
        row.try_get_by_index::<i64>(0).unwrap()
    };
    // Then it has written. Its session alone is ended: the second run is to hear the server's word.
    let asleep = "SELECT coalesce(max(id), 0) FROM information_schema.processlist WHERE state = 'User sleep'";
    let first = || async { Ok(Some(asked(asleep).await).filter(|session| *session > 0)) };
    let first = until("the first run", SOON, first).await.unwrap();
    let kill = format!("KILL {first}");
    cluster.master().administer(&[&kill]).await.unwrap();
    let error = timeout(SOON, reading).await.unwrap().unwrap().unwrap_err();
    assert!(RoutingError::may_have_happened(&error), "{error}");
    assert_eq!(asked("SELECT count(*) FROM done").await, 1);
    let route = pair.routed.route(&read).unwrap().to_string();
    assert!(
        route.starts_with("default.master (master): write"),
        "{route}"
    );
    pair.close().await;
}

/// A database with a slave, whose roles are discovered.
async fn discovering<S: Sessions>(cluster: &Cluster<S>, hold: Duration) -> RoutingDatabase {
    let failover = FailoverConfig::new()
        .roles(Roles::Discover)
        .hold_writes(hold);
    let patient = PoolConfig::new().acquire_timeout(Duration::from_secs(600));
    let bind = BindConfig::new("default", cluster.master().url())
        .slave(NodeConfig::new("slave-1", cluster.slave(1).url()))
        .failover(failover)
        .pool(patient);
    let db = RoutingDatabase::from_config(BindsConfig::new().bind(bind));
    let db = db.await.unwrap();
    let cake = "CREATE TABLE cake (number bigint)";
    db.execute_unprepared(cake).await.unwrap();
    db
}

/// A read of its own write waits for a master, and is served by the slave as soon as that has the write.
async fn read_that_waits_for_a_master_takes_a_slave<S: Sessions>() {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let db = discovering(&cluster, SOON).await;
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let slave = cluster.slave(1).admin().await.unwrap();
    S::pause_replay(&slave).await.unwrap();
    let bake = "INSERT INTO cake (number) VALUES (7)";
    db.execute_unprepared(bake).await.unwrap();
    // The monitor has heard of the write, and the slave of all.
    after(Duration::from_millis(1_500)).await;
    cluster.master().kill().await.unwrap();
    let read = Statement::from_string(db.get_database_backend(), "SELECT number FROM cake");
    let resume = async {
        after(Duration::from_millis(700)).await;
        S::resume_replay(&slave).await.unwrap();
    };
    let (rows, ()) = tokio::join!(timeout(SOON, db.query_all_raw(read)), resume);
    assert_eq!(rows.unwrap().unwrap().len(), 1);
    db.close().await.unwrap();
}

on_servers!(read_that_waits_for_a_master_takes_a_slave: Postgres);

/// What has no connection yet hears that its master is down, however long its pool would go on trying.
async fn held_write_hears_of_its_master_whatever_the_pool_allows<S: Sessions>() {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let db = discovering(&cluster, Duration::from_millis(500)).await;
    let bake = "INSERT INTO cake (number) VALUES (7)";
    cluster.master().kill().await.unwrap();
    let down = || async {
        let written = timeout(SOON, db.execute_unprepared(bake)).await;
        let error = written.unwrap().unwrap_err();
        let routing = RoutingError::of(&error);
        let is_down = matches!(routing, Some(RoutingError::MasterDown { .. }));
        let begun = timeout(SOON, db.begin()).await.unwrap();
        Ok((is_down && begun.is_err()).then_some(()))
    };
    until("`MasterDown`", SOON, down).await.unwrap();
}

on_servers!(held_write_hears_of_its_master_whatever_the_pool_allows: Postgres);

/// What failed and is said to have changed nothing.
type Undone = Arc<Mutex<Vec<i64>>>;

async fn note(answer: Result<(), DbErr>, number: i64, done: &Acknowledged, undone: &Undone) {
    match answer {
        Ok(()) => done.lock().push(number),
        Err(error) if !RoutingError::may_have_happened(&error) => undone.lock().push(number),
        Err(_) => {}
    }
}

async fn insert(db: &RoutingDatabase, number: i64) -> Result<(), DbErr> {
    let insert = format!("INSERT INTO cake (number) VALUES ({number})");
    if number % 2 == 0 {
        return db.execute_unprepared(&insert).await.map(drop);
    }
    let begun = db.begin().await?;
    begun.execute_unprepared(&insert).await?;
    begun.commit().await
}

/// The master is killed under load and comes back: what was acknowledged is there once, what failed at most once, and what is
/// said to have changed nothing is not there.
async fn killed_master_leaves_each_write_once_or_not_at_all<S: Sessions>() {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let pair = Pair::connect(&cluster, Setup::default()).await;
    let (done, undone) = (Acknowledged::default(), Undone::default());
    let until = Instant::now() + Duration::from_millis(1_500);
    let mut writers = JoinSet::new();
    for writer in 0..8 {
        let (db, done, undone) = (pair.routed.clone(), done.clone(), undone.clone());
        writers.spawn(async move {
            let mut number = writer * 1_000_000;
            while Instant::now() < until {
                note(insert(&db, number).await, number, &done, &undone).await;
                number += 1;
            }
        });
    }
    after(Duration::from_millis(400)).await;
    cluster.master().kill().await.unwrap();
    cluster.master().start().await.unwrap();
    writers.join_all().await;
    let times = times(&pair).await;
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    let (done, undone) = (done.lock().clone(), undone.lock().clone());
    assert!(done.iter().all(|number| times.contains_key(number)));
    assert!(!undone.iter().any(|number| times.contains_key(number)));
    pair.close().await;
}

on_servers!(killed_master_leaves_each_write_once_or_not_at_all: Postgres, MariaDb);

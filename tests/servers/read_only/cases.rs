use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, IsolationLevel,
    TransactionSession, TransactionTrait, sqlx::Executor,
};
use sea_orm_routing::{BindBuilder, Consistency, RoutingDatabase};
use test_cluster::{ClusterError, MariaDb, MySql, Postgres, on_servers, until};

use super::{answer::answer, residue::Residue};
use crate::{
    replicated::{Notebook, connect},
    support::SOON,
};

const COUNT: &str = "SELECT count(*) AS a FROM note";

pub(super) trait Cases: Residue {
    /// Lines `node | statement`: who runs it after a read in a transaction that was begun read-only.
    const CASES: &'static str;
    const SETUP: &'static [&'static str];
}

impl Cases for Postgres {
    const CASES: &'static str = include_str!("postgres.cases");
    const SETUP: &'static [&'static str] = &[
        "CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql VOLATILE AS 'SELECT count(*) FROM note'",
        "CREATE FUNCTION keep() RETURNS text LANGUAGE sql VOLATILE AS 'SELECT ''x'' FROM (SELECT pg_advisory_lock(99)) AS s'",
    ];
}

const SETUP_OF_MYSQL: &[&str] = &[
    "CREATE FUNCTION peek() RETURNS int CONTAINS SQL RETURN (SELECT count(*) FROM note)",
    "CREATE FUNCTION keep() RETURNS int CONTAINS SQL RETURN GET_LOCK('kept', 30)",
    "CREATE PROCEDURE show_notes() SELECT count(*) FROM note",
];

impl Cases for MySql {
    const CASES: &'static str = include_str!("mysql.cases");
    const SETUP: &'static [&'static str] = SETUP_OF_MYSQL;
}

impl Cases for MariaDb {
    const CASES: &'static str = include_str!("mariadb.cases");
    const SETUP: &'static [&'static str] = SETUP_OF_MYSQL;
}

/// A pool of one connection to the slave, whose sessions are read-only as those of a configured one are.
pub(super) async fn slave_of<S: Cases>(notebook: &Notebook<S>) -> DatabaseConnection {
    let mut options = ConnectOptions::new(notebook.database.url(notebook.cluster.slave(1)));
    options.max_connections(1).sqlx_logging(false);
    options.map_sqlx_postgres_pool_opts(|pool| {
        pool.after_connect(|connection, _| {
            let read_only = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY";
            Box::pin(async move { connection.execute(read_only).await.map(drop) })
        })
    });
    options.map_sqlx_mysql_pool_opts(|pool| {
        pool.after_connect(|connection, _| {
            let read_only = "SET SESSION TRANSACTION READ ONLY";
            Box::pin(async move { connection.execute(read_only).await.map(drop) })
        })
    });
    Database::connect(options).await.unwrap()
}

/// A handle over a new connection to the master; any state of the slave will do.
pub(super) fn routed(master: DatabaseConnection, slave: &DatabaseConnection) -> RoutingDatabase {
    let bind = BindBuilder::new("default", master).slave("slave-1", slave.clone());
    let db = RoutingDatabase::builder().bind(bind).build().unwrap();
    db.with(Consistency::Eventual)
}

/// What is seen of one statement in a transaction: after a read or first, and before another read.
async fn told(
    on: &impl TransactionTrait<Transaction: TransactionSession>,
    level: Option<IsolationLevel>,
    sql: &str,
    reads_before: bool,
) -> [String; 3] {
    let begun = on
        .begin_with_config(level, Some(AccessMode::ReadOnly))
        .await;
    let txn = begun.unwrap();
    if reads_before {
        answer(&txn, COUNT).await;
    }
    let said = answer(&txn, sql).await;
    let after = answer(&txn, COUNT).await;
    let end = format!("{:?}", txn.commit().await.map_err(super::answer::code));
    [said, after, end]
}

pub(super) fn sent(db: &RoutingDatabase) -> [u64; 2] {
    ["master", "slave-1"].map(|name| {
        let node = db.status().node("default", name).unwrap().clone();
        node.writes + node.reads
    })
}

async fn answers_as_a_plain_one<S: Cases>(level: Option<IsolationLevel>) {
    let notebook = Notebook::<S>::new("read_only").await;
    for sql in S::SETUP {
        notebook.master.execute_unprepared(sql).await.unwrap();
    }
    notebook.write().await;
    notebook.catch_up().await;
    let admin = notebook.cluster.slave(1).admin().await.unwrap();
    let admin_of_master = notebook.cluster.master().admin().await.unwrap();
    let free = S::on_server(&admin_of_master).await;
    // A session that was closed ends when its server gets to it.
    let until_free = async || {
        let is_free = async || {
            let holds = S::on_server(&admin_of_master).await;
            Ok::<_, ClusterError>((holds == free).then_some(()))
        };
        until("nothing held on the master", SOON, is_free)
            .await
            .unwrap();
    };
    let slave = slave_of(&notebook).await;
    let fresh = (S::on_server(&admin).await, S::on_connection(&slave).await);

    let mut wrong = Vec::new();
    let mut count = 0;
    for case in S::CASES.lines() {
        let (node, sql) = case.split_once(" | ").unwrap();
        count += 1;
        let master = || connect(notebook.database.url(notebook.cluster.master()));
        for reads_before in [false, true] {
            until_free().await;
            let plain = master().await;
            let expected = told(&plain, level, sql, reads_before).await;
            plain.close().await.unwrap();
            until_free().await;
            let db = routed(master().await, &slave);
            let case = format!("{sql} (after a read: {reads_before})");
            let before = sent(&db);
            let found = told(&db, level, sql, reads_before).await;
            // A snapshot on a standby has no table of its own.
            let has_none =
                level == Some(IsolationLevel::RepeatableRead) && sql.contains("CREATE TEMP TABLE");
            if found != expected && !has_none {
                wrong.push(format!(
                    "{case}\n    plain {expected:?}\n    ours  {found:?}"
                ));
            }
            let after = sent(&db);
            let [by_master, by_slave] = [after[0] - before[0], after[1] - before[1]];
            let is_right = match (reads_before, node) {
                (true, "slave") => by_slave == 3 && by_master == 0,
                (true, _) => by_slave >= 1 && by_master >= 1,
                // What the slave could not answer began again on the master.
                (false, _) if found[0].starts_with("error") && by_slave == 1 => by_master == 2,
                (false, _) => by_slave == 0 || by_master == 0,
            };
            if !is_right && level.is_none() {
                wrong.push(format!(
                    "{case}: {by_master} by the master, {by_slave} by the slave"
                ));
            }
            db.master_connection().close().await.unwrap();
        }
        let stays = S::on_connection(&slave).await;
        if stays != fresh.1 {
            let lines = stays.lines();
            let differs: Vec<_> = lines.filter(|line| !fresh.1.contains(line)).collect();
            wrong.push(format!(
                "{sql}: stays on the slave's connection: {differs:?}"
            ));
        }
        let holds = || async {
            let is_fresh = S::on_server(&admin).await == fresh.0;
            Ok::<_, ClusterError>(is_fresh.then_some(()))
        };
        if until("nothing held on the slave", SOON, holds)
            .await
            .is_err()
        {
            wrong.push(format!("{sql}: stays on the slave"));
        }
    }
    println!("{count} statements");
    assert!(count >= 60, "{count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn read_only_transaction_answers_as_a_plain_one<S: Cases>() {
    answers_as_a_plain_one::<S>(None).await;
}

on_servers!(read_only_transaction_answers_as_a_plain_one: Postgres, MariaDb, MySql);

async fn so_does_one_that_reads_what_is_committed<S: Cases>() {
    answers_as_a_plain_one::<S>(Some(IsolationLevel::ReadCommitted)).await;
}

on_servers!(so_does_one_that_reads_what_is_committed: Postgres, MariaDb, MySql);

async fn so_does_one_with_a_snapshot<S: Cases>() {
    answers_as_a_plain_one::<S>(Some(IsolationLevel::RepeatableRead)).await;
}

on_servers!(so_does_one_with_a_snapshot: Postgres, MariaDb, MySql);

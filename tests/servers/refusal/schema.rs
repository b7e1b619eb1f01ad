//! A schema that slaves do not have yet, and what nobody has.

use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_routing::{RoutingDatabase, config::PoolConfig, status::NodeState};
use test_cluster::{MariaDb, MySql, Postgres, on_servers};

use super::{Read, assert_nobody_is_punished, refused};
use crate::replicated::{Notebook, Turns, connect, patient, reads, sql, until_state};

/// What is changed on the master by another program, and a read that only it can answer, with one row: 7.
type Change = (&'static str, &'static str);

trait Schemas: Turns {
    /// Before the slaves stop.
    const BEFORE: &'static [&'static str];
    const CHANGES: &'static [Change];
    /// Of which no server knows anything.
    const MISTAKES: &'static [&'static str];
}

impl Schemas for Postgres {
    const BEFORE: &'static [&'static str] = &[
        "INSERT INTO shelf VALUES (7)",
        "CREATE TYPE mood AS ENUM ('glad')",
        "CREATE TABLE secret AS SELECT 7::bigint AS n",
        "CREATE FUNCTION lucky() RETURNS bigint LANGUAGE plpgsql STABLE AS $$BEGIN RAISE 'no luck'; END$$",
        "CREATE TABLE big AS SELECT 2147483647 AS n",
    ];
    const CHANGES: &'static [Change] = &[
        (
            "CREATE TABLE late AS SELECT 7::bigint AS n",
            "SELECT n FROM late",
        ), // 42P01
        (
            "ALTER TABLE shelf ADD COLUMN n bigint DEFAULT 7",
            "SELECT n FROM shelf",
        ), // 42703
        (
            "CREATE SCHEMA hall; CREATE TABLE hall.t AS SELECT 7::bigint AS n",
            "SELECT n FROM hall.t",
        ), // 3F000
        (
            "CREATE TYPE pair AS (a bigint, b bigint)",
            "SELECT (('(7,8)'::pair)).a",
        ), // 42704
        (
            "ALTER TYPE mood ADD VALUE 'sad'",
            "SELECT 7::bigint FROM shelf WHERE 'sad'::mood <> 'glad'",
        ), // 22P02
        (
            "CREATE OR REPLACE FUNCTION lucky() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 7::bigint'",
            "SELECT lucky()",
        ), // P0001
        (
            "ALTER TABLE big ALTER n TYPE bigint",
            "SELECT n + 1 - 2147483641 FROM big",
        ), // 22003
        (
            "CREATE COLLATION own FROM \"C\"",
            "SELECT 7::bigint WHERE 'a' < 'b' COLLATE own",
        ), // 42704
        (
            "ALTER TABLE secret ADD PRIMARY KEY (n); ALTER TABLE secret ADD COLUMN m bigint DEFAULT 7",
            "SELECT m FROM secret GROUP BY n",
        ),
    ];
    const MISTAKES: &'static [&'static str] = &[
        "SELECT n FROM nowhere",
        "SELECT nothing FROM note",
        "SELECT 1 / 0",
        "SELECT FROM WHERE",
        "SELECT 'a'::int",
        "SELECT x FROM nowhere.t",
    ];
}

const MYSQL_BEFORE: &[&str] = &["INSERT INTO shelf VALUES (7)"];
const MYSQL_CHANGES: &[Change] = &[
    (
        "CREATE TABLE late (n bigint) AS SELECT 7 AS n",
        "SELECT n FROM late",
    ), // 1146
    (
        "ALTER TABLE shelf ADD COLUMN n bigint DEFAULT 7",
        "SELECT n FROM shelf",
    ), // 1054
    (
        "CREATE VIEW door AS SELECT CAST(7 AS SIGNED) AS n",
        "SELECT n FROM door",
    ), // 1146
    (
        "ALTER TABLE shelf ADD KEY by_id (id)",
        "SELECT n FROM shelf FORCE INDEX (by_id) WHERE id = 7",
    ), // 1176
];
const MYSQL_MISTAKES: &[&str] = &[
    "SELECT n FROM nowhere",
    "SELECT nothing FROM note",
    "SELECT FROM WHERE",
    "SELECT n FROM nowhere.t",
];

impl Schemas for MariaDb {
    const BEFORE: &'static [&'static str] = MYSQL_BEFORE;
    const CHANGES: &'static [Change] = MYSQL_CHANGES;
    const MISTAKES: &'static [&'static str] = MYSQL_MISTAKES;
}

impl Schemas for MySql {
    const BEFORE: &'static [&'static str] = MYSQL_BEFORE;
    const CHANGES: &'static [Change] = MYSQL_CHANGES;
    const MISTAKES: &'static [&'static str] = MYSQL_MISTAKES;
}

async fn read_of_what_has_not_arrived_runs_on_the_master<S: Schemas>() {
    let notebook = Notebook::<S>::new("not_arrived").await;
    for before in S::BEFORE {
        notebook.master.execute_unprepared(before).await.unwrap();
    }
    notebook.catch_up().await;
    let db = notebook.open(patient()).await;
    notebook.pause().await;
    for (change, read) in S::CHANGES {
        notebook.master.execute_unprepared(change).await.unwrap();
        for way in Read::EVERY {
            let (before, refused_before) = (reads(&db), refused(&db));
            let rows = way.rows(&db, read).await;
            assert_eq!(rows, Ok(vec![7]), "{read}, {way:?}");
            let after = reads(&db);
            let slaves = after[1] + after[2] - before[1] - before[2];
            assert_eq!(slaves, 1, "{read}, {way:?}: asked once");
            assert!(after[0] > before[0], "{read}, {way:?}: the master answered");
            assert_eq!(refused(&db) - refused_before, 1, "{read}, {way:?}");
        }
    }
    assert_nobody_is_punished(&db);
    notebook.resume().await;
    notebook.catch_up().await;
    db.close().await.unwrap();
}

on_servers!(read_of_what_has_not_arrived_runs_on_the_master: Postgres, MariaDb, MySql);

/// The error without what the driver remembers of the connection.
fn told(error: &DbErr) -> String {
    error.to_string()
}

async fn mistake_is_told_as_the_master_tells_it<S: Schemas>() {
    let notebook = Notebook::<S>::new("mistakes").await;
    let db = notebook.open(patient()).await;
    for mistake in S::MISTAKES {
        let plain = notebook.master.query_all_raw(sql(&db, mistake)).await;
        let plain = told(&plain.unwrap_err());
        for way in Read::EVERY {
            let before = reads(&db);
            let error = way.rows(&db, mistake).await.unwrap_err();
            assert_eq!(told(&error), plain, "{mistake}, {way:?}");
            let after = reads(&db);
            assert_eq!(
                after[0] - before[0],
                1,
                "{mistake}, {way:?}: once on the master"
            );
        }
    }
    assert_nobody_is_punished(&db);
    db.close().await.unwrap();
}

on_servers!(mistake_is_told_as_the_master_tells_it: Postgres, MariaDb, MySql);

#[tokio::test(flavor = "multi_thread")]
async fn statement_that_was_prepared_for_other_columns_is_prepared_anew() {
    let notebook = Notebook::<Postgres>::new("old_plan").await;
    let one = PoolConfig::new().max_connections(1);
    let config = notebook.config(patient()).pool(one);
    let db = RoutingDatabase::from_config(config).await.unwrap();
    for slave in ["slave-1", "slave-2"] {
        until_state(&db, slave, NodeState::Serving).await;
    }
    let plain = connect(notebook.database.url(notebook.cluster.slave(1))).await;
    let all = sql(&db, "SELECT * FROM shelf");
    plain.query_all_raw(all.clone()).await.unwrap();
    for _ in 0..4 {
        Read::All.rows(&db, "SELECT * FROM shelf").await.unwrap();
    }
    let change = "ALTER TABLE shelf ADD COLUMN n bigint DEFAULT 7";
    notebook.master.execute_unprepared(change).await.unwrap();
    notebook.catch_up().await;
    plain.query_all_raw(all).await.unwrap_err();
    // The session's own slave has one connection, and that one is closed.
    for _ in 0..8 {
        assert_eq!(Read::All.rows(&db, "SELECT * FROM shelf").await, Ok(vec![]));
    }
    assert_eq!(refused(&db), 1);
    assert_nobody_is_punished(&db);
    db.close().await.unwrap();
}

//! What a slave's file does not hold, another node is asked once; its answer is the answer.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr, StreamTrait};
use sea_orm_routing::{
    BindsConfig, Consistency, RoutingDatabase,
    config::{BindConfig, NodeConfig, OnNoSlave, ReadsConfig},
};
use tokio::time::Instant;
use tokio_stream::StreamExt;

use crate::{
    bakery::{Bakery, sql},
    support::served,
};

async fn number(db: &RoutingDatabase, text: &str) -> Result<i64, DbErr> {
    let row = db.query_one_raw(sql(text)).await?;
    row.unwrap().try_get_by_index(0)
}

#[tokio::test]
async fn table_and_column_of_the_master_alone_are_read_there() {
    let Bakery { db, .. } = &Bakery::new().await;
    let late = "CREATE TABLE late AS SELECT 7 AS n; ALTER TABLE cake ADD COLUMN late integer";
    db.execute_unprepared(late).await.unwrap();
    for text in [
        "SELECT n FROM late",
        "SELECT coalesce(max(late), 7) FROM cake",
    ] {
        let (found, by) = served(db, number(db, text)).await;
        assert_eq!(
            (found, by),
            (Ok(7), "default.master 1r, default.slave 1r".into())
        );
    }
    let streamed = async {
        let mut rows = db.stream_raw(sql("SELECT n FROM late")).await?;
        rows.next().await.unwrap()?.try_get_by_index::<i64>(0)
    };
    let (found, by) = served(db, streamed).await;
    assert_eq!(
        (found, by),
        (Ok(7), "default.master 1r, default.slave 1r".into())
    );
}

#[tokio::test]
async fn temporary_table_is_found_on_the_masters_connection() {
    let directory = tempfile::tempdir().unwrap();
    let file = format!("sqlite://{}/app.db", directory.path().display());
    let bind = BindConfig::new("default", format!("{file}?mode=rwc"))
        .slave(NodeConfig::new("slave-1", format!("{file}?mode=ro")));
    let reports = BindConfig::new("reports", "sqlite::memory:");
    let binds = BindsConfig::new().bind(bind).bind(reports);
    let db = RoutingDatabase::from_config(binds).await.unwrap();
    let made = "CREATE TEMPORARY TABLE note AS SELECT 7 AS n";
    db.execute_unprepared(made).await.unwrap();
    let (found, by) = served(&db, number(&db, "SELECT n FROM note")).await;
    assert_eq!(
        (found, by),
        (Ok(7), "default.master 1r, default.slave 1r".into())
    );
    db.close().await.unwrap();
}

#[tokio::test]
async fn mistake_is_told_once_more_and_then_to_the_application() {
    let Bakery { db, .. } = &Bakery::new().await;
    let assert_mistake = |found: Result<i64, DbErr>| {
        let error = found.unwrap_err().to_string();
        assert!(error.contains("no such column: no_column"), "{error}");
    };
    let (found, by) = served(db, number(db, "SELECT no_column FROM cake")).await;
    assert_mistake(found);
    assert_eq!(by, "default.master 1r, default.slave 1r");
    // Whoever names a slave hears what that says.
    let slave = db.slave().unwrap();
    let (found, by) = served(db, number(&slave, "SELECT no_column FROM cake")).await;
    assert_mistake(found);
    assert_eq!(by, "default.slave 1r");
}

#[tokio::test]
async fn spared_master_is_not_asked_but_another_slave() {
    let reads = ReadsConfig::new().on_no_slave(OnNoSlave::Error);
    let bakery = Bakery::with(|builder| builder.reads(reads)).await;
    let db = &bakery.db;
    bakery
        .node("default.slave-2")
        .await
        .execute_unprepared("CREATE TABLE late AS SELECT 7 AS n")
        .await
        .unwrap();
    for _ in 0..20 {
        assert_eq!(number(db, "SELECT n FROM late").await, Ok(7));
    }
    let error = number(db, "SELECT n FROM nowhere").await.unwrap_err();
    assert!(
        error.to_string().contains("no such table: nowhere"),
        "{error}"
    );
    let status = db.status();
    assert_eq!(
        status.node("default", "master").unwrap().reads,
        0,
        "{status}"
    );
    let refused = status.node("default", "slave-1").unwrap().refused;
    assert!(refused > 0, "{status}");
}

const STORM: u64 = 4_000;

/// What is asked of the master in vain in ten seconds, beside one of ten reads.
const RESERVE: u64 = 1_000;

#[tokio::test]
async fn storm_of_mistakes_reaches_the_master_a_bounded_number_of_times() {
    let bakery = Bakery::new().await;
    let db = &bakery.db.with(Consistency::Eventual);
    let begin = Instant::now();
    for _ in 0..STORM {
        number(db, "SELECT no_column FROM cake").await.unwrap_err();
    }
    let reads = |node: &str| db.status().node("default", node).unwrap().reads;
    let windows = begin.elapsed().as_secs() / Duration::from_secs(10).as_secs() + 1;
    let bound = windows * RESERVE + 2 * STORM / 10;
    assert_eq!(reads("slave-1") + reads("slave-2"), STORM);
    assert!(reads("master") <= bound, "{}", reads("master"));

    // It takes nothing from reads that the master alone can answer, as long as there is one question left.
    let other = Bakery::new().await;
    other
        .db
        .execute_unprepared("CREATE TABLE late AS SELECT 7 AS n")
        .await
        .unwrap();
    for _ in 0..2 * RESERVE {
        assert_eq!(number(&other.db, "SELECT n FROM late").await, Ok(7));
    }
}

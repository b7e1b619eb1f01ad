//! A name in a statement that no rule takes for a table, while another bind has a table of that name.

use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::{
    bakery::{Bakery, sql},
    support::{Log, served},
};

/// Says where it goes, whose name it is, and how to say better.
const WARNING: &str = "a name in this text may mean a table of another bind";

fn warnings(log: &Log) -> usize {
    log.text().matches(WARNING).count()
}

#[tokio::test]
async fn doubtful_name_is_told_once_and_not_where_a_handle_says_it() {
    let bakery = Bakery::new().await;
    let (log, _guard) = Log::start();
    let text = "CREATE TRIGGER noted AFTER INSERT ON cake BEGIN DELETE FROM report; END";
    let again = "DROP TRIGGER IF EXISTS noted";
    for _ in 0..2 {
        bakery.db.execute_unprepared(again).await.unwrap();
        let (done, by) = served(&bakery.db, bakery.db.execute_unprepared(text)).await;
        done.unwrap();
        assert_eq!(by.to_string(), "default.master 1w");
    }
    let told = log.text();
    assert_eq!(warnings(&log), 1, "{told}");
    for part in ["bind=default", "name=\"report\"", "claimed_by=reports"] {
        assert!(told.contains(part), "{told}");
    }

    // In a transaction it is as silent as elsewhere no more.
    let txn = bakery.db.begin().await.unwrap();
    let in_transaction = "CREATE TRIGGER told AFTER INSERT ON cake BEGIN DELETE FROM report; END";
    txn.execute_unprepared(in_transaction).await.unwrap();
    txn.rollback().await.unwrap();
    assert_eq!(warnings(&log), 2);

    let handle = bakery.db.bind("default").unwrap();
    let by_handle = "CREATE TRIGGER meant AFTER INSERT ON cake BEGIN DELETE FROM report; END";
    handle.execute_unprepared(by_handle).await.unwrap();
    for text in [
        "ALTER TABLE cake ADD COLUMN report text",
        "CREATE INDEX by_report ON cake (report)",
        "SELECT report FROM cake",
        "CREATE TABLE IF NOT EXISTS other (report int)",
    ] {
        bakery.db.execute_raw(sql(text)).await.unwrap();
    }
    assert_eq!(warnings(&log), 2, "{}", log.text());
}

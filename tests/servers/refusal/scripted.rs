//! Codes that no server shows on demand: a function raises them on slaves alone.

use sea_orm::ConnectionTrait;
use test_cluster::{MariaDb, MySql, Postgres};

use super::{Read, assert_nobody_is_punished, refused};
use crate::replicated::{Notebook, Turns, patient};

/// Reads by every way what fails with each code on slaves; `make` gives the function's definition, and it answers 7.
async fn answered_by_the_master<S: Turns>(codes: &[&str], make: impl Fn(usize, &str) -> String) {
    let notebook = Notebook::<S>::new("scripted").await;
    for (number, code) in codes.iter().enumerate() {
        notebook
            .master
            .execute_unprepared(&make(number, code))
            .await
            .unwrap();
    }
    notebook.catch_up().await;
    let db = notebook.open(patient()).await;
    for (number, code) in codes.iter().enumerate() {
        for way in Read::EVERY {
            let before = refused(&db);
            let rows = way.rows(&db, &format!("SELECT fails_{number}()")).await;
            assert_eq!(rows, Ok(vec![7]), "{code}, {way:?}");
            assert_eq!(refused(&db) - before, 1, "{code}, {way:?}");
        }
    }
    assert_nobody_is_punished(&db);
    db.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_codes_are_answered_by_the_master() {
    let codes = [
        "40001", "40P01", "57P04", "0A000", "55000", "55P03", "42P01", "42703", "42883", "3F000",
        "42704", "42P02", "42501", "42809", "26000", "XX000", "P0002", "22012", "21000",
    ];
    answered_by_the_master::<Postgres>(&codes, |number, code| {
        format!(
            "CREATE FUNCTION fails_{number}() RETURNS bigint LANGUAGE plpgsql STABLE AS $$ BEGIN
               IF pg_is_in_recovery() THEN RAISE 'scripted' USING ERRCODE = '{code}'; END IF;
               RETURN 7; END $$"
        )
    })
    .await;
}

fn signals(number: usize, code: &str) -> String {
    format!(
        "CREATE FUNCTION fails_{number}() RETURNS bigint READS SQL DATA BEGIN
           IF @@read_only THEN SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {code}; END IF; RETURN 7; END"
    )
}

const MYSQL_CODES: &[&str] = &[
    "1146", "1054", "1305", "1049", "1412", "1205", "1213", "1142", "1615", "1356", "1690", "1242",
];

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_codes_are_answered_by_the_master() {
    answered_by_the_master::<MariaDb>(MYSQL_CODES, signals).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mysql_codes_are_answered_by_the_master() {
    answered_by_the_master::<MySql>(MYSQL_CODES, signals).await;
}

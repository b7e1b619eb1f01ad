//! What this process changes is told to whoever listens: once it is committed, and without making a writer wait.

use entity::{bakery, report};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, SqlErr, StreamTrait, TransactionTrait,
};
use tokio_stream::StreamExt;

use crate::{
    bakery::{Bakery, bakery_named, report_titled},
    support::{already, soon, told},
};

#[tokio::test]
async fn reads_locks_and_refused_writes_are_not_told() {
    let Bakery { db, .. } = &Bakery::new().await;
    let mut modifications = db.modifications();
    bakery::Entity::find().all(db).await.unwrap();
    bakery::Entity::find().all(&db.master()).await.unwrap();
    db.execute_unprepared("PRAGMA busy_timeout = 100")
        .await
        .unwrap();
    let error = db
        .execute_unprepared("INSERT INTO bakery (unknown) VALUES (1)")
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("no column named unknown"),
        "{error}"
    );
    assert!(told(&mut modifications).await.is_empty());
}

#[tokio::test]
async fn each_kind_names_its_bind_and_tables() {
    let Bakery { db, .. } = &Bakery::new().await;
    let mut modifications = db.modifications();
    let mut of_reports = db.bind("reports").unwrap().modifications();
    for sql in [
        "/* trace */ INSERT INTO bakery (name) VALUES ('a'), ('b')",
        "update bakery set name = 'c' where name <> 'b'",
        "REPLACE INTO main.bakery (id, name) VALUES (1, 'd')",
        "DELETE FROM report",
        "CREATE TABLE crumb (id integer)",
        "WITH x AS (SELECT 1) INSERT INTO bakery (name) SELECT 'e' FROM x",
        "VACUUM",
    ] {
        db.execute_unprepared(sql).await.unwrap();
    }
    let expected = [
        "default: insert of bakery, 2 rows",
        "default: update of bakery, 2 rows",
        "default: insert of main.bakery, 1 rows",
        "reports: delete of report, 1 rows",
    ];
    let all = told(&mut modifications).await;
    assert_eq!(all[..4], expected);
    assert!(all[4].starts_with("default: define of crumb"), "{all:?}");
    assert!(
        all[5].starts_with("default: other of bakery, 1 rows"),
        "{all:?}"
    );
    assert!(
        all[6].starts_with("default: other of unknown tables"),
        "{all:?}"
    );
    assert_eq!(all.len(), 7);
    assert_eq!(told(&mut of_reports).await, expected[3..]);
}

#[tokio::test]
async fn transaction_is_told_when_it_commits_and_not_before() {
    let Bakery { db, .. } = &Bakery::new().await;
    let mut modifications = db.modifications();
    let transaction = db.begin().await.unwrap();
    bakery_named("one").insert(&transaction).await.unwrap();

    let kept = transaction.begin().await.unwrap();
    bakery_named("two").insert(&kept).await.unwrap();
    kept.commit().await.unwrap();
    let undone = transaction.begin().await.unwrap();
    bakery::Entity::delete_many().exec(&undone).await.unwrap();
    undone.rollback().await.unwrap();
    let failed = transaction.execute_unprepared("INSERT INTO bakery (unknown) VALUES (1)");
    let error = failed.await.unwrap_err();
    assert!(
        error.to_string().contains("no column named unknown"),
        "{error}"
    );
    assert!(told(&mut modifications).await.is_empty());

    transaction.commit().await.unwrap();
    let inserts = told(&mut modifications).await;
    assert_eq!(inserts.len(), 2, "{inserts:?}");
    assert!(inserts.iter().all(|told| {
        told.starts_with("default: insert of bakery") && told.ends_with(", in a transaction")
    }));
}

#[tokio::test]
async fn what_is_rolled_back_is_not_told() {
    let Bakery { db, .. } = &Bakery::new().await;
    let mut modifications = db.modifications();

    let transaction = db.begin().await.unwrap();
    report_titled("x").insert(&transaction).await.unwrap();
    transaction.rollback().await.unwrap();

    let transaction = db.begin().await.unwrap();
    report_titled("x").insert(&transaction).await.unwrap();
    drop(transaction);

    let failed = db.transaction_async(async |transaction| {
        report_titled("x").insert(transaction).await?;
        Err::<(), _>(DbErr::Custom("no".to_owned()))
    });
    let error = failed.await.unwrap_err();
    assert!(error.to_string().ends_with("no"), "{error}");
    assert!(told(&mut modifications).await.is_empty());
}

#[tokio::test]
async fn whoever_is_told_can_read_it_on_the_master() {
    let Bakery { db, .. } = &Bakery::new().await;
    let mut modifications = db.modifications();
    let writer = db.clone();
    let writing = tokio::spawn(async move {
        for number in 0..20 {
            let transaction = writer.begin().await?;
            report_titled(&number.to_string())
                .insert(&transaction)
                .await?;
            transaction.commit().await?;
        }
        Ok::<_, DbErr>(())
    });
    for number in 0..20 {
        assert!(soon(&mut modifications).await.confirmed);
        let reports = report::Entity::find().all(&db.master()).await.unwrap();
        assert!(
            reports
                .iter()
                .any(|report| report.title == number.to_string())
        );
    }
    writing.await.unwrap().unwrap();
}

#[tokio::test]
async fn slow_reader_learns_how_many_it_missed_and_no_writer_waits() {
    let Bakery { db, .. } = &Bakery::new().await;
    let mut slow = db.modifications();
    let (mut quick, mut gone) = (db.modifications(), db.modifications());
    let mut seen = 0;
    for _ in 0..1500 {
        let update = "UPDATE report SET title = 'x'";
        db.execute_unprepared(update).await.unwrap();
        seen += usize::from(already(&mut quick).await.is_some());
    }
    assert_eq!(seen, 1500);
    let missed = slow.next().await.unwrap().unwrap_err();
    assert_eq!(missed.to_string(), "476 modifications were missed");
    assert_eq!(told(&mut slow).await.len(), 1024);
    assert_eq!(gone.next().await.unwrap().unwrap_err().count, 476);
}

#[tokio::test]
async fn stream_is_told_when_its_last_row_has_come() {
    let Bakery { db, .. } = &Bakery::new().await;
    let mut modifications = db.modifications();
    let insert = || {
        let sql = "INSERT INTO report (title) VALUES ('x'), ('y') RETURNING id";
        sea_orm::Statement::from_string(db.get_database_backend(), sql)
    };
    let mut rows = db.stream_raw(insert()).await.unwrap();
    assert!(rows.next().await.unwrap().is_ok());
    assert!(told(&mut modifications).await.is_empty());
    assert!(rows.next().await.unwrap().is_ok());
    assert!(rows.next().await.is_none());
    drop(rows);
    assert_eq!(
        told(&mut modifications).await,
        ["reports: insert of report"]
    );

    let twice = "INSERT INTO report (id, title) VALUES (1, 'x') RETURNING id";
    let twice = sea_orm::Statement::from_string(db.get_database_backend(), twice);
    let mut rows = db.stream_raw(twice).await.unwrap();
    let error = rows.next().await.unwrap().unwrap_err();
    assert!(
        matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))),
        "{error}"
    );
    assert!(rows.next().await.is_none());
    drop(rows);
    assert!(told(&mut modifications).await.is_empty());

    let rows = db.stream_raw(insert()).await.unwrap();
    drop(rows);
    let expected = ["reports: insert of report, unconfirmed"];
    assert_eq!(told(&mut modifications).await, expected);
}

#[tokio::test]
async fn readers_end_when_the_database_closes() {
    let Bakery { db, .. } = &Bakery::new().await;
    let mut modifications = db.modifications();
    report_titled("x").insert(db).await.unwrap();
    db.clone().close().await.unwrap();
    assert_eq!(told(&mut modifications).await.len(), 1);
    assert!(modifications.next().await.is_none());
}

#[tokio::test]
async fn readers_end_with_the_last_handle() {
    let Bakery { db, .. } = Bakery::new().await;
    let mut modifications = db.modifications();
    drop(db);
    assert!(modifications.next().await.is_none());
}

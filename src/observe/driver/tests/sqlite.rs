use sea_orm::{ConnectionTrait, Database};

use crate::observe::{Fault, driver::sqlite, fault};

#[tokio::test]
async fn files() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    let url = format!("sqlite://{}", path.display());
    let missing = Database::connect(&url).await.unwrap_err();
    assert_eq!(fault(&missing), Some(Fault::Storage), "{missing:?}");

    std::fs::write(&path, "a text, and not a database; ".repeat(100)).unwrap();
    let damaged = Database::connect(format!("{url}?mode=ro"))
        .await
        .unwrap_err();
    assert_eq!(fault(&damaged), Some(Fault::Storage), "{damaged:?}");
}

#[tokio::test]
async fn statements() {
    let database = Database::connect("sqlite::memory:").await.unwrap();
    let made = database.execute_unprepared("CREATE TABLE cake (id integer PRIMARY KEY)");
    made.await.unwrap();
    let own = "INSERT INTO cake VALUES (1), (1)";
    assert_eq!(
        fault(&database.execute_unprepared(own).await.unwrap_err()),
        None
    );
    let limit = "PRAGMA max_page_count = 2";
    database.execute_unprepared(limit).await.unwrap();
    let full = "INSERT INTO cake WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) SELECT i FROM n";
    let error = database.execute_unprepared(full).await.unwrap_err();
    assert_eq!(fault(&error), Some(Fault::Exhausted), "{error:?}");
    database
        .execute_unprepared("PRAGMA query_only = on")
        .await
        .unwrap();
    let write = database.execute_unprepared("INSERT INTO cake VALUES (0)");
    assert_eq!(fault(&write.await.unwrap_err()), Some(Fault::ReadOnly));
}

#[test]
fn codes() {
    for code in ["10", "266", "3850", "11", "267", "14", "1038", "26"] {
        assert_eq!(sqlite::fault(code), Some(Fault::Storage), "{code}");
    }
    assert_eq!(sqlite::fault("13"), Some(Fault::Exhausted));
    for code in [
        "1", "5", "261", "517", "6", "262", "7", "8", "9", "19", "2067", "", "x",
    ] {
        assert_eq!(sqlite::fault(code), None, "{code}");
    }
}

//! Both ways of a statement, on SQLite: what a caller sees is the same.

use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbBackend, Statement, Value};

use super::Channel;

async fn database() -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1);
    Database::connect(options).await.unwrap()
}

fn statement(sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)
}

/// All that comes back of some statements on a new database, the last of them after its pool was closed.
async fn answers(is_silent: bool) -> Vec<String> {
    let connection = database().await;
    let channel = Channel::new(&connection, is_silent);
    assert_eq!(
        channel.is_short(),
        is_silent && cfg!(not(feature = "_seaorm_way"))
    );
    let insert = statement(
        "INSERT INTO cake (name) VALUES (?), (?)",
        ["a".into(), "b".into()],
    );
    let statements = [
        statement(
            "CREATE TABLE cake (id INTEGER PRIMARY KEY, name TEXT UNIQUE)",
            [],
        ),
        insert.clone(),
        insert,
        statement("SELECT id, name FROM cake WHERE name = ?", ["b".into()]),
        statement("SELECT id, name FROM cake WHERE name = ?", ["c".into()]),
        statement("SELECT id, name FROM cake ORDER BY id", []),
        statement("SELECT nothing FROM cake", []),
        statement("not a statement", []),
    ];
    let mut answers = Vec::new();
    for round in ["open", "closed"] {
        for statement in &statements {
            let answer = channel.clone().execute_raw(statement.clone()).await;
            let answer = answer.map(|done| (done.rows_affected(), done.last_insert_id()));
            answers.push(format!("{round}: {answer:?}"));
            let one = channel.clone().query_one_raw(statement.clone()).await;
            answers.push(format!("{round}: {one:?}"));
            let all = channel.clone().query_all_raw(statement.clone()).await;
            answers.push(format!("{round}: {all:?}"));
        }
        connection.close_by_ref().await.unwrap();
    }
    answers
}

#[tokio::test]
async fn both_ways_give_the_same_rows_counts_and_errors() {
    let expected = answers(false).await;
    let of = |word: &str| {
        expected
            .iter()
            .filter(|answer| answer.contains(word))
            .count()
    };
    assert!(of("Ok(Some") > 0 && of("Ok(None") > 0 && of("Err(Exec") > 0 && of("Err(Query") > 0);
    assert_eq!(of("closed: Err(ConnectionAcquire(ConnectionClosed))"), 24);
    assert_eq!(answers(true).await, expected);
}

#[tokio::test]
async fn pool_of_one_connection_gets_it_back_each_time() {
    let connection = database().await;
    let channel = Channel::new(&connection, true);
    for _ in 0..100 {
        let one = statement("SELECT 1", []);
        assert!(channel.clone().query_one_raw(one).await.unwrap().is_some());
    }
    assert_eq!(connection.get_sqlite_connection_pool().size(), 1);
}

//! Why no `DatabaseConnection` over SeaORM's `proxy` can route (docs/upstream.md): what a proxy is told, and what it is not.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use sea_orm::{
    AccessMode, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, IsolationLevel,
    ProxyDatabaseTrait, ProxyExecResult, ProxyRow, Statement, StreamTrait, TransactionTrait, Value,
};
use tokio_stream::StreamExt;

/// Notes all that it is told.
#[derive(Clone, Debug, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn note(&self, text: impl Into<String>) {
        self.0.lock().unwrap().push(text.into());
    }

    async fn connect(&self) -> DatabaseConnection {
        let proxy = Arc::new(Box::new(self.clone()) as Box<dyn ProxyDatabaseTrait>);
        let connection = Database::connect_proxy(DbBackend::Postgres, proxy);
        connection.await.unwrap()
    }

    fn log(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait]
impl ProxyDatabaseTrait for Told {
    async fn query(&self, statement: Statement) -> Result<Vec<ProxyRow>, DbErr> {
        self.note(statement.to_string());
        let columns = [
            ("b".to_owned(), Value::from(2)),
            ("a".to_owned(), Value::from(1)),
        ];
        Ok(vec![ProxyRow::new(columns.into_iter().collect())])
    }

    async fn execute(&self, statement: Statement) -> Result<ProxyExecResult, DbErr> {
        self.note(statement.to_string());
        Ok(ProxyExecResult::new(0, 1))
    }

    async fn begin(&self) {
        self.note("BEGIN");
    }

    /// Here a server may have refused.
    async fn commit(&self) {
        self.note("COMMIT");
    }

    async fn rollback(&self) {
        self.note("ROLLBACK");
    }
}

const PAY: &str = "UPDATE account SET paid = true";

/// Three programs that mean different things, and of which the proxy is told the same.
#[tokio::test]
async fn statement_of_one_transaction_can_not_be_told_from_that_of_another_or_of_none() {
    let mut logs = Vec::new();
    for program in ["kept", "given up", "outside"] {
        let told = Told::default();
        let db = told.connect().await;
        let kept = db.begin().await.unwrap();
        let given_up = db.begin().await.unwrap();
        match program {
            "kept" => kept.execute_unprepared(PAY).await.unwrap(),
            "given up" => given_up.execute_unprepared(PAY).await.unwrap(),
            _ => db.execute_unprepared(PAY).await.unwrap(),
        };
        kept.commit().await.unwrap();
        given_up.rollback().await.unwrap();
        logs.push(told.log());
    }
    assert_eq!(logs[0], ["BEGIN", "BEGIN", PAY, "COMMIT", "ROLLBACK"]);
    assert!(logs.iter().all(|log| *log == logs[0]), "{logs:?}");
}

#[tokio::test]
async fn transactions_options_are_not_told() {
    let (plain, serializable) = (Told::default(), Told::default());
    let transaction = plain.connect().await.begin().await.unwrap();
    transaction.commit().await.unwrap();
    let level = Some(IsolationLevel::Serializable);
    let db = serializable.connect().await;
    let transaction = db.begin_with_config(level, Some(AccessMode::ReadOnly));
    transaction.await.unwrap().commit().await.unwrap();
    assert_eq!(plain.log(), serializable.log());
}

/// `commit` of a proxy gives nothing, so it can't say that there was no commit; nor can `begin`.
#[tokio::test]
async fn commit_is_an_ok_whatever_became_of_it() {
    let transaction = Told::default().connect().await.begin().await.unwrap();
    assert_eq!(transaction.commit().await, Ok(()));
}

/// A row is a map by name, so columns come in the order of the alphabet, and two of one name are one.
#[tokio::test]
async fn columns_are_in_another_order_than_the_query_says() {
    let db = Told::default().connect().await;
    let select = Statement::from_string(DbBackend::Postgres, "SELECT 2 AS b, 1 AS a");
    let row = db.query_one_raw(select).await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<i32>(0), Ok(1), "a server says 2");
}

#[tokio::test]
async fn there_are_no_streams() {
    let db = Told::default().connect().await;
    let select = Statement::from_string(DbBackend::Postgres, "SELECT 1");
    let mut rows = db.stream_raw(select).await.unwrap();
    let error = rows.next().await.unwrap().unwrap_err();
    let is_seaorms = matches!(error, DbErr::BackendNotSupported { db: "Proxy", .. });
    assert!(is_seaorms, "{error}");
}

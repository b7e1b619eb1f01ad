//! A `DatabaseConnection` that routes, over SeaORM 2.0.4 with `proxy.patch`, and what of it was tried on a PostgreSQL with a slave.
//!
//! To repeat it: a copy of SeaORM's package with the patch (`patch -p1`), and a package with this file as `main.rs` that depends on `async-trait`,
//! `futures-util`, `tokio` (`full`), `sea-orm` (`proxy`, `stream`, `sqlx-postgres`, `runtime-tokio`), this crate (`sqlx-postgres`,
//! `runtime-tokio`, `stream`) and `test-cluster`, and has `[patch.crates-io] sea-orm = { path = "…" }`.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::StreamExt;
use sea_orm::*;
use sea_orm_routing::{RoutingDatabase, RoutingTransaction};

#[derive(Debug)]
struct Routed(RoutingDatabase);

/// A transaction, and its savepoints.
#[derive(Debug)]
struct Within(tokio::sync::Mutex<Vec<RoutingTransaction>>);

#[async_trait]
impl ProxyDatabaseTrait for Routed {
    async fn query(&self, _: Statement) -> Result<Vec<ProxyRow>, DbErr> {
        unreachable!("`query_all` is asked")
    }
    async fn execute(&self, _: Statement) -> Result<ProxyExecResult, DbErr> {
        unreachable!("`run` is asked")
    }
    async fn query_all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.0.query_all_raw(statement).await
    }
    async fn run(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.0.execute_raw(statement).await
    }
    async fn stream(&self, statement: Statement) -> Result<ProxyStream, DbErr> {
        Ok(Box::pin(self.0.stream_raw(statement).await?))
    }
    async fn begin_on(
        &self,
        options: TransactionOptions,
    ) -> Result<Option<Box<dyn ProxyDatabaseTrait>>, DbErr> {
        let transaction = self.0.begin_with_options(options).await?;
        Ok(Some(Box::new(Within(tokio::sync::Mutex::new(vec![
            transaction,
        ])))))
    }
}

#[async_trait]
impl ProxyDatabaseTrait for Within {
    async fn query(&self, _: Statement) -> Result<Vec<ProxyRow>, DbErr> {
        unreachable!()
    }
    async fn execute(&self, _: Statement) -> Result<ProxyExecResult, DbErr> {
        unreachable!()
    }
    async fn query_all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.0
            .lock()
            .await
            .last()
            .unwrap()
            .query_all_raw(statement)
            .await
    }
    async fn run(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.0
            .lock()
            .await
            .last()
            .unwrap()
            .execute_raw(statement)
            .await
    }
    async fn begin_on(
        &self,
        options: TransactionOptions,
    ) -> Result<Option<Box<dyn ProxyDatabaseTrait>>, DbErr> {
        let mut levels = self.0.lock().await;
        let savepoint = levels.last().unwrap().begin_with_options(options).await?;
        levels.push(savepoint);
        Ok(None)
    }
    async fn try_commit(&self) -> Result<(), DbErr> {
        let level = self.0.lock().await.pop().unwrap();
        level.commit().await
    }
    async fn try_rollback(&self) -> Result<(), DbErr> {
        let level = self.0.lock().await.pop().unwrap();
        level.rollback().await
    }
    fn start_rollback(&self) {
        drop(self.0.try_lock().ok().and_then(|mut levels| levels.pop()));
    }
}

#[tokio::main]
async fn main() {
    let cluster = test_cluster::PostgresCluster::start(1).await.unwrap();
    let yaml = format!(
        "binds:\n  default:\n    master: {}\n    slaves:\n      slave-1: {}\n",
        cluster.master().url(),
        cluster.slave(1).url()
    );
    let config = sea_orm_routing::BindsConfig::from_yaml(&yaml).unwrap();
    let routing = RoutingDatabase::from_config(config).await.unwrap();
    let proxy: Arc<Box<dyn ProxyDatabaseTrait>> = Arc::new(Box::new(Routed(routing.clone())));
    let db: DatabaseConnection = Database::connect_proxy(DbBackend::Postgres, proxy)
        .await
        .unwrap();
    let sql = |text: &str| Statement::from_string(DbBackend::Postgres, text);
    let count = async |db: &DatabaseConnection| {
        let row = db
            .query_one_raw(sql(
                "SELECT count(*), 7::int2 AS a, NULL::text AS a FROM item",
            ))
            .await
            .unwrap()
            .unwrap();
        (
            row.try_get_by_index::<i64>(0).unwrap(),
            row.try_get_by_index::<i16>(1).unwrap(),
            row.try_get_by_index::<Option<String>>(2).unwrap(),
        )
    };
    db.execute_unprepared("CREATE TABLE item (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        .await
        .unwrap();
    let (kept, given_up) = (db.begin().await.unwrap(), db.begin().await.unwrap());
    kept.execute_unprepared("INSERT INTO item VALUES (1)")
        .await
        .unwrap();
    given_up
        .execute_unprepared("INSERT INTO item VALUES (2)")
        .await
        .unwrap();
    let inner = kept.begin().await.unwrap();
    inner
        .execute_unprepared("INSERT INTO item VALUES (3)")
        .await
        .unwrap();
    inner.rollback().await.unwrap();
    kept.commit().await.unwrap();
    given_up.rollback().await.unwrap();
    assert_eq!(count(&db).await, (1, 7, None));
    let dropped = db.begin().await.unwrap();
    dropped
        .execute_unprepared("INSERT INTO item VALUES (5)")
        .await
        .unwrap();
    drop(dropped);
    let refused = db.begin().await.unwrap();
    refused
        .execute_unprepared("INSERT INTO item VALUES (1)")
        .await
        .unwrap();
    let error = refused.commit().await.unwrap_err();
    println!("commit refused: {error}");
    assert!(matches!(
        error.sql_err(),
        Some(SqlErr::UniqueConstraintViolation(_))
    ));
    let read_only = db
        .begin_with_config(None, Some(AccessMode::ReadOnly))
        .await
        .unwrap();
    assert!(
        read_only
            .execute_unprepared("INSERT INTO item VALUES (9)")
            .await
            .is_err()
    );
    read_only.rollback().await.unwrap();
    let rows = db.stream_raw(sql("SELECT id FROM item")).await.unwrap();
    assert_eq!(
        rows.map(|row| row.unwrap().try_get_by_index::<i32>(0).unwrap())
            .collect::<Vec<_>>()
            .await,
        [1]
    );
    cluster
        .wait_until_caught_up(std::time::Duration::from_secs(20))
        .await
        .unwrap();
    let mut strange = String::new();
    for _ in 0..2000 {
        let own = routing.session_from("").recording(5);
        own.apart(async { assert_eq!(count(&db).await.0, 1) }).await;
        strange = own.statements().last().unwrap().route.node.to_string();
        if strange == "slave-1" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    println!("a read by the connection ran on {strange}");
    assert_eq!(strange, "slave-1");
}

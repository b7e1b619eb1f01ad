//! The statements that each node gets, to the letter, on servers that need no server: `MockDatabase` logs.

use std::{collections::BTreeMap, io, sync::Arc, time::Duration};

use entity::{bakery, report, report_line};
use sea_orm::{
    AccessMode, ActiveValue::Set, ConnAcquireErr, DatabaseConnection, DbBackend, IntoActiveModel,
    MockDatabase, MockExecResult, RuntimeErr, Statement, Transaction, TransactionError,
    TransactionTrait, Value, prelude::*, sqlx,
};
use sea_orm_routing::{
    BindBuilder, Consistency, Role, RoutingDatabase, RoutingError, status::NodeState,
};
use tokio_stream::StreamExt;

use crate::bakery::{bakery_named, report_titled};

/// `default` and `reports`, each a master and a slave of one dialect.
struct Mocks {
    db: RoutingDatabase,
    nodes: Vec<(&'static str, DatabaseConnection)>,
    quote: char,
}

impl Mocks {
    fn new(backend: DbBackend) -> Self {
        Self::with(backend, |_, mock| answering(mock))
    }

    fn with(backend: DbBackend, prepare: impl Fn(&str, MockDatabase) -> MockDatabase) -> Self {
        let node = |key| {
            (
                key,
                prepare(key, MockDatabase::new(backend)).into_connection(),
            )
        };
        let nodes = vec![
            node("default.master"),
            node("default.slave-1"),
            node("reports.master"),
            node("reports.slave-1"),
        ];
        let bind = |name: &str, first: usize| {
            BindBuilder::new(name, nodes[first].1.clone())
                .slave("slave-1", nodes[first + 1].1.clone())
        };
        let db = RoutingDatabase::builder()
            .bind(bind("default", 0))
            .bind(bind("reports", 2))
            // What is looked at is the split, whatever this task has written.
            .consistency(Consistency::Eventual)
            .build()
            .unwrap();
        let quote = if backend == DbBackend::MySql {
            '`'
        } else {
            '"'
        };
        Self { db, nodes, quote }
    }

    /// What was sent since the last call: per node, one line for each statement or transaction.
    fn log(&self) -> Vec<(&'static str, String)> {
        let mut log = Vec::new();
        for (key, node) in &self.nodes {
            for transaction in node.clone().into_transaction_log() {
                let texts: Vec<_> = transaction
                    .statements()
                    .iter()
                    .map(|statement| statement.sql.as_str())
                    .collect();
                log.push((*key, texts.join("; ")));
            }
        }
        log
    }

    /// Fails unless exactly this was sent; `'` stands for the dialect's quote.
    #[track_caller]
    fn assert_log(&self, expected: &[(&str, &str)]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|(node, sql)| (*node, sql.replace('\'', &self.quote.to_string())))
            .collect();
        assert_eq!(self.log(), expected);
    }
}

/// Answers that fit every entity and statement of these tests.
fn answering(mock: MockDatabase) -> MockDatabase {
    let row = || -> BTreeMap<&str, Value> {
        let text = || Value::from("there");
        BTreeMap::from([
            ("id", 1.into()),
            ("name", text()),
            ("title", text()),
            ("report_id", 1.into()),
            ("text", text()),
            ("num_items", 1i64.into()),
        ])
    };
    let done = MockExecResult {
        last_insert_id: 1,
        rows_affected: 1,
    };
    mock.append_query_results(std::iter::repeat_n(vec![row()], 20))
        .append_exec_results(std::iter::repeat_n(done, 20))
}

const FIND: &str = "SELECT 'bakery'.'id', 'bakery'.'name' FROM 'bakery'";
const FIND_REPORTS: &str = "SELECT 'report'.'id', 'report'.'title' FROM 'report'";
const PG_INSERT: &str = "INSERT INTO 'bakery' ('name') VALUES ($1) RETURNING 'id', 'name'";
const MY_INSERT: &str = "INSERT INTO 'bakery' ('name') VALUES (?)";
const MY_READ_BACK: &str =
    "SELECT 'bakery'.'id', 'bakery'.'name' FROM 'bakery' WHERE 'bakery'.'id' = ? LIMIT ?";

#[tokio::test]
async fn statements_and_values_arrive_as_seaorm_builds_them() {
    let mocks = Mocks::new(DbBackend::Postgres);
    let db = &mocks.db;
    bakery_named("Ann's").insert(db).await.unwrap();
    let found = bakery::Entity::find()
        .filter(bakery::Column::Name.eq("Ann's"))
        .one(db);
    found.await.unwrap();
    let log = |index: usize| mocks.nodes[index].1.clone().into_transaction_log();
    assert_eq!(
        log(0),
        [Transaction::from_sql_and_values(
            DbBackend::Postgres,
            r#"INSERT INTO "bakery" ("name") VALUES ($1) RETURNING "id", "name""#,
            ["Ann's".into()]
        )]
    );
    assert_eq!(
        log(1),
        [Transaction::from_sql_and_values(
            DbBackend::Postgres,
            r#"SELECT "bakery"."id", "bakery"."name" FROM "bakery" WHERE "bakery"."name" = $1 LIMIT $2"#,
            ["Ann's".into(), 1u64.into()]
        )]
    );
}

#[tokio::test]
async fn reads_and_writes_are_split_on_postgres() {
    let mocks = Mocks::new(DbBackend::Postgres);
    let db = &mocks.db;
    let inserted = bakery_named("new").insert(db).await.unwrap();
    bakery::Entity::find().all(db).await.unwrap();
    let mut changed = inserted.into_active_model();
    changed.name = Set("changed".to_owned());
    changed.update(db).await.unwrap();
    bakery::Entity::delete_by_id(1).exec(db).await.unwrap();
    let stream = bakery::Entity::find().stream(db).await.unwrap();
    assert_eq!(stream.collect::<Vec<_>>().await.len(), 1);
    mocks.assert_log(&[
        ("default.master", PG_INSERT),
        (
            "default.master",
            "UPDATE 'bakery' SET 'name' = $1 WHERE 'bakery'.'id' = $2 RETURNING 'id', 'name'",
        ),
        (
            "default.master",
            "DELETE FROM 'bakery' WHERE 'bakery'.'id' = $1",
        ),
        ("default.slave-1", FIND),
        ("default.slave-1", FIND),
    ]);
}

#[tokio::test]
async fn insert_without_returning_is_read_back_where_it_was_written() {
    let mocks = Mocks::new(DbBackend::MySql);
    let db = &mocks.db.with(Consistency::Session);
    let inserted = bakery_named("new").insert(db).await.unwrap();
    assert_eq!(inserted.name, "there");
    mocks.assert_log(&[
        ("default.master", MY_INSERT),
        ("default.master", MY_READ_BACK),
    ]);
    bakery_named("new").insert(&mocks.db).await.unwrap();
    mocks.assert_log(&[
        ("default.master", MY_INSERT),
        ("default.slave-1", MY_READ_BACK),
    ]);
    bakery_named("new").insert(&db.master()).await.unwrap();
    mocks.assert_log(&[
        ("default.master", MY_INSERT),
        ("default.master", MY_READ_BACK),
    ]);
    bakery::Entity::insert(bakery_named("new"))
        .exec(db)
        .await
        .unwrap();
    mocks.assert_log(&[("default.master", MY_INSERT)]);
}

#[tokio::test]
async fn update_without_returning_is_read_back_too() {
    let mocks = Mocks::new(DbBackend::MySql);
    let db = &mocks.db.with(Consistency::Session);
    let mut changed = bakery_named("new")
        .insert(db)
        .await
        .unwrap()
        .into_active_model();
    mocks.log();
    changed.name = Set("changed".to_owned());
    changed.update(db).await.unwrap();
    mocks.assert_log(&[
        (
            "default.master",
            "UPDATE 'bakery' SET 'name' = ? WHERE 'bakery'.'id' = ?",
        ),
        ("default.master", MY_READ_BACK),
    ]);
}

#[tokio::test]
async fn keyed_entities_reach_the_nodes_of_their_bind_only() {
    for backend in [DbBackend::Postgres, DbBackend::MySql] {
        let mocks = Mocks::new(backend);
        let db = &mocks.db;
        report::Entity::find().all(db).await.unwrap();
        report::Entity::delete_many().exec(db).await.unwrap();
        db.bind("reports.slave-1")
            .unwrap()
            .query_one_raw(Statement::from_string(backend, "SELECT 1 AS id"))
            .await
            .unwrap();
        mocks.assert_log(&[
            ("reports.master", "DELETE FROM 'report'"),
            ("reports.slave-1", FIND_REPORTS),
            ("reports.slave-1", "SELECT 1 AS id"),
        ]);
    }
}

#[tokio::test]
async fn transaction_is_one_block_on_one_master() {
    let mocks = Mocks::new(DbBackend::MySql);
    let txn = mocks.db.begin().await.unwrap();
    bakery::Entity::find().all(&txn).await.unwrap();
    bakery_named("new").insert(&txn).await.unwrap();
    txn.commit().await.unwrap();
    let block = ["BEGIN", FIND, MY_INSERT, MY_READ_BACK, "COMMIT"].join("; ");
    mocks.assert_log(&[("default.master", &block)]);

    let mocks = Mocks::new(DbBackend::Postgres);
    let txn = mocks.db.begin().await.unwrap();
    bakery::Entity::find().all(&txn).await.unwrap();
    bakery_named("new").insert(&txn).await.unwrap();
    txn.commit().await.unwrap();
    let block = ["BEGIN", FIND, PG_INSERT, "COMMIT"].join("; ");
    mocks.assert_log(&[("default.master", &block)]);
}

#[tokio::test]
async fn transaction_of_a_keyed_entity_is_on_its_bind() {
    let mocks = Mocks::new(DbBackend::MySql);
    let db = &mocks.db;
    let txn = db.begin().await.unwrap();
    report::Entity::find().all(&txn).await.unwrap();
    let error = bakery::Entity::find().all(&txn).await.unwrap_err();
    assert!(matches!(
        RoutingError::of(&error),
        Some(RoutingError::OtherTransaction { .. })
    ));
    report::Entity::delete_many().exec(&txn).await.unwrap();
    txn.commit().await.unwrap();
    let block = ["BEGIN", FIND_REPORTS, "DELETE FROM 'report'", "COMMIT"].join("; ");
    mocks.assert_log(&[("reports.master", &block)]);
}

#[tokio::test]
async fn rollback_drop_and_closure_error_send_rollback() {
    for backend in [DbBackend::Postgres, DbBackend::MySql] {
        let mocks = Mocks::new(backend);
        let db = &mocks.db;
        let block = ["BEGIN", FIND, "ROLLBACK"].join("; ");

        let txn = db.begin().await.unwrap();
        bakery::Entity::find().all(&txn).await.unwrap();
        txn.rollback().await.unwrap();
        mocks.assert_log(&[("default.master", &block)]);

        let txn = db.begin().await.unwrap();
        bakery::Entity::find().all(&txn).await.unwrap();
        drop(txn);
        mocks.assert_log(&[("default.master", &block)]);

        let result = db
            .transaction::<_, (), DbErr>(|txn| {
                Box::pin(async move {
                    bakery::Entity::find().all(txn).await?;
                    Err(DbErr::Custom("no".to_owned()))
                })
            })
            .await;
        assert!(
            matches!(&result, Err(TransactionError::Transaction(DbErr::Custom(why))) if why == "no")
        );
        mocks.assert_log(&[("default.master", &block)]);
    }
}

#[tokio::test]
async fn nested_transactions_are_savepoints() {
    for backend in [DbBackend::Postgres, DbBackend::MySql] {
        let mocks = Mocks::new(backend);
        let outer = mocks.db.begin().await.unwrap();
        bakery::Entity::find().all(&outer).await.unwrap();
        let kept = outer.begin().await.unwrap();
        bakery::Entity::delete_many().exec(&kept).await.unwrap();
        kept.commit().await.unwrap();
        let undone = outer.begin().await.unwrap();
        undone.rollback().await.unwrap();
        outer.commit().await.unwrap();
        let block = [
            "BEGIN",
            FIND,
            "SAVEPOINT savepoint_1",
            "DELETE FROM 'bakery'",
            "RELEASE SAVEPOINT savepoint_1",
            "SAVEPOINT savepoint_1",
            "ROLLBACK TO SAVEPOINT savepoint_1",
            "COMMIT",
        ];
        mocks.assert_log(&[("default.master", &block.join("; "))]);
    }
}

#[tokio::test]
async fn first_statement_of_a_nested_transaction_opens_all_levels() {
    let mocks = Mocks::new(DbBackend::Postgres);
    let outer = mocks.db.begin().await.unwrap();
    let middle = outer.begin().await.unwrap();
    let inner = middle.begin().await.unwrap();
    assert_eq!(mocks.log(), []);
    report::Entity::find().all(&inner).await.unwrap();
    inner.rollback().await.unwrap();
    middle.commit().await.unwrap();
    outer.commit().await.unwrap();
    let block = [
        "BEGIN",
        "SAVEPOINT savepoint_1",
        "SAVEPOINT savepoint_2",
        FIND_REPORTS,
        "ROLLBACK TO SAVEPOINT savepoint_2",
        "RELEASE SAVEPOINT savepoint_1",
        "COMMIT",
    ];
    mocks.assert_log(&[("reports.master", &block.join("; "))]);
}

#[tokio::test]
async fn transaction_without_statements_is_sent_only_where_the_bind_is_known() {
    let mocks = Mocks::new(DbBackend::Postgres);
    mocks.db.begin().await.unwrap().commit().await.unwrap();
    drop(mocks.db.begin().await.unwrap());
    assert_eq!(mocks.log(), []);
    let reports = mocks.db.bind("reports").unwrap();
    reports.begin().await.unwrap().commit().await.unwrap();
    mocks.assert_log(&[("reports.master", "BEGIN; COMMIT")]);
}

#[tokio::test]
async fn read_only_transaction_is_one_block_on_a_slave() {
    let mocks = Mocks::new(DbBackend::Postgres);
    let txn = mocks
        .db
        .begin_with_config(None, Some(AccessMode::ReadOnly))
        .await
        .unwrap();
    report::Entity::find().all(&txn).await.unwrap();
    txn.commit().await.unwrap();
    let block = ["BEGIN", FIND_REPORTS, "COMMIT"].join("; ");
    mocks.assert_log(&[("reports.slave-1", &block)]);
}

#[tokio::test]
async fn nested_save_is_one_block_with_savepoints() {
    let mocks = Mocks::new(DbBackend::Postgres);
    let report = report::ActiveModel::builder()
        .set_title("weekly")
        .add_line(report_line::ActiveModel::builder().set_text("first"));
    report.save(&mocks.db).await.unwrap();
    let block = [
        "BEGIN",
        "INSERT INTO 'report' ('title') VALUES ($1) RETURNING 'id', 'title'",
        "SAVEPOINT savepoint_1",
        "INSERT INTO 'report_line' ('report_id', 'text') VALUES ($1, $2) RETURNING 'id', 'report_id', 'text'",
        "RELEASE SAVEPOINT savepoint_1",
        "COMMIT",
    ];
    mocks.assert_log(&[("reports.master", &block.join("; "))]);
}

#[tokio::test]
async fn statement_without_a_route_reaches_no_node() {
    let mocks = Mocks::new(DbBackend::Postgres);
    let db = &mocks.db;
    let join = "SELECT * FROM bakery JOIN report ON bakery.name = report.title";
    let join = Statement::from_string(DbBackend::Postgres, join);
    db.query_all_raw(join.clone()).await.unwrap_err();
    db.execute_raw(join.clone()).await.unwrap_err();
    let txn = db.begin().await.unwrap();
    txn.query_all_raw(join).await.unwrap_err();
    txn.commit().await.unwrap();
    let slave = db.bind("slave-1").unwrap();
    bakery_named("x").insert(&slave).await.unwrap_err();
    assert_eq!(mocks.log(), []);
}

#[tokio::test]
async fn errors_of_a_node_come_back_unchanged_and_nothing_is_tried_again() {
    let error = |text: &str| DbErr::Query(RuntimeErr::Internal(text.to_owned()));
    let mocks = Mocks::with(DbBackend::MySql, |key, mock| {
        let gone = [error(key), error(key), error(key)];
        mock.append_query_errors(gone.clone())
            .append_exec_errors(gone)
    });
    let db = &mocks.db;
    assert_eq!(
        bakery::Entity::find().all(db).await.unwrap_err(),
        error("default.slave-1")
    );
    mocks.assert_log(&[("default.slave-1", FIND)]);
    assert_eq!(
        bakery_named("x").insert(db).await.unwrap_err(),
        error("default.master")
    );
    mocks.assert_log(&[("default.master", MY_INSERT)]);
    assert_eq!(
        db.execute_unprepared("DELETE FROM report")
            .await
            .unwrap_err(),
        error("reports.master")
    );
    mocks.assert_log(&[("reports.master", "DELETE FROM report")]);
    let mut stream = report::Entity::find().stream(db).await.unwrap();
    assert_eq!(
        stream.next().await.unwrap().unwrap_err(),
        error("reports.slave-1")
    );
    mocks.assert_log(&[("reports.slave-1", FIND_REPORTS)]);

    let result = db
        .transaction_async::<_, (), DbErr>(async |txn| {
            report_titled("x").insert(txn).await?;
            Ok(())
        })
        .await;
    let Err(TransactionError::Transaction(found)) = result else {
        panic!("{result:?}");
    };
    assert_eq!(found, error("reports.master"));
    let block = "BEGIN; INSERT INTO 'report' ('title') VALUES (?); ROLLBACK";
    mocks.assert_log(&[("reports.master", block)]);
}

/// In a transaction nothing runs elsewhere, but what begins afterwards does.
#[tokio::test]
async fn faults_in_transactions_put_a_slave_out_too() {
    let lost = || {
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        DbErr::Query(RuntimeErr::SqlxError(Arc::new(sqlx::Error::Io(reset))))
    };
    let mocks = Mocks::with(DbBackend::Postgres, |_, mock| {
        mock.append_query_errors([lost(), lost(), lost()])
    });
    let read = async || {
        let read_only = Some(AccessMode::ReadOnly);
        let txn = mocks.db.begin_with_config(None, read_only).await?;
        bakery::Entity::find().all(&txn).await
    };
    for state in [NodeState::Serving, NodeState::Serving, NodeState::Down] {
        assert_eq!(read().await, Err(lost()));
        let status = mocks.db.status();
        let slave = status.node("default", "slave-1").unwrap();
        assert_eq!(slave.state, state, "{status}");
    }
    let find = Statement::from_string(DbBackend::Postgres, "SELECT * FROM bakery");
    let route = mocks.db.route(&find).unwrap();
    assert_eq!(route.role, Role::Master);
}

/// A pool without a connection to give is not left, so that every read of it would be sent twice.
#[tokio::test(start_paused = true)]
async fn reads_go_elsewhere_as_often_as_the_retry_budget_allows() {
    let busy = || DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
    let mocks = Mocks::with(DbBackend::Postgres, |key, mock| {
        let rows: Vec<bakery::Model> = Vec::new();
        match key {
            "default.slave-1" => mock.append_query_errors(std::iter::repeat_n(busy(), 3_000)),
            _ => mock.append_query_results(std::iter::repeat_n(rows, 3_000)),
        }
    });
    let read = async || bakery::Entity::find().all(&mocks.db).await;
    let reads_of = |node| mocks.db.status().node("default", node).unwrap().reads;
    let mut served = 0;
    let refused = loop {
        match read().await {
            Ok(_) => served += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(refused, busy());
    assert_eq!(reads_of("master"), served);
    assert_eq!(reads_of("slave-1"), served + 1);
    // A thousand, and one of ten reads: each of them is one of the slave and one of the master.
    assert_eq!(served, 1_000 + 2 * served / 10);
    tokio::time::advance(Duration::from_secs(11)).await;
    assert_eq!(read().await, Ok(Vec::new()));
}

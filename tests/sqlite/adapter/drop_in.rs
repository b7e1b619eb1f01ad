//! What compiled and worked with a `DatabaseConnection` does so with a `RoutingDatabase`.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    path::Path,
    sync::{Arc, Mutex},
};

use entity::{bakery, report, report_line};
use migration::{Bakeries, MigratorTrait, Reports};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseExecutor, DbBackend,
    IntoDatabaseExecutor, MockDatabase, MockExecResult, RuntimeErr, Statement, StreamTrait,
    TransactionError, TransactionSession, TransactionTrait, Value, prelude::*,
};
use sea_orm_routing::{BindBuilder, RoutingDatabase, RoutingTransaction};
use tokio_stream::StreamExt;

use crate::{
    bakery::{Bakery, bakery_named, open, report_titled},
    support::served,
};

fn sql(backend: DbBackend, text: &str) -> Statement {
    Statement::from_string(backend, text)
}

mod generic_code {
    use super::*;

    async fn first_name<C: ConnectionTrait>(db: &C) -> Result<String, DbErr> {
        let bakery = bakery::Entity::find().one(db).await?;
        Ok(bakery.map(|bakery| bakery.name).unwrap_or_default())
    }

    async fn first_title<C: ConnectionTrait + StreamTrait>(db: &C) -> Result<String, DbErr> {
        let mut reports = report::Entity::find().stream(db).await?;
        Ok(reports
            .try_next()
            .await?
            .map(|report| report.title)
            .unwrap_or_default())
    }

    /// Writes, reads what it wrote in a nested transaction, and rolls the nested one back.
    async fn write<C: TransactionTrait>(db: &C) -> Result<Vec<String>, TransactionError<DbErr>> {
        db.transaction::<_, _, DbErr>(|txn| {
            Box::pin(async move {
                bakery_named("kept").insert(txn).await?;
                let nested = txn.begin().await?;
                bakery_named("undone").insert(&nested).await?;
                let seen = bakery::Entity::find().all(&nested).await?;
                nested.rollback().await?;
                Ok(seen.into_iter().map(|bakery| bakery.name).collect())
            })
        })
        .await
    }

    /// Owns any kind of connection, as a repository or a service does.
    struct Reports<C>(C);

    impl<C: ConnectionTrait + TransactionTrait + StreamTrait> Reports<C> {
        async fn add(&self, title: &str) -> Result<report::Model, DbErr> {
            let transaction = self.0.begin().await?;
            let report = report_titled(title).insert(&transaction).await?;
            transaction.commit().await?;
            Ok(report)
        }

        async fn titles(&self) -> Result<Vec<String>, DbErr> {
            let reports = report::Entity::find().stream(&self.0).await?;
            reports
                .map(|report| Ok(report?.title))
                .collect::<Result<_, _>>()
                .await
        }
    }

    async fn executed<'c, C: IntoDatabaseExecutor<'c>>(db: C) -> Result<String, DbErr> {
        first_name(&db.into_database_executor()).await
    }

    #[tokio::test]
    async fn takes_the_handle() {
        let Bakery { db, .. } = &Bakery::new().await;
        let (name, by) = served(db, first_name(db)).await;
        assert!(name.unwrap().starts_with("default.slave-"));
        assert_eq!(by, "default.slave 1r");
        let (title, by) = served(db, first_title(db)).await;
        assert_eq!(
            (title.unwrap().as_str(), by),
            ("reports.slave-1", "reports.slave 1r".into())
        );
        let (seen, by) = served(db, write(db)).await;
        assert_eq!(seen.unwrap(), ["default.master", "kept", "undone"]);
        assert_eq!(by, "default.master 1r, default.master 2w");
        assert_eq!(bakery::Entity::find().count(&db.master()).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn takes_a_transaction() {
        let Bakery { db, .. } = &Bakery::new().await;
        let txn = db.begin().await.unwrap();
        assert_eq!(first_name(&txn).await.unwrap(), "default.master");
        write(&txn).await.unwrap();
        txn.commit().await.unwrap();
        assert_eq!(bakery::Entity::find().count(&db.master()).await.unwrap(), 2);
        let txn = db.begin().await.unwrap();
        assert_eq!(first_title(&txn).await.unwrap(), "reports.master");
    }

    #[tokio::test]
    async fn takes_a_shared_handle() {
        let Bakery { db, directory } = Bakery::new().await;
        let shared = Arc::new(db);
        assert!(
            first_name(&*shared)
                .await
                .unwrap()
                .starts_with("default.slave-")
        );
        assert_eq!(
            first_title(shared.as_ref()).await.unwrap(),
            "reports.slave-1"
        );
        assert_eq!(write(&*shared).await.unwrap().len(), 3);
        drop(directory);
    }

    #[tokio::test]
    async fn owns_a_handle_or_a_transaction() {
        let Bakery { db, .. } = &Bakery::new().await;
        let reports = Reports(db.clone());
        let (added, by) = served(db, reports.add("owned")).await;
        assert_eq!(
            (added.unwrap().title.as_str(), by),
            ("owned", "reports.master 1w".into())
        );
        let (titles, by) = served(db, reports.titles()).await;
        assert_eq!(titles.unwrap(), ["reports.slave-1"]);
        assert_eq!(by, "reports.slave 1r");

        let inside = Reports(db.begin().await.unwrap());
        inside.add("undone").await.unwrap();
        let (titles, by) = served(db, inside.titles()).await;
        assert_eq!(titles.unwrap(), ["reports.master", "owned", "undone"]);
        assert_eq!(by, "reports.master 1r");
        inside.0.rollback().await.unwrap();
        assert_eq!(report::Entity::find().count(&db.master()).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn takes_handles_of_a_bind_and_of_a_node() {
        let Bakery { db, .. } = &Bakery::new().await;
        assert_eq!(
            first_name(&db.bind("reports").unwrap()).await.unwrap(),
            "reports.slave-1"
        );
        assert_eq!(first_title(&db.master()).await.unwrap(), "reports.master");
        let seen = write(&db.entity::<report::Entity>().unwrap())
            .await
            .unwrap();
        assert_eq!(seen, ["reports.master", "kept", "undone"]);
    }

    #[tokio::test]
    async fn executor_of_a_handle_is_the_master_of_its_bind() {
        let Bakery { db, .. } = &Bakery::new().await;
        assert_eq!(executed(db).await.unwrap(), "default.master");
        let reports = db.bind("reports").unwrap();
        assert_eq!(executed(&reports).await.unwrap(), "reports.master");
    }
}

mod applications {
    use super::*;

    #[derive(Clone)]
    struct AppState {
        db: RoutingDatabase,
    }

    async fn handler(state: AppState, number: usize) -> Result<String, DbErr> {
        let written = bakery_named(&format!("by {number}"))
            .insert(&state.db)
            .await?;
        let text = format!("{} read {number}", written.name);
        let title = report::Entity::find().one(&state.db).await?;
        Ok(format!(
            "{text} from {}",
            title.map_or_else(String::new, |report| report.title)
        ))
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn handle_lives_in_the_state_of_a_server_and_in_spawned_tasks() {
        fn assert_state<S: Clone + Send + Sync + 'static>(_: &S) {}
        let Bakery { db, directory } = Bakery::new().await;
        let state = AppState { db };
        assert_state(&state);
        let requests: Vec<_> = (0..20)
            .map(|number| tokio::spawn(handler(state.clone(), number)))
            .collect();
        for (number, request) in requests.into_iter().enumerate() {
            let answer = request.await.unwrap().unwrap();
            assert_eq!(
                answer,
                format!("by {number} read {number} from reports.slave-1")
            );
        }
        let status = state.db.status();
        let count = |bind, node| {
            let node = status.node(bind, node).unwrap();
            (node.reads, node.writes)
        };
        assert_eq!(count("default", "master"), (0, 20));
        assert_eq!(count("reports", "slave-1"), (20, 0));
        let written = bakery::Entity::find()
            .count(&state.db.master())
            .await
            .unwrap();
        assert_eq!(written, 21);
        drop(directory);
    }

    /// As frameworks have it, whose signatures an application can't change.
    struct AppContext {
        db: DatabaseConnection,
    }

    async fn framework(context: &AppContext) -> Result<Vec<String>, DbErr> {
        let bakeries = bakery::Entity::find().all(&context.db).await?;
        Ok(bakeries.into_iter().map(|bakery| bakery.name).collect())
    }

    #[tokio::test]
    async fn context_that_names_the_connection_has_the_masters() {
        let Bakery { db, .. } = &Bakery::new().await;
        let context = AppContext {
            db: db.master_connection(),
        };
        bakery_named("new").insert(&context.db).await.unwrap();
        let (names, by) = served(db, framework(&context)).await;
        assert_eq!(names.unwrap(), ["default.master", "new"]);
        assert_eq!(by, "default.master 1r");

        let reports = db.bind("reports").unwrap().master_connection();
        let report = report::Entity::find().one(&reports).await.unwrap().unwrap();
        assert_eq!(report.title, "reports.master");
        let slave = db.bind("reports.slave-1").unwrap().master_connection();
        let report = report::Entity::find().one(&slave).await.unwrap().unwrap();
        assert_eq!(report.title, "reports.master", "whatever the handle reads");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn transactions_and_closures_run_in_spawned_tasks() {
        let Bakery { db, directory } = Bakery::new().await;
        let task = tokio::spawn({
            let db = db.clone();
            async move {
                db.transaction::<_, _, DbErr>(|txn| {
                    Box::pin(async move { report_titled("spawned").insert(txn).await })
                })
                .await
            }
        });
        assert_eq!(task.await.unwrap().unwrap().title, "spawned");
        assert_eq!(report::Entity::find().count(&db.master()).await.unwrap(), 2);
        drop(directory);
    }

    #[tokio::test]
    async fn async_closures_commit_after_ok_and_roll_back_after_err() {
        let Bakery { db, .. } = &Bakery::new().await;
        let work = async |txn: &RoutingTransaction| {
            let title = report_titled("async").insert(txn).await?.title;
            let nested = txn.transaction_async::<_, (), DbErr>(async |txn| {
                report_titled("nested").insert(txn).await?;
                Err(DbErr::Custom("no".to_owned()))
            });
            let nested = nested.await;
            assert!(
                matches!(nested, Err(TransactionError::Transaction(_))),
                "{nested:?}"
            );
            Ok::<_, DbErr>(title)
        };
        let (title, by) = served(db, db.transaction_async(work)).await;
        assert_eq!(
            (title.unwrap().as_str(), by),
            ("async", "reports.master 2w".into())
        );
        let only_read = db.transaction_with_config_async::<_, _, DbErr>(
            async |txn| report::Entity::find().all(txn).await,
            None,
            Some(AccessMode::ReadOnly),
        );
        let (rows, by) = served(db, only_read).await;
        assert_eq!(
            (rows.unwrap()[0].title.as_str(), by),
            ("reports.slave-1", "reports.slave 1r".into())
        );
        assert_eq!(report::Entity::find().count(&db.master()).await.unwrap(), 2);
    }
}

mod inherent_methods {
    use super::*;

    #[tokio::test]
    async fn backend_is_that_of_the_handles_bind() {
        let mock = |backend| MockDatabase::new(backend).into_connection();
        let db = RoutingDatabase::builder()
            .bind(BindBuilder::new("default", mock(DbBackend::MySql)))
            .bind(BindBuilder::new("reports", mock(DbBackend::Postgres)))
            .build()
            .unwrap();
        let reports = db.bind("reports").unwrap();
        assert_eq!(db.get_database_backend(), DbBackend::MySql);
        assert_eq!(reports.get_database_backend(), DbBackend::Postgres);
        assert_eq!(
            StreamTrait::get_database_backend(&reports),
            DbBackend::Postgres
        );
        assert!(!db.support_returning() && reports.support_returning());
        assert!(db.is_mock_connection());
    }

    #[tokio::test]
    async fn queries_are_shown_for_the_backend_of_the_handle() {
        let Bakery { db, .. } = &Bakery::new().await;
        let find = report::Entity::find_by_id(7);
        let text = sea_orm::debug_query!(&find, db.get_database_backend());
        let expected =
            r#"SELECT "report"."id", "report"."title" FROM "report" WHERE "report"."id" = 7"#;
        assert_eq!(text, expected);
    }

    #[tokio::test]
    async fn ping_asks_every_node() {
        let Bakery { db, .. } = &Bakery::new().await;
        db.ping().await.unwrap();
        for (key, closed) in [
            ("slave-2", "default.slave-2"),
            ("reports.slave-1", "reports.slave-1"),
        ] {
            db.bind(key).unwrap().close_by_ref().await.unwrap();
            let error = db.ping().await.unwrap_err();
            assert!(
                matches!(error, DbErr::ConnectionAcquire(_)),
                "{closed}: {error:?}"
            );
        }
        // The handle of what still runs is not concerned.
        db.bind("slave-1").unwrap().ping().await.unwrap();
        db.bind("reports.master").unwrap().ping().await.unwrap();
        db.bind("reports").unwrap().ping().await.unwrap_err();
    }

    #[tokio::test]
    async fn closing_closes_every_node_for_all_clones() {
        for by_ref in [false, true] {
            let Bakery { db, .. } = &Bakery::new().await;
            let txn_handle = db.bind("reports").unwrap();
            if by_ref {
                db.close_by_ref().await.unwrap();
            } else {
                db.clone().close().await.unwrap();
            }
            let errors = [
                bakery::Entity::find().all(db).await.unwrap_err(),
                bakery_named("x").insert(db).await.unwrap_err(),
                report::Entity::find().all(db).await.unwrap_err(),
                report::Entity::delete_many().exec(db).await.unwrap_err(),
                txn_handle.begin().await.unwrap_err(),
                db.ping().await.unwrap_err(),
            ];
            for error in errors {
                assert!(matches!(error, DbErr::ConnectionAcquire(_)), "{error:?}");
            }
        }
    }

    #[tokio::test]
    async fn pool_is_the_masters() {
        let Bakery { db, .. } = &Bakery::new().await;
        let name = async |db: &RoutingDatabase| {
            let pool = db.get_sqlite_connection_pool();
            let name = sea_orm::sqlx::query_scalar::<_, String>("SELECT name FROM bakery");
            name.fetch_one(pool).await.unwrap()
        };
        assert_eq!(name(db).await, "default.master");
        assert_eq!(name(&db.bind("reports").unwrap()).await, "reports.master");
    }

    #[test]
    #[should_panic(expected = "Not SQLite Connection")]
    fn pool_of_another_backend_panics_as_seaorms_does() {
        let mock = MockDatabase::new(DbBackend::Sqlite).into_connection();
        RoutingDatabase::from(mock).get_sqlite_connection_pool();
    }

    #[tokio::test]
    async fn metric_callback_sees_the_statements_of_every_node() {
        let Bakery { mut db, directory } = Bakery::new().await;
        let earlier = db.clone();
        let seen = Arc::new(Mutex::new(Vec::new()));
        db.set_metric_callback({
            let seen = seen.clone();
            move |info| {
                let sql = &info.statement.sql;
                let verb = sql.split(' ').next().unwrap_or_default().to_owned();
                let table = if sql.contains("report") {
                    "report"
                } else {
                    "bakery"
                };
                seen.lock()
                    .unwrap()
                    .push(format!("{verb} {table} {}", info.failed));
            }
        });
        let expect = |expected: &[&str]| {
            assert_eq!(std::mem::take(&mut *seen.lock().unwrap()), expected);
        };
        bakery::Entity::find().all(&db).await.unwrap();
        bakery_named("x").insert(&db).await.unwrap();
        report::Entity::find().all(&db).await.unwrap();
        expect(&[
            "SELECT bakery false",
            "INSERT bakery false",
            "SELECT report false",
        ]);

        report_titled("x")
            .insert(&db.bind("reports").unwrap())
            .await
            .unwrap();
        bakery::Entity::find().all(&earlier).await.unwrap();
        bakery::Entity::find()
            .all(&db.bind("slave-2").unwrap())
            .await
            .unwrap();
        expect(&[
            "INSERT report false",
            "SELECT bakery false",
            "SELECT bakery false",
        ]);

        let txn = db.begin().await.unwrap();
        report::Entity::find().all(&txn).await.unwrap();
        let failing = sql(DbBackend::Sqlite, "SELECT no_column FROM report");
        txn.query_one_raw(failing).await.unwrap_err();
        txn.commit().await.unwrap();
        expect(&["SELECT report false", "SELECT report true"]);

        let mut stream = report::Entity::find().stream(&db).await.unwrap();
        while stream.next().await.is_some() {}
        drop(stream);
        expect(&["SELECT report false"]);
        drop(directory);
    }

    #[tokio::test]
    async fn node_counts_go_on_after_a_metric_callback_was_set() {
        let Bakery { mut db, directory } = Bakery::new().await;
        bakery_named("x").insert(&db).await.unwrap();
        db.set_metric_callback(|_| {});
        bakery_named("y").insert(&db).await.unwrap();
        assert_eq!(db.status().node("default", "master").unwrap().writes, 2);
        drop(directory);
    }
}

mod schemas {
    use super::*;

    /// Two binds, each a master and a slave, without tables.
    async fn empty(directory: &Path) -> RoutingDatabase {
        let bind = async |name: &str| {
            let master = open(directory, &format!("{name}.master")).await;
            let slave = open(directory, &format!("{name}.slave-1")).await;
            BindBuilder::new(name, master).slave("slave-1", slave)
        };
        RoutingDatabase::builder()
            .bind(bind("default").await)
            .bind(bind("reports").await)
            .build()
            .unwrap()
    }

    /// The tables in the file of a node, without SQLite's own.
    async fn tables(directory: &Path, key: &str) -> Vec<String> {
        let node = open(directory, key).await;
        let names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
        let rows = node
            .query_all_raw(sql(DbBackend::Sqlite, names))
            .await
            .unwrap();
        node.close().await.unwrap();
        rows.iter()
            .map(|row| row.try_get("", "name").unwrap())
            .collect()
    }

    #[tokio::test]
    async fn migrations_run_on_the_master_of_the_handles_bind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let db = empty(path).await;
        let reports = db.bind("reports").unwrap();
        Bakeries::up(&db, None).await.unwrap();
        Reports::up(&reports, None).await.unwrap();
        assert_eq!(
            tables(path, "default.master").await,
            ["bakery", "cake", "seaql_migrations"]
        );
        assert_eq!(
            tables(path, "reports.master").await,
            ["report", "report_line", "seaql_migrations"]
        );
        for slave in ["default.slave-1", "reports.slave-1"] {
            assert!(tables(path, slave).await.is_empty(), "{slave}");
        }
        // Run again, there is nothing to do.
        Bakeries::up(&db, None).await.unwrap();
        let applied = Reports::get_applied_migrations(&reports.master())
            .await
            .unwrap();
        assert_eq!(applied.len(), 1);
        assert!(
            Bakeries::get_pending_migrations(&db.master())
                .await
                .unwrap()
                .is_empty()
        );

        Reports::down(&reports, None).await.unwrap();
        assert_eq!(tables(path, "reports.master").await, ["seaql_migrations"]);
    }

    #[tokio::test]
    async fn migrations_of_a_handle_on_a_slave_still_run_on_the_master() {
        let directory = tempfile::tempdir().unwrap();
        let db = empty(directory.path()).await;
        Bakeries::up(&db.bind("slave-1").unwrap(), None)
            .await
            .unwrap();
        assert_eq!(tables(directory.path(), "default.master").await.len(), 3);
        assert!(tables(directory.path(), "default.slave-1").await.is_empty());
    }

    #[tokio::test]
    async fn schema_builder_creates_each_table_on_its_bind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let db = empty(path).await;
        let schema = db
            .get_schema_builder()
            .register(bakery::Entity)
            .register(report::Entity);
        let (result, by) = served(&db, schema.apply(&db)).await;
        result.unwrap();
        assert_eq!(by, "default.master 1w, reports.master 1w");
        assert_eq!(tables(path, "default.master").await, ["bakery"]);
        assert_eq!(tables(path, "reports.master").await, ["report"]);
        assert!(tables(path, "default.slave-1").await.is_empty());
    }

    #[tokio::test]
    async fn schema_registry_creates_all_entities_of_a_crate_on_their_binds() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let db = empty(path).await;
        db.get_schema_registry("entity::*")
            .apply(&db)
            .await
            .unwrap();
        assert_eq!(tables(path, "default.master").await, ["bakery", "cake"]);
        assert_eq!(
            tables(path, "reports.master").await,
            ["report", "report_line"]
        );
    }
}

mod from_one_connection {
    use super::*;

    /// A mock with answers that fit every entity and statement of the operations, and errors at the end.
    fn answering(backend: DbBackend) -> DatabaseConnection {
        let row = || -> BTreeMap<&str, Value> {
            BTreeMap::from([
                ("id", 1.into()),
                ("name", "there".into()),
                ("title", "there".into()),
                ("report_id", 1.into()),
                ("text", "there".into()),
                ("num_items", 1i64.into()),
            ])
        };
        let done = MockExecResult {
            last_insert_id: 7,
            rows_affected: 1,
        };
        let error = DbErr::Exec(RuntimeErr::Internal("injected".to_owned()));
        MockDatabase::new(backend)
            .append_query_results(std::iter::repeat_n(vec![row()], 12))
            .append_exec_results(std::iter::repeat_n(done, 8))
            .append_query_errors([error.clone()])
            .append_exec_errors([error])
            .into_connection()
    }

    /// What a list of operations gives, as text.
    async fn results<C>(db: &C) -> Vec<String>
    where
        C: ConnectionTrait + StreamTrait + TransactionTrait,
    {
        let backend = ConnectionTrait::get_database_backend(db);
        let mut results = vec![format!(
            "{backend:?} {} {}",
            db.support_returning(),
            db.is_mock_connection()
        )];
        let mut note = |result: &dyn Debug| results.push(format!("{result:?}"));
        note(&bakery_named("x").insert(db).await);
        note(&report::Entity::find().all(db).await);
        note(&report_line::Entity::delete_many().exec(db).await);
        note(
            &db.execute_unprepared("DELETE FROM a; DELETE FROM b")
                .await
                .map(|r| r.rows_affected()),
        );
        let join = "SELECT * FROM bakery JOIN report ON bakery.name = report.title";
        note(
            &db.query_all_raw(sql(backend, join))
                .await
                .map(|rows| rows.len()),
        );
        note(
            &db.execute_raw(sql(backend, "nonsense"))
                .await
                .map(|r| r.last_insert_id()),
        );
        note(&report::Entity::find().count(db).await);
        let stream = match report::Entity::find().stream(db).await {
            Ok(stream) => stream.collect::<Result<Vec<_>, _>>().await,
            Err(error) => Err(error),
        };
        note(&stream);
        note(&nested(db).await);
        note(&db.begin().await.map(drop));
        let txn = db.begin().await;
        if let Ok(txn) = txn {
            note(&txn.commit().await);
        }
        let failing = db.transaction::<_, (), DbErr>(|txn| {
            Box::pin(async move {
                report::Entity::delete_many().exec(txn).await?;
                Err(DbErr::Custom("no".to_owned()))
            })
        });
        note(&failing.await);
        let weekly = report::ActiveModel::builder()
            .set_title("weekly")
            .add_line(report_line::ActiveModel::builder().set_text("first"));
        note(&weekly.save(db).await);
        // Until the answers run out, and the errors come.
        for _ in 0..12 {
            note(&bakery::Entity::find().one(db).await);
            note(&bakery::Entity::delete_by_id(1).exec(db).await);
        }
        results
    }

    async fn nested<C: TransactionTrait>(db: &C) -> Result<Vec<report::Model>, DbErr> {
        let outer = db.begin().await?;
        let inner = outer.begin().await?;
        let rows = report::Entity::find().all(&inner).await;
        inner.rollback().await?;
        let empty = outer.begin().await?;
        empty.commit().await?;
        drop(outer.begin().await?);
        outer.commit().await?;
        rows
    }

    #[tokio::test]
    async fn mock_gives_the_same_results_and_the_same_log() {
        for backend in [DbBackend::Postgres, DbBackend::MySql, DbBackend::Sqlite] {
            let (alone, routed) = (answering(backend), answering(backend));
            let expected = results(&alone).await;
            assert!(
                expected.iter().any(|result| result.contains("injected")),
                "{expected:?}"
            );
            assert_eq!(
                results(&RoutingDatabase::from(routed.clone())).await,
                expected
            );
            let log = alone.into_transaction_log();
            assert!(log.len() > 25, "{log:?}");
            assert_eq!(routed.into_transaction_log(), log, "{backend:?}");
        }
    }

    #[tokio::test]
    async fn sqlite_gives_the_same_results() {
        let directory = tempfile::tempdir().unwrap();
        let connection = async |name: &str| {
            let connection = open(directory.path(), name).await;
            Bakeries::up(&connection, None).await.unwrap();
            // The migrators share their table of what they ran; each bind has its own database otherwise.
            connection
                .execute_unprepared("DELETE FROM seaql_migrations")
                .await
                .unwrap();
            Reports::up(&connection, None).await.unwrap();
            connection
        };
        let alone = connection("alone").await;
        let routed = RoutingDatabase::from(connection("routed").await);
        let expected = results(&alone).await;
        assert_eq!(results(&routed).await, expected);
        let lines = report_line::Entity::find().all(&alone).await.unwrap();
        assert_eq!(lines.len(), 1);
        assert_eq!(
            report_line::Entity::find().all(&routed).await.unwrap(),
            lines
        );
    }

    /// What only raw statements give without a panic, on SeaORM's own placeholder too.
    async fn raw_results<C>(db: &C) -> Vec<String>
    where
        C: ConnectionTrait + StreamTrait + TransactionTrait,
    {
        let select = || sql(DbBackend::Postgres, "SELECT * FROM report");
        let transaction = db.transaction::<_, (), DbErr>(|_| Box::pin(async { Ok(()) }));
        let stream = async {
            let mut stream = Box::pin(db.stream_raw(select()).await?);
            stream.next().await.transpose().map(drop)
        };
        vec![
            format!("{:?}", db.execute_raw(select()).await.map(drop)),
            format!("{:?}", db.query_one_raw(select()).await.map(drop)),
            format!("{:?}", db.query_all_raw(select()).await.map(drop)),
            format!("{:?}", db.begin().await.map(drop)),
            format!("{:?}", db.begin_with_config(None, None).await.map(drop)),
            format!("{:?}", transaction.await),
            format!("{:?}", stream.await),
        ]
    }

    #[tokio::test]
    async fn disconnected_gives_seaorms_errors() {
        let db = RoutingDatabase::from(DatabaseConnection::default());
        let found = raw_results(&db).await;
        assert_eq!(found, raw_results(&DatabaseConnection::default()).await);
        assert!(
            found.iter().all(|result| result.contains("Disconnected")),
            "{found:?}"
        );
        let disconnected = DatabaseConnection::default().ping().await;
        assert_eq!(db.ping().await, disconnected);
        assert_eq!(db.clone().close().await, disconnected);
        assert_eq!(db.close_by_ref().await, disconnected);
        let unprepared = db.execute_unprepared("SELECT 1").await.map(drop);
        assert_eq!(unprepared, disconnected);
        assert_eq!(
            db.bind("default").unwrap().begin().await.map(drop),
            disconnected
        );
    }

    #[test]
    #[should_panic(expected = "Disconnected")]
    fn disconnected_has_no_backend_as_in_seaorm() {
        RoutingDatabase::from(DatabaseConnection::default()).get_database_backend();
    }

    #[tokio::test]
    async fn executor_of_the_handle_is_the_connection() {
        let db = RoutingDatabase::from(answering(DbBackend::MySql));
        let executor = (&db).into_database_executor();
        assert!(matches!(executor, DatabaseExecutor::Connection(_)));
        assert_eq!(executor.get_database_backend(), DbBackend::MySql);
    }
}

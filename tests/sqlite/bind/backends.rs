//! Binds of different backends under one handle: each gets its own dialect, or the statement gets a typed error
//! before anything ran.

use std::collections::BTreeMap;

use entity::{bakery, report, report_line};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ConnectionTrait, DatabaseConnection, DbBackend, LoaderTrait, MockDatabase, MockExecResult,
    QuerySelect, QueryTrait, SelectExt, Statement, StreamTrait, TransactionTrait, Value,
    prelude::*,
    sea_query::Query,
};
use sea_orm_routing::{BindBuilder, RoutingDatabase, RoutingError};
use tokio_stream::StreamExt;

const BACKENDS: [DbBackend; 3] = [DbBackend::Postgres, DbBackend::MySql, DbBackend::Sqlite];

/// A report with an enum, which PostgreSQL wants cast.
mod ledger {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "kind")]
    pub enum Kind {
        #[sea_orm(string_value = "sale")]
        Sale,
    }

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, sea_orm_routing::BindKey)]
    #[sea_orm(table_name = "ledger")]
    #[bind_key = "reports"]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub kind: Kind,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// `default` of one backend, and `reports` of another with a slave.
struct Mocks {
    db: RoutingDatabase,
    home: DbBackend,
    other: DbBackend,
    nodes: [(&'static str, DatabaseConnection); 3],
}

impl Mocks {
    fn new(home: DbBackend, other: DbBackend) -> Self {
        let nodes = [
            ("default.master", answering(home)),
            ("reports.master", answering(other)),
            ("reports.slave-1", answering(other)),
        ];
        let [default, master, slave] = nodes.each_ref().map(|(_, node)| node.clone());
        let db = RoutingDatabase::builder()
            .bind(BindBuilder::new("default", default))
            .bind(BindBuilder::new("reports", master).slave("slave-1", slave))
            .build()
            .unwrap();
        Self {
            db,
            home,
            other,
            nodes,
        }
    }

    /// Every pair of two different backends.
    fn pairs() -> impl Iterator<Item = Self> {
        let others = |home| {
            let differs = move |other: &DbBackend| *other != home;
            BACKENDS
                .into_iter()
                .filter(differs)
                .map(move |other| (home, other))
        };
        BACKENDS
            .into_iter()
            .flat_map(others)
            .map(|(home, other)| Self::new(home, other))
    }

    fn pair(&self) -> String {
        format!("default {:?}, reports {:?}", self.home, self.other)
    }

    /// What was sent since the last call: per node, one line for each statement or transaction.
    fn log(&self) -> Vec<(&'static str, String)> {
        let mut log = Vec::new();
        for (key, node) in &self.nodes {
            for transaction in node.clone().into_transaction_log() {
                let texts = transaction.statements().iter().map(|s| s.sql.as_str());
                log.push((*key, texts.collect::<Vec<_>>().join("; ")));
            }
        }
        log
    }

    /// Fails unless exactly this was sent.
    #[track_caller]
    fn assert_log<const N: usize>(&self, expected: [(&str, String); N]) {
        assert_eq!(self.log(), expected, "{}", self.pair());
    }

    /// Fails unless nothing was sent and the error names the handle to use.
    #[track_caller]
    fn assert_refused<T>(&self, result: Result<T, DbErr>) {
        let Err(error) = result else {
            panic!("{}: not refused: {:?}", self.pair(), self.log());
        };
        let Some(RoutingError::OtherBackend {
            bind,
            backend,
            built_for,
            ..
        }) = RoutingError::of(&error)
        else {
            panic!("{}: {error}", self.pair());
        };
        assert_eq!(
            (bind.as_str(), *backend, *built_for),
            ("reports", self.other.as_str(), self.home.as_str()),
            "{}",
            self.pair()
        );
        assert!(
            error.to_string().ends_with("use `db.bind(\"reports\")`"),
            "{error}"
        );
        self.assert_log([]);
    }

    fn handle(&self) -> RoutingDatabase {
        self.db.bind("reports").unwrap()
    }
}

/// A mock with answers that fit every entity and statement of these tests.
fn answering(backend: DbBackend) -> DatabaseConnection {
    let row = || -> BTreeMap<&str, Value> {
        BTreeMap::from([
            ("id", 1.into()),
            ("name", "there".into()),
            ("title", "there".into()),
            ("report_id", 1.into()),
            ("text", "there".into()),
            ("kind", "sale".into()),
            ("num_items", 1i64.into()),
        ])
    };
    let done = MockExecResult {
        last_insert_id: 1,
        rows_affected: 1,
    };
    MockDatabase::new(backend)
        .append_query_results(std::iter::repeat_n(vec![row()], 40))
        .append_exec_results(std::iter::repeat_n(done, 40))
        .into_connection()
}

fn titled(title: &str) -> report::ActiveModel {
    report::ActiveModel {
        title: Set(title.to_owned()),
        ..Default::default()
    }
}

fn known() -> report::ActiveModel {
    report::ActiveModel {
        id: Unchanged(1),
        title: Set("changed".to_owned()),
    }
}

fn insert_statement() -> sea_orm::sea_query::InsertStatement {
    Query::insert()
        .into_table(report::Entity)
        .columns([report::Column::Title])
        .values_panic(["new".into()])
        .to_owned()
}

/// The statements of an insert that returns its row, as the backend needs them.
fn insert_texts(backend: DbBackend) -> Vec<&'static str> {
    match backend {
        DbBackend::MySql => vec![
            "INSERT INTO `report` (`title`) VALUES (?)",
            "SELECT `report`.`id`, `report`.`title` FROM `report` WHERE `report`.`id` = ? LIMIT ?",
        ],
        DbBackend::Postgres => {
            vec![r#"INSERT INTO "report" ("title") VALUES ($1) RETURNING "id", "title""#]
        }
        _ => vec![r#"INSERT INTO "report" ("title") VALUES (?) RETURNING "id", "title""#],
    }
}

#[tokio::test]
async fn reads_through_the_bare_handle_are_in_the_dialect_of_the_bind() {
    for mocks in Mocks::pairs() {
        let db = &mocks.db;
        let find = report::Entity::find()
            .filter(report::Column::Title.eq("x"))
            .limit(3);
        let expected = find.build(mocks.other).sql;
        assert_ne!(expected, find.build(mocks.home).sql);
        let sent = || [("reports.slave-1", expected.clone())];

        let rows = find.clone().all(db).await.unwrap();
        assert_eq!(rows[0].title, "there");
        mocks.assert_log(sent());
        let stream = find.clone().stream(db).await.unwrap();
        assert_eq!(stream.collect::<Vec<_>>().await.len(), 1);
        mocks.assert_log(sent());
        db.query_all(&find.clone().into_query()).await.unwrap();
        mocks.assert_log(sent());
        db.execute(&find.into_query()).await.unwrap();
        mocks.assert_log(sent());

        let find = bakery::Entity::find();
        let handle = mocks.handle();
        let stream = handle.scope(async { db.stream(&find.clone().into_query()).await });
        assert_eq!(stream.await.unwrap().collect::<Vec<_>>().await.len(), 1);
        mocks.assert_log([("reports.slave-1", find.build(mocks.other).sql)]);
        // Called outside of the scope in which it is waited for, where another dialect is wanted.
        let stream = handle.scope(db.stream(&find.into_query()));
        mocks.assert_refused(stream.await.map(drop));
    }
}

/// SeaORM panics where it renders for another dialect what PostgreSQL alone has.
#[tokio::test]
async fn stream_is_rendered_for_no_dialect_that_nobody_speaks_who_may_serve_it() {
    use sea_orm::sea_query::extension::postgres::PgExpr;

    for other in [DbBackend::Sqlite, DbBackend::MySql] {
        let mocks = Mocks::new(DbBackend::Postgres, other);
        let db = &mocks.db;
        let find = || {
            let name = Expr::col(bakery::Column::Name);
            bakery::Entity::find().filter(name.ilike("%x%"))
        };
        let sent = || [("default.master", find().build(DbBackend::Postgres).sql)];
        let read = async || {
            let rows = find().stream(db).await.unwrap();
            rows.collect::<Vec<_>>().await.len()
        };
        assert_eq!(read().await, 1);
        mocks.assert_log(sent());
        // While somebody says where statements go, too.
        let _values = db.with_value("region", "eu");
        assert_eq!(read().await, 1);
        mocks.assert_log(sent());
        let home = db.bind("default").unwrap();
        assert_eq!(home.scope(read()).await, 1);
        mocks.assert_log(sent());
        let handle = mocks.handle();
        let streaming = db.stream(&find().into_query());
        mocks.assert_refused(handle.scope(streaming).await.map(drop));
    }
}

#[tokio::test]
async fn whatever_seaorm_reads_is_in_the_dialect_of_the_bind() {
    for mocks in Mocks::pairs() {
        let db = &mocks.db;
        let find = report::Entity::find;
        let report = find().one(db).await.unwrap().unwrap();
        find().count(db).await.unwrap();
        assert!(
            find()
                .filter(report::Column::Id.eq(1))
                .exists(db)
                .await
                .unwrap()
        );
        find().paginate(db, 2).fetch_page(1).await.unwrap();
        find()
            .cursor_by(report::Column::Id)
            .after(0)
            .first(2)
            .all(db)
            .await
            .unwrap();
        let lines = report
            .find_related(report_line::Entity)
            .all(db)
            .await
            .unwrap();
        lines.load_one(report::Entity, db).await.unwrap();
        report::Entity::load()
            .with(report_line::Entity)
            .all(db)
            .await
            .unwrap();
        let log = mocks.log();
        assert_eq!(log.len(), 9, "{log:?}");
        for (node, sql) in log {
            assert_eq!(node, "reports.slave-1", "{sql}");
            let quote = if mocks.other == DbBackend::MySql {
                '`'
            } else {
                '"'
            };
            let strange = if quote == '`' { '"' } else { '`' };
            assert!(sql.contains(quote) && !sql.contains(strange), "{sql}");
            let strange = if mocks.other == DbBackend::Postgres {
                '?'
            } else {
                '$'
            };
            assert!(!sql.contains(strange), "{sql}");
        }
    }
}

#[tokio::test]
async fn enums_are_cast_for_the_bind_and_not_for_the_handle() {
    for mocks in Mocks::pairs() {
        let find = ledger::Entity::find().filter(ledger::Column::Kind.eq(ledger::Kind::Sale));
        let rows = find.all(&mocks.db).await.unwrap();
        assert_eq!(rows[0].kind, ledger::Kind::Sale);
        let expected = match mocks.other {
            DbBackend::Postgres => {
                r#"SELECT "ledger"."id", CAST("ledger"."kind" AS "text") FROM "ledger" WHERE "ledger"."kind" = (CAST($1 AS "kind"))"#
            }
            DbBackend::MySql => {
                "SELECT `ledger`.`id`, `ledger`.`kind` FROM `ledger` WHERE `ledger`.`kind` = (?)"
            }
            _ => {
                r#"SELECT "ledger"."id", "ledger"."kind" FROM "ledger" WHERE "ledger"."kind" = (?)"#
            }
        };
        mocks.assert_log([("reports.slave-1", expected.to_owned())]);
    }
}

#[tokio::test]
async fn changes_without_returning_work_through_the_bare_handle() {
    for mocks in Mocks::pairs() {
        let db = &mocks.db;
        let delete = report::Entity::delete_many().filter(report::Column::Id.gt(7));
        let expected = delete.build(mocks.other).sql;
        assert_eq!(delete.exec(db).await.unwrap().rows_affected, 1);
        mocks.assert_log([("reports.master", expected)]);

        let update = report::Entity::update_many()
            .col_expr(report::Column::Title, Expr::value("x"))
            .filter(report::Column::Id.eq(1));
        let expected = update.build(mocks.other).sql;
        assert_eq!(update.exec(db).await.unwrap().rows_affected, 1);
        mocks.assert_log([("reports.master", expected)]);

        report::Entity::delete_by_id(1).exec(db).await.unwrap();
        report::Model {
            id: 1,
            title: "x".to_owned(),
        }
        .delete(db)
        .await
        .unwrap();
        report::Entity::update(known())
            .exec_without_returning(db)
            .await
            .unwrap();
        assert_eq!(mocks.log().len(), 3);
    }
}

#[tokio::test]
async fn changes_of_rows_by_their_model_work_where_seaorm_asks_for_no_returning() {
    for mocks in Mocks::pairs() {
        let result = known().update(&mocks.db).await;
        if mocks.home == DbBackend::MySql {
            assert_eq!(result.unwrap().title, "there");
            let [(first, update), (second, read_back)] = &mocks.log()[..] else {
                panic!("{}", mocks.pair());
            };
            // SQLite's slaves read the file that was just written.
            let reads_back = match mocks.other {
                DbBackend::Sqlite => "reports.slave-1",
                _ => "reports.master",
            };
            assert_eq!((*first, *second), ("reports.master", reads_back));
            assert!(
                update.starts_with(r#"UPDATE "report" SET "title" = "#),
                "{update}"
            );
            assert!(read_back.starts_with("SELECT"), "{read_back}");
        } else {
            mocks.assert_refused(result);
        }
    }
}

#[tokio::test]
async fn inserts_through_the_bare_handle_are_refused_before_anything_ran() {
    for mocks in Mocks::pairs() {
        let db = &mocks.db;
        let many = || report::Entity::insert_many([titled("a"), titled("b")]);
        mocks.assert_refused(titled("new").insert(db).await);
        mocks.assert_refused(titled("new").save(db).await);
        mocks.assert_refused(report::Entity::insert(titled("new")).exec(db).await);
        mocks.assert_refused(
            report::Entity::insert(titled("new"))
                .exec_without_returning(db)
                .await,
        );
        mocks.assert_refused(many().exec(db).await);
        let ignore = many().on_conflict_do_nothing_on([report::Column::Id]);
        mocks.assert_refused(ignore.exec(db).await);
        mocks.assert_refused(db.execute(&insert_statement()).await);
        mocks.assert_refused(db.query_one(&insert_statement()).await);
        mocks.assert_refused(db.query_all(&insert_statement()).await);
        mocks.assert_refused(StreamTrait::stream(db, &insert_statement()).await.map(drop));
        let nested = report::ActiveModel::builder().set_title("new");
        mocks.assert_refused(nested.save(db).await);
    }
}

#[tokio::test]
async fn changes_with_returning_through_the_bare_handle_are_refused() {
    for mocks in Mocks::pairs() {
        let db = &mocks.db;
        let insert = report::Entity::insert_many([titled("a")])
            .exec_with_returning(db)
            .await;
        let update = report::Entity::update_many()
            .col_expr(report::Column::Title, Expr::value("x"))
            .exec_with_returning(db)
            .await;
        let delete = report::Entity::delete_many().exec_with_returning(db).await;
        for result in [insert, update, delete] {
            if mocks.home == DbBackend::MySql {
                // SeaORM's own error, for the backend of the handle.
                let error = result.unwrap_err();
                assert!(
                    matches!(error, DbErr::BackendNotSupported { .. }),
                    "{error}"
                );
                mocks.assert_log([]);
            } else {
                mocks.assert_refused(result);
            }
        }
    }
}

#[tokio::test]
async fn default_bind_is_not_touched_by_another_bind_of_another_backend() {
    for mocks in Mocks::pairs() {
        let db = &mocks.db;
        assert_eq!(db.get_database_backend(), mocks.home);
        let name = Set("new".to_owned());
        let bakery = bakery::ActiveModel {
            name,
            ..Default::default()
        };
        assert_eq!(bakery.insert(db).await.unwrap().name, "there");
        bakery::Entity::find().all(db).await.unwrap();
        let log = mocks.log();
        assert!(
            log.iter().all(|(node, _)| *node == "default.master"),
            "{log:?}"
        );
        let returning = log.iter().any(|(_, sql)| sql.contains("RETURNING"));
        assert_eq!(returning, mocks.home.support_returning(), "{log:?}");
    }
}

#[tokio::test]
async fn transaction_that_begins_with_a_refused_statement_is_not_begun() {
    for mocks in Mocks::pairs() {
        let txn = mocks.db.begin().await.unwrap();
        assert_eq!(ConnectionTrait::get_database_backend(&txn), mocks.home);
        mocks.assert_refused(titled("new").insert(&txn).await);
        mocks.assert_refused(txn.execute(&insert_statement()).await);
        let nested = txn.begin().await.unwrap();
        mocks.assert_refused(nested.query_one(&insert_statement()).await);
        nested.rollback().await.unwrap();
        txn.commit().await.unwrap();
        mocks.assert_log([]);
    }
}

#[tokio::test]
async fn transaction_speaks_for_its_bind_from_the_first_statement_on() {
    for mocks in Mocks::pairs() {
        let txn = mocks.db.begin().await.unwrap();
        report::Entity::find().all(&txn).await.unwrap();
        assert_eq!(ConnectionTrait::get_database_backend(&txn), mocks.other);
        assert_eq!(txn.support_returning(), mocks.other.support_returning());
        assert_eq!(titled("new").insert(&txn).await.unwrap().title, "there");
        txn.commit().await.unwrap();
        let mut block = vec![
            "BEGIN".to_owned(),
            report::Entity::find().build(mocks.other).sql,
        ];
        block.extend(insert_texts(mocks.other).into_iter().map(str::to_owned));
        block.push("COMMIT".to_owned());
        mocks.assert_log([("reports.master", block.join("; "))]);
    }
}

#[tokio::test]
async fn handle_of_the_bind_does_everything_in_its_dialect() {
    for mocks in Mocks::pairs() {
        for db in [
            &mocks.handle(),
            &mocks.db.entity::<report::Entity>().unwrap(),
        ] {
            assert_eq!(db.get_database_backend(), mocks.other);
            assert_eq!(titled("new").insert(db).await.unwrap().title, "there");
            let log = mocks.log();
            let texts: Vec<_> = log.iter().map(|(_, sql)| sql.as_str()).collect();
            assert_eq!(texts, insert_texts(mocks.other), "{}", mocks.pair());
            assert_eq!(log[0].0, "reports.master");

            let inserted = report::Entity::insert(titled("new"))
                .exec(db)
                .await
                .unwrap();
            assert_eq!(inserted.last_insert_id, 1);
            report::Entity::insert_many([titled("a"), titled("b")])
                .exec(db)
                .await
                .unwrap();
            known().update(db).await.unwrap();
            known().save(db).await.unwrap();
            report::Entity::delete_by_id(1).exec(db).await.unwrap();
            db.execute(&insert_statement()).await.unwrap();
            let log = mocks.log();
            assert!(
                log.iter().all(|(node, _)| node.starts_with("reports.")),
                "{log:?}"
            );
            let returning = log.iter().any(|(_, sql)| sql.contains("RETURNING"));
            assert_eq!(returning, mocks.other.support_returning(), "{log:?}");
        }
    }
}

#[tokio::test]
async fn handle_of_the_bind_saves_nested_models_in_one_transaction() {
    for mocks in Mocks::pairs() {
        let report = report::ActiveModel::builder()
            .set_title("weekly")
            .add_line(report_line::ActiveModel::builder().set_text("first"));
        report.save(&mocks.handle()).await.unwrap();
        let log = mocks.log();
        let [("reports.master", block)] = &log[..] else {
            panic!("{}: {log:?}", mocks.pair());
        };
        assert!(
            block.starts_with("BEGIN; ") && block.ends_with("; COMMIT"),
            "{block}"
        );
        let returning = block.contains("RETURNING");
        assert_eq!(returning, mocks.other.support_returning(), "{block}");
    }
}

#[tokio::test]
async fn raw_statements_must_be_made_for_the_backend_of_their_bind() {
    for mocks in Mocks::pairs() {
        let db = &mocks.db;
        let text = "SELECT id, title FROM report";
        let wrong = || Statement::from_string(mocks.home, text);
        mocks.assert_refused(db.query_one_raw(wrong()).await);
        mocks.assert_refused(db.query_all_raw(wrong()).await);
        mocks.assert_refused(db.execute_raw(wrong()).await);
        mocks.assert_refused(db.stream_raw(wrong()).await.map(drop));
        mocks.assert_refused(db.execute_unprepared("DELETE FROM report").await);
        mocks.assert_refused(db.route(&wrong()).map_err(DbErr::from));
        let txn = db.begin().await.unwrap();
        mocks.assert_refused(txn.query_one_raw(wrong()).await);
        mocks.assert_refused(txn.execute_unprepared("DELETE FROM report").await);
        mocks.assert_refused(txn.route(&wrong()).map_err(DbErr::from));
        drop(txn);

        let right = || Statement::from_string(mocks.other, text);
        assert_eq!(db.route(&right()).unwrap().node, "slave-1");
        db.query_all_raw(right()).await.unwrap();
        mocks.assert_log([("reports.slave-1", text.to_owned())]);
        mocks
            .handle()
            .execute_unprepared("DELETE FROM report")
            .await
            .unwrap();
        mocks.assert_log([("reports.master", "DELETE FROM report".to_owned())]);
    }
}

#[tokio::test]
async fn raw_statement_of_the_handles_backend_is_refused_in_an_open_transaction_too() {
    for mocks in Mocks::pairs() {
        let txn = mocks.db.begin().await.unwrap();
        report::Entity::find().one(&txn).await.unwrap();
        let wrong = Statement::from_string(mocks.home, "SELECT id, title FROM report");
        let error = txn.query_one_raw(wrong).await.unwrap_err();
        let error = RoutingError::of(&error).unwrap();
        assert!(
            matches!(error, RoutingError::OtherBackend { .. }),
            "{error}"
        );
        txn.commit().await.unwrap();
        let log = mocks.log();
        assert_eq!(log.len(), 1);
        assert_eq!(log[0].1.split("; ").count(), 3, "{log:?}");
    }
}

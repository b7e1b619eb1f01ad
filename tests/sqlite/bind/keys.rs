//! Entities with a bind key, listed tables, handles, and the errors where no route exists.

use entity::{bakery, cake, report, report_line};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DatabaseConnection, DbBackend, DbErr,
    EntityTrait, MockDatabase, TransactionTrait,
};
use sea_orm_routing::{BindBuilder, BindKey, RoutingDatabase, RoutingError, route::BindReason};

use crate::{
    bakery::{Bakery, open, sql},
    support::served,
};

/// A report as another part of the application sees it: the same table name on the default bind.
mod bakery_report {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "report_line")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl sea_orm_routing::BindKey for Entity {
        const BIND_KEY: &'static str = "default";
    }
}

/// An entity whose statements are all pinned to one slave.
mod pinned {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "bakery")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl sea_orm_routing::BindKey for Entity {
        const BIND_KEY: &'static str = "slave-2";
    }
}

fn routing_error(error: DbErr) -> RoutingError {
    RoutingError::of(&error)
        .unwrap_or_else(|| panic!("no routing error: {error}"))
        .clone()
}

#[tokio::test]
async fn all_statements_of_a_keyed_entity_go_to_its_bind() {
    let Bakery { db, .. } = &Bakery::new().await;
    let (rows, by) = served(db, report::Entity::find().all(db)).await;
    assert_eq!(
        (rows.unwrap()[0].title.as_str(), by),
        ("reports.slave-1", "reports.slave 1r".into())
    );

    let new = report::ActiveModel {
        title: Set("new".to_owned()),
        ..Default::default()
    };
    let (inserted, by) = served(db, new.insert(db)).await;
    assert_eq!(
        (inserted.unwrap().title.as_str(), by),
        ("new", "reports.master 1w".into())
    );
    let (deleted, by) = served(db, report::Entity::delete_by_id(1).exec(db)).await;
    assert_eq!(
        (deleted.unwrap().rows_affected, by),
        (1, "reports.master 1w".into())
    );
}

#[tokio::test]
async fn raw_sql_finds_the_bind_by_its_tables() {
    let Bakery { db, .. } = &Bakery::new().await;
    let cases = [
        ("SELECT title FROM report", "reports.slave 1r"),
        (
            "SELECT r.title FROM report r JOIN report_line l ON l.report_id = r.id",
            "reports.slave 1r",
        ),
        ("SELECT title FROM main.report", "reports.slave 1r"),
        ("SELECT title FROM \"REPORT\"", "reports.slave 1r"),
        ("SELECT * FROM legacy_log", "reports.slave 1r"),
        (
            "INSERT INTO legacy_log (text) VALUES ('x')",
            "reports.master 1w",
        ),
        ("SELECT name FROM sqlite_master", "default.slave 1r"),
        (
            "SELECT r.title FROM report r, sqlite_master",
            "reports.slave 1r",
        ),
        (
            "WITH report AS (SELECT name FROM bakery) SELECT * FROM report",
            "default.slave 1r",
        ),
        ("SELECT 1", "default.slave 1r"),
    ];
    for (text, expected) in cases {
        let (result, by) = served(db, db.query_all_raw(sql(text))).await;
        result.unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(by, expected, "{text}");
    }
}

#[tokio::test]
async fn join_over_two_binds_is_an_error_that_names_both_before_anything_ran() {
    let Bakery { db, .. } = &Bakery::new().await;
    let join = "SELECT * FROM bakery JOIN report ON bakery.name = report.title";
    let (result, by) = served(db, db.query_all_raw(sql(join))).await;
    let error = result.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Error converting `statement` into `route`: statement names tables of two binds: \
         `bakery` in `default`, `report` in `reports`"
    );
    assert!(matches!(
        routing_error(error),
        RoutingError::TwoBinds { .. }
    ));
    assert_eq!(by, "");
    let handle = db.bind("reports").unwrap();
    let (rows, by) = served(db, handle.query_all_raw(sql(join))).await;
    assert_eq!((rows.unwrap().len(), by), (1, "reports.slave 1r".into()));
}

#[tokio::test]
async fn bind_handle_sends_any_statement_to_its_bind_and_splits_it() {
    let Bakery { db, .. } = &Bakery::new().await;
    let reports = db.bind("reports").unwrap();
    let (rows, by) = served(db, bakery::Entity::find().all(&reports)).await;
    assert_eq!(
        (rows.unwrap()[0].name.as_str(), by),
        ("reports.slave-1", "reports.slave 1r".into())
    );
    let (result, by) = served(db, bakery::Entity::delete_by_id(9).exec(&reports)).await;
    assert_eq!(
        (result.unwrap().rows_affected, by),
        (0, "reports.master 1w".into())
    );
}

#[tokio::test]
async fn node_handle_pins_and_a_pinned_slave_refuses_writes_before_they_are_sent() {
    let Bakery { db, .. } = &Bakery::new().await;
    for (key, node) in [
        ("slave-1", "default.slave-1"),
        ("default.slave-2", "default.slave-2"),
        ("master", "default.master"),
        ("reports.slave-1", "reports.slave-1"),
        ("reports.master", "reports.master"),
    ] {
        let handle = db.bind(key).unwrap();
        for _ in 0..5 {
            let rows = bakery::Entity::find().all(&handle).await.unwrap();
            assert_eq!(rows[0].name, node, "{key}");
        }
        let (written, by) = served(db, bakery::Entity::delete_by_id(9).exec(&handle)).await;
        if key.contains("slave") {
            let error = routing_error(written.unwrap_err());
            let expected =
                format!("write on slave `{node}`: writes bakery; only reads can run there");
            assert_eq!((error.to_string(), by), (expected, "".into()));
        } else {
            assert_eq!(written.unwrap().rows_affected, 0);
        }
    }
}

#[tokio::test]
async fn master_and_slave_handles_fix_the_role_and_leave_the_bind() {
    let Bakery { db, .. } = &Bakery::new().await;
    let (master, slave) = (db.master(), db.slave().unwrap());
    let name = |rows: Result<Vec<bakery::Model>, _>| rows.unwrap()[0].name.clone();
    let title = |rows: Result<Vec<report::Model>, _>| rows.unwrap()[0].title.clone();
    assert_eq!(
        name(bakery::Entity::find().all(&master).await),
        "default.master"
    );
    assert_eq!(
        title(report::Entity::find().all(&master).await),
        "reports.master"
    );
    assert!(name(bakery::Entity::find().all(&slave).await).starts_with("default.slave"));
    assert_eq!(
        title(report::Entity::find().all(&slave).await),
        "reports.slave-1"
    );
    let combined = db.bind("reports").unwrap().master();
    assert_eq!(
        name(bakery::Entity::find().all(&combined).await),
        "reports.master"
    );
    let (written, by) = served(db, report::Entity::delete_by_id(9).exec(&slave)).await;
    assert!(matches!(
        routing_error(written.unwrap_err()),
        RoutingError::WriteOnSlave { .. }
    ));
    assert_eq!(by, "");
}

#[tokio::test]
async fn entity_handle_is_the_bind_of_the_entity() {
    let Bakery { db, .. } = &Bakery::new().await;
    let text = "SELECT name FROM bakery";
    for (handle, node) in [
        (db.entity::<report::Entity>().unwrap(), "reports.slave-1"),
        (
            db.entity::<cake::Entity>().unwrap().master(),
            "default.master",
        ),
    ] {
        let row = handle.query_one_raw(sql(text)).await.unwrap().unwrap();
        assert_eq!(row.try_get::<String>("", "name").unwrap(), node);
    }
    assert_eq!(report::Entity::BIND_KEY, "reports");
}

#[tokio::test]
async fn unknown_key_is_an_error_that_lists_the_binds() {
    let Bakery { db, .. } = &Bakery::new().await;
    for key in [
        "report",
        "slave-3",
        "reports.slave-2",
        "reports.",
        "",
        "a.b.c",
    ] {
        let error = db.bind(key).unwrap_err();
        let expected = format!("unknown bind key `{key}`; known are `default`, `reports`");
        assert_eq!(error.to_string(), expected);
    }
}

#[tokio::test]
async fn slave_handle_of_a_bind_without_slaves_is_an_error() {
    let db = RoutingDatabase::builder()
        .bind(BindBuilder::new("default", mock()))
        .bind(BindBuilder::new("reports", mock()))
        .build()
        .unwrap();
    assert_eq!(
        db.slave().unwrap_err().to_string(),
        "bind `default` has no slave that can serve the read"
    );
}

#[tokio::test]
async fn entity_pinned_to_a_slave_reads_there_and_refuses_writes() {
    let Bakery { db, .. } = &Bakery::with(|builder| builder.entity::<pinned::Entity>()).await;
    for _ in 0..10 {
        let row = pinned::Entity::find().one(db).await.unwrap().unwrap();
        assert_eq!(row.name, "default.slave-2");
    }
    let (written, by) = served(db, pinned::Entity::delete_by_id(1).exec(db)).await;
    assert!(matches!(
        routing_error(written.unwrap_err()),
        RoutingError::WriteOnSlave { .. }
    ));
    assert_eq!(by, "");
    // A handle's word counts more than the bind key, in a transaction too.
    let txn = db.master().begin().await.unwrap();
    assert_eq!(
        pinned::Entity::delete_by_id(1)
            .exec(&txn)
            .await
            .unwrap()
            .rows_affected,
        1
    );
    txn.rollback().await.unwrap();
    let join = sql("SELECT * FROM cake JOIN bakery ON cake.bakery_id = bakery.id");
    assert_eq!(db.route(&join).unwrap().node, "slave-2");
}

#[tokio::test]
async fn same_table_on_two_binds_is_legal_and_needs_a_handle() {
    let Bakery { db, .. } =
        &Bakery::with(|builder| builder.entity::<bakery_report::Entity>()).await;
    let error = routing_error(report_line::Entity::find().all(db).await.unwrap_err());
    let RoutingError::AmbiguousTable { table, keys, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!((table.as_str(), keys.len()), ("report_line", 2));
    assert!(
        error
            .to_string()
            .ends_with("use `db.entity::<E>()` or `db.bind(key)`"),
        "{error}"
    );
    let (rows, by) = served(
        db,
        report_line::Entity::find().all(&db.entity::<report_line::Entity>().unwrap()),
    )
    .await;
    assert_eq!((rows.unwrap().len(), by), (0, "reports.slave 1r".into()));
    let handle = db.entity::<bakery_report::Entity>().unwrap();
    let (rows, by) = served(db, bakery_report::Entity::find().all(&handle)).await;
    assert_eq!((rows.unwrap().len(), by), (0, "default.slave 1r".into()));
}

#[test]
fn key_of_the_code_that_no_bind_has_is_an_error_that_names_the_entity() {
    let error = RoutingDatabase::builder()
        .bind(BindBuilder::new("default", mock()))
        .build()
        .unwrap_err()
        .to_string();
    assert!(error.contains("entity::report::Entity"), "{error}");
    assert!(error.contains("`reports`"), "{error}");
}

#[tokio::test]
async fn one_connection_takes_everything_bind_keys_or_not() {
    let directory = tempfile::tempdir().unwrap();
    let connection = open(directory.path(), "only").await;
    connection
        .execute_unprepared("CREATE TABLE report (id integer PRIMARY KEY, title varchar)")
        .await
        .unwrap();
    let db = RoutingDatabase::from(connection);
    let new = report::ActiveModel {
        title: Set("here".to_owned()),
        ..Default::default()
    };
    new.insert(&db).await.unwrap();
    assert_eq!(
        report::Entity::find()
            .one(&db)
            .await
            .unwrap()
            .unwrap()
            .title,
        "here"
    );
    let status = db.status();
    assert_eq!(status.nodes.len(), 1);
    assert_eq!((status.nodes[0].reads, status.nodes[0].writes), (1, 1));
}

#[tokio::test]
async fn route_says_why_in_one_sentence() {
    let Bakery { db, .. } = &Bakery::new().await;
    let cases = [
        (
            "DELETE FROM report",
            "reports.master (master): write, writes report; `report` has bind key `reports`",
        ),
        (
            "SELECT * FROM report",
            "reports.slave-1 (slave): read, plain query; `report` has bind key `reports`; the only slave",
        ),
        (
            "SELECT * FROM legacy_log",
            "reports.slave-1 (slave): read, plain query; `legacy_log` matches `legacy_*` in binds.yaml; the only slave",
        ),
        (
            "DELETE FROM bakery",
            "default.master (master): write, writes bakery; no bind key",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(db.route(&sql(text)).unwrap().to_string(), expected);
    }
    let split = db.route(&sql("SELECT * FROM bakery")).unwrap().to_string();
    assert!(
        split.ends_with("read, plain query; no bind key; random choice of 2 slaves"),
        "{split}"
    );
    let handle = db.bind("reports").unwrap().master();
    let route = handle.route(&sql("SELECT * FROM bakery")).unwrap();
    assert_eq!(route.reason.bind, BindReason::Handle);
    assert_eq!(
        route.to_string(),
        "reports.master (master): read, plain query; bind of the handle; pinned"
    );
    assert_eq!(
        db.status()
            .nodes
            .iter()
            .map(|node| node.reads + node.writes)
            .sum::<u64>(),
        0
    );
}

fn mock() -> DatabaseConnection {
    MockDatabase::new(DbBackend::Sqlite).into_connection()
}

//! Tables are made from entities, each on its own bind, and only what is missing.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where a fixture or a statement fails"
)]

use std::time::Duration;

use entity::{bakery, cake, report, report_line};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    EntityTrait,
};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase, RoutingError,
    config::{BindConfig, NodeConfig},
    schema::SchemaPlan,
};
use test_cluster::{Cluster, FreshDatabase, MariaDb, Postgres, Server};

const SOON: Duration = Duration::from_secs(30);

/// The table `report` with a column and an index more, and an enum.
mod report_later {
    use sea_orm::entity::prelude::*;
    use sea_orm_routing::BindKey;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "report_kind")]
    pub(crate) enum Kind {
        #[sea_orm(string_value = "daily")]
        Daily,
    }

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, BindKey)]
    #[sea_orm(table_name = "report")]
    #[bind_key = "reports"]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) title: String,
        pub(crate) kind: Option<Kind>,
        #[sea_orm(indexed)]
        pub(crate) pages: Option<i32>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Has a foreign key to a table of another bind.
mod stray {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "stray")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i32,
        pub(crate) report_id: i32,
        #[sea_orm(belongs_to, from = "report_id", to = "id")]
        pub(crate) report: BelongsTo<entity::report::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// `bind: begin of its statement`, a line per step.
fn steps(plan: &SchemaPlan) -> Vec<String> {
    let step = |line: &str| {
        let words: Vec<_> = line
            .split([' ', '('])
            .filter(|word| !matches!(*word, "IF" | "NOT" | "EXISTS" | ""))
            .collect();
        words[..words.len().min(5)]
            .join(" ")
            .replace(['"', '`'], "")
    };
    plan.to_string().lines().map(step).collect()
}

fn bind<S: Server>(name: &str, cluster: &Cluster<S>, database: &FreshDatabase) -> BindConfig {
    let slave = |number| {
        NodeConfig::new(
            format!("slave-{number}"),
            database.url(cluster.slave(number)),
        )
    };
    BindConfig::new(name, database.url(cluster.master()))
        .slave(slave(1))
        .slave(slave(2))
}

async fn open(binds: [BindConfig; 2]) -> RoutingDatabase {
    let [default, reports] = binds;
    let config = BindsConfig::new().bind(default).bind(reports);
    RoutingDatabase::from_config(config).await.unwrap()
}

/// Creates, adds, and finds nothing left to do; the rows of the new tables arrive on the slaves.
async fn tables_are_kept_up_to_date(db: &RoutingDatabase, enums: &[&str]) {
    let schema = || db.get_schema_registry("entity::*");
    let plan = schema().sync_plan(db).await.unwrap();
    let created = [
        "default: CREATE TABLE bakery",
        "default: CREATE TABLE cake",
        "reports: CREATE TABLE report",
        "reports: CREATE TABLE report_line",
    ];
    let tables = steps(&plan);
    assert_eq!(tables.len(), created.len(), "{plan}");
    for (step, expected) in tables.iter().zip(created) {
        assert!(step.starts_with(&format!("{expected} ")), "{plan}");
    }

    schema().sync(db).await.unwrap();
    assert_eq!(
        schema().sync_plan(db).await.unwrap().to_string(),
        "nothing to do\n"
    );
    schema().sync(db).await.unwrap();
    let error = schema().apply(db).await.unwrap_err();
    assert!(error.to_string().contains("exists"), "{error}");

    let later = || db.get_schema_builder().register(report_later::Entity);
    let plan = later().sync_plan(db).await.unwrap();
    let added = [
        "reports: ALTER TABLE report ADD",
        "reports: ALTER TABLE report ADD",
        "reports: CREATE INDEX idx-report-pages ON",
    ];
    assert_eq!(steps(&plan), [enums, &added].concat(), "{plan}");
    later().sync(db).await.unwrap();
    // SeaORM does not see PostgreSQL's indexes that are not unique, and asks for them IF NOT EXISTS.
    let again = later().sync_plan(db).await.unwrap();
    let is_known = |step: &String| [added[2], "nothing to do"].contains(&step.as_str());
    assert!(steps(&again).iter().all(is_known), "{again}");
    later().sync(db).await.unwrap();

    let new = report_later::ActiveModel {
        id: NotSet,
        title: Set("Sales".to_owned()),
        kind: Set(Some(report_later::Kind::Daily)),
        pages: Set(Some(3)),
    };
    let reports = &db.entity::<report_later::Entity>().unwrap();
    let written = new.insert(reports).await.unwrap();
    for slave in ["reports.slave-1", "reports.slave-2"] {
        let slave = &db.bind(slave).unwrap();
        test_cluster::until("the row on the slave", SOON, || async move {
            let found = report_later::Entity::find().one(slave).await;
            Ok(found.ok().flatten())
        })
        .await
        .map(|found| assert_eq!(found, written))
        .unwrap();
    }
    assert!(cake::Entity::find().all(db).await.unwrap().is_empty());
    assert!(
        report_line::Entity::find()
            .all(db)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_tables_are_kept_up_to_date() {
    let cluster = Cluster::<Postgres>::shared().await.unwrap();
    let [one, other] = [
        cluster.database("schema_default").await.unwrap(),
        cluster.database("schema_reports").await.unwrap(),
    ];
    let db = open([
        bind("default", cluster, &one),
        bind("reports", cluster, &other),
    ])
    .await;
    tables_are_kept_up_to_date(&db, &["reports: CREATE TYPE report_kind AS"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_tables_are_kept_up_to_date() {
    let cluster = Cluster::<MariaDb>::shared().await.unwrap();
    let [one, other] = [
        cluster.database("schema_default").await.unwrap(),
        cluster.database("schema_reports").await.unwrap(),
    ];
    let db = open([
        bind("default", cluster, &one),
        bind("reports", cluster, &other),
    ])
    .await;
    tables_are_kept_up_to_date(&db, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bind_has_its_own_dialect() {
    let postgres = Cluster::<Postgres>::shared().await.unwrap();
    let mariadb = Cluster::<MariaDb>::shared().await.unwrap();
    let one = postgres.database("schema_mixed").await.unwrap();
    let other = mariadb.database("schema_mixed").await.unwrap();
    let db = open([
        bind("default", postgres, &one),
        bind("reports", mariadb, &other),
    ])
    .await;
    tables_are_kept_up_to_date(&db, &[]).await;
}

fn file(directory: &tempfile::TempDir, name: &str) -> BindConfig {
    let path = directory.path().join(name);
    BindConfig::new(name, format!("sqlite://{}?mode=rwc", path.display()))
}

#[tokio::test]
async fn sqlite_tables_are_created_where_they_belong_and_once() {
    let directory = tempfile::tempdir().unwrap();
    let db = &open([file(&directory, "default"), file(&directory, "reports")]).await;
    let schema = || db.get_schema_registry("entity::*");
    let plan = schema().apply_plan(db).await.unwrap();
    let expected = [
        "default: CREATE TABLE bakery id",
        "default: CREATE TABLE cake id",
        "reports: CREATE TABLE report id",
        "reports: CREATE TABLE report_line id",
    ];
    assert_eq!(steps(&plan), expected);
    let error = bakery::Entity::find().all(db).await.unwrap_err();
    assert!(error.to_string().contains("no such table"), "{error}");

    schema().apply(db).await.unwrap();
    assert!(bakery::Entity::find().all(db).await.unwrap().is_empty());
    assert!(report::Entity::find().all(db).await.unwrap().is_empty());
    assert_eq!(schema().sync_plan(db).await.unwrap(), SchemaPlan::default());
}

/// A handle of one bind is one database to SeaORM's own builder too.
#[tokio::test]
async fn handle_of_one_bind_takes_every_table() {
    let directory = tempfile::tempdir().unwrap();
    let db = &open([file(&directory, "default"), file(&directory, "reports")]).await;
    let reports = &db.bind("reports").unwrap();
    let schema = || sea_orm::Schema::new(reports.get_database_backend()).builder();
    schema()
        .register(bakery::Entity)
        .sync(reports)
        .await
        .unwrap();
    schema()
        .register(bakery::Entity)
        .sync(reports)
        .await
        .unwrap();
    assert!(
        bakery::Entity::find()
            .all(reports)
            .await
            .unwrap()
            .is_empty()
    );
    let error = bakery::Entity::find().all(db).await.unwrap_err();
    assert!(error.to_string().contains("no such table"), "{error}");

    let error = schema()
        .register(bakery::Entity)
        .sync(db)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("db.get_schema_builder()"),
        "{error}"
    );
}

#[tokio::test]
async fn nothing_is_created_where_a_foreign_key_leads_to_another_bind() {
    let directory = tempfile::tempdir().unwrap();
    let db = &open([file(&directory, "default"), file(&directory, "reports")]).await;
    let schema = db.get_schema_registry("entity::*").register(stray::Entity);
    let error = schema.sync(db).await.unwrap_err();
    assert!(
        matches!(
            RoutingError::of(&error),
            Some(RoutingError::TwoBinds { .. })
        ),
        "{error}"
    );
    let plan = db
        .get_schema_registry("entity::*")
        .sync_plan(db)
        .await
        .unwrap();
    assert_eq!(plan.steps.len(), 4, "{plan}");
}

//! Real servers: what the route makes of the functions in their databases, and what slaves refuse.

use std::time::Duration;

use crate::support::Log;
use sea_orm::{
    AccessMode, ConnectionTrait, DbErr, Statement, StreamTrait, TransactionTrait,
    sea_query::{Expr, Query},
};
use sea_orm_routing::{
    BindsConfig, Consistency, RoutingDatabase, RoutingError,
    config::{BindConfig, FunctionsConfig, NodeConfig},
};
use test_cluster::{Cluster, FreshDatabase, MariaDb, Postgres, Server, until};
use tokio_stream::StreamExt;

use crate::support::SOON;

/// A database of its own on a shared cluster, with the table `cake` and what `setup` makes.
struct Kitchen<S: Server> {
    cluster: &'static Cluster<S>,
    database: FreshDatabase,
}

impl<S: Server> Kitchen<S> {
    async fn new(name: &str, setup: &[&str]) -> Self {
        let cluster = Cluster::<S>::shared().await.unwrap();
        let kitchen = Self {
            database: cluster.database(name).await.unwrap(),
            cluster,
        };
        let master = sea_orm::Database::connect(kitchen.database.url(cluster.master()))
            .await
            .unwrap();
        master
            .execute_unprepared("CREATE TABLE cake (id int)")
            .await
            .unwrap();
        for sql in setup {
            master.execute_unprepared(sql).await.unwrap();
        }
        kitchen.catch_up().await;
        kitchen
    }

    async fn catch_up(&self) {
        self.cluster.wait_until_caught_up(SOON).await.unwrap();
    }

    fn config(&self) -> BindsConfig {
        let url = |node| self.database.url(node);
        let bind = BindConfig::new("default", url(self.cluster.master()))
            .slave(NodeConfig::new("slave-1", url(self.cluster.slave(1))))
            .slave(NodeConfig::new("slave-2", url(self.cluster.slave(2))));
        BindsConfig::new().bind(bind)
    }

    async fn connect(&self) -> RoutingDatabase {
        self.connect_with(FunctionsConfig::new()).await
    }

    async fn connect_with(&self, functions: FunctionsConfig) -> RoutingDatabase {
        RoutingDatabase::from_config(self.config().functions(functions))
            .await
            .unwrap()
    }
}

fn sql(db: &RoutingDatabase, text: &str) -> Statement {
    Statement::from_string(db.get_database_backend(), text)
}

async fn cakes(db: &RoutingDatabase) -> i64 {
    let count = sql(db, "SELECT count(*) FROM cake");
    db.master()
        .query_one_raw(count)
        .await
        .unwrap()
        .unwrap()
        .try_get_by_index(0)
        .unwrap()
}

/// Statements refused by slaves, and writes that the master took.
fn refused_and_written(db: &RoutingDatabase) -> (u64, u64) {
    let status = db.status();
    let refused = status.nodes.iter().map(|node| node.refused).sum();
    (refused, status.node("default", "master").unwrap().writes)
}

const POSTGRES_FUNCTIONS: &[&str] = &[
    "CREATE FUNCTION tax(n int) RETURNS int LANGUAGE sql STABLE AS 'SELECT n / 10'",
    "CREATE FUNCTION bake(n int) RETURNS int LANGUAGE sql VOLATILE AS 'INSERT INTO cake VALUES (n) RETURNING id'",
    "CREATE FUNCTION \"Sly\"(n int) RETURNS int LANGUAGE sql STABLE AS 'SELECT bake(n)'",
    "CREATE FUNCTION lower(n int) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT bake(n)'",
    "CREATE SCHEMA hidden",
    "CREATE FUNCTION hidden.tithe(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n / 10'",
    "CREATE AGGREGATE volatile_sum(int) (SFUNC = int4larger, STYPE = int, FINALFUNC = bake)",
];

const MARIADB_FUNCTIONS: &[&str] = &[
    "CREATE FUNCTION tax(n int) RETURNS int READS SQL DATA RETURN n / 10",
    "CREATE FUNCTION bake(n int) RETURNS int MODIFIES SQL DATA BEGIN INSERT INTO cake VALUES (n); RETURN n; END",
    "CREATE FUNCTION sly(n int) RETURNS int READS SQL DATA RETURN bake(n)",
    "CREATE FUNCTION silent(n int) RETURNS int DETERMINISTIC RETURN n",
];

#[tokio::test]
async fn postgres_functions_are_known_from_the_catalogue() {
    let kitchen = Kitchen::<Postgres>::new("catalogue", POSTGRES_FUNCTIONS).await;
    let db = kitchen.connect().await;
    let cases = [
        ("SELECT tax(10)", "slave", "plain query"),
        ("SELECT public.tax(10)", "slave", "plain query"),
        ("SELECT TAX(10)", "slave", "plain query"),
        ("SELECT bake(10)", "master", "calls bake"),
        ("SELECT \"bake\"(10)", "master", "calls bake"),
        ("SELECT hidden.tithe(10)", "slave", "plain query"),
        ("SELECT tithe(10)", "master", "calls unknown function tithe"),
        ("SELECT lower('A')", "master", "calls lower"),
        ("SELECT upper('a')", "slave", "plain query"),
        (
            "SELECT volatile_sum(id) FROM cake",
            "master",
            "calls volatile_sum",
        ),
    ];
    for (text, role, reason) in cases {
        let route = db.route(&sql(&db, text)).unwrap();
        assert_eq!(
            (
                route.role.to_string().as_str(),
                route.reason.access.to_string().as_str()
            ),
            (role, reason),
            "{text}"
        );
    }
    db.close().await.unwrap();
}

#[tokio::test]
async fn mariadb_functions_are_known_from_what_they_declare() {
    let kitchen = Kitchen::<MariaDb>::new("catalogue", MARIADB_FUNCTIONS).await;
    let db = kitchen.connect().await;
    let cases = [
        ("SELECT tax(10)", "slave"),
        ("SELECT Tax(10)", "slave"),
        ("SELECT bake(10)", "master"),
        ("SELECT silent(10)", "master"),
        ("SELECT nobody(10)", "master"),
    ];
    for (text, role) in cases {
        let route = db.route(&sql(&db, text)).unwrap();
        assert_eq!(route.role.to_string(), role, "{text}: {route}");
    }
    db.close().await.unwrap();
}

async fn unknown_name_is_looked_up_at_once<S: Server>(create: &str) {
    let kitchen = Kitchen::<S>::new("late", &[]).await;
    let db = kitchen.connect().await;
    assert_eq!(
        db.route(&sql(&db, "SELECT tax(10)")).unwrap().node,
        "master"
    );
    db.execute_unprepared(create).await.unwrap();
    kitchen.catch_up().await;
    until::<_, _>("the function to be known", SOON, || async {
        let other = format!("SELECT tax(10), {}", refused_and_written(&db).1);
        let route = db.route(&sql(&db, &other)).unwrap();
        Ok((route.role.to_string() == "slave").then_some(()))
    })
    .await
    .unwrap();
    db.close().await.unwrap();
}

#[tokio::test]
async fn postgres_unknown_name_is_looked_up_at_once() {
    unknown_name_is_looked_up_at_once::<Postgres>(POSTGRES_FUNCTIONS[0]).await;
}

#[tokio::test]
async fn mariadb_unknown_name_is_looked_up_at_once() {
    unknown_name_is_looked_up_at_once::<MariaDb>(MARIADB_FUNCTIONS[0]).await;
}

/// `wrong` looks like a read and writes one cake.
async fn wrong_guess_heals_itself<S: Server>(functions: &[&str], wrong: &str) {
    let kitchen = Kitchen::<S>::new("healing", functions).await;
    let db = kitchen.connect().await.with(Consistency::Eventual);
    assert_eq!(
        db.route(&sql(&db, wrong)).unwrap().role.to_string(),
        "slave"
    );

    let row = db.query_one_raw(sql(&db, wrong)).await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<i32>(0).unwrap(), 7);
    assert_eq!((cakes(&db).await, refused_and_written(&db)), (1, (1, 1)));

    // The memo has learnt: no slave is asked again.
    db.query_all_raw(sql(&db, wrong)).await.unwrap();
    assert_eq!((cakes(&db).await, refused_and_written(&db)), (2, (1, 2)));
    let route = db.route(&sql(&db, wrong)).unwrap().to_string();
    assert!(
        route.starts_with("default.master (master): write"),
        "{route}"
    );
    assert!(route.ends_with("a slave refused it as a write"), "{route}");

    // Another text, another guess: in a stream before its first row.
    let streamed = format!("{wrong} AS streamed");
    let mut stream = db.stream_raw(sql(&db, &streamed)).await.unwrap();
    let row = stream.next().await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<i32>(0).unwrap(), 7);
    assert!(stream.next().await.is_none());
    drop(stream);
    assert_eq!((cakes(&db).await, refused_and_written(&db)), (3, (2, 3)));

    // A text sent unprepared, and one in a transaction of the master, which needs no healing.
    db.execute_unprepared(&format!("{wrong} AS unprepared"))
        .await
        .unwrap();
    let txn = db.begin().await.unwrap();
    txn.query_one_raw(sql(&db, &format!("{wrong} AS inside")))
        .await
        .unwrap();
    txn.commit().await.unwrap();
    assert_eq!((cakes(&db).await, refused_and_written(&db).0), (5, 3));

    // A read-only transaction's error is the caller's.
    let txn = db
        .begin_with_config(None, Some(AccessMode::ReadOnly))
        .await
        .unwrap();
    let error = txn
        .query_one_raw(sql(&db, &format!("{wrong} AS read_only")))
        .await
        .unwrap_err();
    assert!(RoutingError::of(&error).is_none(), "{error}");
    drop(txn);
    assert_eq!(cakes(&db).await, 5);
    db.close().await.unwrap();
}

#[tokio::test]
async fn postgres_wrong_guess_heals_itself() {
    wrong_guess_heals_itself::<Postgres>(POSTGRES_FUNCTIONS, "SELECT \"Sly\"(7)").await;
}

#[tokio::test]
async fn postgres_built_query_heals_and_is_logged_once() {
    let kitchen = Kitchen::<Postgres>::new("built", POSTGRES_FUNCTIONS).await;
    let db = kitchen.connect().await;
    let (log, _guard) = Log::start();
    let query = Query::select().expr(Expr::cust("\"Sly\"(7)")).to_owned();
    for round in 1..=3 {
        let row = db.query_one(&query).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i32>(0).unwrap(), 7);
        assert_eq!(
            (cakes(&db).await, refused_and_written(&db)),
            (round, (1, round as u64))
        );
    }
    let text = log.text();
    assert_eq!(text.matches("refused as a write").count(), 1, "{text}");
    assert!(
        !text.contains("SELECT"),
        "the text is only shown with echo: {text}"
    );
    db.close().await.unwrap();
}

#[tokio::test]
async fn postgres_function_that_needs_the_master_is_answered_there_and_not_learnt() {
    let function = "CREATE FUNCTION lsn() RETURNS text LANGUAGE sql STABLE AS 'SELECT pg_current_wal_lsn()::text'";
    let kitchen = Kitchen::<Postgres>::new("state", &[function]).await;
    let db = kitchen.connect().await;
    for round in 1..=2 {
        db.query_one_raw(sql(&db, "SELECT lsn()"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(refused_and_written(&db).0, round);
    }
    db.close().await.unwrap();
}

#[tokio::test]
async fn mariadb_wrong_guess_heals_itself() {
    wrong_guess_heals_itself::<MariaDb>(MARIADB_FUNCTIONS, "SELECT sly(7)").await;
}

/// A slave whose URL points at the master, which would take any write.
async fn slave_session_on_a_writable_server_refuses_writes<S: Server>(functions: &[&str]) -> DbErr {
    let kitchen = Kitchen::<S>::new("writable", functions).await;
    let master = kitchen.database.url(kitchen.cluster.master());
    let bind = BindConfig::new("default", master.clone()).slave(NodeConfig::new("slave-1", master));
    let config = BindsConfig::new()
        .bind(bind)
        .functions(FunctionsConfig::new().read(["bake"]));
    let db = RoutingDatabase::from_config(config).await.unwrap();
    let pinned = db.bind("slave-1").unwrap();
    let error = pinned
        .query_one_raw(sql(&db, "SELECT bake(7)"))
        .await
        .unwrap_err();
    assert_eq!(
        (cakes(&db).await, refused_and_written(&db).0),
        (0, 0),
        "{error}"
    );
    db.query_one_raw(sql(&db, "SELECT bake(7)")).await.unwrap();
    assert_eq!((cakes(&db).await, refused_and_written(&db).0), (1, 1));
    db.close().await.unwrap();
    error
}

#[tokio::test]
async fn postgres_slave_session_on_a_writable_server_refuses_writes() {
    let error =
        slave_session_on_a_writable_server_refuses_writes::<Postgres>(POSTGRES_FUNCTIONS).await;
    assert!(
        error.to_string().contains("read-only transaction"),
        "{error}"
    );
}

#[tokio::test]
async fn mariadb_slave_session_on_a_writable_server_refuses_writes() {
    let error =
        slave_session_on_a_writable_server_refuses_writes::<MariaDb>(MARIADB_FUNCTIONS).await;
    assert!(
        error.to_string().contains("READ ONLY transaction"),
        "{error}"
    );
}

#[tokio::test]
async fn postgres_slaves_keep_their_search_path_and_settings() {
    use sea_orm_routing::config::PoolConfig;

    let kitchen = Kitchen::<Postgres>::new(
        "settings",
        &[
            "CREATE SCHEMA shop",
            "CREATE TABLE shop.order_line (id int)",
        ],
    )
    .await;
    let pool = PoolConfig::new()
        .schema_search_path("shop, public")
        .application_name("bakery")
        .statement_timeout(Duration::from_secs(9));
    let db = RoutingDatabase::from_config(kitchen.config().pool(pool))
        .await
        .unwrap();
    for handle in [db.master(), db.slave().unwrap()] {
        let text = "SELECT current_setting('search_path'), current_setting('application_name'), \
                    current_setting('statement_timeout'), count(*) FROM order_line";
        let row = handle.query_one_raw(sql(&db, text)).await.unwrap().unwrap();
        let setting = |index: usize| row.try_get_by_index::<String>(index).unwrap();
        assert_eq!(
            [setting(0), setting(1), setting(2)],
            ["shop, public", "bakery", "9s"]
        );
    }
    db.close().await.unwrap();
}

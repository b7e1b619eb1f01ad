use crate::support::{SOON, served};
use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, Statement, StreamTrait, TransactionTrait,
};
use sea_orm_routing::{
    Atomicity, BindsConfig, RoutingDatabase, RoutingError,
    config::{BindConfig, NodeConfig},
    route::BindReason,
};
use test_cluster::{Cluster, FreshDatabase, MariaDb, MySql, Postgres, Server};
use tokio_stream::StreamExt;

/// Two databases of a cluster: the binds `default` and `reports`, which has the table `report`.
pub(super) struct Two<S: Server> {
    pub(super) db: RoutingDatabase,
    pub(super) default: DatabaseConnection,
    pub(super) reports: DatabaseConnection,
    _databases: [FreshDatabase; 2],
    _cluster: &'static Cluster<S>,
}

impl<S: Server> Two<S> {
    pub(super) async fn new(name: &str, in_default: &[&str], in_reports: &[&str]) -> Self {
        let cluster = Cluster::<S>::shared().await.unwrap();
        let databases = [
            cluster.database(&format!("{name}_a")).await.unwrap(),
            cluster.database(&format!("{name}_b")).await.unwrap(),
        ];
        let connect = async |database: &FreshDatabase, setup: &[&str]| {
            let url = database.url(cluster.master());
            let connection = Database::connect(url).await.unwrap();
            for statement in setup {
                let made = connection.execute_unprepared(statement).await;
                made.unwrap_or_else(|error| panic!("{statement}: {error}"));
            }
            connection
        };
        let [default, reports] = [
            connect(&databases[0], in_default).await,
            connect(&databases[1], in_reports).await,
        ];
        cluster.wait_until_caught_up(SOON).await.unwrap();
        let bind = |name: &str, database: &FreshDatabase| {
            BindConfig::new(name, database.url(cluster.master()))
                .slave(NodeConfig::new("slave-1", database.url(cluster.slave(1))))
        };
        let config = BindsConfig::new()
            .bind(bind("default", &databases[0]))
            .bind(bind("reports", &databases[1]).tables(["report"]));
        Self {
            db: RoutingDatabase::from_config(config).await.unwrap(),
            default,
            reports,
            _databases: databases,
            _cluster: cluster,
        }
    }

    fn sql(&self, text: &str) -> Statement {
        Statement::from_string(self.default.get_database_backend(), text)
    }

    /// Runs it and tells which bind's master took it.
    async fn runs_on(&self, text: &str) -> String {
        let (done, by) = served(&self.db, self.db.execute_unprepared(text)).await;
        done.unwrap_or_else(|error| panic!("{text}: {error}"));
        by.to_string()
    }

    async fn refused(&self, text: &str) -> RoutingError {
        let error = self.db.execute_unprepared(text).await.unwrap_err();
        RoutingError::of(&error)
            .cloned()
            .unwrap_or_else(|| panic!("{text}: {error}"))
    }
}

pub(super) async fn count(connection: &DatabaseConnection, query: &str) -> i64 {
    let statement = Statement::from_string(connection.get_database_backend(), query);
    let row = connection.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

pub(super) const CAKE: &str = "CREATE TABLE cake (id int PRIMARY KEY)";
pub(super) const REPORT: &str = "CREATE TABLE report (id int PRIMARY KEY, title varchar(9))";

#[tokio::test]
async fn postgres_objects_are_where_the_catalogues_have_them() {
    let reports = [
        REPORT,
        "CREATE INDEX report_title ON report (title)",
        "CREATE SEQUENCE report_number",
        "CREATE SEQUENCE shared",
        "CREATE TYPE mood AS ENUM ('glad')",
        "CREATE DOMAIN grade AS int",
        "CREATE FUNCTION grade_of(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n'",
        "CREATE VIEW titles AS SELECT title FROM report",
        "CREATE MATERIALIZED VIEW kept AS SELECT title FROM report",
        "CREATE STATISTICS spread ON id, title FROM report",
        "CREATE PUBLICATION news FOR TABLE report",
        "CREATE SCHEMA annex",
        "CREATE SEQUENCE annex.\"Number\"",
        "CREATE COLLATION plain FROM \"C\"",
        "CREATE CONVERSION turned FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
        "CREATE TEXT SEARCH CONFIGURATION words (COPY = simple)",
        "CREATE OPERATOR <=> (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int)",
        "CREATE DOMAIN ranked AS int CONSTRAINT small CHECK (VALUE < 9)",
    ];
    let two = Two::<Postgres>::new("objects", &[CAKE, "CREATE SEQUENCE shared"], &reports).await;
    let sequence = two.db.route(&two.sql("SELECT nextval('report_number')"));
    let error = sequence.unwrap_err();
    assert!(
        matches!(error, RoutingError::UnaskedObject { .. }),
        "{error}"
    );
    for text in [
        "SELECT nextval('report_number')",
        "SELECT setval('public.report_number', 40)",
        "SELECT nextval('annex.\"Number\"')",
        "ALTER SEQUENCE report_number MINVALUE 0",
        "COMMENT ON SEQUENCE report_number IS 'x'",
        "GRANT USAGE ON SEQUENCE report_number TO PUBLIC",
        "ALTER SEQUENCE report_number OWNED BY report.id",
        "SELECT setval(pg_get_serial_sequence('report', 'id'), 41)",
        "ALTER INDEX report_title RENAME TO report_by_title",
        "REINDEX INDEX report_by_title",
        "DROP INDEX IF EXISTS report_by_title",
        "ALTER TYPE mood ADD VALUE 'sad'",
        "DROP TYPE mood",
        "DROP DOMAIN grade",
        "ALTER FUNCTION grade_of(int) STABLE",
        "DROP FUNCTION grade_of(int)",
        "REFRESH MATERIALIZED VIEW kept",
        "DROP MATERIALIZED VIEW kept",
        "DROP VIEW titles",
        "ALTER STATISTICS spread SET STATISTICS 10",
        "DROP STATISTICS spread",
        "DROP PUBLICATION news",
        "DROP COLLATION plain",
        "DROP SCHEMA annex CASCADE",
        "COMMENT ON CONSTRAINT small ON DOMAIN ranked IS 'x'",
        "COMMENT ON CONVERSION turned IS 'x'",
        "DROP CONVERSION turned",
        "ALTER TEXT SEARCH CONFIGURATION words RENAME TO spoken",
        "DROP TEXT SEARCH CONFIGURATION spoken",
        "COMMENT ON OPERATOR <=> (int, int) IS 'x'",
        "DROP OPERATOR <=> (int, int)",
        // Row types.
        "CREATE FUNCTION told(r report) RETURNS text LANGUAGE sql AS 'SELECT r.title'",
        "DROP FUNCTION told(report)",
        "CREATE FUNCTION numbered(n report.id%TYPE) RETURNS int LANGUAGE sql AS 'SELECT n'",
        "CLUSTER report_pkey ON report",
        "CREATE INDEX report_title ON report (title)",
        "DROP INDEX report_title",
        "INSERT INTO report (id) VALUES (nextval('shared'))",
    ] {
        assert_eq!(two.runs_on(text).await, "reports.master 1w", "{text}");
    }
    for text in [
        "CREATE TYPE mood AS ENUM ('new')",
        "CREATE SEQUENCE fresh",
        "DROP INDEX IF EXISTS nobodys",
        "DROP EVENT TRIGGER IF EXISTS nobodys",
        "DROP FOREIGN DATA WRAPPER IF EXISTS nobodys",
        "DROP SERVER IF EXISTS nobodys",
        "DROP USER MAPPING IF EXISTS FOR PUBLIC SERVER nobodys",
        "DROP OPERATOR CLASS IF EXISTS nobodys USING btree",
        "DROP OPERATOR FAMILY IF EXISTS public.nobodys USING btree",
        "DROP OPERATOR IF EXISTS public.<==> (int, int)",
        "DROP TEXT SEARCH PARSER IF EXISTS nobodys",
        "INSERT INTO cake VALUES (nextval('shared'))",
        "DROP TYPE mood",
        "DROP SEQUENCE fresh",
    ] {
        assert_eq!(two.runs_on(text).await, "default.master 1w", "{text}");
    }
    assert_eq!(
        count(&two.reports, "SELECT last_value FROM report_number").await,
        41
    );

    // The new table is `default`'s, which lacks the type of its column: what may be a table contradicts none.
    let text = "CREATE TABLE keeps (r report[])";
    let error = two.db.execute_unprepared(text).await.unwrap_err();
    assert!(error.to_string().contains("does not exist"), "{error}");
    let error = two.refused("SELECT nextval('shared')").await;
    assert_eq!(
        error.to_string(),
        "sequence shared is on more than one bind: `default`, `reports`; use `db.bind(key)`"
    );
    let handle = two.db.bind("reports").unwrap();
    handle
        .execute_unprepared("SELECT nextval('shared')")
        .await
        .unwrap();
    assert_eq!(
        count(&two.reports, "SELECT last_value FROM shared").await,
        2
    );
    assert_eq!(
        count(&two.default, "SELECT last_value FROM shared").await,
        1
    );
    two.db.close().await.unwrap();
}

#[tokio::test]
async fn postgres_transactions_and_streams_ask_for_objects_too() {
    let reports = [REPORT, "CREATE SEQUENCE number", "CREATE SEQUENCE shared"];
    let two = Two::<Postgres>::new("asking", &[CAKE, "CREATE SEQUENCE shared"], &reports).await;
    let next = two.sql("SELECT nextval('number')");
    let (rows, by) = served(&two.db, async {
        let mut stream = two.db.stream_raw(next.clone()).await.unwrap();
        stream.next().await.unwrap().unwrap()
    })
    .await;
    assert_eq!(
        (rows.try_get_by_index::<i64>(0).unwrap(), by),
        (1, "reports.master 1w".into())
    );

    // The first statement has the transaction begin there, where the sequence of both is meant then.
    let txn = two.db.begin().await.unwrap();
    txn.execute_raw(two.sql("SELECT nextval('number')"))
        .await
        .unwrap();
    txn.execute_raw(two.sql("SELECT nextval('shared')"))
        .await
        .unwrap();
    let error = txn
        .execute_raw(two.sql("DROP INDEX cake_pkey"))
        .await
        .unwrap_err();
    let error = RoutingError::of(&error).unwrap();
    assert!(
        matches!(error, RoutingError::OtherTransaction { .. }),
        "{error}"
    );
    // What was made in it is seen there alone.
    txn.execute_raw(two.sql("CREATE INDEX made ON report (title)"))
        .await
        .unwrap();
    txn.execute_raw(two.sql("DROP INDEX made")).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(
        count(&two.reports, "SELECT last_value FROM number").await,
        2
    );
    assert_eq!(
        count(&two.default, "SELECT last_value FROM shared").await,
        1
    );

    let all = two
        .db
        .begin_across(["default", "reports"], Atomicity::InOrder)
        .await
        .unwrap();
    all.execute_raw(two.sql("ALTER SEQUENCE number RESTART 70"))
        .await
        .unwrap();
    all.commit().await.unwrap();
    assert_eq!(
        count(&two.reports, "SELECT last_value FROM number").await,
        70
    );
    let route = two.db.route(&two.sql("ALTER SEQUENCE number RESTART 80"));
    let route = match route {
        Ok(route) => route,
        // The commit has made the catalogues be read again.
        Err(_) => {
            two.db
                .execute_raw(two.sql("SELECT nextval('number')"))
                .await
                .unwrap();
            two.db.route(&two.sql("SELECT nextval('number')")).unwrap()
        }
    };
    let found = BindReason::Found {
        object: "sequence number".to_owned(),
    };
    assert_eq!(route.reason.bind, found);
    two.db.close().await.unwrap();
}

async fn mysql_objects<S: Server>(name: &str, more: &[&str]) -> Two<S> {
    let trigger = "CREATE TRIGGER titled BEFORE INSERT ON report FOR EACH ROW SET NEW.title = 'x'";
    let both = "CREATE TRIGGER both_have BEFORE INSERT ON cake FOR EACH ROW SET NEW.id = 7";
    let procedure = "CREATE PROCEDURE tidy() DELETE FROM report";
    let view = "CREATE VIEW titles AS SELECT title FROM report";
    let event = "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM report";
    let reports = [&[REPORT, CAKE, trigger, both, procedure, view, event], more].concat();
    let two = Two::<S>::new(name, &[CAKE, both], &reports).await;
    for (text, node) in [
        ("SHOW CREATE PROCEDURE tidy", "reports.slave 1r"),
        // A replica has its events disabled.
        ("SHOW CREATE EVENT nightly", "reports.master 1w"),
        ("SHOW CREATE TRIGGER titled", "reports.slave 1r"),
    ] {
        let (shown, by) = served(&two.db, two.db.query_one_raw(two.sql(text))).await;
        assert!(shown.unwrap().is_some(), "{text}");
        assert_eq!(by.to_string(), node, "{text}");
    }
    for text in [
        "ALTER EVENT nightly DISABLE",
        "DROP EVENT nightly",
        "DROP PROCEDURE tidy",
        "DROP VIEW titles",
        "DROP TRIGGER titled",
        "DROP INDEX `PRIMARY` ON report",
    ] {
        assert_eq!(two.runs_on(text).await, "reports.master 1w", "{text}");
    }
    let error = two.refused("DROP TRIGGER both_have").await;
    assert!(
        matches!(error, RoutingError::AmbiguousObject { .. }),
        "{error}"
    );
    assert_eq!(
        two.runs_on("DROP TRIGGER IF EXISTS nobodys").await,
        "default.master 1w"
    );
    two
}

#[tokio::test]
async fn mysql_objects_are_where_the_catalogues_have_them() {
    let two = mysql_objects::<MySql>("objects", &[]).await;
    two.db.close().await.unwrap();
}

#[tokio::test]
async fn mariadb_objects_are_where_the_catalogues_have_them() {
    let two = mysql_objects::<MariaDb>("objects", &["CREATE SEQUENCE number"]).await;
    for text in [
        "SELECT NEXTVAL(number)",
        "SELECT NEXT VALUE FOR number",
        "SELECT SETVAL(number, 50)",
        "ALTER SEQUENCE number MAXVALUE 100",
        "DROP SEQUENCE number",
    ] {
        assert_eq!(two.runs_on(text).await, "reports.master 1w", "{text}");
    }
    two.db.close().await.unwrap();
}

#[tokio::test]
async fn nothing_is_asked_where_there_is_one_bind() {
    let cluster = Cluster::<Postgres>::shared().await.unwrap();
    let database = cluster.database("one_bind").await.unwrap();
    let config =
        BindsConfig::new().bind(BindConfig::new("default", database.url(cluster.master())));
    let db = RoutingDatabase::from_config(config).await.unwrap();
    let sql = Statement::from_string(db.get_database_backend(), "SELECT nextval('s')");
    assert_eq!(db.route(&sql).unwrap().reason.bind, BindReason::NoTable);
    db.close().await.unwrap();
}

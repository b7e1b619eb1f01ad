use crate::replicated::{Notebook, SOON, Turns, patient, served, sql, until_some};
use sea_orm::{ConnectionTrait, IntoDatabaseExecutor, QueryResult, TransactionTrait};
use sea_orm_routing::{Consistency, Role, RoutingDatabase, classify::Access};
use test_cluster::{MariaDb, MySql, Postgres};

/// A notebook with what `setup` makes, known to the slaves, and an open handle.
async fn opened<S: Turns>(name: &str, setup: &[&str]) -> (Notebook<S>, RoutingDatabase) {
    let notebook = Notebook::<S>::new(name).await;
    for statement in setup {
        let made = notebook.master.execute_unprepared(statement).await;
        made.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    notebook.catch_up().await;
    let db = notebook.open(patient()).await;
    (notebook, db)
}

fn assert_routes(db: &RoutingDatabase, cases: &[(&str, Role, &str)]) {
    for (text, role, reason) in cases {
        let route = db.route(&sql(db, text)).unwrap();
        assert_eq!(
            (route.role, route.reason.access.to_string().as_str()),
            (*role, *reason),
            "{text}"
        );
    }
}

const POSTGRES: &[&str] = &[
    "CREATE SEQUENCE counter",
    "CREATE UNLOGGED TABLE visit (id int, note int)",
    "INSERT INTO visit VALUES (1, 1)",
    "CREATE FUNCTION bake(n int) RETURNS int LANGUAGE sql VOLATILE AS 'INSERT INTO shelf VALUES (n) RETURNING id'",
    "CREATE FUNCTION baked(n int) RETURNS bool LANGUAGE sql VOLATILE AS 'SELECT bake(n) > 0'",
    "CREATE FUNCTION tax(n int) RETURNS int LANGUAGE sql STABLE AS 'SELECT n / 10'",
    "CREATE VIEW oven AS SELECT bake(7) AS n",
    "CREATE VIEW kitchen AS SELECT n + 1 AS n FROM oven",
    "CREATE VIEW picked AS SELECT id FROM (SELECT id FROM shelf FOR UPDATE) AS taken",
    "CREATE VIEW taxes AS SELECT tax(id) AS tax, random() AS lot, now() AS at FROM shelf",
    "CREATE VIEW visits AS SELECT count(*) AS n FROM visit",
    "CREATE VIEW locks AS SELECT count(*) AS n FROM pg_locks",
    "CREATE VIEW position AS SELECT pg_current_wal_lsn()::text AS lsn",
    "CREATE VIEW prepared AS SELECT gid FROM pg_prepared_xacts",
    "CREATE OPERATOR <@! (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl)",
    "CREATE FUNCTION knead(a int, b int) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT bake(a + b)'",
    "CREATE OPERATOR <@@ (LEFTARG = int, RIGHTARG = int, FUNCTION = knead)",
    "CREATE VIEW sum AS SELECT 1 <@! 2 AS n",
    "CREATE VIEW dough AS SELECT 1 <@@ 2 AS n",
    "CREATE DOMAIN sold AS int CHECK (baked(VALUE))",
    "CREATE VIEW sale AS SELECT 1::sold AS n",
    "CREATE TABLE event (id int, at int) PARTITION BY RANGE (at)",
    "CREATE UNLOGGED TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (10)",
    "CREATE TABLE guarded (id int)",
    "ALTER TABLE guarded ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY guard ON guarded USING (baked(id))",
    "CREATE TABLE tenanted (tenant text)",
    "ALTER TABLE tenanted ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY tenant ON tenanted USING (tenant = current_setting('app.tenant', true))",
    "CREATE VIEW mine AS SELECT * FROM tenanted WHERE tenant = current_setting('app.tenant', true)",
    "CREATE VIEW mode AS SELECT current_setting('transaction_read_only') AS mode",
    "CREATE MATERIALIZED VIEW kept AS SELECT count(*) AS n FROM visit",
    "CREATE VIEW pg_stat_bakes AS SELECT bake(7) AS n",
    "CREATE SCHEMA hidden",
    "CREATE UNLOGGED TABLE hidden.shelf (id int)",
];

#[tokio::test]
async fn postgres_relations_that_slaves_cannot_answer_for() {
    let (_notebook, db) = opened::<Postgres>("relations", POSTGRES).await;
    let kept = "reads what the master alone has";
    let hides = "may do more than read";
    let cases = [
        (
            "SELECT last_value FROM counter",
            Role::Master,
            format!("{kept}: sequence counter"),
        ),
        (
            "SELECT last_value FROM public.counter",
            Role::Master,
            format!("{kept}: sequence counter"),
        ),
        (
            "TABLE visit",
            Role::Master,
            format!("{kept}: unlogged table visit"),
        ),
        (
            "SELECT n FROM visits",
            Role::Master,
            format!("{kept}: unlogged table visit behind visits"),
        ),
        (
            "SELECT id FROM event",
            Role::Master,
            format!("{kept}: unlogged table event_1 behind event"),
        ),
        (
            "SELECT id FROM hidden.shelf",
            Role::Master,
            format!("{kept}: unlogged table shelf"),
        ),
        (
            "SELECT id FROM shelf",
            Role::Slave,
            "plain query".to_owned(),
        ),
        (
            "SELECT id FROM public.shelf",
            Role::Slave,
            "plain query".to_owned(),
        ),
        (
            "SELECT n FROM oven",
            Role::Master,
            format!("{hides}: calls public.bake behind oven"),
        ),
        (
            "SELECT n FROM kitchen",
            Role::Master,
            format!("{hides}: calls public.bake behind kitchen"),
        ),
        (
            "SELECT 1 WHERE EXISTS (SELECT FROM kitchen)",
            Role::Master,
            format!("{hides}: calls public.bake behind kitchen"),
        ),
        (
            "SELECT id FROM picked",
            Role::Master,
            format!("{hides}: locks rows behind picked"),
        ),
        (
            "SELECT tax FROM taxes",
            Role::Slave,
            "plain query".to_owned(),
        ),
        (
            "SELECT n FROM locks",
            Role::Master,
            "asks about this server: pg_locks behind locks".to_owned(),
        ),
        (
            "SELECT gid FROM prepared",
            Role::Master,
            "asks about this server: pg_prepared_xacts behind prepared".to_owned(),
        ),
        ("SELECT n FROM sum", Role::Slave, "plain query".to_owned()),
        (
            "SELECT n FROM dough",
            Role::Master,
            format!("{hides}: calls public.knead behind dough"),
        ),
        (
            "SELECT n FROM sale",
            Role::Master,
            format!("{hides}: calls public.baked behind sale"),
        ),
        (
            "SELECT id FROM guarded",
            Role::Master,
            format!("{hides}: calls public.baked behind guarded"),
        ),
        (
            "SELECT tenant FROM tenanted",
            Role::Slave,
            "plain query".to_owned(),
        ),
        (
            "SELECT tenant FROM mine",
            Role::Slave,
            "plain query".to_owned(),
        ),
        (
            "SELECT mode FROM mode",
            Role::Master,
            "asks about this server: current_setting behind mode".to_owned(),
        ),
        ("SELECT n FROM kept", Role::Slave, "plain query".to_owned()),
    ];
    for (text, role, reason) in &cases {
        assert_routes(&db, &[(text, *role, reason)]);
    }
    let own = "SELECT n FROM pg_stat_bakes";
    assert_routes(
        &db,
        &[(own, Role::Master, "asks about this server: pg_stat_bakes")],
    );
    let route = db.route(&sql(&db, "SELECT lsn FROM position")).unwrap();
    assert_eq!(route.role, Role::Master, "{route}");
    db.close().await.unwrap();
}

fn number(row: Option<QueryResult>) -> i64 {
    row.unwrap().try_get_by_index(0).unwrap()
}

/// A standby knows a sequence 32 values ahead, and refuses to read an unlogged table.
#[tokio::test]
async fn postgres_sequence_and_unlogged_table_are_read_where_they_are() {
    let (notebook, db) = opened::<Postgres>("read_there", POSTGRES).await;
    let next = sql(&db, "SELECT nextval('counter')");
    assert_eq!(number(db.query_one_raw(next).await.unwrap()), 1);
    notebook.catch_up().await;
    let db = db.with(Consistency::Eventual);
    for (text, expected) in [
        ("SELECT last_value FROM counter", 1),
        ("SELECT count(*) FROM visit", 1),
        ("SELECT n FROM visits", 1),
    ] {
        let (row, by) = served(&db, db.query_one_raw(sql(&db, text))).await;
        assert_eq!(number(row.unwrap()), expected, "{text}");
        assert_eq!(by, "default.master 1w", "{text}");
        // Whoever names a slave asks that slave.
        let slave = db.slave().unwrap();
        let answer = slave.query_one_raw(sql(&db, text)).await;
        match text.contains("counter") {
            true => assert_eq!(number(answer.unwrap()), 33, "{text}"),
            false => assert!(answer.unwrap_err().to_string().contains("during recovery")),
        }
    }
    db.close().await.unwrap();
}

const MARIADB: &[&str] = &[
    "CREATE SEQUENCE counter",
    "CREATE TABLE visit (id int) ENGINE = MEMORY",
    "CREATE FUNCTION bake(n int) RETURNS int MODIFIES SQL DATA BEGIN INSERT INTO shelf VALUES (n); RETURN n; END",
    "CREATE FUNCTION tax(n int) RETURNS int READS SQL DATA RETURN n / 10",
    "CREATE VIEW oven AS SELECT bake(7) AS n",
    "CREATE VIEW kitchen AS SELECT n + 1 AS n FROM oven",
    "CREATE VIEW taxes AS SELECT tax(id) AS tax, concat('a', id, date_format(now(), '%Y')) AS text FROM shelf",
    "CREATE VIEW visits AS SELECT count(*) AS n FROM visit",
    "CREATE VIEW locked AS SELECT get_lock('oven', 0) AS n",
    "CREATE VIEW who AS SELECT connection_id() AS id",
    "CREATE VIEW usual AS SELECT CAST(s.id AS char(5)) AS a, coalesce(max(n.version), 0) AS b, \
     CASE WHEN s.id > 1 THEN 'x' ELSE NULL END AS c FROM shelf s LEFT JOIN note n ON n.owner = s.id \
     WHERE s.id IN (1, 2, 3) AND s.id BETWEEN 1 AND 9 GROUP BY s.id HAVING count(*) > 0",
];

async fn mysql_relations<S: Turns>(setup: &[&str]) -> (Notebook<S>, RoutingDatabase) {
    let (notebook, db) = opened::<S>("relations", setup).await;
    let kept = "reads what the master alone has";
    let cases = [
        (
            "TABLE visit",
            Role::Master,
            format!("{kept}: MEMORY table visit"),
        ),
        (
            "SELECT id FROM VISIT",
            Role::Master,
            format!("{kept}: MEMORY table visit"),
        ),
        (
            "SELECT n FROM visits",
            Role::Master,
            format!("{kept}: MEMORY table visit behind visits"),
        ),
        (
            "SELECT tax FROM taxes",
            Role::Slave,
            "plain query".to_owned(),
        ),
        ("SELECT a FROM usual", Role::Slave, "plain query".to_owned()),
        (
            "SELECT id FROM shelf",
            Role::Slave,
            "plain query".to_owned(),
        ),
        (
            "SELECT n FROM locked",
            Role::Master,
            "may do more than read: changes the session: get_lock behind locked".to_owned(),
        ),
        (
            "SELECT id FROM who",
            Role::Master,
            "asks about this server: connection_id behind who".to_owned(),
        ),
    ];
    for (text, role, reason) in &cases {
        assert_routes(&db, &[(text, *role, reason)]);
    }
    for text in [
        "SELECT n FROM oven",
        "SELECT n FROM kitchen",
        "SELECT kitchen.n FROM shelf, kitchen",
    ] {
        let route = db.route(&sql(&db, text)).unwrap();
        let reason = route.reason.access.to_string();
        assert!(reason.contains("bake behind"), "{text}: {route}");
        assert_eq!(route.role, Role::Master, "{text}");
    }
    (notebook, db)
}

#[tokio::test]
async fn mariadb_relations_that_slaves_cannot_answer_for() {
    let (_notebook, db) = mysql_relations::<MariaDb>(MARIADB).await;
    let reason = "reads what the master alone has: sequence counter";
    assert_routes(
        &db,
        &[(
            "SELECT next_not_cached_value FROM counter",
            Role::Master,
            reason,
        )],
    );
    db.close().await.unwrap();
}

#[tokio::test]
async fn mysql_relations_that_slaves_cannot_answer_for() {
    let (_notebook, db) = mysql_relations::<MySql>(&MARIADB[1..]).await;
    db.close().await.unwrap();
}

/// What was defined through a handle is known when that has returned; what another program defined, soon.
async fn definitions_are_known_at_once<S: Turns>(bake: &str) {
    let (notebook, db) = opened::<S>("definitions", &[bake]).await;
    let anyones = db.with(Consistency::Eventual);
    // What the slaves still lack is the master's, whatever it is.
    let access = |text: &str| anyones.route(&sql(&db, text)).unwrap().access;
    let view = |name: &str| format!("CREATE VIEW {name} AS SELECT bake(7) AS n");
    let reads = |name: &str| format!("SELECT n FROM {name}");
    // The memo knows it as a read of a table that there is not.
    assert_eq!(access(&reads("one")), Access::Read);
    db.execute_unprepared(&view("one")).await.unwrap();
    assert_eq!(access(&reads("one")), Access::Write);

    let txn = db.begin().await.unwrap();
    txn.execute_unprepared("INSERT INTO shelf VALUES (1)")
        .await
        .unwrap();
    txn.execute_unprepared(&view("two")).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(access(&reads("two")), Access::Write);

    // By connections that are lent: soon, as the end of that work is not waited for.
    let connection = db.master_connection();
    let lent = connection.begin().await.unwrap();
    let statement = sql(&db, &view("lent"));
    lent.execute_raw(statement).await.unwrap();
    lent.commit().await.unwrap();
    let executor = db.into_database_executor();
    let lent = executor.begin().await.unwrap();
    lent.execute_unprepared(&view("migrated")).await.unwrap();
    lent.commit().await.unwrap();
    for name in ["lent", "migrated"] {
        until_some("what was defined by a lent connection", async || {
            (access(&reads(name)) == Access::Write).then_some(())
        })
        .await;
    }

    db.execute_unprepared("DROP VIEW one").await.unwrap();
    // Until they have it no slave is asked for anything.
    db.wait_for_slaves(SOON).await.unwrap();
    assert_eq!(access(&reads("one")), Access::Read);

    notebook
        .master
        .execute_unprepared(&view("three"))
        .await
        .unwrap();
    let unknown = "SELECT nobody(1)";
    until_some("another program's view to be known", async || {
        // An unknown name has the catalogue read.
        db.route(&sql(
            &db,
            &format!("{unknown}, {}", db.status().nodes[0].writes),
        ))
        .unwrap();
        (access(&reads("three")) == Access::Write).then_some(())
    })
    .await;
    db.close().await.unwrap();
}

#[tokio::test]
async fn postgres_definitions_are_known_at_once() {
    definitions_are_known_at_once::<Postgres>(POSTGRES[3]).await;
}

#[tokio::test]
async fn mariadb_definitions_are_known_at_once() {
    definitions_are_known_at_once::<MariaDb>(MARIADB[2]).await;
}

#[tokio::test]
async fn mysql_definitions_are_known_at_once() {
    definitions_are_known_at_once::<MySql>(MARIADB[2]).await;
}

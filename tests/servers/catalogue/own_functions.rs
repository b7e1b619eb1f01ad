use crate::replicated::{Notebook, connect, patient, sql};
use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_routing::{
    Role,
    classify::{Functions, Reason, classify},
};
use test_cluster::Postgres;

/// Functions that no list of ours knows, as a newer server has them.
const NEWER: &[&str] = &[
    "CREATE FUNCTION pg_catalog.casefolded(text) RETURNS text LANGUAGE internal IMMUTABLE PARALLEL SAFE AS 'lower'",
    "CREATE FUNCTION pg_catalog.looked_up(text) RETURNS text LANGUAGE internal STABLE PARALLEL SAFE AS 'lower'",
    "CREATE FUNCTION pg_catalog.shaken(text) RETURNS text LANGUAGE internal VOLATILE PARALLEL SAFE AS 'lower'",
    "CREATE FUNCTION pg_catalog.led(text) RETURNS text LANGUAGE internal STABLE PARALLEL RESTRICTED AS 'lower'",
    "CREATE FUNCTION pg_catalog.pg_new_state(text) RETURNS text LANGUAGE internal STABLE PARALLEL SAFE AS 'lower'",
    "CREATE FUNCTION pg_catalog.two(text) RETURNS text LANGUAGE internal IMMUTABLE PARALLEL SAFE AS 'lower'",
    "CREATE FUNCTION pg_catalog.two(text, text) RETURNS text LANGUAGE internal VOLATILE PARALLEL SAFE AS 'textcat'",
    "CREATE FUNCTION pg_catalog.xml_of(text, boolean, boolean, text) RETURNS xml LANGUAGE internal STABLE \
     PARALLEL SAFE AS 'query_to_xml'",
    "CREATE FUNCTION pg_catalog.nextval(text, int) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT $1'",
    "CREATE FUNCTION public.led(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1'",
    "CREATE VIEW folded AS SELECT casefolded('A') AS a",
    "CREATE VIEW shaking AS SELECT shaken('A') AS a",
    "GRANT SELECT ON folded, shaking TO PUBLIC",
];

#[tokio::test]
async fn postgres_own_functions_of_newer_servers_are_known_from_its_catalogue() {
    let notebook = Notebook::<Postgres>::new("newer").await;
    let url = notebook.database.url(notebook.cluster.master());
    let admin = connect(url.replace("app:app@", "postgres@")).await;
    for statement in NEWER {
        let made = admin.execute_unprepared(statement).await;
        made.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    notebook.catch_up().await;
    let db = notebook.open(patient()).await;
    for (text, role) in [
        ("SELECT casefolded('A')", Role::Slave),
        ("SELECT pg_catalog.casefolded('A')", Role::Slave),
        ("SELECT \"casefolded\"('A')", Role::Slave),
        ("SELECT public.casefolded('A')", Role::Master),
        ("SELECT looked_up('A')", Role::Slave),
        ("SELECT shaken('A')", Role::Master),
        ("SELECT pg_catalog.led('A')", Role::Master),
        ("SELECT public.led('A')", Role::Slave),
        ("SELECT pg_new_state('A')", Role::Master),
        ("SELECT two('A')", Role::Master),
        ("SELECT xml_of('SELECT 1', true, true, '')", Role::Master),
        ("SELECT nextval('a', 1)", Role::Master),
        ("SELECT a FROM folded", Role::Slave),
        ("SELECT a FROM shaking", Role::Master),
    ] {
        let route = db.route(&sql(&db, text)).unwrap();
        assert_eq!(route.role, role, "{text}: {route}");
        if role == Role::Slave {
            let rows = db.query_all_raw(sql(&db, text)).await.unwrap();
            assert_eq!(rows.len(), 1, "{text}");
        }
    }
    db.close().await.unwrap();
}

/// Functions that declare no effect, and have it by what they are made with.
const MADE: &[&str] = &[
    "CREATE FUNCTION locked(bigint) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 1 FROM pg_advisory_lock($1)'",
    "CREATE FUNCTION by_default(n int DEFAULT locked(1)) RETURNS int LANGUAGE sql STABLE AS 'SELECT n'",
    "CREATE FUNCTION of_default(n int DEFAULT abs(1)) RETURNS int LANGUAGE sql STABLE AS 'SELECT n'",
    "CREATE FUNCTION by_body() RETURNS int LANGUAGE sql STABLE BEGIN ATOMIC SELECT locked(2); END",
    "CREATE FUNCTION by_return() RETURNS int LANGUAGE sql IMMUTABLE RETURN locked(3)",
    "CREATE FUNCTION of_body() RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT count(*) FROM shelf; END",
    "CREATE FUNCTION sums(int, int) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT $1 + $2'",
    "CREATE AGGREGATE summed (int) (SFUNC = sums, STYPE = int, INITCOND = '0')",
];

#[tokio::test]
async fn postgres_functions_have_the_effects_of_what_they_are_made_with() {
    let notebook = Notebook::<Postgres>::new("made_with").await;
    for statement in MADE {
        let made = notebook.master.execute_unprepared(statement).await;
        made.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    notebook.catch_up().await;
    let db = notebook.open(patient()).await;
    for (text, role) in [
        ("SELECT by_default(5)", Role::Master),
        ("SELECT by_default()", Role::Master),
        ("SELECT of_default()", Role::Slave),
        ("SELECT by_body()", Role::Master),
        ("SELECT by_return()", Role::Master),
        ("SELECT of_body()", Role::Slave),
        ("SELECT summed(1)", Role::Master),
    ] {
        let route = db.route(&sql(&db, text)).unwrap();
        assert_eq!(route.role, role, "{text}: {route}");
    }
    db.close().await.unwrap();
}

/// Functions of PostgreSQL 16 to 18 that no list of ours knows. By its prefix is told what may ask about a server.
#[tokio::test]
async fn postgres_functions_of_later_releases_are_reads_or_ask_the_master() {
    let notebook = Notebook::<Postgres>::new("later").await;
    let db = notebook.open(patient()).await;
    let version = notebook.master.query_one_raw(sql(&db, VERSION)).await;
    let version: i32 = version.unwrap().unwrap().try_get_by_index(0).unwrap();
    let names = notebook
        .master
        .query_all_raw(sql(&db, NAMES))
        .await
        .unwrap();
    let mut reads = 0;
    for row in &names {
        let name: String = row.try_get_by_index(0).unwrap();
        let text = format!("SELECT pg_catalog.\"{name}\"()");
        let class = classify(DbBackend::Postgres, &text, &Functions::builtin());
        if !matches!(class.reason, Reason::UnknownFunction(_)) {
            continue;
        }
        let asks = name.starts_with("pg_") || name.starts_with("binary_upgrade_");
        let role = db.route(&sql(&db, &text)).unwrap().role;
        assert_eq!(role == Role::Master, asks, "{name}: {role}");
        reads += i32::from(!asks);
    }
    // Of the oldest, which the lists were made from, none is unknown.
    let least = match version {
        180_000.. => 72,
        _ => 0,
    };
    assert!(reads >= least, "{version}: {reads}");
    db.close().await.unwrap();
}

const VERSION: &str = "SELECT current_setting('server_version_num')::int";

const NAMES: &str = "SELECT DISTINCT proname::text FROM pg_catalog.pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace";

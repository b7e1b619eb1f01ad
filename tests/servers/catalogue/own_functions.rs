use crate::replicated::{Notebook, connect, patient, sql};
use sea_orm::ConnectionTrait;
use sea_orm_routing::Role;
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

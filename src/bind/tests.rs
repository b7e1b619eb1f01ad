use std::any::TypeId;

use sea_orm::DatabaseBackend::{self, MySql, Postgres, Sqlite};

use super::{BindKey, BindReason, Registration, Registry, RegistryBuilder};
use crate::{
    classify::{Functions, Table, Usage, classify},
    error::RoutingError,
};

/// An entity on bind `reports`.
macro_rules! entity {
    ($module:ident, $($name:tt)*) => {
        #[allow(unreachable_pub, reason = "SeaORM's derives want it")]
        mod $module {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm($($name)*)]
            pub struct Model {
                #[sea_orm(primary_key)]
                pub id: i32,
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}

            impl super::BindKey for Entity {
                const BIND_KEY: &'static str = "reports";
            }
        }
    };
}

entity!(report, table_name = "report");
entity!(users, schema_name = "sys", table_name = "users");
entity!(account, schema_name = "public", table_name = "account");
// PostgreSQL cuts it at the 63rd byte, which is in the middle of a character.
entity!(
    long,
    table_name = "a_name_of_more_than_sixty_three_bytes_as_generators_make_them_ää_and_more"
);

entity!(
    long_schema,
    schema_name = "a_schema_of_more_than_sixty_three_bytes_as_generators_make_them_ää_and_more",
    table_name = "kept"
);

fn registry() -> Registry {
    let reports = || "reports".into();
    RegistryBuilder::new()
        .entity(&Registration::of::<report::Entity>(), reports(), None)
        .entity(&Registration::of::<users::Entity>(), reports(), None)
        .entity(&Registration::of::<account::Entity>(), reports(), None)
        .entity(&Registration::of::<long::Entity>(), reports(), None)
        .entity(&Registration::of::<long_schema::Entity>(), reports(), None)
        .listed(reports(), format!("listed_{LONG}"))
        .listed(reports(), format!("pattern_{LONG}*"))
        .listed(reports(), format!("s_{LONG}.t_{LONG}"))
        .listed(reports(), format!("w_{LONG}.*"))
        .own_schema(&reports(), format!("own_{LONG}"))
        .listed(reports(), "audit.log".to_owned())
        .listed(reports(), "😀".to_owned())
        .listed(reports(), "mysql.*".to_owned())
        .own_schema(&reports(), "test")
        .own_schema(&"default".into(), "app")
        .build()
}

/// The 63rd byte of what begins with a few more is in the middle of a character.
const LONG: &str = "name_of_more_than_sixty_three_bytes_as_generators_make_ääääääää_end";

/// The bind of a statement, or `unclear`.
fn bind_of(backend: DatabaseBackend, sql: &str) -> String {
    bind_by(&registry(), backend, sql)
}

fn bind_by(registry: &Registry, backend: DatabaseBackend, sql: &str) -> String {
    let class = classify(backend, sql, &Functions::builtin());
    let tables = registry.without_temporary(backend, &class.tables, &class.temporary);
    let claims = registry.claims(backend, &tables, &class.perhaps);
    let target = registry.resolve_with(backend, &tables, &class.perhaps);
    if let Ok(target) = &target {
        let claimed = claims.claimed.ok().flatten();
        let claimed = claimed.map(|(_, target)| target.bind);
        let is_claimed = !matches!(target.reason, BindReason::Default | BindReason::NoTable);
        assert_eq!(claimed, is_claimed.then(|| target.bind.clone()), "{sql}");
    }
    match target {
        Err(RoutingError::AmbiguousTable { keys, .. }) => keys.join("|"),
        Ok(target) => target.bind.to_string(),
        Err(RoutingError::UnclearSchema { .. }) => "unclear".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_name_goes_to_its_bind_in_every_legal_spelling_or_is_an_error() {
    let cases = [
        (Postgres, "SELECT * FROM report", "reports"),
        (Postgres, "SELECT * FROM public.report", "reports"),
        (
            Postgres,
            "SELECT * FROM a_name_of_more_than_sixty_three_bytes_as_generators_make_them_ää_and_more",
            "reports",
        ),
        (
            Postgres,
            "DELETE FROM a_name_of_more_than_sixty_three_bytes_as_generators_make_them_",
            "reports",
        ),
        (
            Postgres,
            "DELETE FROM a_name_of_more_than_sixty_three_bytes_as_generators_make_them_äüü",
            "reports",
        ),
        (
            Postgres,
            "DELETE FROM \"a_name_of_more_than_sixty_three_bytes_as_generators_make_them_ä\"",
            "reports",
        ),
        (
            Postgres,
            "DELETE FROM a_name_of_more_than_sixty_three_bytes_as_generators_make_them_äß",
            "reports",
        ),
        (
            Postgres,
            "DELETE FROM a_name_of_more_than_sixty_three_bytes_as_generators_make_them_x",
            "default",
        ),
        (
            MySql,
            "DELETE FROM a_name_of_more_than_sixty_three_bytes_as_generators_make_them_ä",
            "default",
        ),
        (Postgres, "SELECT NULL::report", "reports"),
        (
            Postgres,
            "SELECT * FROM json_populate_record(NULL::public.report, $1)",
            "reports",
        ),
        (Postgres, "SELECT CAST(ROW(1) AS \"report\")", "reports"),
        (Postgres, "SELECT (CAST($1 AS report[]))[1]", "reports"),
        (Postgres, "SELECT 1 AS report", "default"),
        (Postgres, "SELECT CAST(a AS mood) FROM report", "reports"),
        (Postgres, "SELECT 'x'::mood", "default"),
        (
            Sqlite,
            "SELECT * FROM pragma_table_info('report')",
            "reports",
        ),
        (
            Sqlite,
            "SELECT * FROM pragma_table_info('REPORT')",
            "reports",
        ),
        (
            Sqlite,
            "SELECT * FROM pragma_index_list(report.name)",
            "default",
        ),
        (
            Sqlite,
            "SELECT * FROM pragma_quick_check('report')",
            "reports",
        ),
        (Sqlite, "PRAGMA integrity_check(report)", "reports"),
        (Sqlite, "PRAGMA integrity_check(5)", "default"),
        (Sqlite, "REINDEX main.report", "reports"),
        (Sqlite, "REINDEX nocase", "default"),
        (Sqlite, "SELECT * FROM report('b')", "reports"),
        (
            Sqlite,
            "SELECT * FROM report, generate_series(1, 3)",
            "reports",
        ),
        (MySql, "SELECT * FROM report, seq_1_to_10_step_2", "reports"),
        (
            MySql,
            "EXPLAIN FORMAT = JSON INTO @plan SELECT * FROM report",
            "reports",
        ),
        (Postgres, "SELECT * FROM test.report", "reports"),
        (Postgres, "SELECT * FROM other.report", "unclear"),
        (Postgres, "SELECT * FROM app.report", "default"),
        (Postgres, "SELECT * FROM \"Report\"", "default"),
        (Postgres, "SELECT * FROM pg_temp.report", "default"),
        (
            Postgres,
            "INSERT INTO U&\"rep\\006Frt\" VALUES (1)",
            "reports",
        ),
        (
            Postgres,
            "INSERT INTO U&\"rep!006Frt\" UESCAPE '!' VALUES (1)",
            "reports",
        ),
        (
            Postgres,
            "INSERT INTO U&\"rep\\+00006Frt\" VALUES (1)",
            "reports",
        ),
        (
            Postgres,
            "INSERT INTO U&\"\\D83D\\DE00\" VALUES (1)",
            "reports",
        ),
        (
            Postgres,
            "INSERT INTO U&\"!+00D83D!+00DE00\" UESCAPE '!' VALUES (1)",
            "reports",
        ),
        (
            Postgres,
            "INSERT INTO U&\"\\+01F600\" VALUES (1)",
            "reports",
        ),
        (Postgres, "INSERT INTO sys.users VALUES (1)", "reports"),
        (Postgres, "SELECT * FROM users", "unclear"),
        (Postgres, "SELECT * FROM other.users", "default"),
        (Postgres, "SELECT * FROM account", "reports"),
        (Postgres, "SELECT * FROM audit.log", "reports"),
        (Postgres, "SELECT * FROM log", "unclear"),
        (Postgres, "SELECT * FROM mysql.anything", "reports"),
        (Postgres, "SELECT * FROM anything", "default"),
        (Postgres, "SELECT * FROM report, pg_class", "reports"),
        (MySql, "INSERT INTO test.report VALUES (7)", "reports"),
        (MySql, "INSERT INTO `TEST`.report VALUES (7)", "reports"),
        (MySql, "INSERT INTO app.report VALUES (7)", "default"),
        (MySql, "INSERT INTO other.report VALUES (7)", "unclear"),
        (MySql, "SELECT * FROM public.report", "unclear"),
        (MySql, "SELECT * FROM sys.users", "reports"),
        (
            MySql,
            "SELECT * FROM report, information_schema.tables",
            "reports",
        ),
        (Sqlite, "INSERT INTO MAIN.report VALUES (7)", "reports"),
        (
            Sqlite,
            "INSERT INTO \"Main\".[REPORT] VALUES (7)",
            "reports",
        ),
        (Sqlite, "INSERT INTO aux.report VALUES (7)", "unclear"),
        (Sqlite, "SELECT * FROM temp.report", "default"),
        (Sqlite, "SELECT * FROM report, sqlite_master", "reports"),
    ];
    let wrong: Vec<_> = cases
        .into_iter()
        .map(|(backend, sql, expected)| (backend, sql, expected, bind_of(backend, sql)))
        .filter(|(_, _, expected, found)| expected != found)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn entries_and_schemas_are_as_long_as_postgres_takes_them() {
    let cut = |name: &str| {
        let mut end = 63;
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        name[..end].to_owned()
    };
    let schema = "a_schema_of_more_than_sixty_three_bytes_as_generators_make_them_ää_and_more";
    let names = [
        (format!("listed_{LONG}"), "reports"),
        (format!("listed_{LONG}_of_another_end"), "reports"),
        (cut(&format!("listed_{LONG}")), "reports"),
        (format!("pattern_{LONG}_1"), "reports"),
        (cut(&format!("pattern_{LONG}")), "reports"),
        (format!("s_{LONG}.t_{LONG}"), "reports"),
        (
            format!(
                "{}.{}",
                cut(&format!("s_{LONG}")),
                cut(&format!("t_{LONG}"))
            ),
            "reports",
        ),
        (format!("t_{LONG}"), "unclear"),
        (format!("w_{LONG}.anything"), "reports"),
        (format!("{schema}.kept"), "reports"),
        (format!("{}.kept", cut(schema)), "reports"),
        (format!("own_{LONG}.report"), "reports"),
        (format!("{}.report", cut(&format!("own_{LONG}"))), "reports"),
        (format!("{}x", cut(&format!("w_{LONG}"))), "default"),
    ];
    let wrong: Vec<_> = names
        .into_iter()
        .map(|(name, expected)| {
            let found = bind_of(Postgres, &format!("DELETE FROM {name}"));
            (name, expected, found)
        })
        .filter(|(_, expected, found)| expected != found)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_name_that_may_be_a_table_counts() {
    let casts: Vec<_> = (0..1_000).map(|n| format!("$1::mood{n}")).collect();
    let sql = format!("SELECT {}, NULL::report", casts.join(", "));
    assert_eq!(bind_of(Postgres, &sql), "reports");
    let calls: Vec<_> = (0..1_000).map(|n| format!("words{n}(1)")).collect();
    let sql = format!("SELECT * FROM {}, report('b')", calls.join(", "));
    assert_eq!(bind_of(Sqlite, &sql), "reports");
}

#[test]
fn a_name_that_may_be_a_table_of_two_is_told() {
    let cases = [
        (Postgres, "SELECT NULL::other.report", "unclear"),
        (Postgres, "SELECT CAST($1 AS users)", "unclear"),
        (Postgres, "SELECT NULL::log", "unclear"),
        (Sqlite, "SELECT * FROM aux.report('b')", "unclear"),
        (Sqlite, "SELECT * FROM pragma_table_info('log')", "unclear"),
        (Postgres, "SELECT NULL::other.report FROM report", "reports"),
        (Postgres, "SELECT NULL::pg_catalog.users", "default"),
    ];
    for (backend, sql, expected) in cases {
        assert_eq!(bind_of(backend, sql), expected, "{sql}");
    }
}

#[test]
fn a_table_that_is_listed_without_its_schema_is_in_no_doubt() {
    let registry = RegistryBuilder::new()
        .entity(&Registration::of::<users::Entity>(), "reports".into(), None)
        .listed("default".into(), "users".to_owned())
        .build();
    let class = classify(Postgres, "SELECT * FROM users", &Functions::builtin());
    let target = registry.resolve(Postgres, &class.tables);
    assert_eq!(
        target.map(|target| target.bind.to_string()).ok().as_deref(),
        Some("default")
    );
}

#[test]
fn a_doubt_names_both_tables() {
    let class = classify(Postgres, "SELECT * FROM users", &Functions::builtin());
    let error = registry()
        .resolve(Postgres, &class.tables)
        .expect_err("in doubt");
    assert_eq!(
        error.to_string(),
        "table `users` may be `sys.users` of `reports` or a table of the default bind; name its schema, list it under \
         `tables`, or use `db.bind(key)`"
    );
}

/// Binds `reports` and `audit`, each with its entries, in MySQL's databases of these names.
fn entries(reports: &[&str], audit: &[&str]) -> Registry {
    let mut registry = RegistryBuilder::new()
        .own_schema(&"default".into(), "main_app")
        .own_schema(&"reports".into(), "rep")
        .own_schema(&"audit".into(), "aud");
    for (bind, entries) in [("reports", reports), ("audit", audit)] {
        for entry in entries {
            registry = registry.listed(bind.into(), (*entry).to_owned());
        }
    }
    registry.build()
}

/// The entries of `reports` and of `audit`, and whose a table is.
type Claimed = (
    &'static [&'static str],
    &'static [&'static str],
    DatabaseBackend,
    &'static str,
    &'static str,
);

#[test]
fn an_entry_means_the_tables_that_an_entity_would() {
    let cases: [Claimed; 44] = [
        // The better entry wins, wherever it stands.
        (
            &["report"],
            &["app.report"],
            Postgres,
            "app.report",
            "audit",
        ),
        (&["report"], &["app.*"], Postgres, "app.report", "audit"),
        (
            &["app.report"],
            &["report"],
            Postgres,
            "app.report",
            "reports",
        ),
        (&["report"], &["app.report"], Postgres, "report", "reports"),
        (&["app.report"], &["report"], Postgres, "report", "audit"),
        (&["rep*"], &["report"], Postgres, "report", "audit"),
        (
            &["rep*"],
            &["public.rep*"],
            Postgres,
            "public.report",
            "audit",
        ),
        (&["rep*"], &["public.rep*"], Postgres, "report", "reports"),
        (
            &["report"],
            &["public.*"],
            Postgres,
            "public.report",
            "reports",
        ),
        (&["report"], &["public.*"], Postgres, "other", "audit"),
        (&["rep*"], &["*port"], Postgres, "report", "reports|audit"),
        // Only the connection's own schema is meant by one without.
        (&["report"], &[], Postgres, "other.report", "unclear"),
        (&["report"], &[], Postgres, "public.report", "reports"),
        (&["report"], &[], Postgres, "rep.report", "reports"),
        (&["report"], &[], Postgres, "main_app.report", "default"),
        (&["report"], &[], Postgres, "pg_temp.report", "default"),
        (&["rep*"], &[], Postgres, "pg_temp_3.report", "default"),
        (&["rep*"], &[], Postgres, "other.report", "unclear"),
        (&["rep*"], &[], MySql, "main_app.report", "default"),
        (&["report"], &[], MySql, "rep.report", "reports"),
        (&["report"], &[], MySql, "REP.report", "reports"),
        (&["report"], &["x"], MySql, "aud.report", "unclear"),
        (&["report"], &["aud.report"], MySql, "aud.report", "audit"),
        (&["report"], &["aud.report"], MySql, "report", "reports"),
        (&["report"], &[], Sqlite, "other.report", "unclear"),
        (&["report"], &[], Sqlite, "temp.report", "default"),
        (&["report"], &[], Sqlite, "TEMP.report", "default"),
        (&["report"], &[], Sqlite, "main.report", "reports"),
        (&["main.report"], &[], Sqlite, "report", "reports"),
        (&["app.report"], &[], Postgres, "report", "unclear"),
        (&["rep.report"], &[], Postgres, "report", "reports"),
        (&["*.report"], &[], Postgres, "any.report", "reports"),
        (&["*"], &[], Postgres, "any.report", "reports"),
        (&["*"], &[], MySql, "main_app.report", "default"),
        (&["app.*"], &[], Postgres, "report", "default"),
        // Exact case before another.
        (
            &["report", "Report2"],
            &["REPORT", "report2"],
            MySql,
            "REPORT",
            "audit",
        ),
        (
            &["report", "Report2"],
            &["REPORT", "report2"],
            MySql,
            "report",
            "reports",
        ),
        (
            &["report", "Report2"],
            &["REPORT", "report2"],
            MySql,
            "Report2",
            "reports",
        ),
        (&["report"], &["REPORT"], MySql, "Report", "reports|audit"),
        (&["Rep*"], &["rep*"], MySql, "report", "audit"),
        (&["report"], &["Report"], Postgres, "\"Report\"", "audit"),
        // SQLite takes only letters of ASCII for the same in both cases.
        (&["étage"], &[], Sqlite, "\"ÉTAGE\"", "default"),
        (&["k*", "étage"], &[], Sqlite, "\"\u{212a}\"", "default"),
        (&["étage"], &[], Sqlite, "\"éTAGE\"", "reports"),
    ];
    let wrong: Vec<_> = cases
        .into_iter()
        .filter_map(|(reports, audit, backend, table, expected)| {
            let sql = format!("DELETE FROM {table}");
            let found = bind_by(&entries(reports, audit), backend, &sql);
            (found != expected).then_some((reports, audit, backend, table, expected, found))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_entity_in_another_case_gives_way_to_the_entry_as_it_is_spelt() {
    let registry = RegistryBuilder::new()
        .entity(
            &Registration::of::<report::Entity>(),
            "reports".into(),
            None,
        )
        .listed("audit".into(), "REPORT".to_owned())
        .listed("audit".into(), "rep*".to_owned())
        .build();
    for (table, expected) in [
        ("REPORT", "audit"),
        ("report", "reports"),
        ("Report", "reports"),
    ] {
        let sql = format!("DELETE FROM {table}");
        assert_eq!(bind_by(&registry, MySql, &sql), expected, "{sql}");
    }
}

#[test]
fn an_entity_without_a_key_goes_by_the_entries_as_its_statements_do() {
    let registry = entries(&["report", "rep.ledger"], &["app.report"]);
    let bind = |schema: Option<&str>, name: &str| {
        let table = Table {
            schema: schema.map(str::to_owned),
            name: name.to_owned(),
            usage: Usage::Read,
        };
        let target = registry.entity(TypeId::of::<users::Entity>(), &table, Some(Postgres));
        target.map(|target| target.bind.to_string())
    };
    assert_eq!(bind(None, "report").ok().as_deref(), Some("reports"));
    assert_eq!(bind(Some("app"), "report").ok().as_deref(), Some("audit"));
    assert_eq!(bind(None, "ledger").ok().as_deref(), Some("reports"));
    assert_eq!(bind(None, "other").ok().as_deref(), Some("default"));
    assert!(matches!(
        bind(Some("other"), "report"),
        Err(RoutingError::UnclearSchema { .. })
    ));
}

#[test]
fn what_may_be_a_table_contradicts_no_table() {
    let registry = RegistryBuilder::new()
        .entity(
            &Registration::of::<report::Entity>(),
            "reports".into(),
            None,
        )
        .listed("audit".into(), "zone".to_owned())
        .listed("audit".into(), "mood".to_owned())
        .listed("audit".into(), "report2".to_owned())
        .build();
    let cases = [
        ("SELECT a::mood FROM report", "reports"),
        ("SELECT a::mood FROM users", "default"),
        ("SELECT a::mood", "audit"),
        ("SELECT CAST($1 AS \"mood\") FROM users", "default"),
        ("UPDATE users SET a = CAST($1 AS \"mood\")", "default"),
        ("CREATE TABLE users (a mood)", "default"),
        ("CREATE TABLE users (a report)", "default"),
        (
            "CREATE FUNCTION f(a report) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "reports",
        ),
        ("SELECT json_populate_record(NULL::report, $1)", "reports"),
        (
            "SELECT NULL::report, NULL::pg_class FROM pg_class",
            "reports",
        ),
        (
            "SELECT NULL::report, NULL::mood",
            "statement names tables of two binds: `report` in `reports`, `mood` in `audit`; use a handle for one of them, or do it in two statements",
        ),
    ];
    for (sql, expected) in cases {
        let found = bind_by(&registry, Postgres, sql);
        assert!(
            found == expected
                || expected.starts_with("statement names") && found.starts_with("statement names"),
            "{sql}: {found}"
        );
    }
    let takes_all = entries(&["*"], &[]);
    for sql in [
        "SELECT a::inet",
        "SELECT now() AT TIME ZONE 'UTC'",
        "SELECT CAST($1 AS mood)",
    ] {
        assert_eq!(bind_by(&takes_all, Postgres, sql), "default", "{sql}");
    }
    assert_eq!(
        bind_by(&takes_all, Sqlite, "SELECT * FROM words('b')"),
        "reports"
    );
}

#[test]
fn a_new_temporary_table_is_where_its_rows_are() {
    let registry = entries(&["report"], &["ledger"]);
    let cases = [
        (
            Postgres,
            "CREATE TEMP TABLE tmp AS SELECT * FROM report",
            "reports",
        ),
        (
            Postgres,
            "CREATE TEMPORARY TABLE IF NOT EXISTS tmp AS TABLE report",
            "reports",
        ),
        (
            Postgres,
            "CREATE LOCAL TEMP TABLE tmp (LIKE report)",
            "reports",
        ),
        (
            Postgres,
            "CREATE TEMP VIEW v AS SELECT * FROM report",
            "reports",
        ),
        (
            Postgres,
            "CREATE OR REPLACE TEMP VIEW v AS SELECT * FROM report",
            "reports",
        ),
        (Postgres, "SELECT * INTO TEMP tmp FROM report", "reports"),
        (
            Postgres,
            "SELECT * INTO TEMPORARY TABLE tmp FROM report",
            "reports",
        ),
        (
            MySql,
            "CREATE TEMPORARY TABLE tmp SELECT * FROM report",
            "reports",
        ),
        (MySql, "CREATE TEMPORARY TABLE tmp LIKE report", "reports"),
        (
            Sqlite,
            "CREATE TEMP TABLE tmp AS SELECT * FROM report",
            "reports",
        ),
        (
            Postgres,
            "CREATE TABLE pg_temp.tmp AS SELECT * FROM report",
            "reports",
        ),
        (
            Postgres,
            "CREATE TABLE IF NOT EXISTS PG_TEMP.tmp (LIKE report)",
            "reports",
        ),
        (
            Postgres,
            "CREATE TABLE \"pg_temp_3\".tmp AS TABLE report",
            "reports",
        ),
        (
            Postgres,
            "CREATE OR REPLACE VIEW pg_temp.v AS SELECT * FROM report",
            "reports",
        ),
        (Postgres, "SELECT * INTO pg_temp.tmp FROM report", "reports"),
        (
            Postgres,
            "WITH a AS (SELECT * FROM report) SELECT * INTO TABLE pg_temp.tmp FROM a",
            "reports",
        ),
        (
            Sqlite,
            "CREATE TABLE temp.tmp AS SELECT * FROM report",
            "reports",
        ),
        (
            Sqlite,
            "CREATE VIEW IF NOT EXISTS TEMP.v AS SELECT * FROM report",
            "reports",
        ),
        (
            Sqlite,
            "CREATE VIEW 'temp'.v AS SELECT * FROM report",
            "reports",
        ),
        (
            Sqlite,
            "CREATE VIRTUAL TABLE temp.v USING fts5vocab(main, report, row)",
            "reports",
        ),
        (Postgres, "CREATE TEMP TABLE tmp (a int)", "default"),
        (Postgres, "CREATE TABLE pg_temp.tmp (a int)", "default"),
        (
            Postgres,
            "CREATE TEMP TABLE tmp AS SELECT * FROM users",
            "default",
        ),
        (Postgres, "CREATE TEMP TABLE report AS SELECT 1", "reports"),
    ];
    for (backend, sql, expected) in cases {
        assert_eq!(bind_by(&registry, backend, sql), expected, "{sql}");
    }
    for sql in [
        "CREATE TABLE tmp AS SELECT * FROM report",
        "CREATE TEMP TABLE ledger AS SELECT * FROM report",
        "CREATE TEMP TABLE tmp AS SELECT * FROM report, users",
        "SELECT * INTO tmp FROM report",
        "CREATE TABLE temp.tmp AS SELECT * FROM report",
        "CREATE TABLE pg_temporary.tmp AS SELECT * FROM report",
        "CREATE TABLE pg_temp.tmp AS SELECT * FROM report, users",
        "INSERT INTO tmp SELECT * FROM report",
    ] {
        let found = bind_by(&registry, Postgres, sql);
        assert!(found.contains("two binds"), "{sql}: {found}");
    }
}

#[test]
fn a_statement_of_a_block_or_list_goes_to_its_bind() {
    let registry = entries(&["report"], &[]);
    let both = [
        "ANALYZE TABLE users PERSISTENT FOR ALL, report",
        "ANALYZE TABLE users PERSISTENT FOR COLUMNS (a, b) INDEXES (), report PERSISTENT FOR ALL",
        "ANALYZE TABLE users PERSISTENT FOR COLUMNS ALL INDEXES ALL, report",
        "BEGIN NOT ATOMIC DECLARE EXIT HANDLER FOR SQLEXCEPTION INSERT INTO report VALUES (9); INSERT INTO users VALUES (1); END",
    ];
    for sql in both {
        let found = bind_by(&registry, MySql, sql);
        assert!(found.contains("two binds"), "{sql}: {found}");
    }
    for sql in [
        "ANALYZE TABLE report PERSISTENT FOR COLUMNS (a) INDEXES (i)",
        "BEGIN NOT ATOMIC DECLARE CONTINUE HANDLER FOR 1062, NOT FOUND TRUNCATE report; END",
        "BEGIN NOT ATOMIC CHECKSUM TABLE report; END",
    ] {
        assert_eq!(bind_by(&registry, MySql, sql), "reports", "{sql}");
    }
}

#[test]
fn a_row_about_a_table_is_where_the_table_is() {
    let registry = entries(&["report"], &[]);
    for sql in [
        "DELETE FROM sqlite_sequence WHERE name = 'report'",
        "UPDATE sqlite_sequence SET seq = 0 WHERE name = 'report'",
        "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'report'",
        "SELECT m.name, p.* FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.name = 'report'",
        "SELECT * FROM pragma_table_list() WHERE name = 'report'",
    ] {
        assert_eq!(bind_by(&registry, Sqlite, sql), "reports", "{sql}");
    }
    let sql = "DELETE FROM sqlite_sequence WHERE name = 'users'";
    assert_eq!(bind_by(&registry, Sqlite, sql), "default");
}

#[test]
fn a_catalogue_is_asked_where_the_table_is() {
    let registry = entries(&["report"], &["ledger"]);
    for (backend, sql) in [
        (
            Postgres,
            "SELECT count(*) FROM information_schema.columns WHERE table_name = 'report' AND column_name = 'ledger'",
        ),
        (
            Postgres,
            "SELECT * FROM pg_class c WHERE c.relname IN ('users', 'report')",
        ),
        (
            Postgres,
            "SELECT * FROM pg_catalog.pg_tables WHERE 'report' = tablename",
        ),
        (
            Postgres,
            "SELECT * FROM pg_catalog.pg_tables WHERE 'report' = lower(pg_tables.tablename)",
        ),
        (
            Postgres,
            "SELECT * FROM pg_indexes WHERE lower(tablename::varchar) LIKE lower($t$report$t$)",
        ),
        (
            Postgres,
            r"SELECT 1 FROM pg_stat_user_tables WHERE relname = U&'rep\006frt'",
        ),
        (
            Postgres,
            "SELECT 1 FROM pg_tables WHERE tablename = ANY (ARRAY['report'::name])",
        ),
        (
            Postgres,
            "SELECT 1 FROM pg_tables WHERE tablename IS NOT DISTINCT FROM 'report'",
        ),
        (
            Postgres,
            "SELECT 1 FROM pg_tables WHERE tablename = 'rep'\n'ort'",
        ),
        (
            Postgres,
            "SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tablename = 'report'",
        ),
        (Postgres, "SELECT 'report'::regclass"),
        (Postgres, "SELECT '\"report\"'::pg_catalog.regclass::oid"),
        (Postgres, "SELECT 'report'::text::regclass"),
        (Postgres, "SELECT (('report'))::regclass"),
        (Postgres, "SELECT regclass('report')"),
        (Postgres, "SELECT 'report'::regtype"),
        (Postgres, "SELECT CAST('report' AS regclass)"),
        (Postgres, "SELECT CAST('report'::text AS regclass)"),
        (Postgres, "SELECT CAST(CAST('report' AS text) AS regclass)"),
        (Postgres, "SELECT regclass 'report'"),
        (
            Postgres,
            "UPDATE pg_trigger SET tgenabled = 'D' WHERE tgrelid = 'report'::text::regclass",
        ),
        (
            Postgres,
            "SELECT pg_size_pretty(pg_total_relation_size(('public.report')))",
        ),
        (
            Postgres,
            "SELECT has_table_privilege('ledger', 'report', 'SELECT')",
        ),
        (Postgres, "SELECT has_table_privilege('report', 'SELECT')"),
        (
            Postgres,
            "SELECT has_column_privilege('report', 'ledger', 'SELECT')",
        ),
        (
            Postgres,
            "SELECT pg_relation_size(relation => 'report', fork => 'ledger')",
        ),
        (
            Postgres,
            "SELECT a.attname FROM pg_attribute a WHERE a.attrelid = 'report'::regclass",
        ),
        (
            Postgres,
            "SELECT pg_clear_relation_stats('public', 'report')",
        ),
        (
            Postgres,
            "SELECT pg_clear_relation_stats(relname => 'report', schemaname := 'public')",
        ),
        (
            Postgres,
            "SELECT pg_restore_relation_stats('version', 180000, 'schemaname', 'public', 'relname', 'report'::name, 'relpages', 1)",
        ),
        (
            Postgres,
            "SELECT * FROM pg_catalog.pg_restore_attribute_stats('relname', 'report', 'schemaname', 'public', 'attname', 'users')",
        ),
        (
            MySql,
            "SELECT COUNT(*) FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME = 'report'",
        ),
        (
            MySql,
            "SELECT * FROM information_schema.STATISTICS s WHERE s.`TABLE_NAME` <=> \"report\"",
        ),
        (
            MySql,
            "SELECT * FROM information_schema.TABLES WHERE BINARY TABLE_NAME = _utf8mb4'report' COLLATE utf8mb4_bin",
        ),
        (MySql, "SHOW TABLE STATUS LIKE 'report'"),
        (
            MySql,
            "SHOW FULL TABLES WHERE Tables_in_app = 'report' AND Table_type = 'ledger'",
        ),
        (MySql, "SHOW TRIGGERS LIKE \"report\""),
        (
            MySql,
            "SELECT * FROM mysql.innodb_table_stats WHERE table_name = 'report'",
        ),
        (
            MySql,
            "DELETE FROM mysql.innodb_table_stats WHERE table_name IN ('report')",
        ),
        (
            Sqlite,
            "SELECT COUNT(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'report' AND name = 'ledger'",
        ),
        (
            Sqlite,
            "DELETE FROM sqlite_sequence WHERE \"name\" = \"report\"",
        ),
        (
            Sqlite,
            "INSERT INTO sqlite_sequence (name, seq) SELECT 'report', 5",
        ),
        (Sqlite, "SELECT * FROM dbstat WHERE name = 'report'"),
        (Sqlite, "SELECT * FROM dbstat('main') WHERE name = 'report'"),
        (
            Sqlite,
            "SELECT * FROM pragma_table_info WHERE arg IN ('report')",
        ),
        (
            Sqlite,
            r#"SELECT COUNT(*) > 0 AS "has_table" FROM (SELECT "name" AS "table_name" FROM "sqlite_master" WHERE "type" = 'table' AND "name" <> 'sqlite_sequence') AS "subquery" WHERE "subquery"."table_name" = 'report'"#,
        ),
    ] {
        assert_eq!(bind_by(&registry, backend, sql), "reports", "{sql}");
    }
    for (backend, sql) in [
        (
            Postgres,
            "SELECT count(*) FROM information_schema.columns WHERE table_name = 'users' AND column_name = 'report'",
        ),
        (
            Postgres,
            "SELECT * FROM pg_stat_activity WHERE datname = 'report'",
        ),
        (Postgres, "SELECT * FROM pg_class WHERE relname <> 'report'"),
        (
            Postgres,
            "SELECT * FROM pg_class WHERE relname NOT IN ('report')",
        ),
        (
            Postgres,
            "SELECT * FROM pg_class WHERE NOT (lower(relname) = 'report')",
        ),
        (
            Postgres,
            "SELECT * FROM pg_class WHERE relname > 'report' ORDER BY relname",
        ),
        (Postgres, "SELECT relname, 'report' AS kind FROM pg_class"),
        (
            Postgres,
            "SELECT relname || 'report', replace(relname, 'report', '') FROM pg_class",
        ),
        (
            Postgres,
            "SELECT * FROM pg_class WHERE relname = 'report' || 'x'",
        ),
        (Postgres, "SELECT 'report'::text, pg_notify('report', '')"),
        (Postgres, "SELECT pg_table_size('users'), 'report'"),
        (Postgres, "SELECT pg_table_size('re' || 'report')"),
        (
            Postgres,
            "SELECT has_column_privilege('users', 'report', 'SELECT')",
        ),
        (
            Postgres,
            "SELECT has_table_privilege('report', 'users', 'SELECT')",
        ),
        (
            Postgres,
            "SELECT pg_restore_relation_stats('relname', 'users', 'schemaname', 'public', 'note', 'report')",
        ),
        (
            Postgres,
            "SELECT pg_clear_relation_stats('report', 'users')",
        ),
        (Postgres, "SELECT * FROM users WHERE relname = 'report'"),
        (
            MySql,
            "SELECT * FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'report'",
        ),
        (
            MySql,
            "SELECT table_name AS 'report', engine AS 'ledger' FROM information_schema.TABLES",
        ),
        (MySql, "SHOW TABLES WHERE Tables_in_app NOT IN ('report')"),
        (MySql, "SHOW FULL TABLES WHERE Table_type = 'report'"),
        (Sqlite, "DELETE FROM sqlite_sequence WHERE name <> 'report'"),
        (
            Sqlite,
            "SELECT COUNT(*) FROM sqlite_master WHERE \"type\" = 'table' AND \"name\" = 'users'",
        ),
        (
            Sqlite,
            "SELECT 1 FROM sqlite_master WHERE type = 'index' AND tbl_name = 'users' AND name = 'report'",
        ),
    ] {
        assert_eq!(bind_by(&registry, backend, sql), "default", "{sql}");
    }
}

#[test]
fn every_table_counts_that_some_server_reads_behind_executable_comments() {
    let registry = entries(&["report"], &[]);
    for sql in [
        "INSERT INTO /*!50800 cake */ /*!50000 report */ VALUES (7)",
        "INSERT INTO /*!80000 cake */ /*!50503 report */ (id) VALUES (7)",
        "DELETE /*!99999 FROM cake */ /*!50000 FROM report */",
        "UPDATE /*!50800 cake */ /*M!100100 report */ SET id = 1",
        "TRUNCATE /*!50800 cake */ /*!50000 report */",
        "DROP TABLE /*M!50800 cake */ /*!50000 report */",
        "DELETE FROM /*!80001 a */ /*!80002 b */ /*!80003 c */ /*!80004 d */ /*!80005 e */ /*!80006 report */ /*! f */",
    ] {
        let said = bind_by(&registry, MySql, sql);
        assert!(said.contains("tables of two binds"), "{sql}: {said}");
    }
}

/// Where a condition's rows are, by what the whole condition says.
#[test]
fn a_catalogue_is_asked_by_its_conditions() {
    let registry = entries(&["report", "aud.entry"], &["ledger"]);
    let mut differ = Vec::new();
    let mut expect = |backend, sql: &str, bind: &str| {
        let found = bind_by(&registry, backend, sql);
        if found != bind {
            differ.push(format!("{sql}: {found}, not {bind}"));
        }
    };
    let of_postgres =
        |condition| format!("SELECT * FROM information_schema.tables t WHERE {condition}");
    let of_mysql = |condition| format!("DELETE FROM mysql.innodb_table_stats WHERE {condition}");
    let of_sqlite = |condition| format!("DELETE FROM sqlite_sequence WHERE {condition}");
    for (condition, bind) in [
        ("table_name = 'report'", "reports"),
        ("'report' = table_name", "reports"),
        (
            "x IS DISTINCT FROM 'a' AND table_name = 'report'",
            "reports",
        ),
        ("(table_name = 'report')", "reports"),
        ("(table_name = 'report') IS TRUE", "reports"),
        ("table_name = 'report' IS NOT NULL", "reports"),
        ("NOT a AND table_name = 'report'", "reports"),
        (
            "NOT (a OR b) AND (c OR (table_name = 'report' AND d))",
            "reports",
        ),
        (
            "EXISTS (SELECT 1 FROM information_schema.views WHERE table_name = 'report') = false",
            "reports",
        ),
        (
            "NOT EXISTS (SELECT FROM information_schema.views WHERE table_name = 'report')",
            "reports",
        ),
        (
            "a IN (SELECT 1 WHERE b) AND table_name IN ($1, f('users'), 'report')",
            "reports",
        ),
        ("a BETWEEN 1 AND 2 AND table_name = 'report'", "reports"),
        ("table_name IN (VALUES ('report'))", "reports"),
        ("table_name OPERATOR(pg_catalog.=) 'report'", "reports"),
        (
            "(table_name, column_name) = ('report', 'ledger')",
            "reports",
        ),
        (
            "(column_name, table_name) IN (('ledger', 'report'))",
            "reports",
        ),
        ("ROW(t.table_name, 1) = ROW('report', 1)", "reports"),
        ("table_name = lower('REPORT')", "reports"),
        (
            "(table_schema, table_name) IN (('aud', 'entry'))",
            "reports",
        ),
        (
            "table_schema = 'aud' AND (table_name = 'entry' OR a)",
            "reports",
        ),
        (
            "(table_schema = 'public' AND table_name = 'users') OR (table_schema = 'aud' AND table_name = 'entry')",
            "reports",
        ),
        (
            "t.table_schema = 'other' AND t.table_name = 'users' AND c.table_name = 'report'",
            "reports",
        ),
        (
            "c.relnamespace = n.oid AND n.nspname = 'aud' AND c.relname = 'entry'",
            "reports",
        ),
        (
            "relnamespace = 'aud'::regnamespace AND relname = 'entry'",
            "reports",
        ),
        (
            "constraint_schema = 'public' AND table_schema = 'aud' AND table_name = 'entry'",
            "reports",
        ),
        (
            "constraint_schema = 'aud' AND table_name = 'entry'",
            "reports",
        ),
        ("upper(t.table_name) = upper('report')", "reports"),
        ("UPPER(table_name) = 'REPORT'", "reports"),
        ("trim(table_name) = 'report'", "reports"),
        (
            "table_name::varchar(64) = 'report'::character varying",
            "reports",
        ),
        ("t.table_name::pg_catalog.text = 'report'", "reports"),
        ("table_name COLLATE pg_catalog.\"C\" = 'report'", "reports"),
        (
            "CAST(table_name AS varchar(64)) IN ('a', 'report'::varchar(64))",
            "reports",
        ),
        ("('report') = t.table_name", "reports"),
        ("'report'::text = table_name", "reports"),
        ("lower('Report') = lower(t.table_name)", "reports"),
        ("'report' IN (table_name)", "reports"),
        ("NOT ('report' = table_name)", "default"),
        ("'report' = table_name IS FALSE", "default"),
        ("'report' = table_name || 'x'", "default"),
        ("'report' || 'x' = table_name", "default"),
        ("md5('report') = table_name", "default"),
        ("partition = 1 AND table_name = 'report'", "reports"),
        ("set = 1 AND table_name = 'report'", "reports"),
        ("(a = 'b' AND table_name = 'report') = true", "reports"),
        (
            "nt.oid = t.typnamespace AND nt.nspname = 'pg_catalog' AND c.relname = 'report'",
            "reports",
        ),
        (
            "n.oid = c.relnamespace AND n.nspname = 'aud' AND nt.oid = t.typnamespace AND nt.nspname = 'pg_catalog' AND c.relname = 'entry'",
            "reports",
        ),
        ("NOT table_name = 'report'", "default"),
        ("NOT (a = 1 OR table_name = 'report')", "default"),
        ("NOT (a = 1 OR (b AND table_name = 'report'))", "default"),
        ("(table_name = 'report') IS FALSE", "default"),
        ("(a OR table_name = 'report') IS NOT TRUE", "default"),
        ("table_name = 'report' IS FALSE", "default"),
        ("(table_name = 'report') = false", "default"),
        ("false = (table_name = 'report')", "default"),
        (
            "a = CASE WHEN table_name = 'report' THEN 1 ELSE 2 END",
            "default",
        ),
        (
            "a = CASE WHEN b THEN 'x' END AND table_name = 'report'",
            "reports",
        ),
        ("coalesce(table_name = 'report', true)", "default"),
        (
            "a > (SELECT count(*) FILTER (WHERE table_name = 'report') FROM b)",
            "default",
        ),
        (
            "a > (SELECT count(*) FROM information_schema.tables WHERE table_name = 'report')",
            "reports",
        ),
        ("a ORDER BY table_name = 'report' DESC", "default"),
        ("md5(table_name) = 'report'", "default"),
        (
            "(column_name, table_name) IN (('report', 'users'))",
            "default",
        ),
        (
            "(table_schema, table_name) = ('report', 'users')",
            "default",
        ),
        ("table_name = upper('report')", "default"),
        (
            "table_name IN (replace('report', 'r', 'd'), 'users')",
            "default",
        ),
        (
            "n.oid = c.relnamespace AND n.nspname = 'other' AND c.relname = 'entry'",
            "default",
        ),
        (
            "(table_schema, table_name) IN (('aud', 'users'), ('other', 'entry'))",
            "default",
        ),
    ] {
        expect(Postgres, &of_postgres(condition), bind);
    }
    for sql in [
        "SELECT table_name = 'report' AS x FROM information_schema.tables",
        "SELECT count(*) FILTER (WHERE table_name = 'report') FROM information_schema.tables",
        "SELECT CASE WHEN relname = 'report' THEN 1 END FROM pg_class",
    ] {
        expect(Postgres, sql, "default");
    }
    let sql = "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'aud' WHERE c.relname = 'entry'";
    expect(Postgres, sql, "reports");
    let sql = "SELECT 1 FROM pg_class WHERE relname = 'users' UNION SELECT 1 FROM pg_class WHERE relname = 'report'";
    expect(Postgres, sql, "reports");
    let sql = "WITH n AS (SELECT oid FROM pg_namespace WHERE nspname = 'aud') SELECT 1 FROM pg_class c, n WHERE c.relnamespace = n.oid AND c.relname = 'entry'";
    expect(Postgres, sql, "reports");
    let rows = "('other', 'x'), ".repeat(2_000);
    let sql = format!(
        "SELECT 1 FROM information_schema.tables WHERE (table_schema, table_name) IN ({rows}('aud', 'entry'))"
    );
    expect(Postgres, &sql, "reports");
    let pairs = "(table_schema = 'other' AND table_name = 'x') OR ".repeat(200);
    let sql = format!(
        "SELECT 1 FROM information_schema.tables WHERE {pairs}(table_schema = 'aud' AND table_name = 'entry')"
    );
    expect(Postgres, &sql, "reports");
    let sql = "DELETE FROM mysql.tables_priv WHERE Db = 'other' AND Table_name = 'x'; DELETE FROM mysql.columns_priv WHERE Table_name = 'report'";
    expect(MySql, sql, "reports");
    let sql = "DELETE FROM /*!50000 report */ /*!99999 WHERE 1 */";
    expect(MySql, sql, "reports");
    let sql = "INSERT INTO /*!50003 report */ VALUES (1)";
    expect(MySql, sql, "reports");
    let sql = "SELECT 1 FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = 'aud' AND TABLE_NAME = 'entry' AND REFERENCED_TABLE_SCHEMA = 'app'";
    expect(MySql, sql, "reports");
    for (condition, bind) in [
        ("table_name = 'report' && a", "reports"),
        ("CONVERT(table_name USING utf8) = 'report'", "reports"),
        ("CAST(table_name AS CHAR(64)) = 'rep' 'ort'", "reports"),
        ("1 = 1 && table_name = 'report'", "reports"),
        ("1 && (table_name = 'report')", "reports"),
        ("database_name = 'app' AND table_name = 'report'", "unclear"),
        (
            "NOT (database_name = 'app' AND table_name = 'report')",
            "default",
        ),
        ("!(table_name = 'report')", "default"),
        ("table_name = 'report' XOR 1", "default"),
        ("1 XOR table_name = 'report'", "default"),
        ("IF(table_name = 'report', 1, 2)", "default"),
        ("db_name = 'aud' AND table_name = 'entry'", "reports"),
    ] {
        expect(MySql, &of_mysql(condition), bind);
    }
    for (condition, bind) in [
        ("name == 'report'", "reports"),
        ("name IS 'report'", "reports"),
        ("+name = 'report'", "reports"),
        ("seq AND (+ name = 'report')", "reports"),
        ("seq + name = 'report'", "default"),
        ("1 + name = 'report'", "default"),
        ("name IS NOT DISTINCT FROM 'report'", "reports"),
        ("name GLOB 'report'", "reports"),
        ("'report' == name", "reports"),
        ("lower('report') = lower(name)", "reports"),
        ("CAST('report' AS text) IS name", "reports"),
        ("(name, seq) = ('report', 1)", "reports"),
        ("name IS NOT 'report'", "default"),
        ("NOT (name = 'cake' OR name = 'report')", "default"),
        ("NOT (seq > 5 AND name = 'report')", "default"),
        ("(name = 'report') = 1", "reports"),
        ("(name = 'report') = 0", "default"),
        ("name = 'report' = 0", "default"),
        ("0 = name = 'report'", "default"),
        ("iif(name = 'report', seq, 0)", "default"),
    ] {
        expect(Sqlite, &of_sqlite(condition), bind);
    }
    let sql = "UPDATE sqlite_sequence SET seq = CASE WHEN name = 'report' THEN seq ELSE 0 END";
    expect(Sqlite, sql, "default");
    let sql = "SHOW TABLES WHERE NOT (1 = 2 OR Tables_in_app = 'report')";
    expect(MySql, sql, "default");
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[test]
fn a_long_string_in_a_catalogues_condition_takes_no_longer() {
    let registry = entries(&["report"], &[]);
    let sql = format!(
        "SELECT 1 FROM pg_class WHERE relname = 'a'{}",
        "\n'b'".repeat(20_000)
    );
    assert_eq!(bind_by(&registry, Postgres, &sql), "default");
    for around in [
        "name ",
        "name(",
        "name.",
        "NOT (",
        "lower(",
        "'a' = ",
        "name = (",
        "CAST(",
        "name = 'a' OR ",
        "(name, ",
        "name IN ('a', ",
        "CASE WHEN ",
        "(name = 'a') IS ",
        "NOT NOT ",
        "(SELECT 1 WHERE name = 'a' UNION ",
        "table_schema = 'a' AND name = 'b' OR (",
        "a.table_schema = 'a' AND b.name = 'b' AND ",
        "[",
    ] {
        let around = around.repeat(20_000);
        let sql = format!("SELECT 1 FROM sqlite_master WHERE {around} 'report'");
        bind_by(&registry, Sqlite, &sql);
        let around = around.replace("name", "relname");
        let sql = format!("SELECT nextval({around} 'report'), 1 FROM pg_class WHERE {around} 'a'");
        bind_by(&registry, Postgres, &sql);
    }
    let pairs = "'a', 'relname', ".repeat(10_000);
    bind_by(
        &registry,
        Postgres,
        &format!("SELECT pg_restore_relation_stats({pairs}'report')"),
    );
    let names = "'a', ".repeat(10_000);
    let sql = format!(
        "SELECT 1 FROM information_schema.tables WHERE table_name IN ({names}'b') AND table_schema IN ({names}'b')"
    );
    bind_by(&registry, Postgres, &sql);
    let casts = "'a'::regclass::".repeat(20_000);
    bind_by(&registry, Postgres, &format!("SELECT {casts}name"));
    let sql = format!(
        "SELECT {}'report'{}::regclass",
        "(".repeat(20_000),
        ")".repeat(20_000)
    );
    assert_eq!(bind_by(&registry, Postgres, &sql), "reports");
}

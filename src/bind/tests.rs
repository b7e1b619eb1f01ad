use sea_orm::DatabaseBackend::{self, MySql, Postgres, Sqlite};

use super::{BindKey, Registration, Registry, RegistryBuilder};
use crate::{
    classify::{Functions, classify},
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
    let class = classify(backend, sql, &Functions::builtin());
    match registry().resolve_with(backend, &class.tables, &class.perhaps) {
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
        (Postgres, "SELECT NULL::other.report FROM report", "unclear"),
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

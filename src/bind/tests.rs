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

fn registry() -> Registry {
    let reports = || "reports".into();
    RegistryBuilder::new()
        .entity(&Registration::of::<report::Entity>(), reports(), None)
        .entity(&Registration::of::<users::Entity>(), reports(), None)
        .entity(&Registration::of::<account::Entity>(), reports(), None)
        .entity(&Registration::of::<long::Entity>(), reports(), None)
        .listed(reports(), "audit.log".to_owned())
        .listed(reports(), "mysql.*".to_owned())
        .own_schema(&reports(), "test")
        .own_schema(&"default".into(), "app")
        .build()
}

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

use super::report::{assert_problems, read, report};
use crate::config::{BindConfig, BindsConfig, Within};

const HOSTS: &str = "binds:
  default: postgres://app@db/app
  old: mysql://app@db/app
  file: sqlite://a.db
  pooled: { master: mysql://app@db/other, pool: { pooler: transaction } }
  bare: mysql://app@db
";

fn with(lines: &str) -> String {
    format!("{HOSTS}{lines}")
}

#[test]
fn place_is_read_as_it_would_be_set_in_code() {
    let text = with(
        "  acme: { within: default, schema: acme, tables: [audit_log] }
  beta: { within: old, database: beta }
  tenants: { template: { within: default, schema: \"tenant_{key}\" } }
",
    );
    let config = read(&text, &[]).unwrap();
    let code = BindConfig::within("acme", Within::schema("default", "acme"));
    assert_eq!(config.binds[5], code.tables(["audit_log"]));
    let code = BindConfig::within("beta", Within::database("old", "beta"));
    assert_eq!(config.binds[6], code);
    let code = BindConfig::within("tenants", Within::schema("default", "tenant_{key}"));
    assert_eq!(config.templates, [code]);
}

#[test]
fn what_is_within_another_has_its_servers() {
    let text = "binds:
  default: { master: \"mysql://app:s%40t@db/app?ssl-mode=required\", slaves: { one: mysql://app@two/app } }
  acme: { within: default, database: acme }
";
    let housed = read(text, &[]).unwrap().housed();
    let acme = &housed.binds[1];
    assert_eq!(
        acme.master.url.expose(),
        "mysql://app:s%40t@db/acme?ssl-mode=required"
    );
    assert_eq!(acme.master.url.database().as_deref(), Some("acme"));
    assert_eq!(acme.slaves[0].name, "one");
}

#[test]
fn host_must_be_one() {
    let cases = [
        (
            "{ within: nobody, schema: a }",
            "within: found an unknown bind",
        ),
        (
            "{ within: old, schema: a }",
            "within: found within `old`, expected a `database`, as it is MySQL",
        ),
        (
            "{ within: default, database: a }",
            "within: found within `default`, expected a `schema`, as it is PostgreSQL",
        ),
        (
            "{ within: file, schema: a }",
            "within: found within `file`, expected a bind of PostgreSQL or MySQL",
        ),
        (
            "{ within: pooled, database: a }",
            "within: found a bind with `pooler: transaction`",
        ),
        (
            "{ within: bare, database: a }",
            "within: found a bind without a database",
        ),
        (
            "{ within: default, schema: \"a; DROP TABLE b\" }",
            "schema: found a text with quotes",
        ),
        (
            "{ within: default }",
            "expected a `schema`, as it is PostgreSQL",
        ),
        (
            "{ schema: a }",
            "expected the name of the bind whose servers it is on",
        ),
        (
            "{ within: default, schema: a, master: postgres://app@db/x }",
            "master: found `master`",
        ),
        (
            "{ within: default, schema: a, balance: least }",
            "found servers or options of its own",
        ),
        (
            "{ within: default, schema: a, settings_from_scope: [app.a] }",
            "settings of a bind within another one",
        ),
        (
            "{ within: old, database: app }",
            "found the place of another bind",
        ),
        (
            "{ master: sqlite://b.db, settings_from_scope: [app.a] }",
            "found settings for row-level security",
        ),
        (
            "{ master: postgres://app@db/b, settings_from_scope: [search_path] }",
            "found a text that is none",
        ),
        (
            "{ template: { within: default, schema: tenant } }",
            "found a place without `{key}`",
        ),
        (
            "{ template: { within: old, database: \"a/{key}\" } }",
            "no plain name of a database",
        ),
    ];
    for (bind, expected) in cases {
        let text = with(&format!("  acme: {bind}\n"));
        let problems = report(&text, &[]);
        let found = problems.iter().any(|problem| problem.contains(expected));
        assert!(found, "{bind}: {problems:?}");
        assert!(
            problems.iter().all(|problem| problem.contains("line 7")),
            "{problems:?}"
        );
    }
}

#[test]
fn no_two_are_in_one_place() {
    assert_problems(
        &with("  a: { within: default, schema: acme }\n  b: { within: default, schema: acme }\n"),
        &[
            "line 7, binds.a: found the place of another bind, expected a schema or database of its own",
            "line 8, binds.b: found the place of another bind, expected a schema or database of its own",
        ],
    );
    let made = BindConfig::within("t:a", Within::schema("default", "acme"));
    let config = BindsConfig::new()
        .bind(BindConfig::new("default", "postgres://app@db/app"))
        .bind(BindConfig::within(
            "other",
            Within::schema("default", "acme"),
        ));
    assert!(config.clash_of(&made).is_some());
    let long = "x".repeat(64);
    let made = BindConfig::within("t:a", Within::schema("default", long));
    assert!(config.clash_of(&made).is_some());
}

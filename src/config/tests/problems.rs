use super::report::{assert_problems, report};
use crate::config::{
    FailoverConfig, IdleConfig, PoolConfig, ReadsConfig, RoutingConfig, options::OptionGroup,
};

/// Keys, as an unknown one is told.
fn one_of(keys: &[&str]) -> String {
    let quoted: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
    format!("one of {}", quoted.join(", "))
}

/// Those of a bind: its own, and its options.
fn of_bind() -> String {
    let own = [
        "master",
        "primary",
        "slaves",
        "replicas",
        "tables",
        "pool",
        "within",
        "schema",
        "database",
        "settings_from_scope",
    ];
    let options = [
        ReadsConfig::keys(),
        FailoverConfig::keys(),
        IdleConfig::keys(),
    ];
    one_of(&[own.to_vec(), options.concat()].concat())
}

#[test]
fn unknown_keys_are_reported_where_they_stand() {
    let text = "binds:
  default:
    master: { url: sqlite://a.db, weight: 1 }
    slave: sqlite://a.db
    slaves: { a: { url: sqlite://a.db, wieght: 1 } }
    pool: { max_connection: 1 }
pools: {}
routing: { consistence: session }
";
    assert_problems(
        text,
        &[
            "line 3, binds.default.master.weight: found unknown key `weight`, expected one of `url`, `pool`",
            &format!(
                "line 4, binds.default.slave: found unknown key `slave`, expected {}; did you mean `slaves`?",
                of_bind()
            ),
            "line 5, binds.default.slaves.a.wieght: found unknown key `wieght`, expected one of `url`, `weight`, `pool`; did you mean `weight`?",
            &format!(
                "line 6, binds.default.pool.max_connection: found unknown key `max_connection`, expected {}; did you mean `max_connections`?",
                one_of(&PoolConfig::keys())
            ),
            "line 7, pools: found unknown key `pools`, expected one of `binds`, `pool`, `routing`, `functions`; did you mean `pool`?",
            &format!(
                "line 8, routing.consistence: found unknown key `consistence`, expected {}; did you mean `consistency`?",
                one_of(&RoutingConfig::keys())
            ),
        ],
    );
}

#[test]
fn double_keys_are_reported_on_the_second_line() {
    let text = "binds:
  default:
    master: sqlite://a.db
    slaves:
      a: sqlite://a.db
      a: sqlite://a.db
    master: sqlite://b.db
  reports: sqlite://a.db
  reports: oracle://a.db
pool:
  max_connections: 1
  max_connections: 2
pool: {}
";
    assert_problems(
        text,
        &[
            "line 6, binds.default.slaves.a: found `a` a second time, expected each slave once",
            "line 7, binds.default.master: found a second `master`, after that on line 3, expected one `master`",
            "line 9, binds.reports: found `reports` a second time, expected each bind once",
            "line 9, binds.reports: found scheme `oracle`, expected one of `postgres`, `postgresql`, `mysql`, `mariadb`, `sqlite`",
            "line 12, pool.max_connections: found a second `max_connections`, after that on line 11, expected one `max_connections`",
            "line 13, pool: found a second `pool`, after that on line 10, expected one `pool`",
        ],
    );
}

#[test]
fn a_bind_has_one_master() {
    let bind = "a URL, or a mapping with `master`";
    let node = "a URL, or a mapping with `url`";
    let cases = [
        ("", format!("line 2, binds.default: found nothing, expected {bind}")),
        ("~", format!("line 2, binds.default: found nothing, expected {bind}")),
        ("[sqlite://a.db]", format!("line 2, binds.default: found a list, expected {bind}")),
        ("''", "line 2, binds.default: found an empty URL, expected a URL such as `postgres://user@host/database` or `sqlite://data/app.db`".to_owned()),
        ("{}", format!("line 2, binds.default.master: found no `master`, expected {node}")),
        ("{slaves: [sqlite://a.db]}", format!("line 2, binds.default.master: found no `master`, expected {node}")),
        ("{master: }", format!("line 2, binds.default.master: found nothing, expected {node}")),
        ("{primary: [sqlite://a.db, sqlite://b.db]}", format!("line 2, binds.default.primary: found a list, expected {node}")),
        ("{master: {}}", "line 2, binds.default.master.url: found no `url`, expected a URL".to_owned()),
        ("{master: {url: [a]}}", "line 2, binds.default.master.url: found a list, expected a URL".to_owned()),
        (
            "{master: sqlite://a.db, primary: sqlite://b.db}",
            "line 2, binds.default.primary: found `master` and `primary`, which mean the same, expected one of them".to_owned(),
        ),
        (
            "{master: sqlite://a.db, replicas: [], slaves: {}}",
            "line 2, binds.default.replicas: found `slaves` and `replicas`, which mean the same, expected one of them".to_owned(),
        ),
    ];
    for (bind, expected) in cases {
        let text = format!("binds:\n  default: {bind}\n");
        assert_problems(&text, &[&expected]);
    }
}

#[test]
fn names_can_be_told_apart_in_bind_keys() {
    let text = "binds:
  default: { master: sqlite://a.db, slaves: { slave-1: sqlite://a.db, master: sqlite://a.db, a b: sqlite://a.db } }
  master: sqlite://a.db
  slave-1: sqlite://a.db
  re.ports: sqlite://a.db
  räports: sqlite://a.db
  '': sqlite://a.db
  ? [x]
  : sqlite://a.db
  null: sqlite://a.db
";
    let name = "expected a name of letters, digits, `_` and `-`";
    assert_problems(
        text,
        &[
            "line 2, binds.default.slaves.master: found `master`, expected another name, as the master has this one",
            &format!("line 2, binds.default.slaves.a b: found `a b`, {name}"),
            "line 3, binds.master: found `master`, expected another name, as in bind keys `master` is the master of `default`",
            "line 4, binds.slave-1: found `slave-1`, expected another name, as in bind keys `slave-1` is a slave of `default`",
            &format!("line 5, binds.re.ports: found `re.ports`, {name}"),
            &format!("line 6, binds.räports: found `räports`, {name}"),
            &format!("line 7, binds.…: found an empty name, {name}"),
            "line 8, binds: found a key that is no text, expected a mapping of names to binds",
            "line 10, binds: found a key that is no text, expected a mapping of names to binds",
        ],
    );
}

#[test]
fn one_bind_is_called_default() {
    assert_problems(
        "binds:\n  reports: sqlite://a.db\n",
        &[
            "line 1, binds: found no bind `default`, expected a bind `default`, which serves entities without a bind key",
        ],
    );
}

#[test]
fn urls_are_checked_on_their_own_line() {
    let text = "binds:
  default:
    master:
      url: postgres://db/app
    slaves:
      slave-1:
        url:
          oracle://db/app
      slave-2: mysql://db/app
  list:
    primary: postgresql://db/app
    replicas:
      - postgres://db/app
      - postgres:/app
";
    assert_problems(
        text,
        &[
            "line 8, binds.default.slaves.slave-1.url: found scheme `oracle`, expected one of `postgres`, `postgresql`, `mysql`, `mariadb`, `sqlite`",
            "line 9, binds.default.slaves.slave-2: found MySQL, expected PostgreSQL, like the master of the bind",
            "line 14, binds.list.replicas.slave-2: found a URL that can't be parsed, expected a URL with user name and password percent-encoded, such as `postgres://user@host/database`",
        ],
    );
}

#[test]
fn databases_in_memory_have_no_slaves() {
    let text = "binds:
  default: \"sqlite::memory:\"
  a:
    master: \"sqlite::memory:\"
    slaves: [sqlite://a.db]
  b:
    master: sqlite://a.db
    slaves: [\"sqlite://a.db?mode=memory\"]
";
    let problem = "found a database in memory in a bind with slaves, expected a file, as each connection to a database in memory has one of its own";
    assert_problems(
        text,
        &[
            &format!("line 4, binds.a.master: {problem}"),
            &format!("line 8, binds.b.slaves.slave-1: {problem}"),
        ],
    );
}

#[test]
fn pool_sizes_fit_on_every_level() {
    let text = "binds:
  default:
    master: { url: sqlite://a.db, pool: { max_connections: 3 } }
    slaves:
      a: { url: sqlite://a.db, pool: { min_connections: 7 } }
      b: { url: sqlite://a.db, pool: { min_connections: 6 } }
      c: { url: sqlite://a.db, pool: { max_connections: 0, min_connections: 0 } }
    pool: { max_connections: 6 }
  reports:
    master: sqlite://b.db
    pool: { min_connections: 9, max_connections: 8 }
pool: { min_connections: 5 }
";
    assert_problems(
        text,
        &[
            "line 3, binds.default.master.pool.max_connections: found `3`, expected at least `min_connections`, 5",
            "line 5, binds.default.slaves.a.pool.min_connections: found `7`, expected at most `max_connections`, 6",
            "line 7, binds.default.slaves.c.pool.max_connections: found `0`, expected at least 1",
            "line 11, binds.reports.pool.min_connections: found `9`, expected at most `max_connections`, 8",
        ],
    );
    assert_problems(
        "binds: { default: sqlite://a.db }\npool: { max_connections: 0 }\n",
        &["line 2, pool.max_connections: found `0`, expected at least 1"],
    );
}

#[test]
fn settings_of_sessions_do_not_fit_a_pooler_that_shares_them() {
    let text = "binds:
  default:
    master: postgres://db/app
    pool: { pooler: transaction }
  reports:
    master: { url: postgres://db/reports, pool: { schema_search_path: a } }
    pool: { pooler: session }
pool:
  statement_timeout: 1s
";
    let found = "found a setting of sessions, which `pooler: transaction` shares with others";
    assert_problems(
        text,
        &[&format!(
            "line 4, binds.default.pool.statement_timeout: {found}, expected `ALTER ROLE … SET` on the server in place of \
             `statement_timeout`"
        )],
    );
}

#[test]
fn options_of_postgresql_are_for_postgresql() {
    let text = "binds:
  default:
    master: { url: sqlite://a.db, pool: { application_name: a } }
    slaves: [{ url: sqlite://a.db, pool: { schema_search_path: a } }]
  reports:
    master: mysql://db/app
    pool: { statement_timeout: 1s }
pool:
  statement_timeout: 1s
";
    let found = "found an option that only PostgreSQL has";
    assert_problems(
        text,
        &[
            &format!(
                "line 3, binds.default.master.pool.application_name: {found}, expected an option of SQLite"
            ),
            &format!(
                "line 4, binds.default.slaves.slave-1.pool.schema_search_path: {found}, expected an option of SQLite"
            ),
            &format!(
                "line 7, binds.reports.pool.statement_timeout: {found}, expected an option of MySQL"
            ),
            &format!("line 9, pool.statement_timeout: {found}, expected a node that is PostgreSQL"),
        ],
    );
    let with_postgres = format!("{}\n", text.replace("mysql", "postgres"));
    assert_eq!(report(&with_postgres, &[]).len(), 2);
}

#[test]
fn tables_are_listed_once() {
    let text = "binds:
  default: { master: sqlite://a.db, tables: [a, A, 'legacy_*'] }
  archive:
    master: sqlite://b.db
    tables:
      - b
      - a
      - ''
      - b
      - legacy_*
      -
      - [c]
  other: { master: sqlite://c.db, tables: audit_log }
";
    assert_problems(
        text,
        &[
            "line 7, binds.archive.tables[1]: found `a`, which bind `default` has too, expected each table in one bind",
            "line 8, binds.archive.tables[2]: found an empty text, expected a table name or pattern",
            "line 9, binds.archive.tables[3]: found `b` a second time, expected each table once",
            "line 10, binds.archive.tables[4]: found `legacy_*`, which bind `default` has too, expected each table in one bind",
            "line 11, binds.archive.tables[5]: found nothing, expected a table name or pattern",
            "line 12, binds.archive.tables[6]: found a list, expected a table name or pattern",
            "line 13, binds.other.tables: found a text, expected a list of table names and patterns",
        ],
    );
}

#[test]
fn a_table_is_one_by_the_names_of_its_server() {
    let of = |server: &str, one: &str, other: &str| {
        let url = |bind: &str| match server {
            "sqlite" => format!("sqlite://{bind}.db"),
            server => format!("{server}://db/{bind}"),
        };
        let text = format!(
            "binds:\n  default: {}\n  reports: {{master: '{}', tables: ['{one}']}}\n  audit: {{master: '{}', tables: ['{other}']}}\n",
            url("app"),
            url("rep"),
            url("aud"),
        );
        report(&text, &[])
    };
    let cut = "a_name_of_more_than_sixty_three_bytes_as_generators_make_them_ää";
    let ones = [
        ("sqlite", "report", "REPORT"),
        ("sqlite", "main.report", "report"),
        ("sqlite", "Main.report", "main.REPORT"),
        ("postgres", "public.report", "report"),
        ("postgres", cut, &format!("{cut}_and_more")),
    ];
    for (server, one, other) in ones {
        let found = format!(
            "line 4, binds.audit.tables[0]: found `{other}`, which bind `reports` has as `{one}`, expected each table in one bind"
        );
        let told = report_of(of(server, one, other));
        assert!(
            told.contains(&found) || !other.is_ascii(),
            "{server}: {told}"
        );
        assert!(!told.is_empty(), "{server}: {one}, {other}");
    }
    let others = [
        ("mysql", "report", "REPORT"),
        ("mysql", "report", "aud.report"),
        ("mysql", "rep.report", "aud.report"),
        ("mysql", "report", "app.report"),
        ("postgres", "report", "Report"),
        ("postgres", "report", "app.report"),
        ("sqlite", "étage", "ÉTAGE"),
        ("sqlite", "report*", "report"),
    ];
    for (server, one, other) in others {
        assert_eq!(
            report_of(of(server, one, other)),
            "",
            "{server}: {one}, {other}"
        );
    }
    let quotes = report_of(of("postgres", "\"Report\"", "app.\"Report\""));
    assert!(
        quotes.contains("line 3, binds.reports.tables[0]: found a name in quotes, expected a table name or pattern as the database keeps it")
            && quotes.contains("binds.audit.tables[0]"),
        "{quotes}"
    );
}

fn report_of(lines: Vec<String>) -> String {
    lines.join("\n")
}

#[test]
fn values_have_their_type() {
    let text = "binds:
  default:
    master: sqlite://a.db
    slaves: [{ url: sqlite://a.db, weight: -1 }]
    balance: fastest
pool:
  max_connections: many
  acquire_timeout: 10
  idle_timeout:
  statement_log: on
  application_name: ''
  min_connections: { a: 1 }
routing: { balance: Random, seed: 0x1F, echo: yes }
";
    let count = "a whole number from 0 to 65535";
    let duration = "a number with a unit, such as `500ms`, `10s`, `2m` or `1h`";
    let seed = "a whole number from 0 to 18446744073709551615";
    assert_problems(
        text,
        &[
            &format!("line 4, binds.default.slaves.slave-1.weight: found `-1`, expected {count}"),
            "line 5, binds.default.balance: found `fastest`, expected `random`, `round_robin`, `least` or `latency`",
            &format!("line 7, pool.max_connections: found `many`, expected {count}"),
            &format!("line 8, pool.acquire_timeout: found `10`, expected {duration}"),
            "line 9, pool.idle_timeout: found nothing, expected `none`, or a time such as `5s`",
            "line 10, pool.statement_log: found `on`, expected one of `off`, `error`, `warn`, `info`, `debug`, `trace`",
            "line 11, pool.application_name: found an empty text, expected a text",
            &format!("line 12, pool.min_connections: found a mapping, expected {count}"),
            "line 13, routing.balance: found `Random`, expected `random`, `round_robin`, `least` or `latency`",
            &format!("line 13, routing.seed: found `0x1F`, expected {seed}"),
            "line 13, routing.echo: found `yes`, expected `true` or `false`",
        ],
    );
}

#[test]
fn sections_are_mappings() {
    for section in ["pool", "routing"] {
        for (value, found) in [("", "nothing"), ("text", "a text"), ("[a]", "a list")] {
            assert_problems(
                &format!("binds:\n  default: sqlite://a.db\n{section}: {value}\n"),
                &[&format!(
                    "line 3, {section}: found {found}, expected a mapping of {section} options"
                )],
            );
        }
        assert_problems(
            &format!("binds:\n  default: sqlite://a.db\n{section}: {{}}\n"),
            &[],
        );
    }
}

#[test]
fn a_value_that_is_aliased_is_reported_where_it_stands() {
    let text = "binds:
  default:
    master: sqlite://a.db
    pool: &pool
      max_connections: 0
  reports:
    master: sqlite://b.db
    pool: *pool
";
    assert_problems(
        text,
        &[
            "line 5, binds.default.pool.max_connections: found `0`, expected at least 1",
            "line 5, binds.reports.pool.max_connections: found `0`, expected at least 1",
        ],
    );
}

#[test]
fn a_function_has_a_name_and_one_effect() {
    let text = "binds:
  default: sqlite://a.db
functions:
  read: [tax, \"\", { a: b }]
  write: [tax, bake]
  reads: []
";
    assert_problems(
        text,
        &[
            "line 4, functions.read[2]: found a mapping, expected the name of a function",
            "line 4, functions.read[1]: found an empty text, expected the name of a function",
            "line 5, functions.write[0]: found `tax`, which is listed under `read` too, expected each function in one list",
            "line 6, functions.reads: found unknown key `reads`, expected one of `read`, `write`; did you mean `read`?",
        ],
    );
}

use std::time::Duration;

use log::LevelFilter;

use super::report::{read, report};
use crate::{
    config::{
        Balance, BindConfig, BindsConfig, FailoverConfig, FreshnessSource, FunctionsConfig,
        Lifetime, NodeConfig, OnNoSlave, PoolConfig, Pooler, ReadsConfig, Roles, RoutingConfig,
        Scheme,
    },
    session::Consistency,
};

#[test]
fn what_reads_promise_is_read_for_the_file_and_for_a_bind() {
    let text = r#"
binds:
  default:
    master: postgres://app@db/app
    slaves: [postgres://app@replica/app]
    consistency: process
    max_lag: 2s
    readmit_lag: 1s
    wait: 50ms
    freshness: heartbeat
    on_no_slave: error
    max_master_reads: 7
    roles: discover
    hold_writes: 1s
  other: postgres://app@db/other
routing:
  consistency: bounded
  max_lag: 20s
  readmit_lag: 15s
  wait: 5ms
  freshness: 3s
  on_no_slave: master
  max_master_reads: 9
  roles: fixed
  hold_writes: 2s
"#;
    let config = BindsConfig::from_yaml(text).unwrap();
    let own = ReadsConfig::new()
        .consistency(Consistency::Process)
        .max_lag(Duration::from_secs(2))
        .readmit_lag(Duration::from_secs(1))
        .wait(Duration::from_millis(50))
        .freshness(FreshnessSource::Heartbeat)
        .on_no_slave(OnNoSlave::Error)
        .max_master_reads(7);
    let wide = ReadsConfig::new()
        .consistency(Consistency::Bounded)
        .max_lag(Duration::from_secs(20))
        .readmit_lag(Duration::from_secs(15))
        .wait(Duration::from_millis(5))
        .freshness(FreshnessSource::Window(Duration::from_secs(3)))
        .on_no_slave(OnNoSlave::Master)
        .max_master_reads(9);
    let [default, other] = config.binds.as_slice() else {
        panic!("two binds");
    };
    assert_eq!(default.reads, own);
    assert_eq!(config.routing.reads, wide);
    assert_eq!(default.reads.or(&wide), own, "a bind says the last word");
    assert_eq!(other.reads, ReadsConfig::new());
    assert_eq!(other.reads.or(&wide), wide);
    let failover = |roles, seconds| {
        FailoverConfig::new()
            .roles(roles)
            .hold_writes(Duration::from_secs(seconds))
    };
    assert_eq!(default.failover, failover(Roles::Discover, 1));
    assert_eq!(config.routing.failover, failover(Roles::Fixed, 2));
}

#[test]
fn the_file_of_the_design_is_read() {
    let text = r#"
binds:
  default:                                   # entities without a bind key
    master: ${DATABASE_URL:-sqlite://data/app.db?mode=rwc}
    slaves:
      slave-1: sqlite://data/app.db?mode=ro
      slave-2: { url: "sqlite://data/app.db?mode=ro", weight: 2 }
  reports: sqlite://data/reports.db?mode=rwc # one database, reads and writes
  archive:
    master: postgres://app@db/archive
    tables: [audit_log, "legacy_*"]
    pool: { statement_timeout: 500ms }
    balance: round_robin
pool: { max_connections: 10, acquire_timeout: 3s }
routing: { balance: random, seed: 7, echo: true }
functions: { read: [tax, "app.\"Tithe\""], write: [bake] }
"#;
    let slave = "sqlite://data/app.db?mode=ro";
    let expected = BindsConfig::new()
        .bind(
            BindConfig::new("default", "sqlite://data/app.db?mode=rwc")
                .slave(NodeConfig::new("slave-1", slave))
                .slave(NodeConfig::new("slave-2", slave).weight(2)),
        )
        .bind(BindConfig::new(
            "reports",
            "sqlite://data/reports.db?mode=rwc",
        ))
        .bind(
            BindConfig::new("archive", "postgres://app@db/archive")
                .tables(["audit_log", "legacy_*"])
                .pool(PoolConfig::new().statement_timeout(Duration::from_millis(500)))
                .balance(Balance::RoundRobin),
        )
        .pool(
            PoolConfig::new()
                .max_connections(10)
                .acquire_timeout(Duration::from_secs(3)),
        )
        .routing(
            RoutingConfig::new()
                .balance(Balance::Random)
                .seed(7)
                .echo(true),
        )
        .functions(
            FunctionsConfig::new()
                .read(["tax", "app.\"Tithe\""])
                .write(["bake"]),
        );
    assert_eq!(read(text, &[]), Ok(expected));
}

#[test]
fn every_pool_option_is_read_on_every_level() {
    let options = "{max_connections: 9, min_connections: 2, acquire_timeout: 3s, connect_timeout: 1s, \
                   idle_timeout: 2m, max_lifetime: 1h, ping_after_idle: 40s, statement_log: debug, schema_search_path: app, \
                   application_name: shop, statement_timeout: 10s, pooler: session}";
    let text = format!(
        "binds:\n  default:\n    master: {{url: postgres://db/app, pool: {options}}}\n    \
         slaves: [{{url: postgres://db/app, pool: {options}}}]\n    pool: {options}\npool: {options}\n"
    );
    let expected = PoolConfig::new()
        .max_connections(9)
        .min_connections(2)
        .acquire_timeout(Duration::from_secs(3))
        .connect_timeout(Duration::from_secs(1))
        .idle_timeout(Duration::from_secs(2 * 60))
        .max_lifetime(Duration::from_secs(60 * 60))
        .ping_after_idle(Duration::from_secs(40))
        .statement_log(LevelFilter::Debug)
        .schema_search_path("app")
        .application_name("shop")
        .statement_timeout(Duration::from_secs(10))
        .pooler(Pooler::Session);
    let config = read(&text, &[]).unwrap();
    let bind = &config.binds[0];
    for pool in [
        &config.pool,
        &bind.pool,
        &bind.master.pool,
        &bind.slaves[0].pool,
    ] {
        assert_eq!(pool, &expected);
    }
}

#[test]
fn slaves_of_a_list_are_numbered() {
    let text = "binds:\n  default:\n    primary: sqlite://a.db\n    replicas:\n    - sqlite://b.db\n    - {url: sqlite://c.db, weight: 0}\n";
    let bind = &read(text, &[]).unwrap().binds[0];
    assert_eq!(bind.master.name, "master");
    assert_eq!(
        bind.slaves,
        [
            NodeConfig::new("slave-1", "sqlite://b.db"),
            NodeConfig::new("slave-2", "sqlite://c.db").weight(0)
        ]
    );
}

#[test]
fn text_stays_text_where_text_is_wanted() {
    for text in [
        "yes",
        "off",
        "true",
        "0123",
        "1_000",
        "1e3",
        "0x1F",
        ".nan",
        "1e999",
        "2001-01-01",
    ] {
        let yaml = format!(
            "binds:\n  default: {{master: postgres://db/app, tables: [{text}]}}\n  {name}: postgres://db/{text}\npool: {{application_name: {text}}}\n",
            name = text.replace('.', "-"),
        );
        let config = read(&yaml, &[]).unwrap();
        assert_eq!(config.pool.application_name.as_deref(), Some(text));
        assert_eq!(config.binds[0].tables, [text]);
        assert_eq!(config.binds[1].name, text.replace('.', "-"));
    }
}

#[test]
fn quotes_make_text_of_what_would_be_nothing() {
    for quoted in ["'~'", "\"null\"", "!!str ~"] {
        let yaml =
            format!("binds: {{default: {{master: \"sqlite::memory:\", tables: [{quoted}]}}}}");
        let config = read(&yaml, &[]).unwrap();
        assert!(
            ["~", "null"].contains(&config.binds[0].tables[0].as_str()),
            "{config:?}"
        );
    }
}

#[test]
fn durations_have_a_unit() {
    let cases = [
        ("0s", Some(Duration::ZERO)),
        ("1ms", Some(Duration::from_millis(1))),
        ("90s", Some(Duration::from_secs(90))),
        ("2m", Some(Duration::from_secs(120))),
        ("1h", Some(Duration::from_secs(3600))),
        ("10", None),
        ("10 s", None),
        ("1.5s", None),
        ("-1s", None),
        ("+1s", None),
        ("010s", None),
        ("1d", None),
        ("s", None),
        ("1m30s", None),
        ("18446744073709551615h", None),
        ("18446744073709551616s", None),
    ];
    for (text, expected) in cases {
        let yaml = format!("binds: {{default: sqlite://a.db}}\npool: {{ping_after_idle: {text}}}");
        let read = read(&yaml, &[])
            .ok()
            .and_then(|config| config.pool.ping_after_idle);
        assert_eq!(read, expected, "{text}");
    }
}

#[test]
fn whole_numbers_are_plain_digits() {
    let cases = [
        ("1", Some(1)),
        ("65535", Some(65_535)),
        ("65536", None),
        ("\"10\"", Some(10)),
        ("4294967296", None),
        ("010", None),
        ("0x10", None),
        ("1_000", None),
        ("1e3", None),
        ("1.0", None),
        ("+1", None),
        ("-1", None),
        ("~", None),
    ];
    for (text, expected) in cases {
        let yaml = format!("binds: {{default: sqlite://a.db}}\npool: {{max_connections: {text}}}");
        let read = read(&yaml, &[])
            .ok()
            .and_then(|config| config.pool.max_connections);
        assert_eq!(read, expected, "{text}");
    }
}

#[test]
fn schemes_name_their_backend() {
    let cases = [
        ("postgres://db/app", Scheme::Postgres),
        ("postgresql:///app?host=/run/postgresql", Scheme::Postgres),
        ("mysql://db:3307/app", Scheme::MySql),
        ("mariadb://db/app", Scheme::MySql),
        ("sqlite://data/app.db?mode=rwc", Scheme::Sqlite),
        ("sqlite:data/my app.db", Scheme::Sqlite),
        ("sqlite:///srv/app.db", Scheme::Sqlite),
        ("sqlite::memory:", Scheme::Sqlite),
    ];
    for (url, expected) in cases {
        let yaml = format!("binds: {{default: \"{url}\"}}");
        let config = read(&yaml, &[]).unwrap();
        assert_eq!(
            config.binds[0].master.url.backend(),
            Some(expected),
            "{url}"
        );
        assert_eq!(config.binds[0].master.url.expose(), url);
    }
}

#[test]
fn anchors_and_merges_are_read() {
    let text = "binds:\n  default:\n    master: &url sqlite://a.db\n    pool: &pool {max_connections: 5, min_connections: 1}\n  reports:\n    master: *url\n    pool: {<<: *pool, max_connections: 7}\n";
    let reports = &read(text, &[]).unwrap().binds[1];
    assert_eq!(reports.master.url.expose(), "sqlite://a.db");
    assert_eq!(
        reports.pool,
        PoolConfig::new().max_connections(7).min_connections(1)
    );
}

#[test]
fn a_byte_order_mark_and_the_end_of_a_document_are_no_content() {
    assert_eq!(
        report("\u{feff}binds: {default: sqlite:0010.db}\n...\n", &[]),
        [""; 0]
    );
    let config = read(
        "\u{feff}binds: {default: sqlite://a.db, b: {master: sqlite://b.db, tables: [0010]}}",
        &[],
    );
    assert_eq!(config.unwrap().binds[1].tables, ["0010"]);
}

#[test]
fn connections_may_stay_for_ever() {
    let text = "binds: {default: sqlite://a.db}\npool: {idle_timeout: none, max_lifetime: none}";
    let config = read(text, &[]).unwrap();
    let pool = PoolConfig::new().idle_timeout(None).max_lifetime(None);
    assert_eq!(config.pool, pool);
    assert_eq!(pool.idle_timeout, Some(Lifetime::Unlimited));
    let text = "binds: {default: sqlite://a.db}\npool: {acquire_timeout: none}";
    let problem = "line 2, pool.acquire_timeout: found `none`, expected a number with a unit, such as `500ms`, `10s`, `2m` or `1h`";
    assert_eq!(report(text, &[]), [problem]);
}

use std::time::Duration;

use crate::config::{
    BindConfig, BindsConfig, DatabaseUrl, DeclaredKey, NodeConfig, PoolConfig, key_meaning,
};

fn default() -> BindConfig {
    BindConfig::new("default", "sqlite://a.db").slave(NodeConfig::new("slave-1", "sqlite://a.db"))
}

#[test]
fn a_configuration_built_in_code_undergoes_the_same_checks() {
    let config = BindsConfig::new()
        .bind(BindConfig::new("slave.1", "oracle://app:s3cret@db").tables(["", "a", "a"]))
        .bind(BindConfig::new("slave.1", "mysql://db/x").slave(NodeConfig::new("s", "sqlite://b")))
        .pool(
            PoolConfig::new()
                .max_connections(0)
                .statement_timeout(Duration::ZERO),
        );
    let expected = "BindsConfig: 9 problems
  binds: found no bind `default`, expected a bind `default`, which serves entities without a bind key
  binds.slave.1: found `slave.1`, expected a name of letters, digits, `_` and `-`
  binds.slave.1: found `slave.1`, expected a name of letters, digits, `_` and `-`
  binds.slave.1: found `slave.1` a second time, expected each bind once
  binds.slave.1.master.url: found scheme `oracle`, expected one of `postgres`, `postgresql`, `mysql`, `mariadb`, `sqlite`
  binds.slave.1.slaves.s.url: found SQLite, expected MySQL, like the master of the bind
  pool.max_connections: found `0`, expected at least 1
  binds.slave.1.tables[0]: found an empty text, expected a table name or pattern
  binds.slave.1.tables[2]: found `a` a second time, expected each table once";
    assert_eq!(config.validate().unwrap_err().to_string(), expected);
}

#[test]
fn a_master_keeps_its_name() {
    let mut bind = default();
    bind.master.name = "main".to_owned();
    let error = BindsConfig::new().bind(bind).validate().unwrap_err();
    let expected = "binds.default.master: found `main`, expected the name `master`";
    assert_eq!(error.problems()[0].to_string(), expected);
}

#[test]
fn declared_keys_need_a_bind_or_node() {
    let config = BindsConfig::new().bind(default());
    let declared = |key: &str| DeclaredKey {
        entity: "app::Entity".to_owned(),
        key: key.to_owned(),
    };
    assert_eq!(
        config.check(&[declared("slave-1"), declared("default.master")]),
        Ok(())
    );
    let error = config.check(&[declared("defualt")]).unwrap_err();
    let expected = "bind key of `app::Entity`: found `defualt`, expected one of `default`, `master`, `slave-1`, or a node as `bind.node`; did you mean `default`?";
    assert_eq!(error.problems()[0].to_string(), expected);
}

#[test]
fn a_configuration_without_binds_has_one_problem() {
    let declared = DeclaredKey {
        entity: "app::Entity".to_owned(),
        key: "reports".to_owned(),
    };
    let error = BindsConfig::new().check(&[declared]).unwrap_err();
    assert_eq!(error.problems().len(), 1, "{error}");
}

#[test]
fn the_narrower_level_decides_each_pool_option() {
    let second = Duration::from_secs(1);
    let config = BindsConfig::new()
        .pool(
            PoolConfig::new()
                .max_connections(1)
                .min_connections(1)
                .application_name("file"),
        )
        .bind(
            default()
                .pool(
                    PoolConfig::new()
                        .max_connections(2)
                        .min_connections(2)
                        .idle_timeout(second),
                )
                .slave(
                    NodeConfig::new("slave-2", "sqlite://a.db")
                        .pool(PoolConfig::new().max_connections(3)),
                ),
        );
    let bind = &config.binds[0];
    let expected = PoolConfig::new()
        .max_connections(3)
        .min_connections(2)
        .idle_timeout(second)
        .application_name("file");
    assert_eq!(config.effective_pool(bind, &bind.slaves[1]), expected);
    assert_eq!(
        config.effective_pool(bind, &bind.master),
        expected.max_connections(2)
    );
}

#[test]
fn keys_mean_a_bind_a_node_of_the_default_bind_or_a_node() {
    let has_bind = |bind: &str| ["default", "reports"].contains(&bind);
    let has_node = |bind: &str, node: &str| {
        [
            ("default", "master"),
            ("default", "slave-1"),
            ("reports", "master"),
        ]
        .contains(&(bind, node))
    };
    let cases = [
        ("default", Some(("default", None))),
        ("reports", Some(("reports", None))),
        ("master", Some(("default", Some("master")))),
        ("slave-1", Some(("default", Some("slave-1")))),
        ("reports.master", Some(("reports", Some("master")))),
        ("default.slave-1", Some(("default", Some("slave-1")))),
        ("reports.slave-1", None),
        ("audit", None),
        ("audit.master", None),
        ("", None),
        (".", None),
        ("reports.", None),
        (".master", None),
        ("reports.master.", None),
    ];
    for (key, expected) in cases {
        assert_eq!(key_meaning(key, has_bind, has_node), expected, "{key}");
    }
}

#[test]
fn configuration_is_send_and_sync() {
    fn check<T: Send + Sync>() {}
    check::<BindsConfig>();
    check::<crate::config::ConfigError>();
    check::<DatabaseUrl>();
}

#[test]
fn what_the_driver_would_ignore_log_or_choke_on_is_refused() {
    let year = Duration::from_secs(367 * 24 * 60 * 60);
    let slave = NodeConfig::new(
        "slave-1",
        "postgres://app@db/app?sslmode=require&options[a]=b",
    );
    let pool = PoolConfig::new().max_connections(70_000).idle_timeout(year);
    let config = BindsConfig::new()
        .bind(BindConfig::new("default", "postgres://app@db/app?pasword=s3cret").slave(slave))
        .bind(BindConfig::new(
            "reports",
            "mysql://app@db/app?tokn=s3cret&charset=utf8mb4",
        ))
        .pool(pool);
    let error = config.validate().unwrap_err();
    let found: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| format!("{}: {}", problem.key, problem.found))
        .collect();
    assert_eq!(
        found,
        [
            "binds.default.master.url: unknown parameter `pasword` in the URL",
            "binds.reports.master.url: unknown parameter `tokn` in the URL",
            "pool.max_connections: `70000`",
            "pool.idle_timeout: a longer time",
        ]
    );
    assert!(
        error.to_string().contains("did you mean `password`?"),
        "{error}"
    );
    assert!(!error.to_string().contains("s3cret"), "{error}");
}

#[test]
fn pool_that_has_no_time_is_refused() {
    let none = Duration::ZERO;
    for pool in [
        PoolConfig::new().acquire_timeout(none),
        PoolConfig::new().connect_timeout(none),
        PoolConfig::new().idle_timeout(none),
        PoolConfig::new().max_lifetime(none),
    ] {
        let bind = BindConfig::new("default", "postgres://app@db/app");
        let error = BindsConfig::new().bind(bind).pool(pool).validate();
        let problems = error.unwrap_err();
        assert_eq!(problems.problems()[0].found, "no time");
        assert!(problems.to_string().contains("at least `1ms`"));
    }
}

#[test]
fn what_a_session_of_postgres_can_not_be_given_is_refused() {
    let at = |pool| {
        let bind = BindConfig::new("default", "postgres://app@db/app");
        let error = BindsConfig::new().bind(bind).pool(pool).validate();
        error.map_err(|error| error.problems()[0].found.clone())
    };
    let timeout = |time| at(PoolConfig::new().statement_timeout(time));
    let longer = Duration::from_millis(1 << 31);
    assert_eq!(timeout(longer), Err("a longer time".to_owned()));
    assert_eq!(timeout(longer - Duration::from_millis(1)), Ok(()));
    let shorter = Duration::from_micros(999);
    assert_eq!(timeout(shorter), Err("a shorter time".to_owned()));
    assert_eq!(timeout(Duration::ZERO), Ok(()));
    let name = |name: &str| at(PoolConfig::new().application_name(name));
    let more = "shop\0options\0-c default_transaction_read_only=off";
    assert_eq!(name(more), Err("a text with a zero byte".to_owned()));
    assert_eq!(name("shop"), Ok(()));
}

//! On real servers.

use std::{
    io::Read,
    process::{Command, Stdio},
    time::Duration,
};

use sea_orm::{ConnectionTrait, Database};
use serde_json::Value;
use test_cluster::{Cluster, MySql, Postgres, Server, on_servers};

use crate::desk::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn check_sees_a_missing_grant_and_a_slave_that_follows_nobody() {
    let cluster = Cluster::<Postgres>::shared().await.unwrap();
    let desk = Desk::new();
    let database = cluster.database("check_grants").await.unwrap();
    let url = database.url(cluster.master());
    let owner = Database::connect(&url).await.unwrap();
    let table = "CREATE TABLE cake (id int)";
    owner.execute_unprepared(table).await.unwrap();
    let role = format!("only_reads_{}", std::process::id());
    let admin = cluster.master().admin().await.unwrap();
    let create = format!("CREATE ROLE {role} LOGIN PASSWORD 'x'");
    admin.execute(&create).await.unwrap();
    let grant = format!("GRANT SELECT ON cake TO {role}");
    owner.execute_unprepared(&grant).await.unwrap();
    let (scheme, rest) = url.split_once("://").unwrap();
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let reader = format!("{scheme}://{role}:x@{rest}");
    desk.write("binds.yaml", &format!("binds:\n  default: {reader}\n"));
    let answer = desk.run(&["check", "--connect"]);
    assert_eq!(answer.code, 1, "{}", answer.output);
    let told = "default.master: its user may write none of the tables: a grant is missing";
    assert!(answer.output.contains(told), "{}", answer.output);

    let other = Cluster::<Postgres>::start(0).await.unwrap();
    let binds = format!(
        "binds:\n  default:\n    master: {}\n    slaves:\n      slave-1: {}\n",
        cluster.master().url(),
        other.master().url()
    );
    desk.write("other.yaml", &binds);
    let answer = desk.run(&["check", "--connect", "other.yaml", "--patience", "6"]);
    assert_eq!(answer.code, 1, "{}", answer.output);
    let told = "default.slave-1: it follows nobody: it is no standby";
    assert!(answer.output.contains(told), "{}", answer.output);
}

#[tokio::test(flavor = "multi_thread")]
async fn check_and_status_see_what_servers_are() {
    let cluster = Cluster::<Postgres>::shared().await.unwrap();
    let desk = Desk::new();
    let binds = |master: &str, slave: &str| {
        format!("binds:\n  default:\n    master: {master}\n    slaves:\n      slave-1: {slave}\n")
    };
    let (master, slave) = (cluster.master().url(), cluster.slave(1).url());
    desk.write("binds.yaml", &binds(&master, &slave));
    let well = desk.run(&["check", "--connect", "--patience", "30"]);
    assert_eq!(well.code, 0, "{}{}", well.output, well.errors);
    assert!(well.output.ends_with("no problem\n"), "{}", well.output);
    let status = desk.run(&["status", "--format", "json"]);
    let told: Value = serde_json::from_str(&status.output).unwrap();
    assert_eq!(told["nodes"][1]["node"], "slave-1", "{}", status.errors);

    let mut watching = Command::new(env!("CARGO_BIN_EXE_sea-orm-routing"))
        .args(["status", "--watch"])
        .current_dir(desk.path())
        .env_remove("BINDS_YAML")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 1];
    watching
        .stdout
        .take()
        .unwrap()
        .read_exact(&mut first)
        .unwrap();
    // Nobody reads any more: it ends with its next look.
    assert!(watching.wait().unwrap().success());

    desk.write("swapped.yaml", &binds(&slave, &master));
    let swapped = desk.run(&[
        "check",
        "--connect",
        "--config",
        "swapped.yaml",
        "--patience",
        "5",
    ]);
    assert_eq!(swapped.code, 1, "{}", swapped.output);
    assert!(
        swapped
            .output
            .contains("default.master: down: read-only server"),
        "{}",
        swapped.output
    );

    desk.write("same.yaml", &binds(&master, &master));
    let same = desk.run(&["check", "--connect", "same.yaml", "--patience", "5"]);
    let told = "default.slave-1: it is the master itself, by another address or the same";
    assert_eq!(same.code, 1, "{}", same.output);
    assert!(same.output.contains(told), "{}", same.output);
    assert!(!same.output.contains("has not answered"), "{}", same.output);

    let ahead = desk.run(&["recover", "--dry-run", "--format", "json"]);
    let told: Value = serde_json::from_str(&ahead.output).unwrap();
    assert_eq!(told["dry_run"], true, "{}", ahead.errors);
    assert_eq!(told["committed"], serde_json::json!([]), "{told}");
    let recovered = desk.run(&["recover"]);
    assert_eq!(
        recovered.code, 0,
        "{}{}",
        recovered.output, recovered.errors
    );
    // Nobody wrote anything.
    let truth = Database::connect(master).await.unwrap();
    let prepared = truth
        .query_all_raw(sea_orm::Statement::from_string(
            sea_orm::DbBackend::Postgres,
            "SELECT gid FROM pg_prepared_xacts",
        ))
        .await
        .unwrap();
    assert!(prepared.is_empty());
}

/// The lines of a report about a node.
fn told<'a>(report: &'a str, node: &str) -> Vec<&'a str> {
    let begin = format!("  {node}: ");
    let lines = report.lines();
    lines.filter_map(|line| line.strip_prefix(&begin)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn check_sees_a_slave_of_another_cluster_than_its_masters() {
    let cluster = Cluster::<Postgres>::shared().await.unwrap();
    let foreign = Cluster::<Postgres>::foreign(1).await.unwrap();
    let desk = Desk::new();
    let binds = format!(
        "binds:\n  default:\n    master: {}\n    slaves:\n      own: {}\n      other: {}\n      others-master: {}\n",
        cluster.master().url(),
        cluster.slave(1).url(),
        foreign.slave(1).url(),
        foreign.master().url(),
    );
    desk.write("binds.yaml", &binds);
    let answer = desk.run(&["check", "--connect", "--patience", "6"]);
    assert_eq!(answer.code, 1, "{}{}", answer.output, answer.errors);
    let expected = "it is a server of another cluster than its master's";
    for node in ["default.other", "default.others-master"] {
        let told = told(&answer.output, node);
        assert!(told.contains(&expected), "{node}: {}", answer.output);
    }
    assert_eq!(
        told(&answer.output, "default.own"),
        [""; 0],
        "{}",
        answer.output
    );
    assert_eq!(
        told(&answer.output, "default.master"),
        [""; 0],
        "{}",
        answer.output
    );
}

async fn check_sees_two_masters<S: Server>() {
    let (one, two) = (
        Cluster::<S>::start(0).await.unwrap(),
        Cluster::<S>::start(0).await.unwrap(),
    );
    let desk = Desk::new();
    let binds = format!(
        "binds:\n  default:\n    master: {}\n    slaves:\n      slave-1: {}\nrouting: {{ roles: discover }}\n",
        one.master().url(),
        two.master().url(),
    );
    desk.write("binds.yaml", &binds);
    let answer = desk.run(&["check", "--connect", "--patience", "6"]);
    assert_eq!(answer.code, 1, "{}{}", answer.output, answer.errors);
    let expected = "another server takes writes, too";
    assert_eq!(
        told(&answer.output, "default.master"),
        [expected],
        "{}",
        answer.output
    );
}

on_servers!(check_sees_two_masters: Postgres, MariaDb, MySql);

/// The addresses of a master and its slave for a user who may do in the application's tables what `grants` say, and nothing else.
async fn only<S: Server>(grants: &str) -> [String; 2] {
    let cluster = Cluster::<S>::shared().await.unwrap();
    let database = cluster.database("check_grants").await.unwrap();
    let url = database.url(cluster.master());
    let owner = Database::connect(&url).await.unwrap();
    let table = "CREATE TABLE cake (id int)";
    owner.execute_unprepared(table).await.unwrap();
    let user = format!("only_{}", database.name());
    let admin = cluster.master().admin().await.unwrap();
    let create = format!("CREATE USER {user}@'127.0.0.1'");
    admin.execute(&create).await.unwrap();
    let grant = format!(
        "GRANT {grants} ON {}.* TO {user}@'127.0.0.1'",
        database.name()
    );
    admin.execute(&grant).await.unwrap();
    cluster
        .wait_until_caught_up(Duration::from_secs(30))
        .await
        .unwrap();
    [cluster.master(), cluster.slave(1)].map(|node| {
        let url = database.url(node);
        let (scheme, rest) = url.split_once("://").unwrap();
        let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
        format!("{scheme}://{user}@{rest}")
    })
}

async fn check_sees_that_a_user_may_not_write<S: Server>() {
    let desk = Desk::new();
    for (grants, is_missing) in [("SELECT", true), ("SELECT, INSERT", false)] {
        let [url, _] = only::<S>(grants).await;
        desk.write("binds.yaml", &format!("binds:\n  default: {url}\n"));
        let answer = desk.run(&["check", "--connect"]);
        let expected = "its user may write none of the tables: a grant is missing";
        let told = told(&answer.output, "default.master");
        assert_eq!(told.contains(&expected), is_missing, "{}", answer.output);
        assert_eq!(answer.code, i32::from(is_missing), "{}", answer.output);
    }
}

on_servers!(check_sees_that_a_user_may_not_write: MariaDb, MySql);

/// What only the log would tell.
#[tokio::test(flavor = "multi_thread")]
async fn check_sees_a_grant_that_the_monitor_lacks() {
    let [master, slave] = only::<MySql>("ALL PRIVILEGES").await;
    let desk = Desk::new();
    let binds = format!(
        "binds:\n  default:\n    master: {master}\n    slaves:\n      slave-1: {slave}\nrouting: {{ roles: discover }}\n"
    );
    desk.write("binds.yaml", &binds);
    let answer = desk.run(&["check", "--connect"]);
    assert_eq!(answer.code, 1, "{}{}", answer.output, answer.errors);
    let begin = "whether the server follows another one can't be seen";
    let is_it =
        |line: &&str| line.starts_with(begin) && line.contains("replication_connection_status");
    let seen = told(&answer.output, "default.slave-1").iter().any(is_it);
    assert!(seen, "{}", answer.output);
}

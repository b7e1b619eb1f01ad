//! The test clusters themselves: what the other tests rely on when they pause, freeze, kill, promote or cut off.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what the tests share fails and prints as they do"
)]

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, RuntimeErr, Statement,
    TransactionTrait,
    sqlx::{self, mysql::MySqlDatabaseError},
};
use tokio::time::{Instant, timeout};

use test_cluster::{
    Cluster, ClusterError, MariaDb, MariaDbCluster, MySql, Network, Node, Postgres,
    PostgresCluster, Program, Server, living_in, on_servers, until,
};

/// For what takes milliseconds on an idle machine.
const SOON: Duration = Duration::from_secs(30);
/// Longer than any test takes.
const HOUR: Duration = Duration::from_secs(3600);

/// Long enough to tell "not now" from "at once", and no test waits for it to pass in vain.
const A_WHILE: Duration = Duration::from_millis(300);

async fn connect(url: String) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    // One: a pool takes its connections back in the background, and would open a second meanwhile.
    options
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(2))
        .test_before_acquire(false);
    Database::connect(options).await
}

async fn count(db: &DatabaseConnection) -> Result<i64, DbErr> {
    let sql = "SELECT count(*) FROM cake";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await?;
    row.map_or(Ok(0), |row| row.try_get_by_index(0))
}

async fn bake(db: &DatabaseConnection) -> Result<(), DbErr> {
    db.execute_unprepared("INSERT INTO cake VALUES (1)")
        .await
        .map(drop)
}

/// After a restart, when the first statement meets a pooled connection that is dead.
async fn wait_until_baked(db: &DatabaseConnection) -> Result<(), ClusterError> {
    until("a cake", SOON, || async { Ok(bake(db).await.ok()) }).await
}

async fn wait_for_cakes(db: &DatabaseConnection, cakes: i64) -> Result<(), ClusterError> {
    until("the cakes", SOON, || async {
        Ok((count(db).await.ok() == Some(cakes)).then_some(()))
    })
    .await
}

/// A master with the table `cake`, and a connection to it and to each slave, which have it too.
async fn bakery<S: Server>(slaves: usize) -> (Cluster<S>, Vec<DatabaseConnection>) {
    let cluster = Cluster::<S>::start(slaves).await.unwrap();
    let mut connections = vec![connect(cluster.master().url()).await.unwrap()];
    connections[0]
        .execute_unprepared("CREATE TABLE cake (id INT)")
        .await
        .unwrap();
    cluster.wait_until_caught_up(SOON).await.unwrap();
    for slave in cluster.slaves() {
        connections.push(connect(slave.url()).await.unwrap());
    }
    (cluster, connections)
}

/// Of PostgreSQL the SQLSTATE, of MariaDB the number.
fn code(error: &DbErr) -> String {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return error.to_string();
    };
    let sqlx::Error::Database(error) = &**error else {
        return error.to_string();
    };
    match error.try_downcast_ref::<MySqlDatabaseError>() {
        Some(error) => error.number().to_string(),
        None => error.code().unwrap_or_default().into_owned(),
    }
}

async fn slaves_replicate_and_refuse_writes<S: Server>(refusal: &str) {
    let (cluster, connections) = bakery::<S>(2).await;
    bake(&connections[0]).await.unwrap();
    cluster.wait_until_caught_up(SOON).await.unwrap();
    for slave in &connections[1..] {
        assert_eq!(count(slave).await.unwrap(), 1);
        assert_eq!(code(&bake(slave).await.unwrap_err()), refusal);
    }
}

#[tokio::test]
async fn clusters_of_all_servers_live_side_by_side_and_go() {
    let clusters = tokio::join!(
        Cluster::<Postgres>::start(1),
        Cluster::<MariaDb>::start(1),
        Cluster::<MySql>::start(1)
    );
    let (postgres, mariadb, mysql) = (
        clusters.0.unwrap(),
        clusters.1.unwrap(),
        clusters.2.unwrap(),
    );
    let ports = [
        postgres.master().port(),
        postgres.slave(1).port(),
        mariadb.master().port(),
        mariadb.slave(1).port(),
        mysql.master().port(),
        mysql.slave(1).port(),
    ];
    assert_eq!(BTreeSet::from(ports).len(), ports.len(), "{ports:?}");
    let directories =
        [postgres.directory(), mariadb.directory(), mysql.directory()].map(Path::to_owned);
    for directory in &directories {
        assert!(living_in(directory).len() >= 2, "{}", directory.display());
    }
    drop((postgres, mariadb, mysql));
    directories
        .iter()
        .for_each(|directory| assert_gone(directory));
}

#[tokio::test]
async fn postgres_slaves_replicate_and_refuse_writes() {
    slaves_replicate_and_refuse_writes::<Postgres>("25006").await;
}

#[tokio::test]
async fn mariadb_slaves_replicate_and_refuse_writes() {
    slaves_replicate_and_refuse_writes::<MariaDb>("1290").await;
}

#[tokio::test]
async fn mysql_slaves_replicate_and_refuse_writes() {
    slaves_replicate_and_refuse_writes::<MySql>("1290").await;
}

async fn replay_can_be_paused_and_delayed<S: Server>() {
    let (cluster, connections) = bakery::<S>(2).await;
    let [master, paused, other] = &connections[..] else {
        panic!("a master and two slaves")
    };
    cluster.slave(1).pause_replay().await.unwrap();
    bake(master).await.unwrap();
    cluster
        .slave(2)
        .wait_until_caught_up(cluster.master(), SOON)
        .await
        .unwrap();
    assert_eq!(count(other).await.unwrap(), 1);
    assert_eq!(count(paused).await.unwrap(), 0);
    let late = cluster
        .slave(1)
        .wait_until_caught_up(cluster.master(), A_WHILE)
        .await;
    assert!(
        matches!(late, Err(ClusterError::Deadline { .. })),
        "{late:?}"
    );
    cluster.slave(1).resume_replay().await.unwrap();
    wait_for_cakes(paused, 1).await.unwrap();

    // Only the delay's end shows the cake.
    cluster.slave(1).delay_replay(HOUR).await.unwrap();
    bake(master).await.unwrap();
    cluster
        .slave(2)
        .wait_until_caught_up(cluster.master(), SOON)
        .await
        .unwrap();
    assert_eq!(count(other).await.unwrap(), 2);
    let late = cluster
        .slave(1)
        .wait_until_caught_up(cluster.master(), A_WHILE)
        .await;
    assert!(
        matches!(late, Err(ClusterError::Deadline { .. })),
        "{late:?}"
    );
    assert_eq!(count(paused).await.unwrap(), 1);
    cluster.slave(1).delay_replay(Duration::ZERO).await.unwrap();
    wait_for_cakes(paused, 2).await.unwrap();

    // One that is over by itself.
    cluster.slave(1).delay_replay(A_WHILE).await.unwrap();
    bake(master).await.unwrap();
    wait_for_cakes(paused, 3).await.unwrap();
}

on_servers!(one_thread replay_can_be_paused_and_delayed: Postgres, MariaDb, MySql);

async fn a_server_can_be_frozen_killed_and_stopped<S: Server>() {
    let (cluster, connections) = bakery::<S>(1).await;
    let (master, slave) = (&connections[0], &connections[1]);
    let node = cluster.slave(1);

    node.freeze().unwrap();
    let mut frozen = tokio::spawn({
        let slave = slave.clone();
        async move { count(&slave).await }
    });
    assert!(timeout(A_WHILE, &mut frozen).await.is_err());
    node.thaw().unwrap();
    assert_eq!(frozen.await.unwrap().unwrap(), 0);

    node.kill().await.unwrap();
    assert!(living_in(node.directory()).is_empty());
    assert!(count(slave).await.is_err());
    bake(master).await.unwrap();
    node.start().await.unwrap();
    wait_for_cakes(slave, 1).await.unwrap();

    node.stop().await.unwrap();
    assert!(matches!(
        node.freeze(),
        Err(ClusterError::NotRunning { .. })
    ));
    bake(master).await.unwrap();
    node.start().await.unwrap();
    wait_for_cakes(slave, 2).await.unwrap();

    cluster.master().kill().await.unwrap();
    cluster.master().start().await.unwrap();
    wait_for_cakes(master, 2).await.unwrap();
    wait_until_baked(master).await.unwrap();
    wait_for_cakes(slave, 3).await.unwrap();
    println!("the slave is back, and follows its master after its death");
}

on_servers!(one_thread a_server_can_be_frozen_killed_and_stopped: Postgres, MariaDb, MySql);

async fn a_slave_can_be_promoted_and_followed<S: Server>() {
    let (cluster, connections) = bakery::<S>(2).await;
    let (old, new, other) = (cluster.master(), cluster.slave(1), cluster.slave(2));
    bake(&connections[0]).await.unwrap();
    cluster.wait_until_caught_up(SOON).await.unwrap();
    other.unfollow().await.unwrap();
    old.kill().await.unwrap();

    let began = Instant::now();
    new.promote().await.unwrap();
    println!("promoted after {:?}", began.elapsed());
    bake(&connections[1]).await.unwrap();
    assert_eq!(count(&connections[2]).await.unwrap(), 1);
    other.follow(new).await.unwrap();
    other.wait_until_caught_up(new, SOON).await.unwrap();
    assert_eq!(count(&connections[2]).await.unwrap(), 2);

    old.start().await.unwrap();
    // It does not know that it was replaced.
    wait_until_baked(&connections[0]).await.unwrap();
    old.rejoin(new).await.unwrap();
    old.wait_until_caught_up(new, SOON).await.unwrap();
    let returned = connect(old.url()).await.unwrap();
    assert_eq!(count(&returned).await.unwrap(), 2);
    assert!(bake(&returned).await.is_err());
    new.restart().await.unwrap();
    wait_until_baked(&connections[1]).await.unwrap();
}

on_servers!(one_thread a_slave_can_be_promoted_and_followed: Postgres, MariaDb, MySql);

async fn the_network_can_fail<S: Server>() {
    let (cluster, connections) = bakery::<S>(1).await;
    let node = cluster.master();
    let proxied = connect(node.proxied_url()).await.unwrap();

    node.set_network(Network::Delay(A_WHILE)).await;
    let began = Instant::now();
    assert_eq!(count(&proxied).await.unwrap(), 0);
    assert!(began.elapsed() >= A_WHILE, "{:?}", began.elapsed());

    node.set_network(Network::BlackHole).await;
    let mut lost = tokio::spawn(async move { (count(&proxied).await, proxied) });
    assert!(timeout(A_WHILE, &mut lost).await.is_err());
    node.set_network(Network::Forward).await;
    let (answer, proxied) = lost.await.unwrap();
    assert_eq!(answer.unwrap(), 0);

    let transaction = proxied.begin().await.unwrap();
    let sql = "INSERT INTO cake VALUES (1)";
    transaction.execute_unprepared(sql).await.unwrap();
    node.set_network(Network::ResetAfter(0)).await;
    let committed = transaction.commit().await;
    assert!(committed.is_err(), "the answer is lost, the commit is not");
    wait_for_cakes(&connections[0], 1).await.unwrap();

    node.set_network(Network::Refuse).await;
    assert!(count(&proxied).await.is_err());
    let refused = tokio::net::TcpStream::connect(address(&node.proxied_url())).await;
    assert_eq!(
        refused.unwrap_err().kind(),
        std::io::ErrorKind::ConnectionRefused
    );
    assert_eq!(
        count(&connections[0]).await.unwrap(),
        1,
        "the direct way stays open"
    );
    node.set_network(Network::Forward).await;
    wait_for_cakes(&proxied, 1).await.unwrap();
}

fn address(url: &str) -> &str {
    let (_, host) = url.split_once('@').unwrap();
    host.split('/').next().unwrap()
}

on_servers!(one_thread the_network_can_fail: Postgres, MariaDb, MySql);

async fn a_server_tells_what_it_was_asked<S: Server>() {
    let (cluster, connections) = bakery::<S>(1).await;
    let log = cluster.slave(1).log_statements().await.unwrap();
    count(&connections[1]).await.unwrap();
    let long = "SELECT 1 /* on\n\ttwo lines */";
    connections[1].execute_unprepared(long).await.unwrap();
    count(&connections[0]).await.unwrap();
    assert_eq!(log.count("FROM cake").await.unwrap(), 1);
    assert_eq!(
        log.count(long).await.unwrap(),
        1,
        "{:?}",
        log.statements().await
    );
    let later = cluster.slave(1).log_statements().await.unwrap();
    assert!(later.statements().await.unwrap().is_empty());

    assert_eq!(cluster.slave(1).connections().await.unwrap(), 1);
    let more = connect(cluster.slave(1).url()).await.unwrap();
    assert_eq!(cluster.slave(1).connections().await.unwrap(), 2);
    more.close().await.unwrap();
    wait_for_connections(cluster.slave(1), 1).await;
}

async fn wait_for_connections<S: Server>(node: &Node<S>, connections: i64) {
    until("fewer connections", SOON, || async {
        Ok((node.connections().await? == connections).then_some(()))
    })
    .await
    .unwrap();
}

on_servers!(one_thread a_server_tells_what_it_was_asked: Postgres, MariaDb, MySql);

/// Run by two tests each: the second finds the cluster that the runtime of the first has started.
async fn a_shared_cluster_gives_fresh_databases<S: Server>() {
    let cluster = Cluster::<S>::shared().await.unwrap();
    let database = cluster.database("bakery").await.unwrap();
    let master = connect(database.url(cluster.master())).await.unwrap();
    master
        .execute_unprepared("CREATE TABLE cake (id INT)")
        .await
        .unwrap();
    bake(&master).await.unwrap();
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let slave = connect(database.proxied_url(cluster.slave(2)))
        .await
        .unwrap();
    assert_eq!(count(&slave).await.unwrap(), 1);
}

#[tokio::test]
async fn shared_clusters_give_fresh_databases() {
    a_shared_cluster_gives_fresh_databases::<Postgres>().await;
    a_shared_cluster_gives_fresh_databases::<MariaDb>().await;
}

#[tokio::test]
async fn shared_clusters_give_fresh_databases_to_a_second_test() {
    a_shared_cluster_gives_fresh_databases::<MariaDb>().await;
    a_shared_cluster_gives_fresh_databases::<Postgres>().await;
}

fn assert_gone(directory: &Path) {
    assert_eq!(living_in(directory), [0; 0]);
    assert!(!directory.exists());
}

async fn nothing_is_left_after_a_panic<S: Server>() {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let directory = cluster.directory().to_owned();
    assert!(living_in(&directory).len() >= 2);
    cluster.slave(1).freeze().unwrap();
    let test = tokio::spawn(async move {
        let _cluster = cluster;
        panic!("as a failed test does");
    });
    assert!(test.await.is_err());
    assert_gone(&directory);
}

#[tokio::test]
async fn nothing_is_left_after_a_panic_of_a_test() {
    nothing_is_left_after_a_panic::<Postgres>().await;
    nothing_is_left_after_a_panic::<MariaDb>().await;
}

#[tokio::test]
#[ignore = "`nothing_is_left_of_a_killed_test_process` runs it in a process of its own"]
async fn hold_clusters_until_the_end_of_input() {
    let postgres = PostgresCluster::start(1).await.unwrap();
    let mariadb = MariaDbCluster::shared().await.unwrap();
    println!("\nholds {}", postgres.directory().display());
    println!("holds {}", mariadb.directory().display());
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

#[tokio::test]
async fn nothing_is_left_of_a_killed_test_process() {
    let mut test = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "--nocapture",
            "hold_clusters_until_the_end_of_input",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(test.stdout.take().unwrap());
    let (found, directories) = mpsc::channel();
    std::thread::spawn(move || {
        let lines = output.lines().map_while(Result::ok);
        for line in lines {
            let directory = line.strip_prefix("holds ").map(PathBuf::from);
            directory
                .into_iter()
                .for_each(|directory| found.send(directory).unwrap());
        }
    });
    let directories: Vec<PathBuf> = directories.iter().take(2).collect();
    assert!(
        directories
            .iter()
            .all(|directory| living_in(directory).len() >= 2)
    );
    test.kill().unwrap();
    test.wait().unwrap();
    until("the end of the servers", SOON, || async {
        Ok(directories
            .iter()
            .all(|directory| !directory.exists())
            .then_some(()))
    })
    .await
    .unwrap();
    directories
        .iter()
        .for_each(|directory| assert_gone(directory));
}

#[test]
fn a_missing_server_is_an_error_that_names_its_package() {
    let program = Program {
        name: "mariadbd",
        package: "mariadb-server-core",
        elsewhere: &[],
    };
    let error = program
        .find_in([PathBuf::from("/nonexistent")])
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`mariadbd` is not installed; run `tests/install`, or install Debian's package `mariadb-server-core`"
    );
}

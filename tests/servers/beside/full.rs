//! A server that has all the sessions that it may have: what is open there goes on, and nobody is called down.

use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};
use sea_orm_routing::{Consistency, status::NodeState};
use test_cluster::{Admin, Cluster, FULL, Node, Sessions, on_servers, until};
use tokio::task::JoinSet;

use super::{
    Count, Pair, Row, Work,
    pair::{Setup, after},
    work,
};
use crate::support::SOON;

/// Connections that each way has when the server is full; more are wanted.
const OPEN: usize = 4;

/// What needs one connection each: what needs another one then may find that the first is not back yet.
const WORKS: [Work; 3] = [Work::Write, Work::Begin, Work::Read];

/// As long as a full server that stands still silences the monitor: it has to connect anew.
const SILENCE: Duration = Duration::from_millis(1_200);

/// Until the monitor has asked so often that it would call a node down.
const SEVERAL_BEATS: Duration = Duration::from_secs(5);

/// Others, who have all the rest.
async fn crowd<S: Sessions>(node: &Node<S>) -> Vec<DatabaseConnection> {
    let mut crowd = Vec::new();
    while crowd.len() < FULL {
        let mut one = ConnectOptions::new(node.url());
        one.max_connections(1).min_connections(1);
        crowd.push(Database::connect(one).await.unwrap());
    }
    crowd
}

async fn run(admin: &Admin, statements: Vec<&str>) {
    for sql in statements {
        admin.execute(sql).await.unwrap();
    }
}

/// Work on a master that lets nobody in: on what is open, also when the monitor had to connect anew; and, where it is full, when
/// somebody makes room after a second.
pub(super) async fn full<S: Sessions>(cluster: &Cluster<S>, setup: Setup) -> Vec<Row> {
    let mut rows = closed(cluster, setup, "full server", S::fill).await;
    rows.extend(closed(cluster, setup, "locked account", S::lock).await);
    rows
}

async fn closed<S: Sessions>(
    cluster: &Cluster<S>,
    setup: Setup,
    what: &str,
    close: fn(bool) -> Vec<&'static str>,
) -> Vec<Row> {
    let setup = Setup {
        acquire_timeout: Some(Duration::from_secs(3)),
        ..setup
    };
    let pair = Pair::connect(cluster, setup).await;
    let master = cluster.master();
    work::open(&pair.routed, OPEN).await;
    work::open(&pair.plain, OPEN).await;
    let crowd = crowd(master).await;
    // Of its own: on a full server another one is refused.
    let admin = master.admin().await.unwrap();
    let mut rows = Vec::new();
    run(&admin, close(true)).await;
    for work in WORKS {
        rows.push(rush(&pair, what, OPEN, work).await);
    }
    master.freeze().unwrap();
    after(SILENCE).await;
    master.thaw().unwrap();
    after(SEVERAL_BEATS).await;
    for work in WORKS {
        rows.push(rush(&pair, &format!("{what}, which has paused"), OPEN, work).await);
    }
    let room = async {
        after(Duration::from_secs(1)).await;
        run(&admin, close(false)).await;
    };
    let fault = format!("{what}, open again after 1 s");
    let wanting = rush(&pair, &fault, 2 * OPEN, Work::Write);
    rows.push(tokio::join!(wanting, room).0);
    drop(crowd);
    pair.close().await;
    rows
}

/// How many read at once, and how often each.
const READERS: usize = 16;
const READS: usize = 40;

/// Reads that slaves serve, of which one is full: with some connections of ours, and with none.
pub(super) async fn full_slave<S: Sessions>(cluster: &Cluster<S>) -> Vec<Row> {
    let mut rows = Vec::new();
    for open in [0, OPEN] {
        let pair = Pair::connect(cluster, Setup::default()).await;
        let slave = cluster.slave(1);
        cluster.wait_until_caught_up(SOON).await.unwrap();
        until("a slave that serves", SOON, || async {
            let status = pair.routed.status();
            let slave = status.node("default", "slave-1");
            let serves = slave.is_some_and(|slave| slave.state == NodeState::Serving);
            Ok(serves.then_some(()))
        })
        .await
        .unwrap();
        reads(&pair.routed.slave().unwrap(), open, 1).await;
        let admin = slave.admin().await.unwrap();
        let mut crowd = crowd(slave).await;
        match S::NAME {
            // A limit of the role would be replicated from its master.
            "PostgreSQL" => crowd.extend(all_the_rest(slave).await),
            _ => run(&admin, S::fill(true)).await,
        }
        let (routed, plain) = (pair.routed.with(Consistency::Eventual), &pair.plain);
        let (routed, plain) =
            tokio::join!(reads(&routed, READERS, READS), reads(plain, READERS, READS));
        let fault = format!("a slave is full, {open} connections of ours open: reads");
        rows.push(pair.row(&fault, routed, plain));
        if S::NAME != "PostgreSQL" {
            run(&admin, S::fill(false)).await;
        }
        drop(crowd);
        pair.close().await;
    }
    rows
}

async fn all_the_rest<S: Sessions>(node: &Node<S>) -> Vec<DatabaseConnection> {
    let mut rest = Vec::new();
    let mut one = ConnectOptions::new(node.url());
    one.max_connections(1)
        .acquire_timeout(Duration::from_millis(500));
    while let Ok(connection) = Database::connect(one.clone()).await {
        rest.push(connection);
    }
    rest
}

async fn reads<C>(db: &C, readers: usize, times: usize) -> Count
where
    C: ConnectionTrait + Clone + Send + Sync + 'static,
{
    let mut running = JoinSet::new();
    for _ in 0..readers {
        let db = db.clone();
        running.spawn(async move {
            let mut count = Count::default();
            for _ in 0..times {
                let read =
                    Statement::from_string(db.get_database_backend(), "SELECT count(*) FROM cake");
                count.note(&db.query_all_raw(read).await);
            }
            count
        });
    }
    let mut all = Count::default();
    for count in running.join_all().await {
        all.add(count);
    }
    all
}

async fn rush<S: Sessions>(pair: &Pair<'_, S>, fault: &str, times: usize, work: Work) -> Row {
    // The pools take their connections back in tasks of their own.
    after(Duration::from_millis(100)).await;
    let routed = pair.routed();
    let (routed, plain) = tokio::join!(work.rush(&routed, times), work.rush(&pair.plain, times));
    let fault = format!("{}: {}", pair.name(fault), work.name());
    pair.row(&fault, routed, plain)
}

/// More writes than connections are open: who gets none waits for one that comes back, where a plain connection fails.
async fn writes_wait_for_a_connection_that_comes_back<S: Sessions>() {
    let cluster = Cluster::<S>::start(0).await.unwrap();
    let alone = Setup {
        has_slave: false,
        acquire_timeout: Some(Duration::from_secs(1)),
        ..Setup::default()
    };
    let pair = Pair::connect(&cluster, alone).await;
    work::open(&pair.routed, OPEN).await;
    let _crowd = crowd(cluster.master()).await;
    let admin = cluster.master().admin().await.unwrap();
    for (what, close) in [("full", S::fill as fn(bool) -> _), ("locked", S::lock)] {
        run(&admin, close(true)).await;
        for work in [Work::Write, Work::Begin, Work::Pair] {
            let count = work.rush(&pair.routed(), 3 * OPEN).await;
            assert_eq!(count.failed, 0, "{what}, {work:?}: {count:?}");
        }
        run(&admin, close(false)).await;
    }
    pair.close().await;
}

on_servers!(writes_wait_for_a_connection_that_comes_back: Postgres, MariaDb);

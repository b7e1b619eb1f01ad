//! A server that has all the sessions that it may have: what is open there goes on, and nobody is called down.

use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use test_cluster::{Admin, Cluster, FULL, Node, Sessions};

use super::{
    Pair, Row, Work,
    pair::{Setup, after},
    work,
};

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

async fn rush<S: Sessions>(pair: &Pair<'_, S>, fault: &str, times: usize, work: Work) -> Row {
    // The pools take their connections back in tasks of their own.
    after(Duration::from_millis(100)).await;
    let routed = pair.routed();
    let (routed, plain) = tokio::join!(work.rush(&routed, times), work.rush(&pair.plain, times));
    let fault = format!("{}: {}", pair.name(fault), work.name());
    pair.row(&fault, routed, plain)
}

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sea_orm::{ConnectionTrait, TransactionTrait};
use test_cluster::{Cluster, MariaDb, MySql, Postgres, Sessions};
use tokio::{task::JoinSet, time::Instant};

use super::{Pair, Work, pair::Setup};

/// How long each way reads in a round.
const ROUND: Duration = Duration::from_secs(1);

const ROUNDS: usize = 3;

/// Point reads of so many tasks in a round.
async fn reads<C>(db: &C, tasks: usize) -> u64
where
    C: ConnectionTrait + TransactionTrait + Clone + Send + Sync + 'static,
{
    let (count, until) = (Arc::new(AtomicU64::new(0)), Instant::now() + ROUND);
    let mut running = JoinSet::new();
    for _ in 0..tasks {
        let (db, count) = (db.clone(), count.clone());
        running.spawn(async move {
            while Instant::now() < until {
                Work::Read.run(&db).await.unwrap();
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    running.join_all().await;
    count.load(Ordering::Relaxed)
}

/// On the master as on the plain connection, and as the application's reads go, to a slave.
async fn compare<S: Sessions>() {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let pair = Pair::connect(&cluster, Setup::default()).await;
    let strong = pair.routed();
    for tasks in [1, 8, 32, 64] {
        let (mut routed, mut split, mut plain) = (0, 0, 0);
        for _ in 0..ROUNDS {
            routed += reads(&strong, tasks).await;
            split += reads(&pair.routed, tasks).await;
            plain += reads(&pair.plain, tasks).await;
        }
        let ratio = |reads: u64| reads as f64 / plain as f64;
        println!(
            "| {} | {tasks} | {routed}: {:.2} | {split}: {:.2} | {plain} |",
            S::NAME,
            ratio(routed),
            ratio(split),
        );
    }
    pair.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: point reads on the master, routed against the default pool of a plain connection"]
async fn point_reads() {
    println!("| server | tasks | routed, master | routed, slave | plain |\n|---|---|---|---|---|");
    compare::<Postgres>().await;
    compare::<MariaDb>().await;
    compare::<MySql>().await;
}

//! Faults of a master after which a plain connection goes on: one has the same load, in the same run.

use std::time::Duration;

use sea_orm::DatabaseConnection;
use sea_orm_routing::config::{FailoverConfig, PoolConfig};
use tokio::time::sleep;

use super::{
    Row,
    dialect::Dialect,
    load::Load,
    scene::{SOON, SPELL, Scene, Setup, Stage},
    slaves::READ_LIMIT,
};
use test_cluster::{Cluster, until};

const PAUSES: [Duration; 2] = [Duration::from_millis(1_000), Duration::from_millis(2_500)];

/// Between two faults: what the last one has left is over.
const BETWEEN: u64 = SPELL / 6;

/// How often sessions are ended.
const ENDS: usize = 2;

/// A plain connection to the same master, and its load on a database of its own.
struct Plain<'c, S: Dialect> {
    stage: Stage<'c, S>,
    db: DatabaseConnection,
    load: Load,
}

impl<'c, S: Dialect> Plain<'c, S> {
    async fn start(cluster: &'c Cluster<S>) -> Self {
        let stage = Stage::new(cluster, Setup::default()).await;
        let db = stage.direct(cluster.master()).await;
        let load = stage.load(&db);
        Self { stage, db, load }
    }

    async fn finish(mut self) -> Row {
        self.load.stop().await;
        let rows = self.stage.rows(self.stage.cluster.master()).await;
        self.db.close().await.unwrap();
        self.load.row(&format!("plain, {}", S::NAME), &rows)
    }
}

/// Both loads, and what is done to their master.
struct Both<'c, S: Dialect> {
    routed: Scene<'c, S>,
    plain: Plain<'c, S>,
}

impl<'c, S: Dialect> Both<'c, S> {
    async fn start(cluster: &'c Cluster<S>, setup: Setup) -> Self {
        let plain = Plain::start(cluster).await;
        let routed = Scene::start(cluster, setup).await;
        Self { routed, plain }
    }

    /// Makes a fault; what begins when it is over has no reason to fail.
    async fn meet(&self, fault: impl AsyncFnOnce()) {
        let turn = || {
            self.routed.load.tally.turn();
            self.plain.load.tally.turn();
        };
        turn();
        fault().await;
        turn();
        self.routed.more(BETWEEN).await;
    }

    /// What it did to the application, and to the plain connection.
    async fn finish(self) -> (Row, Row) {
        let master = self.routed.stage.cluster.master();
        let routed = self.routed.finish(master).await;
        let plain = self.plain.finish().await;
        let failed = |row: &Row| {
            format!(
                "{} of {} reads and {} of {} writes",
                row.failed_reads, row.reads, row.failed_writes, row.writes
            )
        };
        let remark = format!("plain: failed {}", failed(&plain));
        (routed.remark(remark), plain)
    }
}

/// An administrator ends all sessions, of the slaves too.
pub(crate) async fn ended<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let both = Both::start(cluster, Setup::default()).await;
    for _ in 0..ENDS {
        both.meet(async || {
            for slave in cluster.slaves() {
                slave.end_sessions().await.unwrap();
            }
            cluster.master().end_sessions().await.unwrap();
        })
        .await;
    }
    let (routed, _) = both.finish().await;
    routed.only_in_flight().reads_within(READ_LIMIT)
}

/// The limits that a plain connection has.
const PATIENCE: Duration = Duration::from_secs(30);

/// A clean restart, for which statements wait as long as on a plain connection: MySQL's takes seconds.
pub(crate) async fn restarted<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let setup = Setup {
        failover: FailoverConfig::new().hold_writes(PATIENCE),
        pool: PoolConfig::new().acquire_timeout(PATIENCE),
        slave_pool: PoolConfig::new().acquire_timeout(Duration::from_secs(1)),
        ..Setup::default()
    };
    let both = Both::start(cluster, setup).await;
    both.meet(async || cluster.master().restart().await.unwrap())
        .await;
    let (routed, _) = both.finish().await;
    routed.only_in_flight()
}

/// Nobody else can take the writes: they wait.
pub(crate) async fn paused<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let both = Both::start(cluster, Setup::default()).await;
    for pause in PAUSES {
        both.meet(async || {
            cluster.master().freeze().unwrap();
            // The fault itself.
            sleep(pause).await;
            cluster.master().thaw().unwrap();
        })
        .await;
    }
    let (routed, plain) = both.finish().await;
    routed
        .unharmed()
        .no_worse_than(&plain)
        .reads_within(READ_LIMIT)
}

/// The servers end sessions that are idle for a second.
pub(crate) async fn idle<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let limit = async |on| {
        let statements = S::end_idle(on);
        cluster.master().administer(&statements).await.unwrap();
        for slave in cluster.slaves() {
            // PostgreSQL's have it from their master, and refuse it.
            let _ = slave.administer(&statements).await;
        }
    };
    limit(true).await;
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let both = Both::start(cluster, Setup::default()).await;
    both.routed.load.rest().await;
    both.plain.load.rest().await;
    both.meet(async || {
        until("the end of all sessions but a monitor's", SOON, || async {
            Ok((cluster.master().connections().await? <= 1).then_some(()))
        })
        .await
        .unwrap();
        both.routed.load.go_on();
        both.plain.load.go_on();
    })
    .await;
    limit(false).await;
    let (routed, plain) = both.finish().await;
    routed
        .unharmed()
        .no_worse_than(&plain)
        .reads_within(READ_LIMIT)
}

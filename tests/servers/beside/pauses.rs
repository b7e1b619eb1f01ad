//! A master that pauses: nobody else can take its writes, so they wait as on a plain connection.

use std::time::Duration;

use tokio::{
    task::JoinSet,
    time::{Instant, interval},
};

use sea_orm::{ConnectionTrait, DbErr, TransactionTrait};
use sea_orm_routing::status::NodeState;
use test_cluster::{Cluster, Sessions, on_servers, until};

use super::{
    Count, Pair, Row, Work,
    pair::{Setup, after},
    row::none_is_worse,
};
use crate::support::SOON;

/// How often some work begins.
const BEAT: Duration = Duration::from_millis(50);

/// How long the master is well before and after its pause.
const AROUND: Duration = Duration::from_millis(300);

/// Work that begins at every beat until all is over.
async fn steady<C>(db: C, until: Instant) -> Count
where
    C: ConnectionTrait + TransactionTrait + Clone + Send + Sync + 'static,
{
    let mut running: JoinSet<Result<(), DbErr>> = JoinSet::new();
    let mut beat = interval(BEAT);
    while Instant::now() < until {
        beat.tick().await;
        for work in Work::ALL {
            let db = db.clone();
            running.spawn(async move { work.run(&db).await });
        }
    }
    let mut count = Count::default();
    for answer in running.join_all().await {
        count.note(&answer);
    }
    count
}

pub(super) async fn paused<S: Sessions>(
    cluster: &Cluster<S>,
    setup: Setup,
    pauses: &[u64],
) -> Vec<Row> {
    let pair = Pair::connect(cluster, setup).await;
    let mut rows = Vec::new();
    for pause in pauses {
        let pause = Duration::from_millis(*pause);
        let until = Instant::now() + AROUND + pause + AROUND;
        let fault = async {
            after(AROUND).await;
            cluster.master().freeze().unwrap();
            after(pause).await;
            cluster.master().thaw().unwrap();
        };
        let (routed, plain) = (pair.routed.clone(), pair.plain.clone());
        let (routed, plain, ()) = tokio::join!(steady(routed, until), steady(plain, until), fault);
        let fault = pair.name(&format!("master pauses for {pause:?}"));
        rows.push(pair.row(&fault, routed, plain));
    }
    pair.close().await;
    rows
}

async fn pause_of_the_only_master_costs_nothing<S: Sessions>() {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let rows = paused(&cluster, Setup::default(), &[1_500]).await;
    none_is_worse(&rows);
}

on_servers!(pause_of_the_only_master_costs_nothing: Postgres, MariaDb);

/// Longer than it takes to ask a master once more whether it is down.
const SILENCE: Duration = Duration::from_secs(2);

/// What begins when the master is known to be silent waits like what began before.
async fn write_waits_for_a_master_that_is_known_to_be_silent<S: Sessions>() {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let pair = Pair::connect(&cluster, Setup::default()).await;
    cluster.master().freeze().unwrap();
    let look = tokio::spawn(steady(pair.routed.clone(), Instant::now() + SILENCE));
    until("a silent master", SOON, || async {
        let status = pair.routed.status();
        let master = status.node("default", "master");
        let is_down = master.is_some_and(|master| master.state == NodeState::Down);
        Ok(is_down.then_some(()))
    })
    .await
    .unwrap();
    let db = pair.routed.clone();
    let write = tokio::spawn(async move { Work::Write.run(&db).await });
    after(SILENCE).await;
    cluster.master().thaw().unwrap();
    write.await.unwrap().unwrap();
    look.await.unwrap();
    pair.close().await;
}

on_servers!(write_waits_for_a_master_that_is_known_to_be_silent: Postgres, MariaDb);

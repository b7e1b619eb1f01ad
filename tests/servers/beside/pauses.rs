//! A master that pauses: nobody else can take its writes, so they wait as on a plain connection.

use std::time::Duration;

use tokio::{
    task::JoinSet,
    time::{Instant, interval},
};

use sea_orm::{
    ConnectionTrait, DbErr, Statement, StreamTrait, TransactionSession, TransactionTrait,
};
use sea_orm_routing::status::NodeState;
use test_cluster::{Cluster, Sessions, on_servers, until};
use tokio_stream::StreamExt;

use super::{
    Count, Pair, Row, Work,
    pair::{Setup, after},
    row::none_is_worse,
};
use crate::support::SOON;

const BAKE: &str = "INSERT INTO cake (id) VALUES (1)";

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

/// Longer than what both ways are allowed to wait for a connection.
const LONG: Duration = Duration::from_secs(5);

/// What was sent waits as long as its server pauses; what gets no connection, and work that had begun before.
pub(super) async fn long<S: Sessions>(cluster: &Cluster<S>) -> Vec<Row> {
    let setup = Setup {
        acquire_timeout: Some(Duration::from_secs(3)),
        ..Setup::default()
    };
    let pair = Pair::connect(cluster, setup).await;
    let mut rows = Vec::new();
    for work in Work::ALL {
        pair.open().await;
        cluster.master().freeze().unwrap();
        let rush = pair.rush("master pauses for 5 s, 3 s for a connection", work);
        let thaw = async {
            after(LONG).await;
            cluster.master().thaw().unwrap();
        };
        rows.push(tokio::join!(rush, thaw).0);
    }
    pair.open().await;
    let routed = begun(&pair.routed(), cluster).await;
    let plain = begun(&pair.plain, cluster).await;
    rows.push(pair.row(
        "master pauses for 5 s: open transactions and streams",
        routed,
        plain,
    ));
    pair.close().await;
    rows
}

/// A transaction and a stream of the master that have begun when it pauses.
async fn begun<S, C>(db: &C, cluster: &Cluster<S>) -> Count
where
    S: Sessions,
    C: ConnectionTrait + TransactionTrait + StreamTrait,
    C::Transaction: TransactionSession,
{
    let transaction = db.begin().await.unwrap();
    transaction.execute_unprepared(BAKE).await.unwrap();
    let many = "SELECT a.id FROM cake AS a, cake AS b, cake AS c, cake AS d LIMIT 300000";
    let many = Statement::from_string(ConnectionTrait::get_database_backend(db), many);
    let mut rows = std::pin::pin!(db.stream_raw(many).await.unwrap());
    rows.next().await.unwrap().unwrap();
    cluster.master().freeze().unwrap();
    let mut count = Count::default();
    let thaw = async {
        after(LONG).await;
        cluster.master().thaw().unwrap();
    };
    let work = async {
        count.note(&transaction.execute_unprepared(BAKE).await);
        count.note(&transaction.commit().await);
        let mut last = Ok(());
        while let Some(row) = rows.next().await {
            last = row.map(drop);
        }
        count.note(&last);
    };
    tokio::join!(work, thaw);
    count
}

async fn pause_of_the_only_master_costs_nothing<S: Sessions>() {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let rows = paused(&cluster, Setup::default(), &[1_500]).await;
    none_is_worse(&rows);
}

on_servers!(pause_of_the_only_master_costs_nothing: Postgres, MariaDb);

/// Longer than it takes to ask a master once more whether it is down.
const SILENCE: Duration = Duration::from_secs(2);

/// For how long the master is silent yet when that is known: a busy machine opens connections in what is left of `acquire_timeout`.
const STILL: Duration = Duration::from_secs(1);

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
    after(STILL).await;
    cluster.master().thaw().unwrap();
    write.await.unwrap().unwrap();
    look.await.unwrap();
    pair.close().await;
}

on_servers!(write_waits_for_a_master_that_is_known_to_be_silent: Postgres, MariaDb);

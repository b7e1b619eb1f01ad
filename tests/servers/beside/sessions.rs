//! Sessions that end while their server lives.

use std::time::Duration;

use sea_orm::{ConnectionTrait, TransactionTrait};
use test_cluster::{Cluster, Network, Sessions, on_servers};

use super::{
    Count, Pair, Row, Work,
    pair::{Setup, after},
    row::none_is_worse,
};

/// When the work comes after the fault.
pub(super) const PAUSES: [(&str, Duration); 3] = [
    ("at once", Duration::ZERO),
    ("20 ms later", Duration::from_millis(20)),
    ("400 ms later", Duration::from_millis(400)),
];

/// An administrator ends all sessions of the application.
pub(super) async fn ended<S: Sessions>(
    cluster: &Cluster<S>,
    setup: Setup,
    pauses: &[(&str, Duration)],
) -> Vec<Row> {
    let pair = Pair::connect(cluster, setup).await;
    let mut rows = Vec::new();
    for work in Work::ALL {
        for (when, pause) in pauses {
            pair.open().await;
            after(Duration::from_millis(50)).await;
            cluster.master().end_sessions().await.unwrap();
            after(*pause).await;
            rows.push(
                pair.rush(&format!("all sessions ended, {when}"), work)
                    .await,
            );
        }
    }
    pair.close().await;
    rows
}

/// A clean restart of the master.
pub(super) async fn restarted<S: Sessions>(cluster: &Cluster<S>, setup: Setup) -> Vec<Row> {
    let pair = Pair::connect(cluster, setup).await;
    let mut rows = Vec::new();
    for work in Work::ALL {
        for (when, pause) in PAUSES {
            pair.open().await;
            cluster.master().restart().await.unwrap();
            after(pause).await;
            rows.push(pair.rush(&format!("clean restart, {when}"), work).await);
        }
    }
    pair.close().await;
    rows
}

/// A server that ends idle sessions.
pub(super) async fn idle<S: Sessions>(cluster: &Cluster<S>, works: &[Work]) -> Vec<Row> {
    cluster
        .master()
        .administer(&S::end_idle(true))
        .await
        .unwrap();
    let pair = Pair::connect(cluster, Setup::default()).await;
    let mut rows = Vec::new();
    for work in works {
        pair.open().await;
        after(Duration::from_millis(2_500)).await;
        rows.push(
            pair.rush("sessions that were idle for too long end", *work)
                .await,
        );
    }
    pair.close().await;
    cluster
        .master()
        .administer(&S::end_idle(false))
        .await
        .unwrap();
    rows
}

/// A server that ends sessions whose transaction is idle: that one is lost, and what comes next is not.
pub(super) async fn idle_in_transaction<S: Sessions>(cluster: &Cluster<S>) -> Vec<Row> {
    if S::end_idle_transactions(true).is_empty() {
        return Vec::new();
    }
    cluster
        .master()
        .administer(&S::end_idle_transactions(true))
        .await
        .unwrap();
    let pair = Pair::connect(cluster, Setup::default()).await;
    pair.open().await;
    let (routed, plain) = (pair.routed.begin().await, pair.plain.begin().await);
    let (routed, plain) = (routed.unwrap(), plain.unwrap());
    let bake = "INSERT INTO cake (id) VALUES (1)";
    routed.execute_unprepared(bake).await.unwrap();
    plain.execute_unprepared(bake).await.unwrap();
    after(Duration::from_millis(2_500)).await;
    let (mut by_routed, mut by_plain) = (Count::default(), Count::default());
    by_routed.note(&routed.execute_unprepared(bake).await);
    by_plain.note(&plain.execute_unprepared(bake).await);
    drop((routed, plain));
    let mut rows = vec![pair.row(
        "idle transactions end: the next statement",
        by_routed,
        by_plain,
    )];
    rows.push(pair.rush("idle transactions end, then", Work::Write).await);
    pair.close().await;
    cluster
        .master()
        .administer(&S::end_idle_transactions(false))
        .await
        .unwrap();
    rows
}

/// A firewall that resets idle connections.
pub(super) async fn reset<S: Sessions>(cluster: &Cluster<S>) -> Vec<Row> {
    let setup = Setup {
        is_proxied: true,
        ..Setup::default()
    };
    let pair = Pair::connect(cluster, setup).await;
    let mut rows = Vec::new();
    for work in Work::ALL {
        for (when, pause) in PAUSES {
            pair.open().await;
            after(Duration::from_millis(50)).await;
            cluster.master().set_network(Network::Refuse).await;
            cluster.master().set_network(Network::Forward).await;
            after(pause).await;
            rows.push(
                pair.rush(&format!("idle connections reset, {when}"), work)
                    .await,
            );
        }
    }
    pair.close().await;
    rows
}

async fn ended_sessions_cost_no_more_than_plain<S: Sessions>() {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let mut rows = ended(&cluster, Setup::default(), &PAUSES[1..2]).await;
    rows.extend(idle(&cluster, &[Work::Write]).await);
    none_is_worse(&rows);
}

on_servers!(ended_sessions_cost_no_more_than_plain: Postgres, MariaDb);

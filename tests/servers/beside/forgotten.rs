//! A firewall that forgets connections: nothing is reset, and not a byte passes any more.

use std::time::Duration;

use test_cluster::{Cluster, Network, Sessions, on_servers};

use super::{
    Pair, Row, Work,
    pair::{Setup, after},
    row::none_is_worse,
};

/// Within which another connection has to be found or opened, on both ways.
const LIMIT: Duration = Duration::from_secs(3);

/// Idle connections are forgotten, those of the monitor included.
pub(super) async fn forgotten<S: Sessions>(cluster: &Cluster<S>) -> Vec<Row> {
    let setup = Setup {
        is_proxied: true,
        acquire_timeout: Some(LIMIT),
        ..Setup::default()
    };
    let mut rows = Vec::new();
    for work in Work::ALL {
        // What was opened while others were forgotten never is.
        let pair = Pair::connect(cluster, setup).await;
        pair.open().await;
        after(Duration::from_millis(50)).await;
        cluster.master().set_network(Network::Forget).await;
        rows.push(
            pair.rush("idle connections forgotten by the network", work)
                .await,
        );
        cluster.master().set_network(Network::Forward).await;
        pair.close().await;
    }
    rows
}

async fn forgotten_connections_cost_nothing<S: Sessions>() {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let rows = forgotten(&cluster).await;
    none_is_worse(&rows);
    assert!(rows.iter().all(|row| row.routed.failed == 0));
}

on_servers!(forgotten_connections_cost_nothing: Postgres, MariaDb);

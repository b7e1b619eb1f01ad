use sea_orm_routing::config::Roles;
use test_cluster::{Cluster, MariaDb, MySql, Postgres, Server, Sessions};

use super::{
    Row, Work, cancelled, forgotten, fronts, full,
    pair::Setup,
    pauses,
    row::none_is_worse,
    sessions::{self, PAUSES},
};

/// How long the master pauses, in milliseconds.
const MILLISECONDS: [u64; 4] = [500, 1_000, 1_500, 2_500];

const SPLIT: Setup = Setup {
    has_slave: true,
    is_proxied: false,
    roles: Roles::Fixed,
    acquire_timeout: None,
};

const ALONE: Setup = Setup {
    has_slave: false,
    ..SPLIT
};

const DISCOVERING: Setup = Setup {
    roles: Roles::Discover,
    ..SPLIT
};

async fn all<S: Sessions + Server>() -> Vec<Row> {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let mut rows = full::full_slave(&cluster).await;
    rows.extend(sessions::ended(&cluster, SPLIT, &PAUSES).await);
    rows.extend(sessions::ended(&cluster, ALONE, &PAUSES).await);
    rows.extend(sessions::ended(&cluster, DISCOVERING, &PAUSES).await);
    rows.extend(sessions::restarted(&cluster, SPLIT).await);
    rows.extend(sessions::restarted(&cluster, ALONE).await);
    rows.extend(sessions::restarted(&cluster, DISCOVERING).await);
    rows.extend(sessions::reset(&cluster).await);
    rows.extend(forgotten::forgotten(&cluster).await);
    rows.extend(sessions::idle(&cluster, &Work::ALL).await);
    rows.extend(sessions::idle_in_transaction(&cluster).await);
    rows.extend(pauses::paused(&cluster, SPLIT, &MILLISECONDS).await);
    rows.extend(pauses::paused(&cluster, ALONE, &[2_500]).await);
    rows.extend(pauses::paused(&cluster, DISCOVERING, &[1_500]).await);
    rows.extend(pauses::long(&cluster).await);
    rows.extend(full::full(&cluster, SPLIT).await);
    rows.extend(full::full(&cluster, DISCOVERING).await);
    rows.extend(fronts::proxy(&cluster, Roles::Fixed).await);
    rows.extend(fronts::proxy(&cluster, Roles::Discover).await);
    rows.extend(cancelled::cancelled(&cluster, 1_000).await);
    rows
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes: it makes every fault on every server, and prints the table of docs/reliability.md"]
async fn routed_against_plain() {
    let mut rows = all::<Postgres>().await;
    rows.extend(all::<MariaDb>().await);
    rows.extend(all::<MySql>().await);
    rows.extend(fronts::pooler(&Cluster::start(1).await.unwrap()).await);
    println!("| fault | server | routed: failed | plain: failed |\n|---|---|---|---|");
    none_is_worse(&rows);
}

//! Work that its application gives up: on MySQL and MariaDB the driver may lose its place in a connection by that.

use std::time::Duration;

use sea_orm::{
    AccessMode, ConnectionTrait, Database, DatabaseConnection, DbErr, Statement, StreamTrait,
    TransactionSession, TransactionTrait,
};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    config::{BindConfig, NodeConfig, PoolConfig},
};
use test_cluster::{Cluster, Sessions, on_servers};
use tokio::{
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_stream::StreamExt;

use super::{Count, Row, row::none_is_worse};

/// Connections of each pool.
const POOL: u32 = 5;

/// How long it may take until all of them can be used again.
const HEALED: Duration = Duration::from_secs(20);

/// How long anything may take that is not lost.
const PATIENCE: Duration = Duration::from_secs(2);

const READ: &str = "SELECT number, name FROM cake";

/// A read-only transaction with a stream, cut after a while, so often.
async fn cut<C>(db: &C, times: u64)
where
    C: ConnectionTrait + TransactionTrait + Clone + Send + Sync + 'static,
    C::Transaction: StreamTrait,
{
    let mut running = JoinSet::new();
    for worker in 0..8 {
        let db = db.clone();
        running.spawn(async move {
            for time in 0..times / 8 {
                let limit = Duration::from_micros((worker * 131 + time * 397) % 32_000);
                let _ = timeout(limit, read(&db)).await;
            }
        });
    }
    running.join_all().await;
}

async fn read<C>(db: &C) -> Result<(), DbErr>
where
    C: ConnectionTrait + TransactionTrait,
    C::Transaction: StreamTrait,
{
    let read = Statement::from_string(db.get_database_backend(), READ);
    let begun = db
        .begin_with_config(None, Some(AccessMode::ReadOnly))
        .await?;
    begun.query_all_raw(read.clone()).await?;
    {
        let mut rows = std::pin::pin!(begun.stream_raw(read).await?);
        while let Some(row) = rows.next().await {
            row?;
        }
    }
    begun.commit().await
}

/// How many of so many transactions at once can't begin: each has a connection of its own.
async fn unusable<C: TransactionTrait>(db: &C, healed: Duration) -> Count
where
    C::Transaction: ConnectionTrait,
{
    let until = Instant::now() + healed;
    loop {
        let (mut count, mut begun) = (Count::default(), Vec::new());
        for _ in 0..POOL {
            let beginning = async {
                let begun = db
                    .begin_with_config(None, Some(AccessMode::ReadOnly))
                    .await?;
                let read = Statement::from_string(begun.get_database_backend(), "SELECT 1");
                begun.query_one_raw(read).await?;
                Ok::<_, DbErr>(begun)
            };
            let beginning = timeout(PATIENCE, beginning).await;
            let beginning = beginning.unwrap_or_else(|late| Err(DbErr::Custom(late.to_string())));
            count.note(&beginning);
            begun.extend(beginning.ok());
        }
        if count.failed == 0 || Instant::now() > until {
            return count;
        }
    }
}

pub(super) async fn cancelled<S: Sessions>(cluster: &Cluster<S>, times: u64) -> Vec<Row> {
    let database = cluster.database("cancelled").await.unwrap();
    let url = |node| database.url(node);
    let plain = plain(&url(cluster.slave(1))).await;
    prepare(&url(cluster.master())).await;
    cluster
        .wait_until_caught_up(crate::support::SOON)
        .await
        .unwrap();
    let pool = PoolConfig::new().max_connections(POOL);
    let bind = BindConfig::new("default", url(cluster.master()))
        .slave(NodeConfig::new("slave-1", url(cluster.slave(1))).pool(pool.clone()))
        .pool(pool);
    let config = BindsConfig::new().bind(bind);
    let routed = RoutingDatabase::from_config(config).await.unwrap();
    let (slave, master) = (routed.slave().unwrap(), routed.master());
    cut(&routed, times).await;
    cut(&master, times).await;
    cut(&plain, times).await;
    let mut rows = Vec::new();
    let by_plain = unusable(&plain, PATIENCE).await;
    for (name, handle) in [("slave", slave), ("master", master)] {
        rows.push(Row {
            fault: format!(
                "{} given-up transactions: unusable connections of the {name}",
                times / 8 * 8
            ),
            server: S::NAME,
            routed: unusable(&handle, HEALED).await,
            plain: by_plain.clone(),
        });
    }
    let (mut closed, mut closed_plain) = (Count::default(), Count::default());
    closed.note(&routed.close().await);
    let closing = timeout(PATIENCE, plain.close()).await;
    closed_plain.note(&closing.unwrap_or_else(|late| Err(DbErr::Custom(late.to_string()))));
    rows.push(Row {
        fault: "given-up transactions: close".to_owned(),
        server: S::NAME,
        routed: closed,
        plain: closed_plain,
    });
    rows
}

async fn plain(url: &str) -> DatabaseConnection {
    let mut options = sea_orm::ConnectOptions::new(url);
    options.max_connections(POOL);
    Database::connect(options).await.unwrap()
}

/// Rows of which an answer is cut in mid-packet.
async fn prepare(url: &str) {
    let master = plain(url).await;
    let cake = "CREATE TABLE cake (number bigint, id int, name varchar(200))";
    master.execute_unprepared(cake).await.unwrap();
    let rows: Vec<_> = (0..400)
        .map(|number| format!("({number}, 1, '{}')", "x".repeat(150)))
        .collect();
    let insert = format!("INSERT INTO cake VALUES {}", rows.join(","));
    master.execute_unprepared(&insert).await.unwrap();
    master.close().await.unwrap();
}

async fn given_up_work_costs_no_connection<S: Sessions>() {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let rows = cancelled(&cluster, 400).await;
    none_is_worse(&rows);
    assert!(rows.iter().all(|row| row.routed.failed == 0), "{rows:?}");
}

on_servers!(given_up_work_costs_no_connection: MariaDb, MySql);

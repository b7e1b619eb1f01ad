//! A server that goes in the middle of an answer: what is missing is said.

use sea_orm::{ConnectionTrait, Statement, StreamTrait};
use test_cluster::{Cluster, Sessions, on_servers};
use tokio_stream::StreamExt;

use super::{Pair, pair::Setup};
use crate::support::SOON;

/// More than the buffers on the way hold.
const ROWS: usize = 400_000;

/// Rows that came, and whether an error ended them.
async fn interrupted<S: Sessions>(
    cluster: &Cluster<S>,
    db: &(impl ConnectionTrait + StreamTrait),
    node: usize,
) -> (usize, bool) {
    let node = match node {
        0 => cluster.master(),
        number => cluster.slave(number),
    };
    let read = "SELECT a.number FROM cake a CROSS JOIN cake b CROSS JOIN cake c";
    let read = Statement::from_string(ConnectionTrait::get_database_backend(db), read);
    let mut rows = std::pin::pin!(db.stream_raw(read).await.unwrap());
    let (mut came, mut failed) = (0, false);
    while let Some(row) = rows.next().await {
        match row {
            Ok(_) => came += 1,
            Err(_) => failed = true,
        }
        if came == 10 {
            node.kill().await.unwrap();
        }
    }
    node.start().await.unwrap();
    (came, failed)
}

async fn stream_whose_server_dies_ends_with_an_error<S: Sessions>() {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let pair = Pair::connect(&cluster, Setup::default()).await;
    let rows: Vec<_> = (0..80).map(|number| format!("({number}, 1, '')")).collect();
    let insert = format!("INSERT INTO cake VALUES {}", rows.join(","));
    pair.plain.execute_unprepared(&insert).await.unwrap();
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let slave = pair.routed.slave().unwrap();
    for (what, came) in [
        ("slave", interrupted(&cluster, &slave, 1).await),
        (
            "master",
            interrupted(&cluster, &pair.routed.master(), 0).await,
        ),
        ("plain", interrupted(&cluster, &pair.plain, 0).await),
    ] {
        assert!(came.0 < ROWS && came.1, "{what}: {came:?}");
    }
    pair.close().await;
}

on_servers!(stream_whose_server_dies_ends_with_an_error: Postgres, MariaDb, MySql);

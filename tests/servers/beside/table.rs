use test_cluster::{Cluster, MariaDb, MySql, Postgres};

use super::{Dialect, Row, cancelled, pair::Setup, pauses, row::none_is_worse, sessions};

/// The pauses of the table, in milliseconds.
const PAUSES: [u64; 4] = [500, 1_000, 1_500, 2_500];

async fn all<S: Dialect>() -> Vec<Row> {
    let cluster = Cluster::<S>::start(1).await.unwrap();
    let (split, alone) = (
        Setup::default(),
        Setup {
            has_slave: false,
            ..Setup::default()
        },
    );
    let mut rows = sessions::ended(&cluster, split).await;
    rows.extend(sessions::restarted(&cluster, split).await);
    rows.extend(sessions::reset(&cluster).await);
    rows.extend(sessions::idle(&cluster).await);
    rows.extend(sessions::idle_in_transaction(&cluster).await);
    rows.extend(pauses::paused(&cluster, split, &PAUSES).await);
    rows.extend(pauses::paused(&cluster, alone, &[2_500]).await);
    rows.extend(cancelled::cancelled(&cluster, 1_000).await);
    rows
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes: it makes every fault on every server, and prints the table of docs/reliability.md"]
async fn routed_against_plain() {
    let mut rows = all::<Postgres>().await;
    rows.extend(all::<MariaDb>().await);
    rows.extend(all::<MySql>().await);
    println!("| fault | server | routed: failed | plain: failed |\n|---|---|---|---|");
    none_is_worse(&rows);
}

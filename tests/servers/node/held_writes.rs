//! Writes that wait for a new master: a thousand of them, no longer than they may, and each is written once.

use std::{sync::Arc, time::Duration};

use crate::replicated::{
    SOON, Turns, connect, make_tables, new_note, node, note, patient, until_some, until_state,
};
use sea_orm::{ActiveModelTrait, DbErr, EntityTrait, PaginatorTrait};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase, RoutingError,
    config::{BindConfig, FailoverConfig, NodeConfig, PoolConfig, Roles},
    status::NodeState,
};
use test_cluster::{Cluster, MariaDb, Server, on_servers};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, timeout},
};

/// At most so many writes wait at once.
const PLACES: usize = 1_000;

/// A master that is dead and known to be, and a slave that nobody has promoted yet.
struct Orphaned<S: Server> {
    cluster: Cluster<S>,
    url: String,
    db: RoutingDatabase,
}

impl<S: Turns> Orphaned<S> {
    async fn with(hold_writes: Duration) -> Self {
        let cluster = Cluster::<S>::start(1).await.unwrap();
        let (master, slave) = (cluster.master(), cluster.slave(1));
        let database = cluster.database("orphaned").await.unwrap();
        make_tables(&connect(database.url(master)).await).await;
        cluster.wait_until_caught_up(SOON).await.unwrap();
        let failover = FailoverConfig::new().roles(Roles::Discover);
        let bind = BindConfig::new("default", database.url(master))
            .slave(NodeConfig::new("slave-1", database.url(slave)))
            .pool(PoolConfig::new().max_connections(20).acquire_timeout(SOON))
            .reads(patient())
            .failover(failover.hold_writes(hold_writes));
        let config = BindsConfig::new().bind(bind);
        let db = RoutingDatabase::from_config(config).await.unwrap();
        until_state(&db, "slave-1", NodeState::Serving).await;
        master.kill().await.unwrap();
        until_state(&db, "master", NodeState::Down).await;
        Self {
            url: database.url(slave),
            cluster,
            db,
        }
    }

    /// Writes at once, of which each gives `failed` a permit when it fails.
    fn write(&self, writes: usize, failed: &Arc<Semaphore>) -> JoinSet<Result<(), DbErr>> {
        let write = |version| {
            let (db, failed) = (self.db.clone(), failed.clone());
            async move {
                let written = new_note(1, version).insert(&db).await;
                written.map(drop).inspect_err(|_| failed.add_permits(1))
            }
        };
        (0..writes)
            .map(|version| write(i64::try_from(version).unwrap()))
            .collect()
    }
}

fn is_master_down(error: &DbErr) -> bool {
    matches!(RoutingError::of(error), Some(RoutingError::MasterDown { node, .. }) if node == "default.master")
}

async fn thousand_writes_wait_and_no_more<S: Turns>() {
    let orphaned = Orphaned::<S>::with(SOON * 10).await;
    let (excess, failed) = (100, Arc::new(Semaphore::new(0)));
    let mut writes = orphaned.write(PLACES + excess, &failed);
    let refused = failed.acquire_many(u32::try_from(excess).unwrap());
    drop(timeout(SOON, refused).await.unwrap().unwrap());
    assert_eq!(node(&orphaned.db, "master").state, NodeState::Down);
    orphaned.cluster.slave(1).promote().await.unwrap();
    let (mut written, mut down) = (0, 0);
    while let Some(write) = timeout(SOON, writes.join_next()).await.unwrap() {
        match write.unwrap() {
            Ok(()) => written += 1,
            Err(error) => {
                assert!(is_master_down(&error), "{error}");
                down += 1;
            }
        }
    }
    assert_eq!((written, down), (PLACES, excess));
    let there = note::Entity::find()
        .count(&connect(orphaned.url.clone()).await)
        .await
        .unwrap();
    assert_eq!(there, u64::try_from(PLACES).unwrap());
    orphaned.db.close().await.unwrap();
}

on_servers!(thousand_writes_wait_and_no_more: Postgres, MariaDb);

/// Their places are free again, for those that come later.
#[tokio::test(flavor = "multi_thread")]
async fn writes_that_waited_in_vain_say_so_and_leave_their_places() {
    let hold_writes = Duration::from_millis(500);
    let orphaned = Orphaned::<MariaDb>::with(hold_writes).await;
    let failed = Arc::new(Semaphore::new(0));
    for _ in 0..2 {
        let began = Instant::now();
        let writes = orphaned.write(PLACES, &failed).join_all();
        for write in timeout(SOON, writes).await.unwrap() {
            assert!(is_master_down(&write.unwrap_err()));
        }
        assert!(began.elapsed() >= hold_writes, "they have waited");
    }
    orphaned.cluster.slave(1).promote().await.unwrap();
    until_some("a write to the new master", async || {
        new_note(1, 1).insert(&orphaned.db).await.ok()
    })
    .await;
    orphaned.db.close().await.unwrap();
}

//! The master ends, and another server is promoted behind the pooler: what was a slave takes every write.

use sea_orm::{
    ActiveModelTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend,
    EntityTrait, Statement, TransactionTrait,
};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    config::{BindConfig, FailoverConfig, NodeConfig, PoolConfig, Pooler, Roles},
    status::NodeState,
};
use test_cluster::{Cluster, FreshDatabase, PgBouncer, PoolMode, Postgres, Release};
use tokio::task::JoinSet;

use super::bouncer::{failed_writes, failed_writes_of, read_at_once};
use crate::replicated::{
    SOON, connect, make_tables, new_note, note, patient, until_some, until_state,
};

/// A PgBouncer before both servers, a handle and a stranger's connection to the slave.
struct Way {
    _bouncer: PgBouncer,
    db: RoutingDatabase,
    stranger: DatabaseConnection,
}

impl Way {
    async fn new(
        cluster: &Cluster<Postgres>,
        database: &FreshDatabase,
        release: Release,
        pooler: Option<Pooler>,
    ) -> Self {
        let [one, two] = [cluster.master(), cluster.slave(1)].map(|node| node.port());
        let databases = [("one", one, database.name()), ("two", two, database.name())];
        let bouncer = PgBouncer::start(release, PoolMode::Transaction, &databases, "");
        let bouncer = bouncer.await.unwrap();
        let bind = BindConfig::new("default", bouncer.url("one"))
            .slave(NodeConfig::new("slave-1", bouncer.url("two")))
            .reads(patient())
            .failover(
                FailoverConfig::new()
                    .roles(Roles::Discover)
                    .hold_writes(SOON),
            );
        let mut config = BindsConfig::new().bind(bind);
        if let Some(pooler) = pooler {
            config = config.pool(PoolConfig::new().pooler(pooler));
        }
        let db = RoutingDatabase::from_config(config).await.unwrap();
        until_state(&db, "slave-1", NodeState::Serving).await;
        let mut options = ConnectOptions::new(bouncer.url("two"));
        options.max_connections(4).sqlx_logging(false);
        Self {
            db,
            stranger: Database::connect(options).await.unwrap(),
            _bouncer: bouncer,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn promoted_slave_behind_a_pooler_takes_every_write() {
    let cluster = Cluster::<Postgres>::start(1).await.unwrap();
    let database = cluster.database("bounced").await.unwrap();
    make_tables(&connect(database.url(cluster.master())).await).await;
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let new = |release, pooler| Way::new(&cluster, &database, release, pooler);
    let ways = [
        new(Release::Stable, Some(Pooler::Transaction)).await,
        new(Release::Sid, None).await,
    ];
    for way in &ways {
        read_at_once(&way.db).await;
    }
    cluster.master().kill().await.unwrap();
    cluster.slave(1).promote().await.unwrap();
    for Way { db, stranger, .. } in &ways {
        until_some("a write on the new master", async || {
            new_note(6, 6).insert(db).await.ok()
        })
        .await;
        assert_eq!(failed_writes(db, 60).await, 0, "{}", db.status());
        read_at_once(db).await;
        assert_eq!(failed_writes_of(stranger, 20).await, 0);
    }
}

/// Writes are sent and wait for a lock when the master falls silent: whoever believes that they were not sent sends them again.
#[tokio::test(flavor = "multi_thread")]
async fn write_in_flight_behind_a_pooler_runs_once() {
    let cluster = Cluster::<Postgres>::start(1).await.unwrap();
    let database = cluster.database("in_flight").await.unwrap();
    let direct = connect(database.url(cluster.master())).await;
    make_tables(&direct).await;
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let way = Way::new(
        &cluster,
        &database,
        Release::Stable,
        Some(Pooler::Transaction),
    )
    .await;

    let locking = connect(database.url(cluster.master())).await;
    let lock = locking.begin().await.unwrap();
    let exclusive = "LOCK TABLE note IN ACCESS EXCLUSIVE MODE";
    lock.execute_unprepared(exclusive).await.unwrap();
    let mut writes = JoinSet::new();
    for owner in 0..4 {
        let db = way.db.clone();
        writes.spawn(async move { new_note(owner, 1).insert(&db).await.map(drop) });
    }
    until_some("waiting writes", async || {
        let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted";
        let waiting = Statement::from_string(DbBackend::Postgres, waiting);
        let row = direct.query_one_raw(waiting).await.unwrap().unwrap();
        (row.try_get_by_index::<i64>(0).unwrap() == 4).then_some(())
    })
    .await;
    cluster.master().freeze().unwrap();
    until_state(&way.db, "master", NodeState::Down).await;
    cluster.master().thaw().unwrap();
    // They have all of the pooler's connections, so that the monitor hears nothing before they end.
    lock.rollback().await.unwrap();
    while let Some(written) = writes.join_next().await {
        written.unwrap().unwrap();
    }
    let notes = note::Entity::find().all(&direct).await.unwrap();
    let mut owners: Vec<_> = notes.iter().map(|note| note.owner).collect();
    owners.sort_unstable();
    assert_eq!(owners, [0, 1, 2, 3]);
}

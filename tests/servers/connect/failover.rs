//! The master ends, and another server is promoted behind the pooler: what was a slave takes every write.

use sea_orm::{ActiveModelTrait, ConnectOptions, Database, DatabaseConnection};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    config::{BindConfig, FailoverConfig, NodeConfig, PoolConfig, Pooler, Roles},
    status::NodeState,
};
use test_cluster::{Cluster, FreshDatabase, PgBouncer, PoolMode, Postgres, Release};

use super::bouncer::{failed_writes, failed_writes_of, read_at_once};
use crate::replicated::{SOON, connect, make_tables, new_note, patient, until_some, until_state};

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

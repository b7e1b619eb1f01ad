use sea_orm::{ActiveModelTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    config::{BindConfig, NodeConfig, PoolConfig, Pooler},
    status::NodeState,
};
use test_cluster::{PgBouncer, PoolMode, Postgres, Release};

use crate::replicated::{Notebook, find, new_note, patient, until_state};

/// A notebook whose master and slaves are reached by a PgBouncer.
pub(super) struct Bounced {
    pub(super) notebook: Notebook<Postgres>,
    pub(super) bouncer: PgBouncer,
}

impl Bounced {
    pub(super) async fn new(release: Release, mode: PoolMode, settings: &str) -> Self {
        let notebook = Notebook::<Postgres>::new("bounced").await;
        let database = notebook.database.name();
        let (master, slave) = (notebook.cluster.master(), notebook.cluster.slave(1));
        let databases = [
            ("master", master.port(), database),
            ("slave", slave.port(), database),
        ];
        let bouncer = PgBouncer::start(release, mode, &databases, settings).await;
        Self {
            bouncer: bouncer.unwrap(),
            notebook,
        }
    }

    /// Step 3 of docs/adoption.md: the master's own address among the slaves. `parameter` is added to the addresses.
    pub(super) async fn share(&self, pooler: Option<Pooler>, parameter: &str) -> RoutingDatabase {
        let url = |entry| format!("{}{parameter}", self.bouncer.url(entry));
        let bind = BindConfig::new("default", url("master"))
            .slave(NodeConfig::new("slave-1", url("slave")).weight(1))
            .slave(NodeConfig::new("spared", url("master")).weight(9))
            .reads(patient());
        let mut config = BindsConfig::new().bind(bind);
        if let Some(pooler) = pooler {
            config = config.pool(PoolConfig::new().pooler(pooler));
        }
        let db = RoutingDatabase::from_config(config).await.unwrap();
        for slave in ["slave-1", "spared"] {
            until_state(&db, slave, NodeState::Serving).await;
        }
        db
    }

    /// Another application's connection, which sends all in one message.
    pub(super) async fn stranger(&self) -> DatabaseConnection {
        let mut options = ConnectOptions::new(self.bouncer.url("master"));
        options.max_connections(4).sqlx_logging(false);
        Database::connect(options).await.unwrap()
    }
}

/// How many of `number` writes at once fail.
pub(super) async fn failed_writes(db: &RoutingDatabase, number: i64) -> usize {
    let mut writes = tokio::task::JoinSet::new();
    for version in 0..number {
        let db = db.clone();
        writes.spawn(async move { new_note(1, version).insert(&db).await.map(drop) });
    }
    failures(writes.join_all().await)
}

/// How many of a stranger's writes at once fail.
pub(super) async fn failed_writes_of(stranger: &DatabaseConnection, number: i64) -> usize {
    let mut writes = tokio::task::JoinSet::new();
    for _ in 0..number {
        let stranger = stranger.clone();
        writes.spawn(async move {
            let insert = "INSERT INTO note (owner, version, text) VALUES (2, 2, 'strange')";
            stranger.execute_unprepared(insert).await.map(drop)
        });
    }
    failures(writes.join_all().await)
}

fn failures(answers: Vec<Result<(), sea_orm::DbErr>>) -> usize {
    let failed = answers.into_iter().filter_map(Result::err);
    failed.inspect(|error| println!("{error}")).count()
}

/// Reads by eight sessions at once.
pub(super) async fn read_at_once(db: &RoutingDatabase) {
    let mut reads = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let db = db.session();
        reads.spawn(async move {
            for _ in 0..10 {
                find(&db, 1).await;
            }
        });
    }
    reads.join_all().await;
}

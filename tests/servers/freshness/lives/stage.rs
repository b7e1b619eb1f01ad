use std::{collections::BTreeMap, time::Duration};

use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseConnection, EntityTrait};
use sea_orm_routing::{
    Atomicity, BindsConfig, Role, RoutingDatabase,
    config::{BindConfig, FailoverConfig, NodeConfig, PoolConfig, ReadsConfig, Roles},
};
use test_cluster::{Cluster, FreshDatabase, Proxy, Server};
use tokio::task::JoinSet;

use super::Way;
use crate::replicated::{
    SOON, Turns, connect, find, make_tables, new_note, node, note, patient, reader, until_true,
};

/// As many at once as the pool has connections, so that it opens new ones.
const AT_ONCE: usize = 14;

const ROUNDS: usize = 25;

/// How the application is configured.
#[derive(Clone, Debug)]
pub(super) struct Handle {
    pub(super) roles: Roles,
    pub(super) reads: ReadsConfig,
    pub(super) pool: PoolConfig,
    /// Whether what was written is older than what `bounded` allows for.
    pub(super) is_bounded: bool,
}

impl Default for Handle {
    fn default() -> Self {
        Self {
            roles: Roles::Fixed,
            reads: patient(),
            pool: PoolConfig::new(),
            is_bounded: false,
        }
    }
}

/// A master, and two slaves of which the handle knows the first, by an address that a test leads elsewhere.
pub(super) struct Stage<S: Server> {
    pub(super) cluster: Cluster<S>,
    pub(super) database: FreshDatabase,
    pub(super) master: DatabaseConnection,
    pub(super) address: Proxy,
    pub(super) version: i64,
    ways: &'static [Way],
    /// Of each way, how many were stale.
    reads: BTreeMap<Way, (usize, usize)>,
}

impl<S: Turns> Stage<S> {
    pub(super) async fn new() -> Self {
        let cluster = Cluster::<S>::start(2).await.unwrap();
        let database = cluster.database("lives").await.unwrap();
        let master = connect(database.url(cluster.master())).await;
        make_tables(&master).await;
        new_note(1, 0).insert(&master).await.unwrap();
        cluster.wait_until_caught_up(SOON).await.unwrap();
        let address = Proxy::start(cluster.slave(1).port()).unwrap();
        Self {
            cluster,
            database,
            master,
            address,
            version: 0,
            ways: &[],
            reads: BTreeMap::new(),
        }
    }

    pub(super) async fn open(&mut self, handle: Handle) -> RoutingDatabase {
        self.ways = Way::all(handle.is_bounded);
        let direct = self.database.url(self.cluster.slave(1));
        let port = self.cluster.slave(1).port().to_string();
        let slave = direct.replace(&port, &self.address.port().to_string());
        let bind = BindConfig::new("default", self.database.url(self.cluster.master()))
            .slave(NodeConfig::new("slave-1", slave))
            .reads(handle.reads)
            .failover(FailoverConfig::new().roles(handle.roles));
        // A dead connection is replaced before anybody notices.
        let pool = handle
            .pool
            .max_connections(20)
            .ping_after_idle(Duration::from_millis(1));
        RoutingDatabase::from_config(BindsConfig::new().bind(bind).pool(pool))
            .await
            .unwrap()
    }

    /// Writes, waits until the slave is known to have it, and reads it there.
    pub(super) async fn write(&mut self, db: &RoutingDatabase) {
        self.version += 1;
        let row = note::ActiveModel {
            version: Set(self.version),
            ..find(&db.master(), 1).await.unwrap().into()
        };
        let binds = ["default"];
        let across = db.begin_across(binds, Atomicity::InOrder).await.unwrap();
        row.update(&across).await.unwrap();
        across.commit().await.unwrap();
        until_true("the slave has it", || reader(db) == Role::Slave).await;
        let before = node(db, "slave-1").reads;
        assert_eq!(find(db, 1).await.unwrap().version, self.version);
        assert_eq!(node(db, "slave-1").reads, before + 1);
    }

    /// Waits until the monitor has just asked, and will not soon again.
    pub(super) async fn just_asked(&self, db: &RoutingDatabase) {
        let age = || node(db, "slave-1").freshness.unwrap_or(Duration::MAX);
        let (slow, new) = (Duration::from_millis(400), Duration::from_millis(100));
        until_true("a slow beat", || (slow..SOON).contains(&age())).await;
        until_true("a beat", || age() < new).await;
    }

    /// Reads the own write in all ways, often.
    pub(super) async fn read(&mut self, db: &RoutingDatabase) {
        for _ in 0..ROUNDS {
            let mut reads = JoinSet::new();
            for number in 0..AT_ONCE {
                let (session, way) = (db.session(), self.ways[number % self.ways.len()]);
                reads.spawn(async move { (way, way.read(&session).await) });
            }
            for (way, version) in reads.join_all().await {
                let (reads, stale) = self.reads.entry(way).or_default();
                *reads += 1;
                *stale += usize::from(version != self.version);
            }
        }
        let plain = note::Entity::find_by_id(1).one(&self.master).await.unwrap();
        assert_eq!(plain.unwrap().version, self.version);
    }

    pub(super) fn tell(&mut self, fault: &str) {
        let counts = std::mem::take(&mut self.reads);
        let (reads, stale) = counts.values().fold((0, 0), |(reads, stale), (more, old)| {
            (reads + more, stale + old)
        });
        println!("| {fault} | {} | {stale} of {reads} |", S::NAME);
        assert_eq!(stale, 0, "{fault}: {counts:?}");
    }
}

use std::{collections::HashSet, time::Duration};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Schema, Statement, TransactionTrait};
use sea_orm_routing::{
    BindsConfig, Consistency, Role, RoutingDatabase,
    config::{BindConfig, FailoverConfig, NodeConfig, PoolConfig, ReadsConfig},
};
use tokio::time::Instant;

use super::{
    Row,
    dialect::Dialect,
    load::{Load, TASKS, payment},
};
use test_cluster::{Cluster, FreshDatabase, Node, until};

/// For what takes milliseconds on an idle machine.
pub(crate) const SOON: Duration = Duration::from_secs(40);

/// Statements after which a fault has shown what it does: some seconds at the load's pace.
pub(crate) const SPELL: u64 = 1_200;

/// 90 KB, so that a network can break in the middle.
pub(crate) const GOODS: &str = "SELECT id, name FROM goods";

const LOOKS: usize = 40;

/// How the application connects.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) reads: ReadsConfig,
    pub(crate) failover: FailoverConfig,
    /// Of the whole bind.
    pub(crate) pool: PoolConfig,
    pub(crate) slave_pool: PoolConfig,
    /// Whether there is a network to cut on the way; without one, a dead server's port is refused.
    pub(crate) is_proxied: bool,
    /// What `slave-1` is called, in the place of its address.
    pub(crate) name: Option<String>,
    /// Slaves beside those of the cluster.
    pub(crate) more_slaves: Vec<NodeConfig>,
    /// What a quarter of the load reads.
    pub(crate) text: String,
    /// What the database has beside the load's own tables.
    pub(crate) prepare: Vec<String>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            reads: ReadsConfig::new(),
            failover: FailoverConfig::new(),
            pool: PoolConfig::new(),
            slave_pool: PoolConfig::new(),
            is_proxied: false,
            name: None,
            more_slaves: Vec::new(),
            text: GOODS.to_owned(),
            prepare: Vec::new(),
        }
    }
}

/// A database on a master and two slaves.
#[derive(Debug)]
pub(crate) struct Stage<'c, S: Dialect> {
    pub(crate) cluster: &'c Cluster<S>,
    database: FreshDatabase,
    setup: Setup,
}

impl<'c, S: Dialect> Stage<'c, S> {
    pub(crate) async fn new(cluster: &'c Cluster<S>, setup: Setup) -> Self {
        let database = cluster.database("chaos").await.unwrap();
        let stage = Self {
            cluster,
            database,
            setup,
        };
        stage.prepare().await;
        cluster.wait_until_caught_up(SOON).await.unwrap();
        stage
    }

    async fn prepare(&self) {
        let master = self.direct(self.cluster.master()).await;
        let schema = Schema::new(master.get_database_backend());
        let payment = schema.create_table_from_entity(payment::Entity);
        master.execute(&payment).await.unwrap();
        let goods = "CREATE TABLE goods (id int PRIMARY KEY, name varchar(400))";
        master.execute_unprepared(goods).await.unwrap();
        let rows: Vec<_> = (0..300)
            .map(|id| format!("({id}, '{}')", "x".repeat(300)))
            .collect();
        let insert = format!("INSERT INTO goods VALUES {}", rows.join(","));
        master.execute_unprepared(&insert).await.unwrap();
        for sql in &self.setup.prepare {
            master.execute_unprepared(sql).await.unwrap();
        }
        master.close().await.unwrap();
    }

    pub(crate) fn load<C>(&self, db: &C) -> Load
    where
        C: ConnectionTrait + TransactionTrait + Clone + Send + Sync + 'static,
    {
        Load::start(db, &self.setup.text)
    }

    /// A connection that neither the router nor the proxy knows of.
    pub(crate) async fn direct(&self, node: &Node<S>) -> DatabaseConnection {
        Database::connect(self.database.url(node)).await.unwrap()
    }

    pub(crate) async fn connect(&self) -> RoutingDatabase {
        let url = |node| match self.setup.is_proxied {
            true => self.database.proxied_url(node),
            false => self.database.url(node),
        };
        let mut bind = BindConfig::new("default", url(self.cluster.master()))
            .reads(self.setup.reads.clone())
            .failover(self.setup.failover.clone())
            .pool(self.setup.pool.clone());
        for slave in self.cluster.slaves() {
            let pool = self.setup.slave_pool.clone();
            let url = match &self.setup.name {
                Some(name) if slave.name() == "slave-1" => url(slave).replace("127.0.0.1", name),
                _ => url(slave),
            };
            bind = bind.slave(NodeConfig::new(slave.name(), url).pool(pool));
        }
        for slave in &self.setup.more_slaves {
            bind = bind.slave(slave.clone());
        }
        let config = BindsConfig::new().bind(bind);
        RoutingDatabase::from_config(config).await.unwrap()
    }

    /// The rows of the load that a node has.
    pub(crate) async fn rows(&self, node: &Node<S>) -> HashSet<i64> {
        let direct = self.direct(node).await;
        let sql = "SELECT id FROM payment";
        let statement = Statement::from_string(direct.get_database_backend(), sql);
        let rows = direct.query_all_raw(statement).await.unwrap();
        let ids = rows
            .iter()
            .map(|row| row.try_get_by_index(0).unwrap())
            .collect();
        direct.close().await.unwrap();
        ids
    }
}

/// A stage, and the load on it.
#[derive(Debug)]
pub(crate) struct Scene<'c, S: Dialect> {
    pub(crate) stage: Stage<'c, S>,
    pub(crate) db: RoutingDatabase,
    pub(crate) load: Load,
}

impl<'c, S: Dialect> Scene<'c, S> {
    /// Returns when all is well and the load runs.
    pub(crate) async fn start(cluster: &'c Cluster<S>, setup: Setup) -> Self {
        Self::begin(Stage::new(cluster, setup).await).await
    }

    /// The same on a stage that is there.
    pub(crate) async fn begin(stage: Stage<'c, S>) -> Self {
        let db = stage.connect().await;
        let scene = Self::on(stage, db);
        for slave in ["slave-1", "slave-2"] {
            scene.until_serves(slave).await;
        }
        scene.more(4 * TASKS).await;
        scene
    }

    pub(crate) fn on(stage: Stage<'c, S>, db: RoutingDatabase) -> Self {
        let load = stage.load(&db);
        Self { stage, db, load }
    }

    pub(crate) fn slave(&self, number: usize) -> &'c Node<S> {
        self.stage.cluster.slave(number)
    }

    /// Waits until the load has ended so many statements more.
    pub(crate) async fn more(&self, operations: u64) {
        let enough = self.load.tally.operations() + operations;
        until("the load's statements", SOON, || async {
            Ok((self.load.tally.operations() >= enough).then_some(()))
        })
        .await
        .unwrap();
    }

    /// Whether reads go to a node as a slave.
    pub(crate) fn serves(&self, node: &str) -> bool {
        let db = self.db.with(Consistency::Bounded);
        let read = Statement::from_string(db.get_database_backend(), GOODS);
        (0..LOOKS).any(|_| {
            db.route(&read)
                .is_ok_and(|route| route.node == node && route.role == Role::Slave)
        })
    }

    /// Waits until reads go to a node as a slave; how long that took.
    pub(crate) async fn until_serves(&self, node: &str) -> Option<Duration> {
        let begun = Instant::now();
        let what = format!("reads on `{node}`");
        until(&what, SOON, || async {
            Ok(self.serves(node).then_some(()))
        })
        .await
        .inspect_err(|_| {
            println!(
                "    {} {node} serves nobody: {:#?}",
                S::NAME,
                self.db.status()
            )
        })
        .ok()
        .map(|()| begun.elapsed())
    }

    /// Waits until no reads go to a node as a slave.
    pub(crate) async fn until_spares(&self, node: &str) {
        let what = format!("no reads on `{node}`");
        until(&what, SOON, || async {
            Ok((!self.serves(node)).then_some(()))
        })
        .await
        .unwrap();
    }

    /// Ends the load, and compares what it was told with what `survivor` has.
    pub(crate) async fn finish(mut self, survivor: &Node<S>) -> Row {
        self.load.stop().await;
        let row = self.row(&self.stage.rows(survivor).await);
        self.db.close().await.unwrap();
        row
    }

    pub(crate) fn row(&self, survivors: &HashSet<i64>) -> Row {
        self.load.row(S::NAME, survivors)
    }
}

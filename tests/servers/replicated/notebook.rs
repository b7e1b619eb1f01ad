use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Schema};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase,
    config::{BindConfig, NodeConfig, ReadsConfig},
    status::NodeState,
};
use tokio::sync::{Mutex, MutexGuard};

use super::{SOON, note, until_state};
use test_cluster::{Cluster, FreshDatabase, MariaDb, MySql, Network, Postgres, Server};

/// Servers whose shared cluster one test at a time disturbs.
pub(crate) trait Turns: Server {
    /// Whether it can answer an INSERT with the row, and SeaORM uses that here.
    const HAS_RETURNING: bool;

    /// The monitor's question for a position, and nothing else, contains this.
    const POSITION: &'static str;

    fn turn() -> &'static Mutex<()>;
}

impl Turns for Postgres {
    const HAS_RETURNING: bool = true;
    const POSITION: &'static str = "pg_is_in_recovery()";

    fn turn() -> &'static Mutex<()> {
        static TURN: Mutex<()> = Mutex::const_new(());
        &TURN
    }
}

impl Turns for MySql {
    const HAS_RETURNING: bool = false;
    const POSITION: &'static str = "gtid_executed";

    fn turn() -> &'static Mutex<()> {
        static TURN: Mutex<()> = Mutex::const_new(());
        &TURN
    }
}

impl Turns for MariaDb {
    const HAS_RETURNING: bool = false;
    const POSITION: &'static str = "gtid_binlog_pos";

    fn turn() -> &'static Mutex<()> {
        static TURN: Mutex<()> = Mutex::const_new(());
        &TURN
    }
}

/// A database with the tables `note` and `shelf` on the shared cluster, which is this test's alone as long as the
/// notebook lives.
pub(crate) struct Notebook<S: Server> {
    pub(crate) cluster: &'static Cluster<S>,
    pub(crate) database: FreshDatabase,
    /// The application's connection to the master, beside every handle.
    pub(crate) master: DatabaseConnection,
    _turn: MutexGuard<'static, ()>,
}

impl<S: Turns> Notebook<S> {
    pub(crate) async fn new(name: &str) -> Self {
        let turn = S::turn().lock().await;
        let cluster = Cluster::<S>::shared().await.unwrap();
        // What the test before has left, perhaps by a panic.
        for slave in cluster.slaves() {
            slave.set_network(Network::Forward).await;
            slave.resume_replay().await.unwrap();
            slave.delay_replay(std::time::Duration::ZERO).await.unwrap();
        }
        let database = cluster.database(name).await.unwrap();
        let master = connect(database.url(cluster.master())).await;
        make_tables(&master).await;
        cluster.wait_until_caught_up(SOON).await.unwrap();
        Self {
            cluster,
            database,
            master,
            _turn: turn,
        }
    }

    pub(crate) fn config(&self, reads: ReadsConfig) -> BindsConfig {
        let nodes = [
            self.cluster.master(),
            self.cluster.slave(1),
            self.cluster.slave(2),
        ];
        two_slaves(nodes.map(|node| self.database.url(node)), reads)
    }

    /// A handle whose slaves are known to be fresh.
    pub(crate) async fn open(&self, reads: ReadsConfig) -> RoutingDatabase {
        let db = RoutingDatabase::from_config(self.config(reads))
            .await
            .unwrap();
        for slave in ["slave-1", "slave-2"] {
            until_state(&db, slave, NodeState::Serving).await;
        }
        db
    }

    pub(crate) async fn pause(&self) {
        for slave in self.cluster.slaves() {
            slave.pause_replay().await.unwrap();
        }
    }

    pub(crate) async fn resume(&self) {
        for slave in self.cluster.slaves() {
            slave.resume_replay().await.unwrap();
        }
    }

    pub(crate) async fn catch_up(&self) {
        self.cluster.wait_until_caught_up(SOON).await.unwrap();
    }

    /// Changes the master without any handle.
    pub(crate) async fn write(&self) {
        let write = "INSERT INTO note (owner, version, text) VALUES (0, 0, 'elsewhere')";
        self.master.execute_unprepared(write).await.unwrap();
    }
}

/// The bind `default`: a master, `slave-1` and `slave-2`.
pub(crate) fn two_slaves([master, one, two]: [String; 3], reads: ReadsConfig) -> BindsConfig {
    let bind = BindConfig::new("default", master)
        .slave(NodeConfig::new("slave-1", one))
        .slave(NodeConfig::new("slave-2", two))
        .reads(reads);
    BindsConfig::new().bind(bind)
}

pub(crate) async fn connect(url: String) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

pub(crate) async fn make_tables(master: &DatabaseConnection) {
    let schema = Schema::new(master.get_database_backend());
    let notes = schema.create_table_from_entity(note::Entity);
    master.execute(&notes).await.unwrap();
    let shelves = "CREATE TABLE shelf (id int)";
    master.execute_unprepared(shelves).await.unwrap();
}

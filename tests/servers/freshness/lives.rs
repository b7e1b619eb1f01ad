//! What is known of a slave is known of one server and one of its lives: a connection that leads to another one serves
//! nothing that is older than what is promised.

use std::{future::poll_fn, pin::pin, process::Command, time::Duration};

use crate::replicated::{
    SOON, Turns, connect, find, make_tables, new_note, node, note, patient, reader, until_state,
    until_true,
};
use crate::support::Log;
use futures_core::Stream;
use sea_orm::{
    AccessMode, ActiveModelTrait, ActiveValue::Set, DatabaseConnection, DbBackend, EntityTrait,
    Statement, TransactionTrait,
};
use sea_orm_routing::{
    BindsConfig, Consistency, Role, RoutingDatabase,
    config::{BindConfig, NodeConfig, PoolConfig},
    status::NodeState,
};
use test_cluster::{Cluster, FreshDatabase, MariaDb, Postgres, Proxy, Server, on_servers};
use tokio::task::JoinSet;

/// As many at once as the pool has connections, so that it opens new ones.
const AT_ONCE: usize = 12;

const ROUNDS: usize = 25;

/// A master, and two slaves of which the handle knows the first, by an address that a test leads elsewhere.
struct Stage<S: Server> {
    cluster: Cluster<S>,
    database: FreshDatabase,
    master: DatabaseConnection,
    address: Proxy,
    version: i64,
    reads: usize,
    stale: usize,
}

impl<S: Turns> Stage<S> {
    async fn new() -> Self {
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
            reads: 0,
            stale: 0,
        }
    }

    async fn open(&self) -> RoutingDatabase {
        let direct = self.database.url(self.cluster.slave(1));
        let port = self.cluster.slave(1).port().to_string();
        let slave = direct.replace(&port, &self.address.port().to_string());
        let bind = BindConfig::new("default", self.database.url(self.cluster.master()))
            .slave(NodeConfig::new("slave-1", slave))
            .reads(patient());
        // A dead connection is replaced before anybody notices.
        let pool = PoolConfig::new()
            .max_connections(20)
            .ping_after_idle(Duration::from_millis(1));
        RoutingDatabase::from_config(BindsConfig::new().bind(bind).pool(pool))
            .await
            .unwrap()
    }

    /// Writes, waits until the slave is known to have it, and reads it there.
    async fn write(&mut self, db: &RoutingDatabase) {
        self.version += 1;
        let row = note::ActiveModel {
            version: Set(self.version),
            ..find(&db.master(), 1).await.unwrap().into()
        };
        row.update(db).await.unwrap();
        until_true("the slave has it", || reader(db) == Role::Slave).await;
        let before = node(db, "slave-1").reads;
        assert_eq!(find(db, 1).await.unwrap().version, self.version);
        assert_eq!(node(db, "slave-1").reads, before + 1);
    }

    /// Waits until the monitor has just asked, and will not soon again.
    async fn just_asked(&self, db: &RoutingDatabase) {
        let age = || node(db, "slave-1").freshness.unwrap_or(Duration::MAX);
        let (slow, new) = (Duration::from_millis(400), Duration::from_millis(100));
        until_true("a slow beat", || (slow..SOON).contains(&age())).await;
        until_true("a beat", || age() < new).await;
    }

    /// Reads the own write in all ways, often.
    async fn read(&mut self, db: &RoutingDatabase) {
        for _ in 0..ROUNDS {
            let mut reads = JoinSet::new();
            for number in 0..AT_ONCE {
                let session = db.session();
                reads.spawn(async move { read(&session, number).await });
            }
            for version in reads.join_all().await {
                self.reads += 1;
                self.stale += usize::from(version != self.version);
            }
        }
        let plain = note::Entity::find_by_id(1).one(&self.master).await.unwrap();
        assert_eq!(plain.unwrap().version, self.version);
    }

    fn tell(&mut self, fault: &str) {
        let (reads, stale) = (
            std::mem::take(&mut self.reads),
            std::mem::take(&mut self.stale),
        );
        println!("| {fault} | {} | {stale} of {reads} |", S::NAME);
        assert_eq!(stale, 0, "{fault}");
    }
}

async fn read(db: &RoutingDatabase, number: usize) -> i64 {
    let query = note::Entity::find_by_id(1);
    let row = match number % 4 {
        0 => query.one(db).await.unwrap().unwrap(),
        1 => {
            let rows = query.stream(db).await.unwrap();
            let mut rows = pin!(rows);
            let first = poll_fn(|context| rows.as_mut().poll_next(context)).await;
            first.unwrap().unwrap()
        }
        2 => {
            let read_only = Some(AccessMode::ReadOnly);
            let transaction = db.begin_with_config(None, read_only).await.unwrap();
            let row = query.one(&transaction).await.unwrap().unwrap();
            transaction.commit().await.unwrap();
            row
        }
        _ => {
            let process = db.with(Consistency::Process);
            query.one(&process).await.unwrap().unwrap()
        }
    };
    row.version
}

async fn own_writes_are_read_whoever_is_behind_an_address<S: Turns>() {
    let mut stage = Stage::<S>::new().await;
    stage
        .cluster
        .slave(1)
        .back_up(stage.cluster.master())
        .await
        .unwrap();
    let db = stage.open().await;

    // Open connections, also the monitor's, stay with the slave that has everything.
    stage.write(&db).await;
    stage.cluster.slave(2).pause_replay().await.unwrap();
    stage.write(&db).await;
    stage.just_asked(&db).await;
    stage.address.redirect(stage.cluster.slave(2).port());
    stage.read(&db).await;
    stage.tell("swapped behind its address");
    stage.cluster.slave(2).resume_replay().await.unwrap();
    stage.write(&db).await;
    stage.address.redirect(stage.cluster.slave(1).port());
    stage.read(&db).await;
    stage.write(&db).await;

    stage.just_asked(&db).await;
    stage.cluster.slave(1).restore().await.unwrap();
    stage.read(&db).await;
    stage.tell("restored from an older copy");
    db.close().await.unwrap();
}

on_servers!(own_writes_are_read_whoever_is_behind_an_address: Postgres, MariaDb, MySql);

/// What has been written, but not yet replayed again, holds a killed standby back.
#[tokio::test(flavor = "multi_thread")]
async fn own_writes_are_read_when_a_standby_has_to_replay_again() {
    const LATE: Duration = Duration::from_secs(3600);
    let mut stage = Stage::<Postgres>::new().await;
    // A restarted standby begins here, and then has to replay.
    for node in [stage.cluster.master(), stage.cluster.slave(1)] {
        node.admin()
            .await
            .unwrap()
            .execute("CHECKPOINT")
            .await
            .unwrap();
        stage.cluster.wait_until_caught_up(SOON).await.unwrap();
    }
    let db = stage.open().await;
    for fault in ["killed", "one session killed"] {
        let slave = stage.cluster.slave(1);
        slave.delay_replay(Duration::ZERO).await.unwrap();
        stage.write(&db).await;
        let slave = stage.cluster.slave(1);
        slave.delay_replay(LATE).await.unwrap();
        stage.just_asked(&db).await;
        let slave = stage.cluster.slave(1);
        match fault {
            "killed" => {
                slave.kill().await.unwrap();
                slave.start().await.unwrap();
            }
            _ => kill_one_session(&stage).await,
        }
        // What a plain connection to the slave reads now.
        let slave = connect(stage.database.url(stage.cluster.slave(1))).await;
        let plain = note::Entity::find_by_id(1).one(&slave).await.unwrap();
        println!(
            "| plain, {fault} | behind by {} |",
            stage.version - plain.unwrap().version
        );
        stage.read(&db).await;
        stage.tell(fault);
    }
    db.close().await.unwrap();
}

/// Two clusters that were copied from one directory, or whose masters have one number, have positions that look alike.
async fn slave_of_another_master_serves_nothing<S: Turns>() {
    let (own, other) = (Stage::<S>::new().await, Stage::<S>::new().await);
    for version in 1..5 {
        new_note(2, version).insert(&other.master).await.unwrap();
    }
    other.cluster.wait_until_caught_up(SOON).await.unwrap();
    let (database, slave) = (&other.database, other.cluster.slave(1));
    own.address.redirect(slave.port());
    let (log, _guard) = Log::start();
    let strange = database.url(slave);
    let strange = strange.replace(&slave.port().to_string(), &own.address.port().to_string());
    let bind = BindConfig::new("default", own.database.url(own.cluster.master()))
        .slave(NodeConfig::new("slave-1", strange))
        .slave(NodeConfig::new(
            "slave-2",
            own.database.url(own.cluster.slave(2)),
        ));
    let db = RoutingDatabase::from_config(BindsConfig::new().bind(bind))
        .await
        .unwrap();
    until_state(&db, "slave-2", NodeState::Serving).await;
    for _ in 0..40 {
        assert_eq!(
            note::Entity::find().all(&db.session()).await.unwrap().len(),
            1
        );
    }
    assert_eq!(node(&db, "slave-1").reads, 0);
    let is_refused = || {
        let status = node(&db, "slave-1");
        let why = status.last_error.unwrap_or_default();
        status.state == NodeState::Unknown && why.contains("its master has not written")
    };
    until_true("its refusal", is_refused).await;
    assert_eq!(log.text().matches("its master has not written").count(), 1);
    db.close().await.unwrap();
}

on_servers!(one_thread slave_of_another_master_serves_nothing: Postgres, MariaDb);

/// With the number that all servers have unless somebody chose one, equal positions prove nothing.
#[tokio::test(flavor = "multi_thread")]
async fn slave_with_the_default_server_id_serves_when_it_was_seen_to_follow() {
    let (own, other) = (Stage::<MariaDb>::new().await, Stage::<MariaDb>::new().await);
    for stage in [&own, &other] {
        let admin = stage.cluster.master().admin().await.unwrap();
        admin.execute("SET GLOBAL server_id = 1").await.unwrap();
        new_note(2, 1)
            .insert(&connect(stage.database.url(stage.cluster.master())).await)
            .await
            .unwrap();
        stage.cluster.wait_until_caught_up(SOON).await.unwrap();
    }
    let bind = BindConfig::new("default", own.database.url(own.cluster.master()))
        .slave(NodeConfig::new(
            "slave-1",
            other.database.url(other.cluster.slave(1)),
        ))
        .slave(NodeConfig::new(
            "slave-2",
            own.database.url(own.cluster.slave(1)),
        ));
    let db = RoutingDatabase::from_config(BindsConfig::new().bind(bind))
        .await
        .unwrap();
    for slave in ["slave-1", "slave-2"] {
        let is_refused = || {
            let why = node(&db, slave).last_error.unwrap_or_default();
            node(&db, slave).state == NodeState::Unknown && why.contains("`server_id` 1")
        };
        until_true("its refusal", is_refused).await;
    }
    new_note(3, 1).insert(&db).await.unwrap();
    let read = Statement::from_string(DbBackend::MySql, "SELECT id FROM note");
    // It may be seen to follow before the master has told how far this handle's own write is.
    until_true("a slave with the own write", || {
        db.session().route(&read).unwrap().node == "slave-2"
    })
    .await;
    for _ in 0..40 {
        assert_eq!(
            note::Entity::find().all(&db.session()).await.unwrap().len(),
            3
        );
    }
    assert_eq!(
        (node(&db, "slave-1").reads, node(&db, "slave-2").reads),
        (0, 40)
    );
    db.close().await.unwrap();
}

/// The server ends all other sessions, too, and recovers.
async fn kill_one_session(stage: &Stage<Postgres>) {
    let slave = stage.cluster.slave(1);
    let admin = slave.admin().await.unwrap();
    let process: Option<i32> = admin.value("SELECT pg_backend_pid()").await.unwrap();
    let kill = Command::new("kill")
        .args(["-9", &process.unwrap().to_string()])
        .status();
    assert!(kill.unwrap().success());
    test_cluster::until("a recovery", SOON, || async {
        let Ok(admin) = slave.admin().await else {
            return Ok(None);
        };
        Ok(admin
            .value::<i32>("SELECT pg_backend_pid()")
            .await
            .ok()
            .flatten())
    })
    .await
    .unwrap();
}

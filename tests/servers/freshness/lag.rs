//! Which slaves are fresh enough to serve: those beyond `max_lag` and those of which nothing is known are not.

use std::time::Duration;

use crate::replicated::{
    Notebook, SOON, Turns, connect, find, make_tables, new_note, node, note, reads, reason, served,
    two_slaves, until_some, until_state, until_true,
};
use sea_orm::{ActiveModelTrait, DbErr, EntityTrait};
use sea_orm_routing::{
    BindsConfig, RoutingDatabase, RoutingError,
    config::{BindConfig, NodeConfig, OnNoSlave, ReadsConfig},
    route::NodeReason,
    status::NodeState,
};
use test_cluster::{Cluster, Network, on_servers};
use tokio::time::{Instant, timeout};

const MAX_LAG: Duration = Duration::from_secs(2);

const SLAVES: [&str; 2] = ["slave-1", "slave-2"];

fn strict() -> ReadsConfig {
    ReadsConfig::new().max_lag(MAX_LAG)
}

/// Reads by so many sessions that each slave in rotation has some of them; tells how many each node served.
async fn spread(db: &RoutingDatabase) -> [u64; 3] {
    let before = reads(db);
    for _ in 0..20 {
        find(&db.session(), 1).await;
    }
    let after = reads(db);
    [0, 1, 2].map(|node| after[node] - before[node])
}

fn is_spread(reads: [u64; 3]) -> bool {
    reads[0] == 0 && reads[1] > 0 && reads[2] > 0
}

/// Leaves the first slave's replay paused, which lacks nothing: where PostgreSQL has written a record of its own
/// meanwhile, it begins anew.
async fn idle_for_longer_than_a_slave_may_lag<S: Turns>(
    notebook: &Notebook<S>,
    db: &RoutingDatabase,
) {
    let slave = notebook.cluster.slave(1);
    let is_serving = || node(db, "slave-1").state == NodeState::Serving;
    loop {
        slave.resume_replay().await.unwrap();
        until_state(db, "slave-1", NodeState::Serving).await;
        slave.pause_replay().await.unwrap();
        let paused = Instant::now();
        let is_over = || !is_serving() || paused.elapsed() > MAX_LAG + MAX_LAG / 2;
        until_true("longer than a slave may lag", is_over).await;
        if is_serving() {
            return;
        }
    }
}

async fn slave_beyond_max_lag_is_out<S: Turns>() {
    let notebook = Notebook::<S>::new("lag").await;
    let db = notebook.open(strict()).await;
    assert!(is_spread(spread(&db).await));

    timeout(SOON, idle_for_longer_than_a_slave_may_lag(&notebook, &db))
        .await
        .unwrap();

    notebook.write().await;
    let wrote = Instant::now();
    until_state(&db, "slave-1", NodeState::Lagging).await;
    let took = wrote.elapsed();
    assert!(took > MAX_LAG / 2, "{took:?}");
    assert_eq!(spread(&db).await, [0, 0, 20]);
    assert!(db.status().to_string().contains("lagging"));

    notebook.cluster.slave(2).pause_replay().await.unwrap();
    notebook.write().await;
    until_state(&db, "slave-2", NodeState::Lagging).await;
    assert_eq!(spread(&db).await, [20, 0, 0]);
    assert_eq!(reason(&db.session()), NodeReason::Lagging);
    let behind = node(&db, "slave-1");
    assert!(behind.lag > Some(MAX_LAG / 2), "{behind:?}");

    notebook.resume().await;
    for slave in SLAVES {
        until_state(&db, slave, NodeState::Serving).await;
        let caught_up = node(&db, slave);
        assert!(caught_up.lag < Some(MAX_LAG / 2), "{caught_up:?}");
    }
    assert!(is_spread(spread(&db).await));
    db.close().await.unwrap();
}

on_servers!(slave_beyond_max_lag_is_out: Postgres, MariaDb, MySql);

async fn slave_of_unknown_lag_is_out<S: Turns>() {
    let notebook = Notebook::<S>::new("unknown").await;
    notebook.cluster.slave(1).pause_replay().await.unwrap();
    notebook.write().await;
    let db = RoutingDatabase::from_config(notebook.config(strict()))
        .await
        .unwrap();
    until_state(&db, "slave-2", NodeState::Serving).await;
    let unknown = node(&db, "slave-1");
    assert_eq!(
        (unknown.state, unknown.freshness, unknown.lag),
        (NodeState::Unknown, None, None)
    );
    assert_eq!(spread(&db).await, [0, 0, 20]);
    notebook.resume().await;
    until_state(&db, "slave-1", NodeState::Serving).await;
    assert!(is_spread(spread(&db).await));
    db.close().await.unwrap();
}

on_servers!(slave_of_unknown_lag_is_out: Postgres, MariaDb, MySql);

/// It was copied from what the master was copied from, but follows nobody: its server number is the master's own.
async fn server_that_is_no_slave_is_out<S: Turns>() {
    let notebook = Notebook::<S>::new("alone").await;
    for _ in 0..100 {
        notebook.write().await;
    }
    notebook.catch_up().await;
    let alone = Cluster::<S>::start(0).await.unwrap();
    let admin = alone.master().admin().await.unwrap();
    for sql in S::create_database(notebook.database.name()) {
        admin.execute(&sql).await.unwrap();
    }
    make_tables(&connect(notebook.database.url(alone.master())).await).await;
    let cluster = notebook.cluster;
    let nodes = [cluster.master(), alone.master(), cluster.slave(2)];
    let urls = nodes.map(|node| notebook.database.url(node));
    let db = RoutingDatabase::from_config(two_slaves(urls, strict()))
        .await
        .unwrap();
    until_state(&db, "slave-2", NodeState::Serving).await;
    let began = Instant::now();
    until_true("longer than a slave may lag", || {
        assert_eq!(node(&db, "slave-1").state, NodeState::Unknown);
        began.elapsed() > MAX_LAG
    })
    .await;
    assert_eq!(spread(&db).await, [0, 0, 20]);
    db.close().await.unwrap();
}

on_servers!(server_that_is_no_slave_is_out: Postgres, MariaDb, MySql);

async fn master_may_be_its_own_slave<S: Turns>() {
    let notebook = Notebook::<S>::new("itself").await;
    let url = notebook.database.url(notebook.cluster.master());
    let config = two_slaves([url.clone(), url.clone(), url], strict());
    let db = RoutingDatabase::from_config(config).await.unwrap();
    for _ in 0..3 {
        let id = new_note(1, 1).insert(&db).await.unwrap().id;
        until_some("the write, from a slave", async || {
            let (found, by) = served(&db, find(&db, id)).await;
            assert!(found.is_some());
            (by == "default.slave 1r").then_some(())
        })
        .await;
    }
    db.close().await.unwrap();
}

on_servers!(master_may_be_its_own_slave: Postgres, MariaDb, MySql);

async fn slave_that_the_monitor_cant_reach_is_out<S: Turns>() {
    let notebook = Notebook::<S>::new("cut").await;
    let (cluster, database) = (notebook.cluster, &notebook.database);
    let urls = [
        database.url(cluster.master()),
        database.proxied_url(cluster.slave(1)),
        database.url(cluster.slave(2)),
    ];
    let db = RoutingDatabase::from_config(two_slaves(urls, strict()))
        .await
        .unwrap();
    until_state(&db, "slave-1", NodeState::Serving).await;
    until_state(&db, "slave-2", NodeState::Serving).await;
    let slave = cluster.slave(1);
    slave.set_network(Network::BlackHole).await;
    until_true("a slave out of rotation", || {
        node(&db, "slave-1").state != NodeState::Serving
    })
    .await;
    assert_eq!(spread(&db).await, [0, 0, 20]);
    let error = node(&db, "slave-1").last_error.unwrap();
    assert!(error.contains("no answer within"), "{error}");

    slave.set_network(Network::Forward).await;
    until_state(&db, "slave-1", NodeState::Serving).await;
    assert_eq!(node(&db, "slave-1").last_error, None);
    assert!(is_spread(spread(&db).await));
    db.close().await.unwrap();
}

on_servers!(slave_that_the_monitor_cant_reach_is_out: Postgres, MariaDb, MySql);

/// A bind whose only slave has no address: nobody knows what it holds.
async fn without_slave<S: Turns>(reads: ReadsConfig) -> (Notebook<S>, RoutingDatabase) {
    let notebook = Notebook::<S>::new("alone").await;
    let master = notebook.database.url(notebook.cluster.master());
    let scheme = master.split("://").next().unwrap();
    let slave = NodeConfig::new("slave-1", format!("{scheme}://app@nowhere.invalid/app"));
    let bind = BindConfig::new("default", master).slave(slave).reads(reads);
    let config = BindsConfig::new().bind(bind);
    let db = RoutingDatabase::from_config(config).await.unwrap();
    (notebook, db)
}

fn is_refused<T>(result: Result<T, DbErr>) -> bool {
    let error = result.err();
    let routing = error.as_ref().and_then(RoutingError::of);
    matches!(routing, Some(RoutingError::NoSlave { .. }))
}

async fn master_can_be_spared<S: Turns>() {
    let spare = ReadsConfig::new().on_no_slave(OnNoSlave::Error);
    let (notebook, db) = without_slave::<S>(spare).await;
    assert!(is_refused(note::Entity::find().all(&db).await));
    new_note(1, 1).insert(&db.master()).await.unwrap();
    assert_eq!(
        note::Entity::find().all(&db.master()).await.unwrap().len(),
        1
    );
    db.close().await.unwrap();
    // The next one waits for its turn.
    drop(notebook);

    // One read at a time is all that this master takes in place of its slave.
    let one = ReadsConfig::new().max_master_reads(1);
    let (_notebook, db) = without_slave::<S>(one).await;
    let stream = note::Entity::find().stream(&db).await.unwrap();
    assert!(is_refused(note::Entity::find().all(&db).await));
    drop(stream);
    assert_eq!(reason(&db), NodeReason::Lagging);
    note::Entity::find().all(&db).await.unwrap();
    db.close().await.unwrap();
}

on_servers!(master_can_be_spared: Postgres, MariaDb, MySql);

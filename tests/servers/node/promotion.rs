//! A slave becomes the master: nobody reads what follows another history as fresh, until it is rebuilt or follows.

use std::time::Duration;

use crate::replicated::{
    SOON, Turns, connect, find, make_tables, new_note, node, note, patient, reader, reason, served,
    until_some, until_state, until_true,
};
use sea_orm::{ActiveModelTrait, DatabaseConnection, EntityTrait};
use sea_orm_routing::{
    BindsConfig, Consistency, Role, RoutingDatabase,
    config::{BindConfig, NodeConfig, ReadsConfig},
    route::NodeReason,
    status::NodeState,
};
use test_cluster::{Cluster, FreshDatabase, MariaDb, MySql, Node, Postgres, Server};
use tokio::{sync::watch, task::JoinHandle, time::Instant};

const MAX_LAG: Duration = Duration::from_secs(2);

/// A handle of one master and one slave.
async fn open<S: Server>(
    database: &FreshDatabase,
    master: &Node<S>,
    slave: &Node<S>,
    reads: ReadsConfig,
) -> RoutingDatabase {
    let bind = BindConfig::new("default", database.url(master))
        .slave(NodeConfig::new("slave-1", database.url(slave)))
        .reads(reads);
    RoutingDatabase::from_config(BindsConfig::new().bind(bind))
        .await
        .unwrap()
}

/// A master that does not know that it was replaced, and goes on.
fn keep_writing(
    master: DatabaseConnection,
    mut stop: watch::Receiver<bool>,
) -> JoinHandle<DatabaseConnection> {
    tokio::spawn(async move {
        while !*stop.borrow_and_update() {
            new_note(66, 0).insert(&master).await.unwrap();
        }
        master
    })
}

/// Writes and reads for longer than a slave may lag: each time the write is there, from the master.
async fn reads_own_writes(db: &RoutingDatabase, time: Duration) {
    let began = Instant::now();
    until_some("the end of the time", async || {
        let id = new_note(7, 7).insert(db).await.unwrap().id;
        let found = find(db, id).await.unwrap();
        assert_eq!((found.owner, reader(db)), (7, Role::Master));
        (began.elapsed() > time).then_some(())
    })
    .await;
}

/// A session that never wrote reads from the master, because no slave is fresh.
fn assert_stranded(db: &RoutingDatabase) {
    assert_ne!(
        node(db, "slave-1").state,
        NodeState::Serving,
        "{}",
        db.status()
    );
    assert_eq!(reason(&db.session_from("")), NodeReason::Lagging);
}

async fn stranded_slave_is_not_fresh<S: Turns>(checkpoint: Option<&str>) {
    let cluster = Cluster::<S>::start(3).await.unwrap();
    let [old, new, stranded, waiting] = [0, 1, 2, 3].map(|number| match number {
        0 => cluster.master(),
        number => cluster.slave(number),
    });
    let database = cluster.database("promoted").await.unwrap();
    let master = connect(database.url(old)).await;
    make_tables(&master).await;
    cluster.wait_until_caught_up(SOON).await.unwrap();
    let strict = || ReadsConfig::new().max_lag(MAX_LAG);
    let of_old = open(&database, old, stranded, patient()).await;
    until_state(&of_old, "slave-1", NodeState::Serving).await;
    let before = open(&database, new, stranded, strict()).await;

    waiting.unfollow().await.unwrap();
    new.promote().await.unwrap();
    let (stop, stopped) = watch::channel(false);
    let old_writes = keep_writing(master, stopped);
    until_some("a write on the new master", async || {
        new_note(6, 6).insert(&before).await.ok()
    })
    .await;
    // By its numbers alone, the stranded slave is ahead of its new master.
    reads_own_writes(&before, 2 * MAX_LAG).await;
    assert_stranded(&before);
    let after = open(&database, new, stranded, strict()).await;
    reads_own_writes(&after, MAX_LAG / 2).await;
    assert_stranded(&after);
    assert_eq!(node(&after, "slave-1").freshness, None);
    assert_eq!(node(&after, "slave-1").reads, 0);
    stop.send_replace(true);
    drop(old_writes.await.unwrap());

    // The old master's address comes back with another history: what was known of the slave is worthless.
    assert_eq!(node(&of_old, "slave-1").state, NodeState::Serving);
    // Else it follows the new history as soon as it can, and may be known to be fresh before anybody looks.
    stranded.unfollow().await.unwrap();
    old.rejoin(new).await.unwrap();
    // Without its grants nobody gets in.
    old.wait_until_caught_up(new, SOON).await.unwrap();
    old.promote().await.unwrap();
    // One that was down for long is asked seldom, unless somebody waits for it.
    until_some("the old master's address, back up", async || {
        let strong = of_old.with(Consistency::Strong);
        note::Entity::find().one(&strong).await.ok()
    })
    .await;
    until_true("the slave of another history forgotten", || {
        reader(&of_old.session_from("")) == Role::Master
    })
    .await;
    assert_eq!(node(&of_old, "slave-1").freshness, None);

    // One way back is to be built anew, the other is to follow.
    stranded.rejoin(new).await.unwrap();
    for db in [&before, &after] {
        until_state(db, "slave-1", NodeState::Serving).await;
        serves_again(db).await;
    }
    waiting.follow(new).await.unwrap();
    waiting.wait_until_caught_up(new, SOON).await.unwrap();
    for node in [new, waiting] {
        if let Some(checkpoint) = checkpoint {
            node.admin()
                .await
                .unwrap()
                .execute(checkpoint)
                .await
                .unwrap();
        }
    }
    let follower = open(&database, new, waiting, strict()).await;
    until_state(&follower, "slave-1", NodeState::Serving).await;
    serves_again(&follower).await;
}

/// The pool's connections from before are dead: the first statement on each of them fails.
async fn serves_again(db: &RoutingDatabase) {
    let id = new_note(8, 8).insert(db).await.unwrap().id;
    until_some("the write, from the slave", async || {
        let (found, by) = served(db, note::Entity::find_by_id(id).one(db)).await;
        let found = found.ok()?;
        assert_eq!(found.map(|note| note.version), Some(8));
        (by == "default.slave 1r").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slave_of_the_old_master_is_not_fresh_on_postgres() {
    // An unprivileged role sees a standby's new timeline with its next restart point.
    stranded_slave_is_not_fresh::<Postgres>(Some("CHECKPOINT")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slave_of_the_old_master_is_not_fresh_on_mariadb() {
    stranded_slave_is_not_fresh::<MariaDb>(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slave_of_the_old_master_is_not_fresh_on_mysql() {
    stranded_slave_is_not_fresh::<MySql>(None).await;
}

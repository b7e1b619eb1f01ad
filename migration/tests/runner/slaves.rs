use std::time::Duration;

use entity::{bakery, report};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, Statement};
use sea_orm_routing::RoutingDatabase;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    time::timeout,
};

use crate::sample::{Ended, Sample};
use test_cluster::{Cluster, Server, on_servers};

const SOON: Duration = Duration::from_secs(60);
const SLAVES: [&str; 2] = ["default.slave-1", "default.slave-2"];
/// Long enough for the other slave on a busy machine.
const LATE: &str =
    "bind `default`: the master has the change; after 2 s slaves still lack it: `default.slave-1`";
const NOT_STARTED: &str = "done: none; not started: `reports`";

/// Both binds on a cluster of their own, whose first slave can be held back.
struct Kitchen<S: Server> {
    cluster: Cluster<S>,
    sample: Sample,
}

impl<S: Server> Kitchen<S> {
    async fn new() -> Self {
        let cluster = Cluster::<S>::start(2).await.unwrap();
        let mut binds = Vec::new();
        for name in ["app", "reports"] {
            let database = cluster.database(name).await.unwrap();
            let nodes = [cluster.master(), cluster.slave(1), cluster.slave(2)];
            binds.push(nodes.map(|node| database.url(node)).to_vec());
        }
        let sample = Sample::new(&binds[0], &binds[1]);
        Self { cluster, sample }
    }

    async fn pause(&self) {
        self.cluster.slave(1).pause_replay().await.unwrap();
    }

    async fn resume(&self) {
        self.cluster.slave(1).resume_replay().await.unwrap();
    }

    async fn catch_up(&self) {
        self.cluster.wait_until_caught_up(SOON).await.unwrap();
    }

    async fn connect(&self) -> RoutingDatabase {
        RoutingDatabase::connect(self.sample.path("binds.yaml"))
            .await
            .unwrap()
    }

    async fn run(&self, arguments: &[&str]) -> Ended {
        self.sample.run(arguments).await
    }

    /// Starts a run, lets the slave go on when the run says that it waits, and gives what it said from then on.
    async fn resume_while_waiting(&self, arguments: &[&str]) -> Vec<String> {
        let mut child = self.sample.command(arguments).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let waiting = async {
            while lines.next_line().await.unwrap().unwrap()
                != "Waiting for the slaves of bind 'default'"
            {}
        };
        timeout(SOON, waiting).await.unwrap();
        assert_eq!(child.try_wait().unwrap(), None);
        self.resume().await;
        let mut rest = Vec::new();
        while let Some(line) = timeout(SOON, lines.next_line()).await.unwrap().unwrap() {
            rest.push(line);
        }
        let mut errors = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut errors)
            .await
            .unwrap();
        let status = child.wait().await.unwrap();
        assert_eq!((errors.as_str(), status.code()), ("", Some(0)), "{rest:?}");
        rest
    }
}

/// Whether the node of the default bind or another has its migration table.
async fn has_history(db: &RoutingDatabase, node: &str) -> bool {
    let node = db.bind(node).unwrap();
    let statement = Statement::from_string(
        node.get_database_backend(),
        "SELECT version FROM seaql_migrations",
    );
    node.query_all_raw(statement).await.is_ok()
}

async fn slave_that_is_held_back_is_waited_for<S: Server>() {
    let kitchen = Kitchen::<S>::new().await;
    kitchen.pause().await;
    let ended = kitchen.run(&["--all", "--wait-for-slaves=2", "up"]).await;
    ended.failed(1, &[LATE, NOT_STARTED]);
    let db = kitchen.connect().await;
    let count = |node: &str| {
        let node = db.bind(node).unwrap();
        async move { bakery::Entity::find().count(&node).await }
    };
    assert_eq!(count("master").await.unwrap(), 0);
    assert!(count("slave-1").await.is_err(), "it is held back");

    let rest = kitchen
        .resume_while_waiting(&["--all", "--wait-for-slaves=50", "up"])
        .await;
    assert_eq!(
        rest,
        [
            "The slaves of bind 'default' have the change",
            "Bind 'reports': up",
            "Applying all pending migrations",
            "Applying migration 'm20261122_000001_create_report'",
            "Migration 'm20261122_000001_create_report' has been applied",
            "Waiting for the slaves of bind 'reports'",
            "The slaves of bind 'reports' have the change",
        ]
    );
    for slave in SLAVES {
        assert_eq!(count(slave).await.unwrap(), 0, "{slave}");
    }
    for slave in ["reports.slave-1", "reports.slave-2"] {
        let slave = db.bind(slave).unwrap();
        assert_eq!(report::Entity::find().count(&slave).await.unwrap(), 0);
    }
    db.close().await.unwrap();
}

on_servers!(one_thread slave_that_is_held_back_is_waited_for: Postgres, MariaDb);

/// The same versions are applied before and after: a slave that has seen nothing must not pass for one that has.
async fn repeated_migrations_are_told_from_the_former<S: Server>() {
    let kitchen = Kitchen::<S>::new().await;
    for command in ["refresh", "fresh"] {
        let ended = kitchen.run(&["--wait-for-slaves", "up"]).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        // The rows of this run have the same second as those of the next, if that does not see to it.
        let ended = kitchen.run(&["refresh"]).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        kitchen.catch_up().await;
        kitchen.pause().await;
        let ended = kitchen
            .run(&["--bind=default", "--wait-for-slaves=2", command])
            .await;
        ended.failed(1, &[LATE]);
        kitchen.resume().await;
        kitchen.catch_up().await;
    }
}

on_servers!(one_thread repeated_migrations_are_told_from_the_former: Postgres, MariaDb);

async fn rollback_is_waited_for_too<S: Server>() {
    let kitchen = Kitchen::<S>::new().await;
    let ended = kitchen.run(&["--all", "--wait-for-slaves", "up"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    // After `down` the table is there and empty; after `reset` it is gone.
    for command in ["down", "reset"] {
        kitchen.catch_up().await;
        kitchen.pause().await;
        let ended = kitchen
            .run(&["--bind=default", "--wait-for-slaves=2", command])
            .await;
        ended.failed(1, &[LATE]);
        if command == "down" {
            kitchen.resume().await;
        }
    }
    let db = kitchen.connect().await;
    assert!(has_history(&db, "slave-1").await && !has_history(&db, "slave-2").await);

    let rest = kitchen
        .resume_while_waiting(&["--bind=default", "--wait-for-slaves=50", "status"])
        .await;
    assert_eq!(rest, ["The slaves of bind 'default' have the change"]);
    for slave in SLAVES {
        assert!(!has_history(&db, slave).await, "{slave}");
    }
    assert!(has_history(&db, "reports.slave-1").await, "another bind");
    db.close().await.unwrap();
}

on_servers!(one_thread rollback_is_waited_for_too: Postgres, MariaDb);

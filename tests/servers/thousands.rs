//! Many binds on few servers: the monitors of all ask each server once, idle ones are closed, and all pools keep one budget.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use sea_orm::{ConnectionTrait, DbErr, Statement};
use sea_orm_routing::{
    BindsConfig, Role, RoutingDatabase, RoutingError,
    config::{BindConfig, FailoverConfig, NodeConfig, PoolConfig, Roles, RoutingConfig},
    status::NodeState,
};
use test_cluster::{Cluster, FreshDatabase, Postgres, Server, StatementLog, on_servers, until};
use tokio::{task::JoinSet, time::Instant};

use crate::replicated::{SOON, until_true};

const TENANTS: usize = 12;

/// The beat of a monitor that nobody hurries, less its jitter.
const BEAT: Duration = Duration::from_millis(1_800);

/// A master and a slave, `default` and tenants with databases of their own there.
struct Stage<S: Server> {
    cluster: Cluster<S>,
    default: FreshDatabase,
    tenants: Vec<FreshDatabase>,
}

impl<S: Server> Stage<S> {
    async fn new(tenants: usize) -> Self {
        let cluster = Cluster::<S>::start(1).await.unwrap();
        let default = cluster.database("default").await.unwrap();
        let mut databases = Vec::new();
        for _ in 0..tenants {
            databases.push(cluster.database("tenant").await.unwrap());
        }
        cluster.wait_until_caught_up(SOON).await.unwrap();
        Self {
            cluster,
            default,
            tenants: databases,
        }
    }

    fn bind(&self, name: &str, database: &FreshDatabase) -> BindConfig {
        let slave = NodeConfig::new("slave-1", database.url(self.cluster.slave(1)));
        BindConfig::new(name, database.url(self.cluster.master())).slave(slave)
    }

    fn config(&self, change: impl Fn(BindConfig) -> BindConfig) -> BindsConfig {
        let config = BindsConfig::new()
            .bind(BindConfig::new(
                "default",
                self.default.url(self.cluster.master()),
            ))
            .pool(PoolConfig::new().max_connections(1));
        let tenants = self.tenants.iter().enumerate();
        tenants.fold(config, |config, (number, database)| {
            config.bind(change(self.bind(&tenant(number), database)))
        })
    }

    /// A handle whose tenants all have a table, and are read on their slaves.
    async fn open(&self, change: impl Fn(BindConfig) -> BindConfig) -> RoutingDatabase {
        let db = RoutingDatabase::from_config(self.config(change))
            .await
            .unwrap();
        for number in 0..self.tenants.len() {
            create(&db.bind(&tenant(number)).unwrap()).await;
        }
        self.cluster.wait_until_caught_up(SOON).await.unwrap();
        self.until_on_slaves(&db).await;
        db
    }

    async fn until_on_slaves(&self, db: &RoutingDatabase) {
        for number in 0..self.tenants.len() {
            let db = db.bind(&tenant(number)).unwrap();
            // A read that the master serves has slaves asked.
            until("its slave serves", SOON, || async {
                rows(&db).await.unwrap();
                Ok((role(&db) == Role::Slave).then_some(()))
            })
            .await
            .unwrap();
        }
    }
}

fn tenant(number: usize) -> String {
    format!("tenants:t{number}")
}

fn sql(db: &RoutingDatabase, text: &str) -> Statement {
    Statement::from_string(db.get_database_backend(), text)
}

async fn create(db: &RoutingDatabase) {
    let table = "CREATE TABLE IF NOT EXISTS stamp (id INT PRIMARY KEY, tenant VARCHAR(40))";
    db.execute_unprepared(table).await.unwrap();
}

async fn write(db: &RoutingDatabase, id: usize, tenant: &str) -> Result<(), DbErr> {
    let insert = format!("INSERT INTO stamp (id, tenant) VALUES ({id}, '{tenant}')");
    db.execute_unprepared(&insert).await.map(|_| ())
}

const ALL: &str = "SELECT tenant FROM stamp ORDER BY id";

async fn rows(db: &RoutingDatabase) -> Result<Vec<String>, DbErr> {
    let rows = db.query_all_raw(sql(db, ALL)).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

fn role(db: &RoutingDatabase) -> Role {
    db.route(&sql(db, ALL)).unwrap().role
}

fn state(db: &RoutingDatabase, bind: &str, node: &str) -> NodeState {
    db.status().node(bind, node).unwrap().state
}

/// How often a server was asked who it is and how far.
async fn questions<S: Server>(log: &StatementLog<'_, S>) -> usize {
    let count = async |part| log.count(part).await.unwrap();
    count("pg_postmaster_start_time").await + count("@@global.datadir").await
}

/// Each server is asked once in a beat, and not once for each bind; each bind knows what it needs all the same.
async fn each_server_is_asked_once_for_all_of_its_binds<S: Server>() {
    let stage = Stage::<S>::new(TENANTS).await;
    let db = stage.open(|bind| bind).await;
    for node in [stage.cluster.master(), stage.cluster.slave(1)] {
        // As soon as nobody waits for anything any more.
        let rarely = until("the server is asked once in a beat", SOON, || async {
            let log = node.log_statements().await?;
            let began = Instant::now();
            let asked = until("it is asked again", SOON, || async {
                let asked = questions(&log).await;
                Ok((asked >= 4).then_some(asked))
            });
            let asked = asked.await?;
            let beats = began.elapsed().as_secs_f64() / BEAT.as_secs_f64();
            println!(
                "`{}`: {asked} questions in {beats:.1} beats of {TENANTS} binds",
                node.name()
            );
            Ok((asked as f64 <= beats + 2.0).then_some(()))
        });
        rarely.await.unwrap();
    }
    // What is known goes on to be true.
    for number in 0..TENANTS {
        let db = db.bind(&tenant(number)).unwrap();
        assert_eq!(role(&db), Role::Slave, "{number}");
        write(&db, 1, &tenant(number)).await.unwrap();
        assert_eq!(rows(&db).await.unwrap(), [tenant(number)], "its own write");
    }
    stage.cluster.wait_until_caught_up(SOON).await.unwrap();
    stage.until_on_slaves(&db).await;
}

on_servers!(each_server_is_asked_once_for_all_of_its_binds: Postgres, MariaDb, MySql);

/// The fault of one database is its bind's, and that of the server everybody's.
#[tokio::test(flavor = "multi_thread")]
async fn binds_of_one_server_see_their_own_faults() {
    let stage = Stage::<Postgres>::new(4).await;
    let missing = |bind: BindConfig| match bind.name == tenant(1) {
        false => bind,
        true => BindConfig::new(
            bind.name.clone(),
            stage.cluster.master().url_of("no_such_database"),
        )
        .slave(NodeConfig::new(
            "slave-1",
            stage.cluster.slave(1).url_of("no_such_database"),
        )),
    };
    let db = RoutingDatabase::from_config(stage.config(missing))
        .await
        .unwrap();
    let others = [0, 2, 3];
    for number in others {
        create(&db.bind(&tenant(number)).unwrap()).await;
    }
    let lost = db.bind(&tenant(1)).unwrap();
    let error = rows(&lost).await.unwrap_err();
    assert!(error.to_string().contains("no_such_database"), "{error}");
    until_true("the bind without a database is down", || {
        state(&db, &tenant(1), "master") == NodeState::Down
            && state(&db, &tenant(1), "slave-1") == NodeState::Down
    })
    .await;
    // Its monitor has asked in vain for a while by now, and nobody else has noticed.
    for number in others {
        for node in ["master", "slave-1"] {
            assert_ne!(state(&db, &tenant(number), node), NodeState::Down);
        }
        write(&db.bind(&tenant(number)).unwrap(), 1, "x")
            .await
            .unwrap();
    }
    // It comes to be.
    let admin = stage.cluster.master().admin().await.unwrap();
    admin
        .execute("CREATE DATABASE no_such_database")
        .await
        .unwrap();
    until("the bind is back up", SOON, || async {
        Ok(lost.execute_unprepared("SELECT 1").await.ok())
    })
    .await
    .unwrap();
    // Others go, and with them perhaps the connection on which all have asked.
    for number in [2, 3] {
        let gone = &stage.tenants[number];
        let drop = format!("DROP DATABASE {} WITH (FORCE)", gone.name());
        admin.execute(&drop).await.unwrap();
        let gone = db.bind(&tenant(number)).unwrap();
        until("the bind whose database is gone is down", SOON, || async {
            let error = rows(&gone).await.unwrap_err();
            assert!(RoutingError::is_unavailable(&error), "{error}");
            Ok((state(&db, &tenant(number), "master") == NodeState::Down).then_some(()))
        })
        .await
        .unwrap();
    }
    admin.close().await.unwrap();
    let others = [0];
    for node in ["master", "slave-1"] {
        assert_ne!(state(&db, &tenant(0), node), NodeState::Down, "{node}");
    }
    // The server itself goes, and comes back.
    stage.cluster.slave(1).kill().await.unwrap();
    for number in others {
        let down = || state(&db, &tenant(number), "slave-1") == NodeState::Down;
        until_true("all see that the server is gone", down).await;
        let db = db.bind(&tenant(number)).unwrap();
        assert_eq!(rows(&db).await.unwrap(), ["x"]);
        assert_eq!(role(&db), Role::Master);
    }
    stage.cluster.slave(1).start().await.unwrap();
    for number in others {
        let db = db.bind(&tenant(number)).unwrap();
        let back = || async {
            assert_eq!(rows(&db).await.unwrap(), ["x"]);
            Ok((role(&db) == Role::Slave).then_some(()))
        };
        until("its slave serves again", SOON, back).await.unwrap();
    }
}

/// Of `roles: discover`, all binds follow a failover of their server.
#[tokio::test(flavor = "multi_thread")]
async fn all_binds_follow_a_failover() {
    let stage = Stage::<Postgres>::new(6).await;
    let discover = || FailoverConfig::new().roles(Roles::Discover);
    let db = stage.open(|bind| bind.failover(discover())).await;
    stage.cluster.master().kill().await.unwrap();
    stage.cluster.slave(1).promote().await.unwrap();
    for number in 0..6 {
        let db = db.bind(&tenant(number)).unwrap();
        let name = tenant(number);
        until("the new master takes writes", SOON, || async {
            Ok(write(&db, 1, &name).await.ok())
        })
        .await
        .unwrap();
        assert_eq!(rows(&db).await.unwrap(), [name]);
    }
}

/// Neither pools nor monitors of idle binds keep anything open, and the next statement finds all as it was.
#[tokio::test(flavor = "multi_thread")]
async fn idle_binds_leave_the_servers_alone() {
    let stage = Stage::<Postgres>::new(6).await;
    let idle = |bind: BindConfig| bind.close_idle(Duration::from_millis(300));
    let db = stage.open(idle).await;
    let tenants: BTreeSet<_> = (0..6).map(tenant).collect();
    for name in &tenants {
        write(&db.bind(name).unwrap(), 1, name).await.unwrap();
    }
    // `default` has no such option, and no slave.
    for (node, left) in [(stage.cluster.master(), 1), (stage.cluster.slave(1), 0)] {
        until("only `default` is there", SOON, || async {
            Ok((node.connections().await? <= left).then_some(()))
        })
        .await
        .unwrap();
    }
    for name in &tenants {
        let db = db.bind(name).unwrap();
        assert_eq!(
            rows(&db).await.unwrap(),
            std::slice::from_ref(name),
            "its own write"
        );
        write(&db, 2, name).await.unwrap();
        assert_eq!(rows(&db).await.unwrap().len(), 2);
    }
    stage.until_on_slaves(&db).await;
}

/// By the server's own word.
#[tokio::test(flavor = "multi_thread")]
async fn budget_is_kept_at_the_server() {
    const BUDGET: u32 = 5;
    const TASKS: usize = 30;
    let cluster = Cluster::<Postgres>::start(0).await.unwrap();
    let mut config = BindsConfig::new()
        .bind(BindConfig::new("default", cluster.master().url()))
        .pool(
            PoolConfig::new()
                .max_connections(3)
                .acquire_timeout(Duration::from_secs(60)),
        )
        .routing(RoutingConfig::new().connection_budget(BUDGET));
    let mut databases = Vec::new();
    for number in 0..TENANTS {
        let database = cluster.database("tenant").await.unwrap();
        config = config.bind(BindConfig::new(
            tenant(number),
            database.url(cluster.master()),
        ));
        databases.push(database);
    }
    let db = RoutingDatabase::from_config(config).await.unwrap();
    for number in 0..TENANTS {
        create(&db.bind(&tenant(number)).unwrap()).await;
    }
    let is_over = AtomicBool::new(false);
    let admin = cluster.master().admin().await.unwrap();
    let watch = async {
        let count = "SELECT count(*) FROM pg_stat_activity \
                     WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
        let mut most = 0;
        while !is_over.load(Ordering::Relaxed) {
            let now: i64 = admin.value(count).await.unwrap().unwrap();
            most = most.max(now);
        }
        most
    };
    let work = async {
        let mut tasks = JoinSet::new();
        for task in 0..TASKS {
            let name = tenant(task % TENANTS);
            let db = db.bind(&name).unwrap();
            tasks.spawn(async move {
                for turn in 0..10 {
                    write(&db, task * 100 + turn, &name).await.unwrap();
                    let rows = rows(&db).await.unwrap();
                    assert!(rows.iter().all(|row| *row == name), "{rows:?}");
                }
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
    };
    let (most, ()) = tokio::join!(watch, work);
    println!("at most {most} of {BUDGET} connections");
    // One that was closed is counted by the server until its process has ended.
    assert!(most <= i64::from(BUDGET) + 2, "{most}");
    let total: usize = {
        let mut total = 0;
        for number in 0..TENANTS {
            total += rows(&db.bind(&tenant(number)).unwrap())
                .await
                .unwrap()
                .len();
        }
        total
    };
    assert_eq!(total, TASKS * 10);
    admin.close().await.unwrap();
}

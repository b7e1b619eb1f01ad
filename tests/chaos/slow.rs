//! Slaves that are slow or pause, and crowds: what reads take, in percentiles.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Statement};
use sea_orm_routing::{
    Consistency, RoutingDatabase,
    config::{PoolConfig, ReadsConfig},
};
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep},
};

use super::{
    Row,
    dialect::Dialect,
    scene::{Setup, Stage},
};
use test_cluster::{Cluster, Network, Node};

const DELAY: Duration = Duration::from_millis(100);

/// Until a slow slave has been found.
const FINDING: Duration = Duration::from_secs(6);

const MEASURED: Duration = Duration::from_secs(4);

/// Tasks that read, each as often as this, and each read in a session of its own.
const CLIENTS: u64 = 24;
const PACE: Duration = Duration::from_millis(20);

const POINT: &str = "SELECT id FROM goods WHERE id = 7";

#[derive(Default)]
struct Times {
    took: Vec<Duration>,
    failed: u64,
}

impl Times {
    fn at(&self, per_thousand: usize) -> f64 {
        let index = (self.took.len() * per_thousand / 1_000).min(self.took.len() - 1);
        self.took[index].as_secs_f64() * 1_000.0
    }

    /// The 50th, 99th and 99.9th percentile.
    fn percentiles(&self) -> String {
        let [half, most, all] = [500, 990, 999].map(|place| self.at(place));
        format!("{half:.1} / {most:.1} / {all:.1} ms")
    }

    fn row(&self) -> Row {
        Row {
            reads: self.took.len() as u64 + self.failed,
            failed_reads: self.failed,
            longest_read: self.took.last().copied().unwrap_or_default(),
            ..Row::default()
        }
    }

    fn note(&mut self, other: Self) {
        self.took.extend(other.took);
        self.failed += other.failed;
    }

    fn sorted(mut self) -> Self {
        self.took.sort();
        self
    }
}

async fn read(db: &RoutingDatabase, text: &str, times: &mut Times) {
    let statement = Statement::from_string(db.get_database_backend(), text);
    let begun = Instant::now();
    match db.session().query_all_raw(statement).await {
        Ok(_) => times.took.push(begun.elapsed()),
        Err(_) => times.failed += 1,
    }
}

/// What reads take that come at a steady pace.
async fn steady(db: &RoutingDatabase, text: &'static str, time: Duration) -> Times {
    let end = Instant::now() + time;
    let mut tasks = JoinSet::new();
    for number in 0..CLIENTS {
        let db = db.clone();
        tasks.spawn(async move {
            let mut times = Times::default();
            sleep(PACE * u32::try_from(number).unwrap() / u32::try_from(CLIENTS).unwrap()).await;
            let mut pace = interval(PACE);
            pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
            while Instant::now() < end {
                pace.tick().await;
                read(&db, text, &mut times).await;
            }
            times
        });
    }
    all(tasks).await
}

async fn all(mut tasks: JoinSet<Times>) -> Times {
    let mut times = Times::default();
    while let Some(task) = tasks.join_next().await {
        times.note(task.unwrap());
    }
    times.sorted()
}

async fn open<'c, S: Dialect>(
    cluster: &'c Cluster<S>,
    setup: Setup,
) -> (Stage<'c, S>, RoutingDatabase) {
    let stage = Stage::new(cluster, setup).await;
    let db = stage.connect().await;
    steady(&db, POINT, Duration::from_millis(500)).await;
    (stage, db)
}

fn told(healthy: &Times, ill: &Times) -> Row {
    let remark = format!(
        "50th / 99th / 99.9th percentile: {} when all is well, {} then",
        healthy.percentiles(),
        ill.percentiles()
    );
    ill.row().remark(remark).no_failed_reads()
}

pub(crate) async fn network<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let setup = Setup {
        is_proxied: true,
        ..Setup::default()
    };
    let (_stage, db) = open(cluster, setup).await;
    let healthy = steady(&db, POINT, MEASURED).await;
    let slave = cluster.slave(1);
    slave.set_network(Network::Delay(DELAY)).await;
    steady(&db, POINT, FINDING).await;
    let ill = steady(&db, POINT, MEASURED).await;
    slave.set_network(Network::Forward).await;
    db.close().await.unwrap();
    told(&healthy, &ill)
}

/// One slave sleeps in each statement.
pub(crate) async fn function<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let setup = Setup {
        prepare: vec![
            "CREATE TABLE disk (id int PRIMARY KEY)".to_owned(),
            S::NAP.to_owned(),
        ],
        ..Setup::default()
    };
    let (_stage, db) = open(cluster, setup).await;
    const NAP: &str = "SELECT nap() FROM goods WHERE id = 7";
    let healthy = steady(&db, NAP, MEASURED).await;
    let say = "INSERT INTO disk VALUES (1)";
    db.execute_unprepared(say).await.unwrap();
    steady(&db, NAP, FINDING).await;
    let ill = steady(&db, NAP, MEASURED).await;
    db.close().await.unwrap();
    told(&healthy, &ill)
}

/// A slave stands still for 100 ms of each second.
async fn pauses<S: Dialect>(slave: &Node<S>) {
    loop {
        sleep(Duration::from_millis(900)).await;
        slave.freeze().unwrap();
        sleep(DELAY).await;
        slave.thaw().unwrap();
    }
}

pub(crate) async fn pausing<S: Dialect>(cluster: &Cluster<S>) -> Row {
    paused(cluster, ReadsConfig::new()).await
}

pub(crate) async fn hedged<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let hedge = sea_orm_routing::config::Hedge::After(Duration::from_millis(20));
    paused(cluster, ReadsConfig::new().hedge(hedge)).await
}

async fn paused<S: Dialect>(cluster: &Cluster<S>, reads: ReadsConfig) -> Row {
    let setup = Setup {
        reads,
        ..Setup::default()
    };
    let (_stage, db) = open(cluster, setup).await;
    let healthy = steady(&db, POINT, MEASURED).await;
    let slave = cluster.slave(1);
    let ill = tokio::select! {
        ill = steady(&db, POINT, 3 * MEASURED) => ill,
        () = pauses(slave) => unreachable!("they never end"),
    };
    slave.thaw().unwrap();
    db.close().await.unwrap();
    told(&healthy, &ill)
}

/// A thousand reads at once, five times, on pools of five connections, one slave being slow.
pub(crate) async fn crowd<S: Dialect>(cluster: &Cluster<S>) -> Row {
    let setup = Setup {
        is_proxied: true,
        slave_pool: PoolConfig::new().max_connections(5),
        ..Setup::default()
    };
    let (_stage, db) = open(cluster, setup).await;
    let db = db.with(Consistency::Bounded);
    let healthy = rushes(&db).await;
    let slave = cluster.slave(1);
    slave.set_network(Network::Delay(DELAY)).await;
    let ill = rushes(&db).await;
    slave.set_network(Network::Forward).await;
    db.close().await.unwrap();
    told(&healthy, &ill)
}

async fn rushes(db: &RoutingDatabase) -> Times {
    let mut times = Times::default();
    for _ in 0..5 {
        let mut tasks = JoinSet::new();
        for _ in 0..1_000 {
            let db = db.clone();
            tasks.spawn(async move {
                let mut times = Times::default();
                read(&db, POINT, &mut times).await;
                times
            });
        }
        times.note(all(tasks).await);
    }
    times.sorted()
}
